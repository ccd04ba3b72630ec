"""Estimates from an audit sample: errors among undisputed codes with exact limits, and kappa on a corrected table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtri
from scipy.stats import hypergeom

from coder.agreement.coefficients import EPSILON
from coder.agreement.intervals import LEVEL, MIN_ITEMS
from coder.agreement.proportions import clopper_pearson
from coder.agreement.tables import FloatArray, IntArray
from coder.inference.sampling import BoolArray

ONE_CATEGORY = "undefined: coder and settled codes are all of the same one category"


@dataclass(frozen=True)
class Estimate:
    """A value for these documents, its limits at `level` and standard error, from the design's randomness alone.

    `value` is None where it is not estimable, limits and `se` where they are not; `reason` says why.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    se: float | None = None
    level: float = LEVEL
    reason: str | None = None


@dataclass(frozen=True, eq=False)
class Drawn:
    """The audited agreements that stand for `population` agreements: `wrong` and `probability`, shape (n,).

    `weight` is Hájek's: inverse probabilities scaled to add up to the known population. Where all probabilities
    were equal the sample counts as simple random given its size, also where each item was drawn by itself.
    """

    wrong: BoolArray
    probability: FloatArray
    population: int

    @property
    def weight(self) -> FloatArray:
        """How many agreements each audited one stands for, itself included; shape (n,)."""
        inverse = 1 / self.probability
        return np.asarray(inverse * self.population / inverse.sum(), dtype=np.float64)

    @property
    def errors(self) -> float:
        """Wrong codes among the population: the weights of those found (Hájek 1971), never fewer than were found."""
        return max(float(self.weight @ self.wrong), float(self.wrong.sum()))

    @property
    def is_equal(self) -> bool:
        """Whether all had the same chance, up to rounding."""
        return bool(np.ptp(self.probability) < EPSILON)

    def variance(self, values: FloatArray) -> float:
        """The design variance of the weighted total of `values`, shape (n,); 0 from fewer than 2.

        Deville 1999 for fixed-size designs: V = sum c_i (w_i e_i - B)^2, with c_i = (1 - pi_i) n / (n - 1), B the
        c-weighted mean of w e, and e the residual from the weighted mean; for equal probabilities it is
        N^2 (1 - n/N) s^2 / n.
        """
        n, weight = len(values), self.weight
        if n < 2:
            return 0.0
        c = np.maximum(1 - 1 / weight, 0) * n / (n - 1)
        if c.sum() < EPSILON:
            return 0.0
        spread = weight * (values - np.average(values, weights=weight))
        return float(c @ (spread - np.average(spread, weights=c)) ** 2)

    def error_limits(self, level: float = LEVEL) -> tuple[float, float]:
        """Limits of the wrong codes among the population.

        Equal probabilities: exact, by the hypergeometric distribution (Buonaccorsi 1987). Else Clopper and Pearson's
        with the effective n = p (1 - p) / V (Korn & Graubard 1998), no more than a simple random sample's.
        """
        found, n = int(self.wrong.sum()), len(self.wrong)
        if not n:
            return 0.0, 0.0
        if self.is_equal:
            return hypergeometric_limits(found, n, self.population, level)
        share = min(self.errors / self.population, 1.0)
        effective = self._effective_n(share)
        low, high = clopper_pearson(share * effective, effective, level)
        return max(low * self.population, found), min(high * self.population, self.population - n + found)

    def _effective_n(self, share: float) -> float:
        """The size of a sample with replacement that would tell as much; Kish's where none or all are wrong."""
        n, variance = len(self.wrong), self.variance(self.wrong.astype(np.float64)) / self.population**2
        if variance < EPSILON**2 or not 0 < share < 1:
            return float(self.weight.sum() ** 2 / (self.weight**2).sum())
        return min(share * (1 - share) / variance, n / max(1 - n / self.population, 1 / self.population))


@lru_cache(maxsize=1024)  # the limits of accuracy and of kappa rest on the same ones
def hypergeometric_limits(found: int, n: int, population: int, level: float = LEVEL) -> tuple[float, float]:
    """Exact limits of the marked items of a population, `found` of which came up in a simple random sample of `n`.

    The smallest and the largest number that is not rejected in its tail of (1 - level)/2 (Buonaccorsi 1987).
    """
    tail = (1 - level) / 2
    least, most = found, population - n + found
    high = _last(least, most, lambda marked: hypergeom.cdf(found, population, marked, n) > tail)
    low = most - _last(0, most - least, lambda fewer: hypergeom.sf(found - 1, population, most - fewer, n) > tail)
    return float(low), float(high)


