"""The twelve texts to screen out and the list of published figures are what their headings claim."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from datetime import date
from typing import Any

from ruamel.yaml import YAML

from coder.model import Codebook
from coder.paths import data_dir

GOLD = data_dir("gold") / "radiology-ai-training"
SCREENING = GOLD / "screening"
NAMES = [f"S{number:02d}" for number in range(1, 13)]
REAL_NAMES = [
    "RSNA", "ESR", "ECR", "ACR", "SIIM", "EuSoMII", "EUSOMII", "RCR", "BIR", "ARRS", "AUR", "CIRSE", "NVvR", "DRG",
    "SFR", "SERAM", "SIRM", "ACCME", "EACCME", "UEMS", "AMA", "ESOR", "EUSOBI", "DMTR", "SoR", "NHS", "Stanford",
    "Harvard", "Mayo", "Charité", "Oxford", "Coursera", "edX", "YouTube", "LinkedIn", "Google", "Siemens", "Philips",
    "Canon", "Fujifilm", "Sectra", "Agfa", "Aidoc", "Lunit", "Annalise", "Elsevier", "Springer", "Thieme",
]  # fmt: skip
MONTHS = {"février": 2, "februar": 2, "march": 3, "may": 5, "june": 6, "september": 9, "septembre": 9, "october": 10}
WEEKDAYS = (
    ("monday", "montag", "lundi"),
    ("tuesday", "dienstag", "mardi"),
    ("wednesday", "mittwoch", "mercredi"),
    ("thursday", "donnerstag", "jeudi"),
    ("friday", "freitag", "vendredi"),
    ("saturday", "samstag", "samedi"),
)
UNITS = {"percent of programs", "programs", "EUR", "percent of recognitions", "instructors"}
SECTIONS = {  # heading: sentences of its running text, counted in the article
    "Abstract, Methods": 2,
    "Abstract, Results": 3,
    "Key Points": 3,
    "Search and selection": 10,
    "Overview of the AI trainings": 5,
    "The content of training programs": 8,
    "Target audience": 4,
    "Instructors and offering agents": 7,
    "Legitimization strategies": 4,
}
TABLE_1 = {"LinkedIn", "Google", "PubMed"}


def _yaml(path: str) -> Any:
    return YAML(typ="safe").load((GOLD / path).read_text(encoding="utf-8"))


def _document(name: str) -> tuple[dict[str, str], str]:
    head, body = (SCREENING / "documents" / f"{name}.txt").read_text(encoding="utf-8").split("\n---\n", 1)
    return dict(line.split(": ", 1) for line in head.splitlines()), body


CODEBOOK = Codebook.model_validate(_yaml("codebook.yaml"))
CRITERIA = [criterion.id for criterion in CODEBOOK.criteria]
DOCUMENTS = {name: _document(name) for name in NAMES}
ANSWERS = [json.loads(line) for line in (SCREENING / "screening.jsonl").read_text(encoding="utf-8").splitlines()]
FAILED = {row["document"]: row["criterion"] for row in ANSWERS if row["answer"] == "no"}
PUBLISHED = _yaml("published.yaml")
FIGURES = PUBLISHED["figures"]


def test_there_are_twelve_documents_of_80_to_400_words_each_with_a_head() -> None:
    assert sorted(path.stem for path in (SCREENING / "documents").iterdir()) == NAMES
    for name, (head, body) in DOCUMENTS.items():
        assert list(head) == ["id", "title", "language", "page_type", "source", "year"]
        assert head["id"] == name
        assert head["source"] in {"professional network", "web search", "bibliographic database"}
        assert head["year"] in {"2019", "2020"}
        assert 80 <= len(body.split()) <= 400, name
        assert unicodedata.normalize("NFC", body) == body


def test_the_documents_are_of_different_kinds_and_at_least_two_are_not_in_english() -> None:
    assert len({head["page_type"] for head, _ in DOCUMENTS.values()}) >= 6
    languages = Counter(head["language"] for head, _ in DOCUMENTS.values())
    assert {"de", "fr"} <= set(languages) <= {"en", "de", "fr"}


def test_every_document_is_answered_once_on_every_criterion_of_the_codebook() -> None:
    assert [(row["document"], row["criterion"]) for row in ANSWERS] == [(n, c) for n in NAMES for c in CRITERIA]
    assert all(list(row) == ["document", "criterion", "answer", "evidence"] for row in ANSWERS)
    assert {row["answer"] for row in ANSWERS} == {"yes", "no"}


def test_every_document_fails_one_criterion_and_every_criterion_fails_two_documents() -> None:
    assert Counter(row["document"] for row in ANSWERS if row["answer"] == "no") == dict.fromkeys(NAMES, 1)
    assert Counter(FAILED.values()) == dict.fromkeys(CRITERIA, 2)


def test_every_quote_stands_word_for_word_and_once_in_its_document_on_one_line() -> None:
    for row in ANSWERS:
        for quote in row["evidence"]:
            assert DOCUMENTS[row["document"]][1].count(quote) == 1, (row["document"], quote)
            assert "\n" not in quote
            assert unicodedata.normalize("NFC", quote) == quote


def test_evidence_is_empty_only_where_a_text_is_said_to_be_silent() -> None:
    readme = (SCREENING / "README.md").read_text(encoding="utf-8")
    silent = [row["document"] for row in ANSWERS if not row["evidence"]]
    assert silent == [row["document"] for row in ANSWERS if not row["evidence"] and row["answer"] == "no"]
    assert f"silent ({', '.join(silent)})" in readme


def test_enough_information_shows_words_for_five_dimensions_or_more() -> None:
    for row in ANSWERS:
        if row["criterion"] == "enough_information" and row["answer"] == "yes":
            assert len(row["evidence"]) >= len(CODEBOOK.dimensions) / 2, row["document"]


def test_weekdays_written_beside_a_full_date_are_right() -> None:
    day = "|".join(name for names in WEEKDAYS for name in names)
    pattern = re.compile(rf"\b({day}),? (\d+)\.?(?: au \w+ \d+)? ({'|'.join(MONTHS)}) (20\d\d)", re.IGNORECASE)
    found = [match.groups() for _, body in DOCUMENTS.values() for match in pattern.finditer(body)]
    assert len(found) == 8
    for name, number, month, year in found:
        written = date(int(year), MONTHS[month.casefold()], int(number))
        assert name.casefold() in WEEKDAYS[written.weekday()], (name, written)


def test_no_screening_document_names_a_real_organisation() -> None:
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, REAL_NAMES))})\b")
    for name, (head, body) in DOCUMENTS.items():
        assert pattern.search(body) is None, name
        assert pattern.search(head["title"]) is None, name


def test_the_table_in_the_readme_is_that_of_the_answers() -> None:
    rows = re.findall(r"^\| (S\d\d)[^|]*\| (\w+) \|", (SCREENING / "README.md").read_text(encoding="utf-8"), re.M)
    assert rows == list(FAILED.items())


def test_published_figures_have_ids_of_their_own_and_the_agreed_fields() -> None:
    assert PUBLISHED["source"]["doi"] in CODEBOOK.source
    assert not [name for name, times in Counter(figure["id"] for figure in FIGURES).items() if times > 1]
    for figure in FIGURES:
        assert [key for key in figure if key != "also"] == ["id", "what", "value", "unit", "exactness", "where", "of"]
        assert figure["what"]
        assert figure["unit"] in UNITS, figure["id"]


def test_a_published_figure_without_a_number_is_qualitative_and_no_other_is() -> None:
    for figure in FIGURES:
        assert figure["exactness"] in {"exact", "around", "below", "qualitative"}
        assert (figure["value"] is None) == (figure["exactness"] == "qualitative"), figure["id"]
        assert figure["value"] is None or figure["value"] > 0
        assert not figure["unit"].startswith("percent") or 0 < figure["value"] <= 100


def test_every_published_figure_has_a_place_in_the_article() -> None:
    for figure in FIGURES:
        places = [figure["where"], *figure.get("also", [])]
        assert len({json.dumps(place) for place in places}) == len(places)
        for place in places:
            if "table" in place:
                assert place["table"] == "Table 1"
                assert place["row"] in TABLE_1
            else:
                assert list(place) == ["section", "sentence"]
                assert 1 <= place["sentence"] <= SECTIONS[place["section"]], figure["id"]


def _check_codes(of: dict[str, Any]) -> None:
    codes = {category.id for category in CODEBOOK.dimension(of["dimension"]).codes}
    lists = set(of) - {"dimension", "given"}
    assert lists in (set(), {"any_of"}, {"all_of"}, {"all_of", "none_of"})
    for name in lists:
        assert of[name]
        assert set(of[name]) <= codes, of


def test_published_figures_speak_of_dimensions_and_categories_of_the_codebook() -> None:
    sources = {head["source"] for head, _ in DOCUMENTS.values()}
    for figure in FIGURES:
        of = figure["of"]
        if of is None:
            continue
        if "variable" in of:
            assert of["variable"] in {"radiographers_named", "source"}
            assert set(of.get("any_of", [])) <= sources
            continue
        _check_codes(of)
        if "given" in of:
            _check_codes(of["given"])


def test_the_sources_of_the_published_programs_add_up_to_the_sample() -> None:
    values = {figure["id"]: figure["value"] for figure in FIGURES}
    parts = [values[f"from_{name.lower()}"] for name in sorted(TABLE_1)]
    assert sum(parts) == values["sample"] == PUBLISHED["source"]["programs"]
    assert values["professional"] + values["academic"] <= 100
    assert values["professional"] <= values["professional_commercial"]
