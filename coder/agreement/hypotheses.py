"""Tests of a coefficient against a threshold, and the adjustment for testing many of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr, stdtr

Side = Literal["greater", "less", "two-sided"]


@dataclass(frozen=True)
class ThresholdTest:
    """z and p of a coefficient against `threshold`; None, with the reason, where no test can be had."""

    threshold: float
    side: Side
    z: float | None
    p: float | None
    reason: str | None = None


def threshold_test(value: float | None, se: float | None, threshold: float, *, side: Side = "greater") -> ThresholdTest:
    """z = (value - threshold) / se against the normal distribution; `greater` tests that the coefficient is higher.

    The standard error is the non-null one (of Fleiss, Cohen & Everitt 1969 for kappa): the one under kappa = 0 would
    test a threshold of 0 only.
    """
    if value is None or se is None:
        return ThresholdTest(threshold, side, None, None, "no test: the coefficient or its standard error is undefined")
    if se <= 0:
        return ThresholdTest(threshold, side, None, None, "no test: the standard error is 0")
    z = (value - threshold) / se
    return ThresholdTest(threshold, side, z, normal_p(z, side))


def normal_p(z: float, side: Side = "two-sided") -> float:
    """The probability of a standard normal at least as far out as z on the side asked for."""
    if side == "two-sided":
        return float(2 * ndtr(-abs(z)))
    return float(ndtr(-z) if side == "greater" else ndtr(z))


def two_sided_p(z: float, *, df: int | None = None) -> float:
    """The probability of a value at least as far from 0, under the normal distribution or with `df` Student's t."""
    return normal_p(z) if df is None else float(2 * stdtr(df, -abs(z)))


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """P values adjusted for being several (Holm 1979), in the order given; a missing one stays missing.

    The k-th smallest of m is multiplied by m - k + 1, never falls below one before it, and is at most 1. Tests that
    could not be computed are not counted in m.
    """
    known = [position for position, p in enumerate(p_values) if p is not None]
    values = np.array([p for p in p_values if p is not None], dtype=np.float64)
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted: list[float | None] = [None] * len(p_values)
    for position, p in zip(order, np.minimum(stepped, 1), strict=True):
        adjusted[known[position]] = float(p)
    return tuple(adjusted)
