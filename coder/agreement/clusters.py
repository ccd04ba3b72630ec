"""Items that share a source: whole clusters are resampled, and standard errors sum within them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from coder.agreement.intervals import LEVEL, Bootstrap, Interval, Method, bootstrap_interval
from coder.agreement.measures import Measure
from coder.agreement.tables import FloatArray, IntArray

MIN_CLUSTERS = 20
"""Fewest clusters for an interval: with fewer, cluster-robust intervals are known to be too short.

Cameron & Miller 2015, A practitioner's guide to cluster-robust inference: "few" begins below 20 to 50.
"""


@dataclass(frozen=True, eq=False)
class Clusters:
    """The distinct kinds of clusters: `members`, shape (kinds, patterns), and how many of each, shape (kinds,)."""

    members: csr_array
    counts: IntArray

    @property
    def n(self) -> int:
        """The number of clusters."""
        return int(self.counts.sum())


def cluster_kinds(measure: Measure, clusters: Sequence[Hashable], row_counts: IntArray) -> Clusters:
    """The clusters of the measure's units; those without a unit in it are left aside.

    `clusters` names the cluster of each row of the ratings and `row_counts` says how many units a row stands for,
    shape (rows,) both. Clusters with the same codings are one kind. ValueError where the lengths differ.
    """
    if len(clusters) != len(measure.of_row):
        raise ValueError(f"{len(clusters)} clusters do not fit {len(measure.of_row)} rows of ratings")
    kept = np.flatnonzero((measure.of_row >= 0) & (row_counts > 0)).tolist()
    number = {name: position for position, name in enumerate(dict.fromkeys(clusters[row] for row in kept))}
    place = np.array([number[clusters[row]] for row in kept], dtype=np.int64)
    cells = (row_counts[kept].astype(np.float64), (place, measure.of_row[kept]))
    members = coo_array(cells, shape=(len(number), len(measure.counts))).tocsr()
    members.sum_duplicates()
    kinds = Counter(_row(members, row) for row in range(len(number)))
    return _clusters(sorted(kinds.items()), len(measure.counts))


def _row(members: csr_array, row: int) -> tuple[tuple[int, float], ...]:
    part = slice(members.indptr[row], members.indptr[row + 1])
    return tuple(zip(members.indices[part].tolist(), members.data[part].tolist(), strict=True))


def _clusters(kinds: Sequence[tuple[tuple[tuple[int, float], ...], int]], patterns: int) -> Clusters:
    rows = [row for row, (cells, _) in enumerate(kinds) for _ in cells]
    columns = [column for cells, _ in kinds for column, _ in cells]
    data = [count for cells, _ in kinds for _, count in cells]
    members = csr_array((data, (rows, columns)), shape=(len(kinds), patterns), dtype=np.float64)
    return Clusters(members, np.array([count for _, count in kinds], dtype=np.int64))


def cluster_interval(
    measure: Measure, clusters: Clusters, bootstrap: Bootstrap, *, method: Method = "bca", level: float = LEVEL
) -> Interval:
    """The interval from resampling whole clusters with replacement; BCa leaves out one cluster at a time.

    None, with the reason, with fewer than MIN_CLUSTERS clusters.
    """
    if clusters.n < MIN_CLUSTERS:
        return Interval(reason=few_clusters(clusters.n))
    members = clusters.members
    return bootstrap_interval(
        clusters.counts, measure.statistic, bootstrap, method=method, level=level, members=members
    )


def few_clusters(n: int) -> str:
    """Why so few clusters carry no interval."""
    return f"no interval: {n} clusters, fewer than {MIN_CLUSTERS}"


def cluster_robust_se(influence: FloatArray, clusters: Clusters) -> float:
    """The linearised standard error from the sums of the influences within clusters.

    sqrt(C / (C - 1) sum of squared sums) / n, C clusters with n units (Taylor linearisation with clusters as the
    primary sampling units; Binder 1983). ValueError with fewer than two clusters.
    """
    if clusters.n < 2:
        raise ValueError("a cluster-robust standard error needs two clusters")
    sums = clusters.members @ influence
    units = float(clusters.counts @ clusters.members.sum(axis=1))
    return float(np.sqrt(clusters.n / (clusters.n - 1) * (clusters.counts @ sums**2))) / units