def _last(low: int, high: int, holds: Callable[[IntArray], BoolArray]) -> int:
    """The last of the integers low..high for which `holds`, true of the first and never again once false."""
    while low < high:
        tried = np.unique(np.linspace(low, high, 65).astype(np.int64))[1:]
        holding = holds(tried)
        if holding.all():
            return high
        first = int(np.argmin(holding))
        low, high = (int(tried[first - 1]) if first else low), int(tried[first]) - 1
    return low


@dataclass(frozen=True, eq=False)
class AuditedTable:
    """Settled code (row) by coder (column): counts as if all agreements were right, and what the audit corrects.

    `base` has shape (size, size); the first `scale` positions can agree. `settled` and `coder` are positions of the
    `drawn` agreements, shape (n,).
    """

    base: FloatArray
    scale: int
    drawn: Drawn
    settled: IntArray
    coder: IntArray

    @property
    def counts(self) -> FloatArray:
        """The estimated table, a difference estimator: each error found moves its weight off the diagonal."""
        table, weight = self.base.copy(), self.drawn.weight * self.drawn.wrong
        np.add.at(table, (self.settled, self.coder), weight)
        np.add.at(table, (self.coder, self.coder), -weight)
        return table

    def kappa(self, level: float = LEVEL) -> Estimate:
        """Cohen's kappa of coder and settled code, with limits that follow from those of the errors.

        Limits combine (Zou & Donner 2008) how many agreements are wrong, from the exact limits, with where the errors
        fall, from the spread of what each error found does to kappa. With fewer than 2 errors found their places are
        unknown: the lower limit then takes each to fall where it lowers kappa most. The standard error is of the
        linearisation, over errors alone, since the cell of every other item is known.
        """
        shares = self.counts / self.counts.sum()
        can = np.arange(len(shares)) < self.scale
        rows, columns = shares.sum(axis=1) * can, shares.sum(axis=0) * can
        observed, expected = float(np.trace(shares * can)), float(rows @ columns)
        if 1 - expected < EPSILON:
            return Estimate(None, level=level, reason=ONE_CATEGORY)
        value = (observed - expected) / (1 - expected)
        if reason := self._no_interval():
            return Estimate(value, level=level, reason=reason)
        slope = (1 - observed) / (1 - expected) ** 2
        cells = np.diag(can / (1 - expected)) - slope * (columns[:, None] + rows[None, :])
        effects = (cells - np.diag(cells)[None, :])[:, : self.scale] / self.base.sum()
        down, up = self._distances(effects, level)
        moved = np.where(self.drawn.wrong, effects[self.settled, self.coder], 0.0)
        se = float(np.sqrt(self.drawn.variance(moved))) if self.drawn.wrong.any() else None
        return Estimate(value, max(value - down, -1.0), min(value + up, 1.0), se, level)

    def _distances(self, effects: FloatArray, level: float) -> tuple[float, float]:
        """How far the limits lie below and above kappa; `effects` is what one error does, shape (size, scale)."""
        drawn, found = self.drawn, int(self.drawn.wrong.sum())
        fewest, most = drawn.error_limits(level)
        each, weight = effects[self.settled, self.coder][drawn.wrong], drawn.weight[drawn.wrong]
        mean = float(np.average(each, weights=weight)) if found >= 2 else float(effects.min())
        spread = float(np.sqrt(np.average((each - mean) ** 2, weights=weight) / (found - 1))) if found >= 2 else 0.0
        places = float(ndtri((1 + level) / 2)) * drawn.errors * spread
        fall, rise = sorted((mean * (most - drawn.errors), mean * (fewest - drawn.errors)))
        return float(np.hypot(fall, places)), float(np.hypot(rise, places))

    def _no_interval(self) -> str | None:
        if self.drawn.population == 0:
            return "no interval: every item was coded a second time, so nothing was estimated"
        if (n := round(float(self.base.sum()))) < MIN_ITEMS:
            return f"no interval: n = {n}, fewer than {MIN_ITEMS}"
        return None
