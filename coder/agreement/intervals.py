"""Intervals for coefficients of agreement, and the reasons for giving none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, ndtr, ndtri

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


def bca_interval(counts: IntArray, statistic: Statistic, bootstrap: Bootstrap, *, level: float = LEVEL) -> Interval:
    """The bias-corrected and accelerated bootstrap interval (Efron 1987) of a statistic of cell counts.

    `counts` are the items per non-empty cell, shape (cells,). Items are resampled as one multinomial draw of the
    cells, and the acceleration is the jackknife's, one value a cell weighted by its count; the cost depends on the
    cells, not on the items.
    """
    if counts.sum() < 2:
        return Interval(reason="not estimable: fewer than 2 items")
    point = float(statistic(counts[None, :].astype(np.float64))[0])
    acceleration = _acceleration(counts, statistic)
    if acceleration is None:
        return Interval(reason="not estimable: the coefficient does not vary between resamples")
    values = np.concatenate([statistic(drawn) for drawn in _resamples(counts, bootstrap)])
    defined = values[np.isfinite(values)]
    if len(defined) < (1 - MAX_UNDEFINED) * len(values):
        return Interval(reason="not estimable: the coefficient is undefined in more than 5% of resamples")
    bias = _bias(defined, point)
    if not np.isfinite(bias):
        return Interval(reason="not estimable: every resample lies on one side of the value")
    normal = ndtri(np.array([(1 - level) / 2, (1 + level) / 2]))
    ends = ndtr(bias + (bias + normal) / (1 - acceleration * (bias + normal)))
    low, high = np.quantile(defined, ends)
    return Interval(float(low), float(high), float(defined.std(ddof=1)) if len(defined) > 1 else None)


def _resamples(counts: IntArray, bootstrap: Bootstrap) -> Iterator[FloatArray]:
    random = np.random.default_rng(bootstrap.seed)
    n, rows = int(counts.sum()), max(1, CHUNK // len(counts))
    for start in range(0, bootstrap.replicates, rows):
        size = min(rows, bootstrap.replicates - start)
        yield random.multinomial(n, counts / n, size=size).astype(np.float64)


def _bias(values: FloatArray, point: float) -> float:
    """z0: the normal quantile of the share of replicates below the value, ties counted half."""
    tied = np.abs(values - point) < EPSILON
    below = (values < point) & ~tied
    return float(ndtri((below.sum() + tied.sum() / 2) / len(values)))


def _acceleration(counts: IntArray, statistic: Statistic) -> float | None:
    """The jackknife's acceleration; None where leaving an item out changes nothing or leaves it undefined."""
    left_out = _jackknife(counts, statistic)
    if not np.isfinite(left_out).all():
        return None
    difference = np.average(left_out, weights=counts) - left_out
    if np.abs(difference).max() < EPSILON:
        return None
    spread = float((counts * difference**2).sum())
    return float((counts * difference**3).sum() / (6 * spread**1.5))


def _jackknife(counts: IntArray, statistic: Statistic) -> FloatArray:
    """The statistic without one item of each cell, shape (cells,)."""
    cells = len(counts)
    parts = []
    for positions in np.array_split(np.arange(cells), -(-cells * cells // CHUNK)):
        tables = np.tile(counts.astype(np.float64), (len(positions), 1))
        tables[np.arange(len(positions)), positions] -= 1
        parts.append(statistic(tables))
    return np.concatenate(parts)


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


def clopper_pearson_low(successes: int, n: int, *, level: float = LEVEL) -> float | None:
    """The lower end of the exact two-sided interval for a share (Clopper & Pearson 1934); None without items."""
    if n == 0:
        return None
    return float(betaincinv(successes, n - successes + 1, (1 - level) / 2)) if successes else 0.0
