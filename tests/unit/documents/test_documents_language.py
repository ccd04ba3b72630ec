"""The language of a text, stated or read from its small words."""

from __future__ import annotations

import pytest

from coder.documents.language import detect, language_code

SAMPLES = {
    "en": "The course shows radiologists how to judge a model and what it means for their patients.",
    "de": "Der Kurs zeigt, wie man ein Modell prüft und was es für die Patienten der Radiologie bedeutet.",
    "fr": "Le cours montre aux radiologues comment juger un modèle et ce que cela change pour les patients.",
    "it": "Il corso mostra ai radiologi come valutare un modello e che cosa significa per i pazienti della clinica.",
    "es": "El curso enseña a los radiólogos cómo juzgar un modelo y lo que significa para los pacientes del hospital.",
    "pt": "O curso ensina os radiologistas a avaliar um modelo e o que isso significa para os pacientes do hospital.",
    "nl": "De cursus laat radiologen zien hoe je een model beoordeelt en wat het voor de patiënten van nu betekent.",
}


@pytest.mark.parametrize("language", SAMPLES)
def test_a_sentence_is_recognised_by_its_small_words(language: str) -> None:
    assert detect(SAMPLES[language]) == language


@pytest.mark.parametrize("text", ["", "AI CT MRI", "Radiologie 2023", "深層学習の講座"])
def test_a_text_without_small_words_is_in_no_known_language(text: str) -> None:
    assert detect(text) == ""


@pytest.mark.parametrize(
    ("stated", "code"),
    [("de", "de"), ("de-CH", "de"), ("PT_br", "pt"), ("German", "de"), ("Français", "fr"), ("ger", "de"), ("ja", "ja"),
     ("", ""), ("see above", "")],
)  # fmt: skip
def test_a_stated_language_becomes_its_code(stated: str, code: str) -> None:
    assert language_code(stated) == code
