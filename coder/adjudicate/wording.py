"""Say codings in words, and make text from documents and models safe to print on a terminal."""

from __future__ import annotations

import unicodedata

from coder.model import Coding, DimensionBase, Status

STATUS_WORDS = {
    Status.ABSENT: "not specified",
    Status.NOT_APPLICABLE: "does not apply",
    Status.UNDECIDABLE: "cannot tell",
    Status.REFUSED: "refused",
    Status.INVALID: "invalid answer",
    Status.FAILED: "failed",
    Status.SKIPPED: "skipped",
}
"""How a status other than `coded` reads."""

NONE_OF_THEM = "none of them"
"""How an empty set of categories reads."""

_BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BREAKS = frozenset("\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029")


def status_words(dimension: DimensionBase, status: Status) -> str:
    """The words for a status, in the codebook's own where it gives a label for silence."""
    if status is Status.ABSENT and dimension.absent is not None:
        return dimension.absent.label.casefold()
    return STATUS_WORDS[status]


def answer_words(dimension: DimensionBase, coding: Coding) -> str:
    """An answer in one line: category labels, or the status. A category the codebook lacks is named by its id."""
    return marks_words(dimension, coding.status, coding.codes)


def marks_words(dimension: DimensionBase, status: Status, codes: tuple[str, ...]) -> str:
    """The same, of a status and category ids."""
    if status is not Status.CODED:
        return status_words(dimension, status)
    labels = {category.id: category.label for category in dimension.codes}
    return ", ".join(labels.get(code, code) for code in codes) or NONE_OF_THEM


def visible(text: str) -> str:
    """The text with every control character replaced by a harmless one, length and offsets kept.

    Line feeds stay; other breaks and tabs become spaces; escape and its kin become their control pictures; controls
    that reorder a line, lone surrogates and the rest become U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible_character, text))


def stripped(text: str) -> str:
    """The text without control characters, for readers who hear it; breaks and tabs become spaces, line feeds stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_kept(character) for character in text)


def _visible_character(character: str) -> str:
    if character == "\n":
        return character
    if character in _BREAKS:
        return " "
    if character < " ":
        return chr(0x2400 + ord(character))
    if character == "\x7f":
        return "\u2421"
    return "\ufffd" if _is_control(character) else character


def _kept(character: str) -> str:
    if character == "\n":
        return character
    if character in _BREAKS:
        return " "
    return "" if _is_control(character) else character


def _is_control(character: str) -> bool:
    return character in _BIDI_OVERRIDES or unicodedata.category(character) in ("Cc", "Cs")
