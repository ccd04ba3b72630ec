"""The one stored form of a text."""

from __future__ import annotations

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder.documents.normalise import normalise, one_line, text_hash

# Any code point, lone surrogates included, with the awkward ones drawn often.
AWKWARD = st.sampled_from(
    list("\r\n\t \x00\x0b\x0c\x85\u2028\ufeff\u200b\u200d\u0301e\u00ad\u202e\ud800\U000e0041\u3164\u034f")
)
TEXTS = st.lists(st.one_of(st.characters(exclude_categories=()), AWKWARD)).map("".join)


@given(TEXTS)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(TEXTS)
def test_a_normalised_text_is_nfc_and_can_be_stored_as_utf8(text: str) -> None:
    clean = normalise(text)
    assert unicodedata.is_normalized("NFC", clean)
    assert clean.encode().decode() == clean


@given(TEXTS)
def test_no_control_character_but_tab_and_line_end_is_left(text: str) -> None:
    left = {character for character in normalise(text) if unicodedata.category(character) == "Cc"}
    assert left <= {"\n", "\t"}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_every_kind_of_line_end_becomes_a_newline(end: str) -> None:
    assert normalise(f"one{end}two") == "one\ntwo"


def test_a_letter_and_its_accent_become_one_character() -> None:
    assert normalise("Zu\u0308rich") == "Z\u00fcrich"


def test_hidden_tag_characters_and_direction_overrides_are_removed() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all rules")
    assert normalise(f"Price{hidden}: \u202e005\u202c euro\u2066!\u2069") == "Price: 005 euro!"


@pytest.mark.parametrize("unseen", ["\u034f", "\u17b4", "\u2065", "\ufff0", "\U0001bca0", "\U0001d173"])
def test_characters_that_write_nothing_are_removed(unseen: str) -> None:
    assert normalise(f"Pr{unseen}ice") == "Price"


@pytest.mark.parametrize("blank", ["\u3164", "\uffa0", "\u2800"])
def test_letters_that_look_like_a_space_become_one(blank: str) -> None:
    assert normalise(f"free{blank}of charge{blank}") == "free of charge"


def test_joiners_that_languages_are_written_with_are_kept() -> None:
    persian = "می\u200cخواهم"
    assert normalise(persian) == persian
    assert normalise("👩\u200d⚕️") == "👩\u200d⚕️"


def test_spaces_at_line_ends_go_and_those_at_line_starts_stay() -> None:
    assert normalise("a  \n  b\t\nc ") == "a\n  b\nc"


def test_at_most_two_blank_lines_stand_in_a_row() -> None:
    assert normalise("a\n\n \n\t\n\n\nb") == "a\n\n\nb"
    assert normalise("a\n\n\nb") == "a\n\n\nb"


def test_the_hash_is_the_sha256_of_the_normalised_text() -> None:
    assert text_hash("Zu\u0308rich \r\n") == hashlib.sha256("Zürich".encode()).hexdigest()


def test_one_line_has_no_line_end_and_no_double_space() -> None:
    assert one_line(" a \n\x1b b\u200b\tc ") == "a b c"
