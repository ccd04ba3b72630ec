"""Intervals for coefficients of agreement, and the reasons for giving none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_array
from scipy.special import betaincinv, ndtr, ndtri, stdtrit

from coder.agreement.clusters import Clusters, few_clusters
from coder.agreement.coefficients import EPSILON, Statistic
from coder.agreement.tables import FloatArray, IntArray

LEVEL = 0.95
MIN_ITEMS = 50
MIN_RARER = 10
"""Fewest reference items outside the commonest category; with two categories, the rarer one."""
MIN_CODER_RARER = 5
"""The same of the coder's margin."""
MAX_UNDEFINED = 0.05
"""Largest share of resamples in which the coefficient may be undefined."""
Method = Literal["bca", "percentile"]
CHUNK = 2_000_000
"""Counts held at once while resampling (16 MB): memory stays flat however many cells a table has."""


@dataclass(frozen=True)
class Bootstrap:
    """How to resample: the seed and the number of replicates."""

    seed: int = 20210215
    replicates: int = 10_000

    def __post_init__(self) -> None:
        if self.replicates < 1:
            raise ValueError("a bootstrap needs at least one replicate")


@dataclass(frozen=True)
class Interval:
    """An interval and the standard deviation of the replicates; None with a reason where it cannot be estimated."""

    low: float | None = None
    high: float | None = None
    sd: float | None = None
    reason: str | None = None


def bca_interval(
    counts: IntArray,
    statistic: Statistic,
    bootstrap: Bootstrap,
    *,
    level: float = LEVEL,
    clusters: Clusters | None = None,
) -> Interval:
    """The bias-corrected and accelerated bootstrap interval of a statistic of cell counts: `bootstrap_interval`."""
    return bootstrap_interval(counts, statistic, bootstrap, level=level, clusters=clusters)


def bootstrap_interval(
    counts: IntArray,
    statistic: Statistic,
    bootstrap: Bootstrap,
    *,
    method: Method = "bca",
    level: float = LEVEL,
    clusters: Clusters | None = None,
) -> Interval:
    """A bootstrap interval of a statistic of cell counts: BCa (Efron 1987) or percentile (Efron 1979).

    `counts` are the items per non-empty cell, shape (cells,). Items are resampled as one multinomial draw of the
    cells, and the acceleration is the jackknife's, one value a cell weighted by its count; the cost depends on the
    cells, not on the items. With `clusters` over the same cells, whole clusters are drawn with replacement and left
    out one at a time (Davison & Hinkley 1997, section 3.8), and with fewer than MIN_CLUSTERS there is no interval.
    """
    if few := few_clusters(clusters):
        return Interval(reason=few)
    members = None if clusters is None else clusters.members
    counts = counts if clusters is None else clusters.counts
    if counts.sum() < 2:
        return Interval(reason="not estimable: fewer than 2 items")
    point = float(statistic(_cells(counts[None, :].astype(np.float64), members))[0])
    left_out = _jackknife(counts, statistic, members)
    acceleration = _acceleration(counts, left_out)
    if acceleration is None or not np.isfinite(point):
        return Interval(reason="not estimable: the coefficient does not vary between resamples")
    draws = _resamples(counts, bootstrap, len(counts) if members is None else max(members.shape))
    values = np.concatenate([statistic(_cells(drawn, members)) for drawn in draws])
    defined = values[np.isfinite(values)]
    if len(defined) < (1 - MAX_UNDEFINED) * len(values):
        return Interval(reason="not estimable: the coefficient is undefined in more than 5% of resamples")
    ends = np.array([(1 - level) / 2, (1 + level) / 2])
    if method == "bca":
        bias = _bias(defined, point)
        if not np.isfinite(bias):
            return Interval(reason="not estimable: every resample lies on one side of the value")
        shifted = bias + ndtri(ends)
        ends = ndtr(bias + shifted / (1 - acceleration * shifted))
    low, high = np.quantile(defined, ends)
    return Interval(float(low), float(high), float(defined.std(ddof=1)) if len(defined) > 1 else None)


def _cells(drawn: FloatArray, members: csr_array | None) -> FloatArray:
    """Counts of cells from counts of what was drawn."""
    return drawn if members is None else np.asarray(drawn @ members, dtype=np.float64)


