"""Segments: lines, list items, cells, then sentences."""

from __future__ import annotations

import string
from itertools import pairwise

import pytest
import sentencex
from hypothesis import assume, given
from hypothesis import strategies as st

from coder.documents.language import LANGUAGES
from coder.documents.normalise import normalise
from coder.documents.segments import LONGEST, _is_plain, segment

WORDS = st.sampled_from(
    ["AI", "Dr.", "M.", "z. B.", "incl.", "a.m.", "50,00", "CHF 1.200,-", "é", "😀", "(", ")", "«", "\u00a0.", "\u00a0",
     "\u2003", "...", "?", "!", "|", "||", "\t", "\n", "- ", "•", "1.", "a)", "---", "   ", "J.-P.", "。", "x" * 700]
)  # fmt: skip
PAGES = st.lists(st.one_of(WORDS, st.text(max_size=8))).map(" ".join) | st.lists(WORDS).map("".join)
# What may lie outside every segment: bullets, bars and rulers.
OUTSIDE = set("-*•–—·▪▫■□●○◦‣⁃►▶➢➤|+:=_~#.")


def pieces(text: str, language: str = "en") -> list[str]:
    return [part.text for part in segment(text, language)]


@given(PAGES, st.sampled_from([*LANGUAGES, "ja", ""]))
def test_segments_are_in_order_disjoint_and_verbatim(page: str, language: str) -> None:
    text = normalise(page)
    found = segment(text, language)
    assert [part.number for part in found] == list(range(1, len(found) + 1))
    assert all(part.text == text[part.span.start : part.span.end] for part in found)
    assert all(part.text == part.text.strip() != "" for part in found)
    assert all(left.span.end <= right.span.start for left, right in pairwise(found))


@given(PAGES, st.sampled_from(LANGUAGES))
def test_only_white_space_bullets_bars_and_rulers_lie_outside_the_segments(page: str, language: str) -> None:
    text = normalise(page)
    left = list(text)
    for part in segment(text, language):
        left[part.span.start : part.span.end] = [" "] * len(part.text)
    assert {character for character in left if not character.isspace()} <= OUTSIDE


@given(PAGES)
def test_no_segment_is_longer_than_the_limit_or_crosses_a_line(page: str) -> None:
    found = segment(normalise(page), "en")
    assert all(len(part.text) <= LONGEST and "\n" not in part.text for part in found)


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("de", ["Das umfasst z. B. Radiologie.", "Es kostet CHF 1.200,- pro Person.", "Dr. Müller lehrt."]),
        ("de", ["Prof. Dr. med. H. Meier u. a. sprechen am 3. Mai.", "Preis inkl. MwSt. und exkl. Reise."]),
        ("en", ["The price is 50 EUR incl. VAT.", "Dr. Smith et al. report.", "See Fig. 3 and No. 5."]),
        ("en", ["It starts at 9 a.m. Monday and ends at 5 p.m.", "Then there is lunch."]),
        ("en", ["Cost approx. 500 USD.", "J. Smith and J.-P. Martin teach.", "He said no.", "Then he left."]),
        ("fr", ["Le cours de M. Dupont dure 2 h.", "Il coûte p. ex. 50 euros.", "L. Leroy et J.-P. Martin parlent."]),
        ("nl", ["O.a. radiologen en bijv. artsen leren.", "J. de Vries e.a. zijn er.", "De prijs is excl. BTW."]),
        ("it", ["Il dott. Rossi e la dott.ssa Bianchi.", "Prof. Verdi, p. es. il Sig. Neri."]),
        ("es", ["El Dr. García y la Sra. López.", "P. ej. radiólogos.", "Cuesta aprox. 50 euros."]),
        ("pt", ["O Dr. Silva e a Sra. Costa.", "P. ex. radiologistas.", "Custa R$ 1.200,00."]),
    ],
)  # fmt: skip
def test_abbreviations_and_initials_do_not_end_a_sentence(language: str, sentences: list[str]) -> None:
    assert pieces(" ".join(sentences), language) == sentences


def test_a_bulleted_page_gives_one_segment_an_item_without_the_bullet() -> None:
    page = "You learn:\n- to read images\n• to judge a model\n  – to talk to vendors. And more.\n* Dr. Ito's view"
    assert pieces(page) == [
        "You learn:", "to read images", "to judge a model", "to talk to vendors.", "And more.", "Dr. Ito's view",
    ]  # fmt: skip


def test_the_number_of_a_list_item_stays_since_a_date_may_start_a_line() -> None:
    assert pieces("1. Introduction\n2) Lunch. Then home.\na) Apples\n3. Mai 2023", "de") == [
        "1. Introduction", "2) Lunch.", "Then home.", "a) Apples", "3. Mai 2023",
    ]  # fmt: skip


def test_a_minus_before_a_figure_is_no_bullet() -> None:
    assert pieces("-5 percent") == ["-5 percent"]


@pytest.mark.parametrize(
    "row", ["Price\tCHF 1.200,-\tincl. VAT", "|Price|CHF 1.200,-|incl. VAT|", "Price | CHF 1.200,- | incl. VAT",
            "Price    CHF 1.200,-     incl. VAT"]
)  # fmt: skip
def test_each_cell_of_a_table_row_is_a_segment(row: str) -> None:
    assert pieces(f"Intro\n{row}\n|---|:--|---|\nEnd") == ["Intro", "Price", "CHF 1.200,-", "incl. VAT", "End"]


def test_a_cell_is_cut_into_sentences() -> None:
    assert pieces("Date\tIn May. Or in June.") == ["Date", "In May.", "Or in June."]


def test_a_bar_within_a_word_divides_nothing() -> None:
    assert pieces("CT|MRI course") == ["CT|MRI course"]


def test_a_line_without_sentence_end_is_cut_at_spaces_and_loses_no_word() -> None:
    words = [f"word{number}" for number in range(500)]  # 50+540+2,800 letters and 499 spaces: four pieces
    found = pieces(" ".join(words))
    assert len(found) == 4
    assert " ".join(found) == " ".join(words)


def test_a_no_break_space_before_a_full_stop_is_read() -> None:
    # the sentence library panics on this text when it is given as it is
    assert pieces("Herr M\u00a0. Meier kommt.", "de") == ["Herr M\u00a0. Meier kommt."]


def test_a_language_tag_with_a_region_uses_the_rules_of_its_language() -> None:
    assert pieces("Preis inkl. MwSt. pro Tag.", "de-CH") == ["Preis inkl. MwSt. pro Tag."]


@given(
    st.text(alphabet=st.sampled_from([*string.printable, " ", "A", "b", "1"]), max_size=40), st.sampled_from(LANGUAGES)
)
def test_a_line_that_is_not_looked_through_is_one_sentence_to_the_library_too(line: str, language: str) -> None:
    words = line.replace("\n", " ").strip()
    assume(words and _is_plain(words))
    assert sentencex.segment(language, words) == [words]


def test_an_empty_text_has_no_segments() -> None:
    assert segment("", "en") == ()
