"""From the text of a cell to an answer. Nothing is guessed: what cannot be read comes back as a problem."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from coder.gold.imported import ProblemKind
from coder.gold.vocabulary import Meaning, Vocabulary
from coder.model import Dimension, Mention, Span, Status


@dataclass(frozen=True)
class Answer:
    """What one coder said of one dimension; `evidence` is by code, with that of the whole answer under ''."""

    status: Status
    codes: tuple[str, ...] = ()
    mentions: tuple[Mention, ...] = ()
    evidence: tuple[tuple[str, tuple[Span, ...]], ...] = ()
    memo: str = ""


@dataclass(frozen=True)
class Trouble:
    """Why a cell gives no answer."""

    kind: ProblemKind
    message: str


ABSENT = Meaning(status=Status.ABSENT)


def read_cell(text: str, vocabulary: Vocabulary, separator: str) -> Answer | tuple[Trouble, ...]:
    """The answer that a cell holds.

    The whole cell is tried first, then its parts between `separator`, `;`, `|` or line breaks, then a part's own parts
    between commas, the latter only where every one of them is a word of the codebook.
    """
    return answer_of(read_parts(text, vocabulary, separator), vocabulary.dimension)


def answer_of(parts: Iterable[Meaning | str], dimension: Dimension) -> Answer | tuple[Trouble, ...]:
    """One answer from parts, each a meaning or why it has none; one unknown part spoils the answer."""
    parts = list(parts)
    unknown = tuple(Trouble("unknown_code", part) for part in parts if isinstance(part, str))
    return unknown or combine([part for part in parts if isinstance(part, Meaning)], dimension)


def read_parts(text: str, vocabulary: Vocabulary, separator: str) -> list[Meaning | str]:
    """The meaning of each part of a cell, or, as a string, why a part means nothing."""
    whole = vocabulary.meaning(text)
    if isinstance(whole, Meaning):
        return [whole]
    marks = "|".join(re.escape(mark) for mark in {separator, ";", "|", "\n"} if mark)
    found: list[Meaning | str] = []
    for part in filter(None, (part.strip() for part in re.split(marks, text))):
        meaning = vocabulary.meaning(part)
        pieces = [vocabulary.meaning(piece.strip()) for piece in part.split(",")]
        if isinstance(meaning, str) and all(_is_word(piece) for piece in pieces):
            found.extend(pieces)
        else:
            found.append(meaning)
    return found or [whole]


def _is_word(piece: Meaning | str) -> bool:
    """Whether a piece between commas is a word of the codebook: in a number, a comma may be part of it."""
    return isinstance(piece, Meaning) and piece.mention is None


def combine(meanings: Iterable[Meaning], dimension: Dimension) -> Answer | tuple[Trouble, ...]:
    """One answer from all that was said; troubles where it contradicts itself or the kind of the dimension."""
    meanings = list(dict.fromkeys(meanings))
    statuses = list(dict.fromkeys(meaning.status for meaning in meanings))
    codes = tuple(dict.fromkeys(meaning.code for meaning in meanings if meaning.code))
    mentions = tuple(meaning.mention for meaning in meanings if meaning.mention is not None)
    if len(statuses) != 1:
        said = ", ".join([*codes, *(status.value for status in statuses if status is not Status.CODED)])
        return (Trouble("contradiction", f"says {said} at once"),)
    if dimension.single and len(codes) > 1:
        return (Trouble("several_codes", f"{len(codes)} codes ({', '.join(codes)}) where one is allowed"),)
    if statuses[0] is Status.CODED and not codes:
        return (Trouble("contradiction", "is 'coded' without a code"),)
    if statuses[0] is Status.ABSENT and dimension.absent is None and dimension.single:
        return (Trouble("unknown_code", "the codebook has no 'absent' for this dimension"),)
    return Answer(statuses[0], codes, mentions)
