"""Codings of units by any number of coders, as positions in the declared categories, with gaps."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np

from coder.agreement.tables import FloatArray, IntArray

MISSING = -1
Label = TypeVar("Label", bound=Hashable)


@dataclass(frozen=True, eq=False)
class Ratings:
    """Which category each coder gave to each unit.

    `codes` has the shape (rows, coders) and holds positions in `categories`, or `MISSING` where a coder did not code
    the unit. A row stands for `counts` units, shape (rows,). `categories` are the declared ones, used or not.
    `values` are their numbers where the scale has them, for weights and distances; else the positions 1, 2, 3 ...
    `identified` is false where a column is not one coder: the number of coders a category is known, or coders rotate.
    ValueError where shapes or positions do not fit.
    """

    codes: IntArray
    counts: IntArray
    categories: tuple[Hashable, ...]
    values: FloatArray
    identified: bool = True

    def __post_init__(self) -> None:
        if self.codes.ndim != 2 or self.counts.shape != self.codes.shape[:1]:
            raise ValueError(f"codes of shape {self.codes.shape} do not fit counts of shape {self.counts.shape}")
        if len(set(self.categories)) != len(self.categories) or not self.categories:
            raise ValueError("ratings need categories, each declared once")
        if self.codes.size and not MISSING <= self.codes.min() <= self.codes.max() < len(self.categories):
            raise ValueError(f"positions must lie in 0..{len(self.categories) - 1}, or be {MISSING} where missing")
        if self.values.shape != (len(self.categories),) or not np.isfinite(self.values).all():
            raise ValueError("each category needs one finite value")
        if (self.counts < 0).any():
            raise ValueError("counts cannot be negative")

    @property
    def size(self) -> int:
        """The number of declared categories."""
        return len(self.categories)

    @property
    def coders(self) -> int:
        """The number of columns: coders, or the most codings that a unit has where they are not told apart."""
        return int(self.codes.shape[1])

    @property
    def units(self) -> int:
        """The number of units, coded or not."""
        return int(self.counts.sum())

    @property
    def complete(self) -> bool:
        """Whether every coder coded every unit."""
        return not (self.codes[self.counts > 0] == MISSING).any()

    @cached_property
    def patterns(self) -> Patterns:
        """The distinct rows that at least one coder coded; their order does not depend on that of the units."""
        return distinct(self.codes, self.counts, self.size)

    @cached_property
    def tallied(self) -> Patterns:
        """The distinct tallies, as patterns whose codes are in order: what most coefficients depend on.

        Who gave which code makes patterns many (four coders, five categories and gaps: 1,295), not tallies (125).
        """
        return distinct(np.sort(self.codes, axis=1), self.counts, self.size)

    def complete_rows(self) -> Ratings:
        """The ratings of the units that every coder coded."""
        kept = (self.codes != MISSING).all(axis=1)
        return Ratings(self.codes[kept], self.counts[kept], self.categories, self.values, self.identified)


@dataclass(frozen=True, eq=False)
class Patterns:
    """Distinct rows of codes, shape (patterns, coders), and how many units have each, shape (patterns,).

    `of_row` holds the pattern of each row of the ratings, shape (rows,), `MISSING` where nobody coded the row. `size`
    is the number of declared categories.
    """

    codes: IntArray
    counts: IntArray
    of_row: IntArray
    size: int

    @cached_property
    def tallies(self) -> IntArray:
        """How many coders gave each category, shape (patterns, categories)."""
        tallies = np.zeros((len(self.codes), self.size), dtype=np.int64)
        rows, coders = np.nonzero(self.codes != MISSING)
        np.add.at(tallies, (rows, self.codes[rows, coders]), 1)
        return tallies

    def least(self, coders: int) -> Patterns:
        """The patterns with at least so many codings."""
        kept = (self.codes != MISSING).sum(axis=1) >= coders
        place = np.append(np.where(kept, np.cumsum(kept) - 1, MISSING), MISSING)
        return Patterns(self.codes[kept], self.counts[kept], place[self.of_row], self.size)


def distinct(codes: IntArray, counts: IntArray, size: int) -> Patterns:
    """The distinct rows of `codes` with a coding in them, and the units of each; rows of no unit are left aside."""
    coded = (codes != MISSING).any(axis=1) & (counts > 0)
    found, inverse = _distinct_rows(codes[coded], size)
    of_row = np.full(len(codes), MISSING, dtype=np.int64)
    of_row[coded] = inverse
    totals = np.bincount(inverse, counts[coded], minlength=len(found)).astype(np.int64)
    return Patterns(found, totals, of_row, size)


def _distinct_rows(codes: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Rows as one number each where that fits, which sorts far faster than rows do."""
    base, coders = size + 1, codes.shape[1]
    if coders * np.log2(base) >= 62:
        found, inverse = np.unique(codes, axis=0, return_inverse=True)
        return found, inverse.reshape(-1)
    powers = base ** np.arange(coders - 1, -1, -1, dtype=np.int64)
    numbers, inverse = np.unique((codes + 1) @ powers, return_inverse=True)
    return (numbers[:, None] // powers) % base - 1, inverse


def from_columns(
    columns: Sequence[Sequence[Label | None]], categories: Sequence[Label], values: Sequence[float] | None = None
) -> Ratings:
    """Ratings from one sequence of labels a coder, units in the same order; None is a gap.

    ValueError where the columns differ in length or hold a label that is not declared.
    """
    if len({len(column) for column in columns}) > 1:
        raise ValueError(f"the coders have {', '.join(str(len(column)) for column in columns)} units")
    place = {label: position for position, label in enumerate(categories)}
    codes = [[_position(label, place, unit) for unit, label in enumerate(column)] for column in columns]
    matrix = np.array(codes, dtype=np.int64).reshape(len(columns), len(columns[0]) if columns else 0).T
    return _ratings(matrix, categories, values)


def from_rows(
    rows: Sequence[Sequence[Label | None]], categories: Sequence[Label], values: Sequence[float] | None = None
) -> Ratings:
    """Ratings from one sequence of labels a unit, coders in the same order; None is a gap."""
    if len({len(row) for row in rows}) > 1:
        raise ValueError("every unit needs a label or None for each coder")
    return from_columns(list(zip(*rows, strict=True)), categories, values)


def from_table(
    counts: IntArray, categories: Sequence[Hashable] | None = None, values: Sequence[float] | None = None
) -> Ratings:
    """Ratings of two coders from the counts of units by category of the first (row) and the second (column)."""
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"a table of agreement is square, not {counts.shape}")
    cells = np.argwhere(counts != 0)
    declared = range(len(counts)) if categories is None else categories
    return _ratings(cells.astype(np.int64), declared, values, counts=counts[tuple(cells.T)])