def _resamples(counts: IntArray, bootstrap: Bootstrap, width: int) -> Iterator[FloatArray]:
    random = np.random.default_rng(bootstrap.seed)
    n, rows = int(counts.sum()), max(1, CHUNK // width)
    for start in range(0, bootstrap.replicates, rows):
        size = min(rows, bootstrap.replicates - start)
        yield random.multinomial(n, counts / n, size=size).astype(np.float64)


def _bias(values: FloatArray, point: float) -> float:
    """z0: the normal quantile of the share of replicates below the value, ties counted half."""
    tied = np.abs(values - point) < EPSILON
    below = (values < point) & ~tied
    return float(ndtri((below.sum() + tied.sum() / 2) / len(values)))


def _acceleration(counts: IntArray, left_out: FloatArray) -> float | None:
    """The jackknife's acceleration; None where leaving an item out changes nothing or leaves it undefined."""
    if not np.isfinite(left_out).all():
        return None
    difference = np.average(left_out, weights=counts) - left_out
    if np.abs(difference).max() < EPSILON:
        return None
    spread = float((counts * difference**2).sum())
    return float((counts * difference**3).sum() / (6 * spread**1.5))


def _jackknife(counts: IntArray, statistic: Statistic, members: csr_array | None) -> FloatArray:
    """The statistic without one of each kind of what is drawn, shape (kinds,)."""
    whole = _cells(counts[None, :].astype(np.float64), members)
    width = max(len(counts), whole.shape[1])
    parts = []
    for positions in np.array_split(np.arange(len(counts)), -(-len(counts) * width // CHUNK)):
        one = np.zeros((len(positions), len(counts)))
        one[np.arange(len(positions)), positions] = 1
        parts.append(statistic(whole - _cells(one, members)))
    return np.concatenate(parts)


def wald_interval(value: float, se: float, *, level: float = LEVEL, df: int | None = None) -> Interval:
    """value -+ q se, q from the normal distribution, or with `df` from Student's t; cut at 1 above.

    irrCAC takes t with one degree of freedom fewer than units, SAS and Fleiss, Cohen & Everitt 1969 the normal.
    """
    if se <= 0 or (df is not None and df < 1):
        return Interval(reason="not estimable: the standard error is 0")
    quantile = float(ndtri((1 + level) / 2) if df is None else stdtrit(df, (1 + level) / 2))
    return Interval(value - quantile * se, min(1.0, value + quantile * se), se)


def fisher_z_interval(value: float, se: float, *, level: float = LEVEL) -> Interval:
    """tanh(artanh(value) -+ z se / (1 - value^2)): stays within -1 and 1 and is longer towards 0."""
    if se <= 0 or abs(value) >= 1:
        return Interval(reason="not estimable: the standard error is 0")
    centre, half = np.arctanh(value), float(ndtri((1 + level) / 2)) * se / (1 - value**2)
    return Interval(float(np.tanh(centre - half)), float(np.tanh(centre + half)), se)


def too_few(reference: IntArray, coder: IntArray, n: int) -> str | None:
    """Why these margins (items per category) over `n` items cannot carry an interval; None where they can.

    For two categories the items outside the commonest are the rarer side. The rule covers longer scales too, since
    a scale of which the reference uses two categories is no better off than a scale of two.
    """
    if n < MIN_ITEMS:
        return f"no interval: n = {n}, fewer than {MIN_ITEMS}"
    for margin, least, whose in ((reference, MIN_RARER, "reference"), (coder, MIN_CODER_RARER, "coder")):
        if (rarer := int(margin.sum() - margin.max())) < least:
            where = "on the rarer side" if len(margin) == 2 else "outside the commonest answer"
            return f"no interval: {rarer} items {where} of the {whose}, fewer than {least}"
    return None


def clopper_pearson_low(successes: float, n: float, *, level: float = LEVEL) -> float | None:
    """The lower end of the exact two-sided interval for a share (Clopper & Pearson 1934); None without items.

    Where items weigh unequally, n is the effective number and may be a fraction (Korn & Graubard 1998).
    """
    if n == 0:
        return None
    return float(betaincinv(successes, n - successes + 1, (1 - level) / 2)) if successes else 0.0
