"""Standard errors and intervals of estimated shares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtri, stdtrit

LEVEL = 0.95
UNDEFINED = "undefined: the estimated share of documents in the domain is not above 0"
SINGLE = "no interval: a stratum, or all clusters together, hold a single drawn unit"
Z_FROM_DF = 100
"""From here on the normal quantile; below it Student's t."""

Quantile = Literal["z", "t"]


@dataclass(frozen=True)
class Bounds:
    """A standard error and the interval's ends; None, with a reason, where they cannot be had.

    `low` and `high` may lie outside 0..1: sampling error does not stop there. `shown` cuts them for display only.
    `widened`: the ends are further from the value than `se` alone says, for what the hand codes may have missed.
    """

    se: float | None
    low: float | None
    high: float | None
    widened: bool = False
    reason: str | None = None

    @property
    def shown(self) -> tuple[float, float] | None:
        """The interval cut to 0..1."""
        return None if self.low is None or self.high is None else (max(0.0, self.low), min(1.0, self.high))


@dataclass(frozen=True)
class Spread:
    """How wide to make intervals: at `level`, by Student's t with `df` degrees of freedom, or normal from df 100."""

    df: int
    level: float = LEVEL

    @property
    def quantile(self) -> Quantile:
        """Which distribution is used."""
        return "z" if self.df >= Z_FROM_DF else "t"

    @property
    def factor(self) -> float:
        """Standard errors on each side."""
        upper = (1 + self.level) / 2
        return float(ndtri(upper) if self.quantile == "z" else stdtrit(self.df, upper))


def bounds(value: float, variance: float, spread: Spread, reason: str | None = None, *, unseen: float = 0.0) -> Bounds:
    """value +- factor * sqrt(variance + unseen) (see `unseen_variance`), or no interval for `reason`."""
    if not math.isfinite(value):
        return Bounds(None, None, None, reason=UNDEFINED)
    if not math.isfinite(variance):
        return Bounds(None, None, None, reason=reason or SINGLE)
    se = math.sqrt(max(variance, 0.0))
    if reason is None and spread.df < 1:
        reason = SINGLE
    if reason:
        return Bounds(se, None, None, reason=reason)
    margin = spread.factor * math.sqrt(max(variance, 0.0) + unseen)
    return Bounds(se, value - margin, value + margin, widened=unseen > 0)
