"""Items that share a source: which belong together, and standard errors that sum within them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, csr_array

if TYPE_CHECKING:
    from coder.agreement.tables import FloatArray, IntArray

MIN_CLUSTERS = 20
"""Fewest clusters for an interval: with fewer, cluster-robust intervals are known to be too short.

Cameron & Miller 2015, A practitioner's guide to cluster-robust inference: "few" begins below 20 to 50.
"""


@dataclass(frozen=True, eq=False)
class Clusters:
    """The distinct kinds of clusters: `members`, shape (kinds, cells), and how many of each, shape (kinds,).

    A cell is whatever items are counted by: a pattern of codings, a pair of answers, a cell of a table. A row of
    `members` says how many items of each cell one cluster of the kind brings; all clusters together make the counts.
    """

    members: csr_array
    counts: IntArray

    @property
    def n(self) -> int:
        """The number of clusters."""
        return int(self.counts.sum())

    def onto(self, cells: IntArray, size: int) -> Clusters:
        """The same clusters over `size` other cells, `cells` giving the new one of each, -1 for items that are out.

        A cluster that keeps no item is none.
        """
        kept = np.flatnonzero(cells >= 0)
        onto = coo_array((np.ones(len(kept)), (kept, cells[kept])), shape=(len(cells), size)).tocsr()
        return _kinds(csr_array(self.members @ onto), self.counts)

    def among(self, cells: IntArray) -> Clusters:
        """The same clusters over some of the cells, at these positions, which hold all items."""
        return Clusters(self.members[:, cells], self.counts)


def cluster_rows(names: Sequence[Hashable], cells: IntArray, counts: IntArray, size: int) -> Clusters:
    """The clusters of rows of items: the name of each row's cluster, its cell and its items, shape (rows,) each.

    Rows without a cell (-1) or without items are out. Clusters with the same items are one kind; their order does not
    depend on that of the rows. ValueError where the lengths differ.
    """
    if len(names) != len(cells):
        raise ValueError(f"{len(names)} clusters do not fit {len(cells)} rows of ratings")
    kept = np.flatnonzero((cells >= 0) & (counts > 0))
    number = {name: position for position, name in enumerate(dict.fromkeys(names[row] for row in kept.tolist()))}
    place = np.array([number[names[row]] for row in kept.tolist()], dtype=np.int64)
    items = coo_array((counts[kept].astype(np.float64), (place, cells[kept])), shape=(len(number), size)).tocsr()
    return _kinds(items, np.ones(len(number), dtype=np.int64))


def _kinds(members: csr_array, counts: IntArray) -> Clusters:
    """Like clusters put together, in an order of their own; a cluster without an item is left out."""
    members.sum_duplicates()
    kinds: Counter[tuple[tuple[int, float], ...]] = Counter()
    for row, count in enumerate(counts.tolist()):
        part = slice(members.indptr[row], members.indptr[row + 1])
        kinds[tuple(zip(members.indices[part].tolist(), members.data[part].tolist(), strict=True))] += count
    kinds.pop((), None)
    ordered = sorted(kinds.items())
    rows = [row for row, (cells, _) in enumerate(ordered) for _ in cells]
    columns = [column for cells, _ in ordered for column, _ in cells]
    data = [count for cells, _ in ordered for _, count in cells]
    found = csr_array((data, (rows, columns)), shape=(len(ordered), members.shape[1]), dtype=np.float64)
    return Clusters(found, np.array([count for _, count in ordered], dtype=np.int64))


def n_clusters(clusters: Clusters | None) -> int | None:
    """How many clusters there are; None where each item stands alone."""
    return None if clusters is None else clusters.n


def few_clusters(clusters: Clusters | None) -> str | None:
    """Why so few clusters carry no interval; None where they can, or where there are none."""
    if clusters is None or clusters.n >= MIN_CLUSTERS:
        return None
    return f"no interval: {clusters.n} clusters, fewer than {MIN_CLUSTERS}"


def cluster_robust_se(influence: FloatArray, clusters: Clusters) -> float:
    """The linearised standard error from the sums of the influences within clusters, `influence` of shape (cells,).

    sqrt(C / (C - 1) sum of squared sums) / n, C clusters with n items (Taylor linearisation with clusters as the
    primary sampling units; Binder 1983). ValueError with fewer than two clusters.
    """
    if clusters.n < 2:
        raise ValueError("a cluster-robust standard error needs two clusters")
    sums = clusters.members @ influence
    items = float(clusters.counts @ clusters.members.sum(axis=1))
    return float(np.sqrt(clusters.n / (clusters.n - 1) * (clusters.counts @ sums**2))) / items
