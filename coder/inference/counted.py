"""Codes taken at their word, counted: shares of categories and labels, and pairs of labels. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coder.agreement.proportions import Proportion, proportion
from coder.agreement.tables import IntArray
from coder.model import Coding, Status
from coder.model.codebook import DimensionBase

ABSENT = Status.ABSENT.value
UNRESOLVED, UNCODED = "unresolved", "not coded"
Codes = tuple[str, ...]
"""What one document was given: category ids, or `absent` alone."""


@dataclass(frozen=True, eq=False)
class CodedDocuments:
    """One dimension's codes over the documents of a project, in one order.

    `codes` has an entry a document, None where it has no code that counts; `out` counts those by cause. `sources`
    counts the others by where the code comes from (settled, consensus, model, or a gold coder's kind).
    """

    dimension: str
    single: bool
    categories: tuple[str, ...]
    codes: tuple[Codes | None, ...]
    out: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Documents with a code, `absent` among them."""
        return sum(given is not None for given in self.codes)

    def share(self, holds: Callable[[frozenset[str]], bool], among: Sequence[bool] | None = None) -> Proportion:
        """The share of coded documents whose codes meet a condition, with Wilson's interval.

        `among` keeps the documents of a part, one value a document.
        """
        kept = [
            frozenset(given)
            for place, given in enumerate(self.codes)
            if given is not None and (among is None or among[place])
        ]
        return proportion(sum(map(holds, kept)), len(kept), method="wilson")

    def shares(self, among: Sequence[bool] | None = None) -> dict[str, Proportion]:
        """The share of each category (`absent` last, where it is one), with Wilson's interval."""
        counts: Counter[str] = Counter()
        n = 0
        for place, given in enumerate(self.codes):
            if given is not None and (among is None or among[place]):
                counts.update(given)
                n += 1
        return {category: proportion(counts[category], n, method="wilson") for category in self.categories}


def coded_documents(
    dimension: DimensionBase, versions: Sequence[str], found: Mapping[str, tuple[Coding | None, str]]
) -> CodedDocuments:
    """The codes of a dimension; `found` gives by version the coding that counts and where it comes from.

    `not_applicable`, "cannot tell" and answers without a code are out, counted by their status (docs/statuses.md).
    """
    known: dict[Codes, Codes] = {}
    codes: list[Codes | None] = []
    out: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    for version in versions:
        coding, source = found.get(version, (None, UNCODED))
        if coding is None or not coding.status.is_answer:
            out[source if coding is None else coding.status.value] += 1
            codes.append(None)
            continue
        given = coding.codes or (ABSENT,)
        codes.append(known.setdefault(given, given))
        sources[source] += 1
    offered = dimension.absent is not None or not dimension.single
    categories = (*(category.id for category in dimension.codes), *((ABSENT,) if offered else ()))
    return CodedDocuments(dimension.id, dimension.single, categories, tuple(codes), dict(out), dict(sources))


@dataclass(frozen=True, eq=False)
class Crossed:
    """Counts of documents by the row's categories and the column's, shape (rows, columns).

    `row_totals` and `column_totals` count documents, which are fewer than the sum of their cells where a document can
    have several labels; `n` documents have both.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: IntArray
    row_totals: tuple[int, ...]
    column_totals: tuple[int, ...]
    n: int


def cross(
    rows: Sequence[Codes | None],
    columns: Sequence[Codes | None],
    row_names: Sequence[str],
    column_names: Sequence[str],
) -> Crossed:
    """Count documents that have both; a code that is in no list of names is an error of the caller (KeyError)."""
    place_row = {name: place for place, name in enumerate(row_names)}
    place_column = {name: place for place, name in enumerate(column_names)}
    counts = np.zeros((len(place_row), len(place_column)), dtype=np.int64)
    by_pair = Counter(
        (row, column) for row, column in zip(rows, columns, strict=True) if row is not None and column is not None
    )
    row_totals, column_totals = np.zeros(len(place_row), np.int64), np.zeros(len(place_column), np.int64)
    for (row, column), count in by_pair.items():
        down, across = [place_row[code] for code in row], [place_column[code] for code in column]
        counts[np.ix_(down, across)] += count
        row_totals[down] += count
        column_totals[across] += count
    totals = tuple(int(one) for one in row_totals), tuple(int(one) for one in column_totals)
    return Crossed(tuple(row_names), tuple(column_names), counts, *totals, n=by_pair.total())


def by_value(values: Iterable[str]) -> tuple[tuple[Codes | None, ...], tuple[str, ...]]:
    """A document variable as codes, and its values in order; a document without a value has none."""
    given = tuple((value,) if value else None for value in values)
    return given, tuple(sorted({one[0] for one in given if one}))
