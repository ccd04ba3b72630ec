"""Contingency tables of two coders over the declared categories, never only the observed ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coder.agreement.clusters import Clusters

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """Counts of items by reference (row) and coder (column), square.

    The first `scale` rows and columns are categories on which the two can agree. Those after them (no answer, not
    applicable to one of the two) never agree, whatever the weights, and stay in every denominator. Where items share
    a source, `clusters` are the same items by source, over the cells row by row.
    """

    counts: IntArray
    scale: int
    clusters: Clusters | None = None

    def __post_init__(self) -> None:
        if self.counts.ndim != 2 or self.counts.shape[0] != self.counts.shape[1]:
            raise ValueError(f"a table of agreement is square, not {self.counts.shape}")
        if not 1 <= self.scale <= len(self.counts):
            raise ValueError(f"scale {self.scale} does not fit a table of {len(self.counts)} categories")
        if (self.counts < 0).any():
            raise ValueError("counts cannot be negative")

    @property
    def n(self) -> int:
        """The number of items."""
        return int(self.counts.sum())

    @property
    def reference(self) -> IntArray:
        """Row margins: items per category of the reference."""
        return np.asarray(self.counts.sum(axis=1), dtype=np.int64)

    @property
    def coder(self) -> IntArray:
        """Column margins: items per category of the coder."""
        return np.asarray(self.counts.sum(axis=0), dtype=np.int64)

    @property
    def agreed(self) -> int:
        """Items on which the two gave the same category."""
        return int(np.trace(self.counts[: self.scale, : self.scale]))

    def without(self, position: int) -> Table:
        """The table of the items that neither coder put into the category at `position`."""
        places = np.arange(len(self.counts))
        moved = np.where(places == position, -1, places - (places > position))
        return self._moved(moved, len(self.counts) - 1, self.scale - (position < self.scale))

    def leading(self, size: int) -> Table:
        """The table of the items that both coders put into one of the first `size` categories."""
        places = np.arange(len(self.counts))
        return self._moved(np.where(places < size, places, -1), size, size)

    def merged(self, groups: Sequence[int], scale: int) -> Table:
        """The table in which category k becomes `groups[k]`; the first `scale` groups can agree."""
        return self._moved(np.array(groups, dtype=np.int64), max(groups) + 1, scale)

    def _moved(self, places: IntArray, size: int, scale: int) -> Table:
        """The table in which category k stands at `places[k]`, or is out (-1)."""
        member = (places[:, None] == np.arange(size)).astype(np.int64)
        rows, columns = places[:, None], places[None, :]
        cells = np.where((rows >= 0) & (columns >= 0), rows * size + columns, -1).ravel()
        clusters = None if self.clusters is None else self.clusters.onto(cells, size * size)
        return Table(member.T @ self.counts @ member, scale, clusters)


def contingency_table(
    reference: IntArray,
    coder: IntArray,
    scale: int,
    *,
    never_agree: int = 0,
    counts: IntArray | None = None,
    clusters: Clusters | None = None,
) -> Table:
    """The table of two arrays of category positions, shape (n,) each.

    Positions 0 to `scale` - 1 are the declared categories, the `never_agree` positions after them can never agree.
    `counts` says how many items each pair of positions stands for; 1 each when left out. `clusters` are those of the
    pairs. ValueError where a position lies outside or the lengths differ.
    """
    size = scale + never_agree
    if len(reference) != len(coder):
        raise ValueError(f"the reference has {len(reference)} items and the coder {len(coder)}")
    both = np.concatenate([reference, coder])
    if len(both) and (both.min() < 0 or both.max() >= size):
        raise ValueError(f"category positions must lie in 0..{size - 1}")
    each = np.ones(len(reference), dtype=np.int64) if counts is None else counts
    place, cells = np.asarray(reference, dtype=np.int64) * size + coder, np.zeros(size * size, dtype=np.int64)
    np.add.at(cells, place, each)
    found = None if clusters is None else clusters.onto(place, size * size)
    return Table(cells.reshape(size, size), scale, found)