def from_distribution(
    counts: IntArray, categories: Sequence[Hashable] | None = None, values: Sequence[float] | None = None
) -> Ratings:
    """Ratings from how many coders gave each category, shape (units, categories); who they were is not known."""
    if counts.ndim != 2 or (counts < 0).any():
        raise ValueError("a distribution counts coders by unit and category")
    size = counts.shape[1]
    codings = counts.sum(axis=1)
    codes = np.full((len(counts), int(codings.max(initial=0))), MISSING, dtype=np.int64)
    filled = np.arange(codes.shape[1])[None, :] < codings[:, None]
    codes[filled] = np.repeat(np.tile(np.arange(size), len(counts)), counts.reshape(-1))
    return _ratings(codes, range(size) if categories is None else categories, values, identified=False)


def from_long(
    rows: Iterable[tuple[Hashable, Hashable, Label]],
    categories: Sequence[Label],
    values: Sequence[float] | None = None,
    *,
    rotating: bool = False,
) -> Ratings:
    """Ratings from (unit, coder, label), each unit and coder in order of appearance.

    With `rotating` the coders are not told apart: workers who each coded a few units are many people, not one coder.
    ValueError where a coder coded a unit twice or a label is not declared.
    """
    place = {label: position for position, label in enumerate(categories)}
    coded: dict[Hashable, dict[Hashable, int]] = {}
    for unit, coder, label in rows:
        answers = coded.setdefault(unit, {})
        if coder in answers:
            raise ValueError(f"unit {unit!r}: coder {coder!r} has two codings")
        answers[coder] = _position(label, place, unit)
    known = {coder: column for column, coder in enumerate(dict.fromkeys(c for a in coded.values() for c in a))}
    width = max((len(answers) for answers in coded.values()), default=0) if rotating else len(known)
    codes = np.full((len(coded), width), MISSING, dtype=np.int64)
    for row, answers in enumerate(coded.values()):
        codes[row, range(len(answers)) if rotating else [known[coder] for coder in answers]] = [*answers.values()]
    return _ratings(codes, categories, values, identified=not rotating)


def _position(label: Label | None, place: Mapping[Label, int], unit: Hashable) -> int:
    if label is None or label != label:  # noqa: PLR0124 - NaN, as data frames mark a gap
        return MISSING
    if label not in place:
        raise ValueError(f"unit {unit!r}: {label!r} is not a declared category")
    return place[label]


def _ratings(
    codes: IntArray,
    categories: Sequence[Hashable],
    values: Sequence[float] | None,
    *,
    counts: IntArray | None = None,
    identified: bool = True,
) -> Ratings:
    scale = np.arange(1, len(categories) + 1) if values is None else np.asarray(values)
    each = np.ones(len(codes)) if counts is None else counts
    return Ratings(codes, each.astype(np.int64), tuple(categories), scale.astype(np.float64), identified)
