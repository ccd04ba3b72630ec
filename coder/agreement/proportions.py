"""Exact and approximate intervals for a share: of refusals, of agreement."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import ndtri, stdtrit

from coder.agreement.clusters import Clusters, cluster_robust_se
from coder.agreement.intervals import LEVEL, clopper_pearson_low
from coder.agreement.tables import FloatArray, IntArray

ShareMethod = Literal["clopper_pearson", "wilson"]


@dataclass(frozen=True)
class Proportion:
    """`count` of `n` with its interval; share, low and high are None, with the reason, where n is 0."""

    count: int
    n: int
    share: float | None
    low: float | None
    high: float | None
    level: float
    method: ShareMethod
    reason: str | None = None


def proportion(count: int, n: int, *, method: ShareMethod = "clopper_pearson", level: float = LEVEL) -> Proportion:
    """A share with its two-sided interval.

    clopper_pearson (1934): exact, covers at least `level` whatever the share; the default, since refusals are rare and
    an interval for them should not be too short. wilson (1927): the score interval, shorter, covers `level` on average.
    ValueError where the count does not fit n.
    """
    if not 0 <= count <= n:
        raise ValueError(f"{count} of {n} is no share")
    if n == 0:
        return Proportion(0, 0, None, None, None, level, method, "undefined: no item")
    low, high = _wilson(count, n, level) if method == "wilson" else clopper_pearson(count, n, level)
    return Proportion(count, n, count / n, low, high, level, method)


def clopper_pearson(count: float, n: float, level: float) -> tuple[float, float]:
    """Both ends of the exact interval; `n` above 0, see `clopper_pearson_low`."""
    low, rest = (clopper_pearson_low(k, n, level=level) for k in (count, n - count))
    return low or 0.0, 1 - (rest or 0.0)


def clustered_proportion(
    holds: FloatArray, counts: IntArray, clusters: Clusters, *, level: float = LEVEL
) -> Proportion:
    """A share of items that share sources, its exact interval on the effective number of them (Korn & Graubard 1998).

    Arguments as for `effective_items`; low and high are None, with the reason, with fewer than two clusters.
    """
    count, n = int(counts @ holds), int(counts.sum())
    plain, effective = proportion(count, n, level=level), effective_items(holds, counts, clusters, level=level)
    if plain.share is None:
        return plain
    if effective is None:
        return replace(plain, low=None, high=None, reason="no interval: one cluster")
    low, high = clopper_pearson(plain.share * effective, effective, level)
    return replace(plain, low=low, high=high)


def effective_items(holds: FloatArray, counts: IntArray, clusters: Clusters, *, level: float = LEVEL) -> float | None:
    """How many independent items tell as much of a share as these, which share sources (Korn & Graubard 1998).

    `holds`, 1 or 0, and `counts` have the shape (cells,). p (1 - p) / se^2 with the cluster-robust standard error,
    times the squared ratio of Student's quantiles at n - 1 and clusters - 1 degrees of freedom; at most n. Where all
    items are alike, which has no standard error, the number of clusters. None with fewer than two clusters.
    """
    n, share = int(counts.sum()), float(counts @ holds) / max(int(counts.sum()), 1)
    if clusters.n < 2:
        return None
    if share in (0.0, 1.0):
        return float(clusters.n)
    se = cluster_robust_se(np.asarray(holds - share, dtype=np.float64), clusters)
    ratio = stdtrit(n - 1, (1 + level) / 2) / stdtrit(clusters.n - 1, (1 + level) / 2)
    return min(float(n), share * (1 - share) / se**2 * float(ratio) ** 2) if se > 0 else float(n)


def _wilson(count: int, n: int, level: float) -> tuple[float, float]:
    z = float(ndtri((1 + level) / 2))
    share, shrink = count / n, 1 + z**2 / n
    centre = (share + z**2 / (2 * n)) / shrink
    half = z / shrink * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return (0.0 if count == 0 else centre - half), (1.0 if count == n else centre + half)
