"""How many items to code by hand: for the width of kappa's interval, for a test of kappa, and for a share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite

import numpy as np
from scipy.special import bdtrc, ndtri

from coder.agreement.coefficients import EPSILON, Weighting, agreement_weights
from coder.agreement.intervals import LEVEL, MIN_CODER_RARER, MIN_ITEMS, MIN_RARER
from coder.agreement.tables import FloatArray

SURE = 0.95
"""The probability with which the planned items hold enough of the rarer side to carry an interval."""
_SLACK = 1e-9
"""Rounding error that does not cost an item more."""


@dataclass(frozen=True)
class Margins:
    """How often each category is expected: shares that sum to 1, by the reference and by the coder.

    ValueError where they are no shares, differ in length or use one category only. Beyond two categories a kappa and
    two different margins do not fix a table, so there the two must be the same.
    """

    reference: tuple[float, ...]
    coder: tuple[float, ...]

    def __post_init__(self) -> None:
        for shares in (self.reference, self.coder):
            if any(not isfinite(share) or not 0 <= share <= 1 for share in shares):
                raise ValueError("a prevalence lies between 0 and 1")
            if abs(sum(shares) - 1) > 1e-6:
                raise ValueError(f"prevalences of all categories sum to 1, not {sum(shares):g}")
            if max(shares) > 1 - EPSILON:
                raise ValueError("one category alone leaves kappa undefined")
        if len(self.reference) != len(self.coder):
            raise ValueError("both coders have the same categories")
        if len(self.reference) > 2 and self.reference != self.coder:
            raise ValueError("two different margins are possible for two categories only")

    @classmethod
    def same(cls, shares: Sequence[float]) -> Margins:
        """Both coders use the categories as often; a single share is that of one of two categories."""
        both = (shares[0], 1 - shares[0]) if len(shares) == 1 else tuple(shares)
        return cls(both, both)

    @property
    def rarer(self) -> float:
        """The reference's share outside its commonest category; with two categories, that of the rarer one."""
        return 1 - max(self.reference)

    @property
    def coder_rarer(self) -> float:
        """The same of the coder."""
        return 1 - max(self.coder)


def implied_table(margins: Margins, kappa: float) -> FloatArray:
    """The shares of a table with these margins and this kappa, shape (categories, categories).

    Two categories: the only such table (Cantor 1996). More: kappa of the items lie on the diagonal and the rest falls
    as by chance, p_kl = kappa r_k [k = l] + (1 - kappa) r_k r_l; this table has the same kappa under any weights.
    ValueError where the margins do not allow the kappa.
    """
    rows, columns = np.array(margins.reference), np.array(margins.coder)
    if len(rows) == 2:
        expected = float(rows @ columns)
        observed = expected + kappa * (1 - expected)
        both = (observed + rows[0] + columns[0] - 1) / 2
        table = np.array([[both, rows[0] - both], [columns[0] - both, 1 - rows[0] - columns[0] + both]])
    else:
        table = kappa * np.diag(rows) + (1 - kappa) * np.outer(rows, columns)
    if table.min() < -_SLACK:
        raise ValueError(f"these prevalences do not allow a kappa of {kappa:g}")
    return np.asarray(table.clip(0), dtype=np.float64)


def variance_per_item(margins: Margins, kappa: float, weighting: Weighting = "unweighted") -> float:
    """n times the non-null variance of kappa on the implied table (Fleiss, Cohen & Everitt 1969)."""
    table, weight = implied_table(margins, kappa), agreement_weights(weighting, len(margins.reference))
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    expected = float(rows @ weight @ columns)
    by_chance = (weight @ columns)[:, None] + (rows @ weight)[None, :]
    first = float((table * (weight - by_chance * (1 - kappa)) ** 2).sum())
    return float((first - (kappa - expected * (1 - kappa)) ** 2) / (1 - expected) ** 2)


def items_for_half_width(
    margins: Margins, kappa: float, half_width: float, *, level: float = LEVEL, weighting: Weighting = "unweighted"
) -> int:
    """Items whose Wald interval for kappa is expected to reach `half_width` to each side: z^2 V / h^2, rounded up."""
    return _up((half_width_of(1, margins, kappa, level=level, weighting=weighting) / half_width) ** 2)


def half_width_of(
    items: int, margins: Margins, kappa: float, *, level: float = LEVEL, weighting: Weighting = "unweighted"
) -> float:
    """The half-width to expect of kappa's Wald interval over so many items: z sqrt(V / n)."""
    return float(ndtri((1 + level) / 2) * (variance_per_item(margins, kappa, weighting) / items) ** 0.5)


def items_for_test(
    margins: Margins,
    kappa0: float,
    kappa1: float,
    *,
    alpha: float,
    power: float,
    sides: int = 1,
    weighting: Weighting = "unweighted",
) -> int:
    """Items with which a test of kappa = kappa0 has this power where the truth is kappa1 (Cantor 1996).

    n = ((z_{1-alpha} sqrt(V0) + z_{power} sqrt(V1)) / (kappa1 - kappa0))^2 with V the variance an item; two-sided with
    alpha / 2. One-sided, the alternative lies where kappa1 does. ValueError where the two are the same.
    """
    if abs(kappa1 - kappa0) < EPSILON:
        raise ValueError("no number of items tells two equal kappas apart")
    null, truth = (variance_per_item(margins, kappa, weighting) ** 0.5 for kappa in (kappa0, kappa1))
    reach = float(ndtri(1 - alpha / sides)) * null + float(ndtri(power)) * truth
    return _up((reach / (kappa1 - kappa0)) ** 2)


def items_for_share(
    half_width: float, *, share: float = 0.5, population: int | None = None, level: float = LEVEL
) -> int:
    """Documents to draw at random so that a share is known to `half_width` to each side (Cochran 1977, ch. 4).

    n0 = z^2 p (1 - p) / h^2, and of `population` documents n0 / (1 + (n0 - 1) / N); a half is the costliest share.
    """
    unlimited = float(ndtri((1 + level) / 2)) ** 2 * share * (1 - share) / half_width**2
    if population is None:
        return _up(unlimited)
    return min(population, _up(unlimited / (1 + (unlimited - 1) / population)))


def items_for_count(least: int, share: float, *, sure: float = SURE) -> int:
    """The fewest items among which at least `least` of a category with this share are found with probability `sure`.

    By the binomial distribution: P(X >= least) >= sure. ValueError for a share of 0, which no number of items finds.
    """
    if share <= 0:
        raise ValueError("a category that never occurs is found in no number of items")
    low, high = least - 1, least
    while bdtrc(least - 1, high, share) < sure:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if bdtrc(least - 1, middle, share) >= sure else (middle, high)
    return high


@dataclass(frozen=True)
class Required:
    """A number of items and what it comes from: the `wanted` figure itself, or the minimum that exceeds it."""

    n: int
    wanted: int
    minimum: str | None = None


def with_minima(wanted: int, margins: Margins, *, sure: float = SURE) -> Required:
    """The number with the minima below which no interval is given; `minimum` names the one that binds."""
    floors = (
        (MIN_ITEMS, f"{MIN_ITEMS} items"),
        (items_for_count(MIN_RARER, margins.rarer, sure=sure), f"{MIN_RARER} on the reference's rarer side"),
        (items_for_count(MIN_CODER_RARER, margins.coder_rarer, sure=sure), f"{MIN_CODER_RARER} on the coder's"),
    )
    least, name = max(floors, key=lambda floor: floor[0])
    return Required(wanted, wanted) if wanted >= least else Required(least, wanted, name)


def _up(items: float) -> int:
    return max(1, ceil(items - _SLACK))
