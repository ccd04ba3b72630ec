"""Fleiss' kappa as published: its test against 0 and a kappa for each category, with as many codings for every unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coder.agreement.coefficients import EPSILON
from coder.agreement.ratings import Ratings
from coder.agreement.tables import FloatArray

UNEQUAL = "undefined: the units have different numbers of codings"


@dataclass(frozen=True)
class NullTest:
    """A kappa against 0: the standard error under that hypothesis, and z; None, with the reason, where undefined."""

    kappa: float | None
    se_null: float | None
    z: float | None
    reason: str | None = None


def fleiss_test(ratings: Ratings) -> NullTest:
    """Fleiss' kappa (1971) with the standard error under kappa = 0 of Fleiss, Nee & Landis 1979."""
    tallies = _tallies(ratings)
    if tallies is None:
        return NullTest(None, None, None, UNEQUAL)
    n, m = len(tallies), int(tallies[0].sum())
    p = tallies.mean(axis=0) / m
    spread = float(p @ (1 - p))
    if spread < EPSILON:
        return NullTest(None, None, None, "undefined: every coding is the same category")
    kappa = 1 - float((m * m - (tallies**2).sum(axis=1)).mean()) / (m * (m - 1) * spread)
    variance = 2 * (spread**2 - float((p * (1 - p)) @ (1 - 2 * p))) / (n * m * (m - 1) * spread**2)
    se = float(np.sqrt(variance))
    return NullTest(kappa, se, kappa / se)


def fleiss_by_category(ratings: Ratings) -> tuple[NullTest, ...]:
    """The kappa of each category against all others, with sqrt(2 / (n m (m - 1))) under 0 (Fleiss 1971, 1981)."""
    tallies = _tallies(ratings)
    if tallies is None:
        return tuple(NullTest(None, None, None, UNEQUAL) for _ in ratings.categories)
    m = float(tallies[0].sum())
    se = float(np.sqrt(2 / (len(tallies) * m * (m - 1))))
    return tuple(_category(column, m, se) for column in tallies.T)


def _category(column: FloatArray, m: float, se: float) -> NullTest:
    p = float(column.mean()) / m
    if p * (1 - p) < EPSILON:
        return NullTest(None, None, None, "undefined: the category is in no coding, or in all")
    kappa = 1 - float((column * (m - column)).mean()) / (m * (m - 1) * p * (1 - p))
    return NullTest(kappa, se, kappa / se)


def _tallies(ratings: Ratings) -> FloatArray | None:
    """One row of tallies a unit; None where the units differ in their number of codings, or have one each."""
    patterns = ratings.patterns
    codings = patterns.tallies.sum(axis=1)
    if not len(codings) or codings.min() != codings.max() or codings[0] < 2:
        return None
    return np.repeat(patterns.tallies, patterns.counts, axis=0).astype(np.float64)
