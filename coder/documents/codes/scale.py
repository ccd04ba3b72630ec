"""Put codes on a scale: the categories declared, else those that occur, in an order that is known or not needed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from coder.agreement.ratings import MISSING, Ratings
from coder.agreement.tables import FloatArray, IntArray
from coder.documents.codes.answers import Answer, Codes
from coder.documents.codes.grid import cut, listed, number_of
from coder.errors import InputError

MOST = 1000
"""Categories of one scale: beyond, a table of codes is no table of codes, and its weights fill the memory."""

_WHOLE = re.compile(r"([+-]?\d+)\.0*")


@dataclass(frozen=True)
class Scale:
    """The categories in order, with their numbers where they are numbers, shape (categories,); else None.

    `declared` is false where they are those that occur.
    """

    categories: tuple[str, ...]
    values: FloatArray | None
    declared: bool

    def require_order(self, what: str) -> None:
        """InputError where the order of the categories is not known and `what` needs it."""
        if not self.declared and self.values is None:
            raise InputError(
                f"{what} needs the order of the categories, and {listed(self.categories)} are no numbers",
                "give them in order: --categories low,middle,high",
            )


_NUMBERS = "write them with a decimal point, say what is a gap with --missing, or take another --level"


def split_categories(text: str, option: str = "--categories") -> tuple[str, ...]:
    """The names between commas, in order; one that holds a comma stands in double quotes."""
    names = tuple(name.strip() for name in next(csv.reader([text], skipinitialspace=True), []))
    if not all(names):
        raise InputError(f"{option} {text}: a name is empty", "give names with commas between: --categories a,b,c")
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(f"{option} {text}: {cut(twice[0])} stands twice", "name each once")
    return names


def place_codes(
    codes: Codes, declared: Sequence[str], *, numbers: str = "", from_zero: bool = False
) -> tuple[Scale, Ratings]:
    """The scale and the ratings on it. `numbers` says for what each code must be a number, if any.

    Numbers that are written differently (1 and 1.0, as pandas writes a column with gaps) are one category where every
    code is a number. InputError, naming line, column and value, where a code is no category or no number.
    """
    found = dict.fromkeys(answer.text for answer in codes.answers)
    if numbers:
        _check_numbers(codes, numbers, from_zero)
    same = _spelling(found, declared, bool(numbers))
    names = tuple(dict.fromkeys(same[name] for name in declared)) or _in_order(same.values())
    if len(names) > MOST:
        raise InputError(
            f"{codes.grid.path}: {len(names):,} different codes, more than {MOST:,}",
            "take only the coders' columns (--columns A,B), or group the codes",
        )
    place = {name: position for position, name in enumerate(names)}
    matrix = np.full((codes.units, len(codes.coders)), MISSING, dtype=np.int64)
    for answer in codes.answers:
        if same[answer.text] not in place:
            raise _unknown(codes, answer, declared)
        matrix[answer.unit, answer.coder] = place[same[answer.text]]
    return scale_of(names, declared=bool(declared)), ratings_of(matrix, names)


def scale_of(names: Sequence[str], *, declared: bool) -> Scale:
    """The scale of these categories, with their numbers where all of them are numbers."""
    values = [number_of(name) for name in names]
    known = [value for value in values if value is not None]
    return Scale(tuple(names), np.array(known, dtype=np.float64) if len(known) == len(names) else None, declared)


def ratings_of(matrix: IntArray, names: Sequence[str], counts: IntArray | None = None) -> Ratings:
    """Ratings of positions, shape (units, coders), with the categories' places as their values."""
    each = np.ones(len(matrix), dtype=np.int64) if counts is None else counts
    return Ratings(matrix, each, tuple(names), np.arange(1, len(names) + 1, dtype=np.float64))


def _check_numbers(codes: Codes, what: str, from_zero: bool) -> None:
    for answer in codes.answers:
        value = number_of(answer.text)
        if value is None or (from_zero and value < 0):
            wrong = "is no number" if value is None else "is below 0"
            raise InputError(f"{codes.place(answer)}: {cut(answer.text)} {wrong}, as {what} needs", _NUMBERS)


def _unknown(codes: Codes, answer: Answer, declared: Sequence[str]) -> InputError:
    return InputError(
        f"{codes.place(answer)}: {cut(answer.text)} is not one of the categories {listed(declared)}",
        "correct the cell, add it to --categories, or say that it means not coded: --missing",
    )


def _spelling(texts: Iterable[str], declared: Sequence[str], as_numbers: bool) -> dict[str, str]:
    """Each text, the declared names among them, with the way it is written in the scale."""
    whole = {text: match[1] for text in texts if (match := _WHOLE.fullmatch(text))}
    numbers = {text: number_of(text) for text in (*declared, *texts)}
    if as_numbers:
        first: dict[float | None, str] = {}
        for text, value in numbers.items():
            first.setdefault(value, text if text in declared else whole.get(text, text))
        return {text: first[value] for text, value in numbers.items()}
    known = set(declared) or set(whole.values() if None not in numbers.values() else ())
    return {text: text if text in declared or whole.get(text) not in known else whole[text] for text in numbers}


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    """By number where all are numbers, else by letter."""
    found = list(dict.fromkeys(names))
    if all(number_of(name) is not None for name in found):
        return tuple(sorted(found, key=lambda name: (number_of(name), name)))
    return tuple(sorted(found))
