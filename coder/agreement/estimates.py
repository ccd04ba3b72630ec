"""A coefficient of agreement as it is reported: value, standard error and interval, or the reason for none."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from coder.agreement.alpha import Distance
from coder.agreement.clusters import Clusters, cluster_robust_se, few_clusters
from coder.agreement.intervals import (
    LEVEL,
    MIN_CODER_RARER,
    MIN_ITEMS,
    MIN_RARER,
    Bootstrap,
    Interval,
    bootstrap_interval,
    wald_interval,
)
from coder.agreement.measures import Measure, Name, measure
from coder.agreement.ratings import Patterns, Ratings
from coder.agreement.tables import FloatArray
from coder.agreement.weights import WeightName

IntervalMethod = Literal["bca", "percentile", "analytic"]
PERFECT = "interval not estimable: the coders agree on every unit"
CONSTANT = "interval not estimable: a coder gave every unit the same category"


@dataclass(frozen=True)
class Estimate:
    """A coefficient with its standard error and its interval at `level` by `method`, on `n` units.

    `value` is None where it is undefined; `se`, `low` and `high` are None where the units cannot carry them. Both
    times `reason` says why. `clusters` counts the clusters that were resampled, None where units were.
    """

    name: Name
    value: float | None
    se: float | None
    low: float | None
    high: float | None
    level: float
    method: IntervalMethod
    n: int
    observed: float | None
    expected: float | None
    clusters: int | None = None
    reason: str | None = None


def estimate(
    ratings: Ratings,
    name: Name,
    *,
    weights: WeightName | FloatArray = "unweighted",
    distance: Distance | None = None,
    method: IntervalMethod = "bca",
    bootstrap: Bootstrap | None = None,
    level: float = LEVEL,
    clusters: Sequence[Hashable] | None = None,
) -> Estimate:
    """One coefficient (see `measure`) with an interval, where the units carry one.

    bca and percentile resample units; analytic is value -+ t se, t with one degree of freedom fewer than units (or
    clusters) and the linearised standard error. With `clusters`, one name a row of the ratings, clusters are
    resampled and the standard error is cluster-robust.
    """
    found = measure(ratings, name, weights=weights, distance=distance)
    kinds = None if clusters is None else found.clusters(clusters, ratings.counts)
    reason = found.reason or no_interval(ratings, found, kinds)
    interval = Interval(reason=reason)
    se = None
    if reason is None:
        se = standard_error(found, ddof=degrees(ratings, name), clusters=kinds)
        interval = _interval(found, se, kinds, method, bootstrap or Bootstrap(), level)
    return Estimate(
        name,
        found.value,
        None if interval.reason else se,
        interval.low,
        interval.high,
        level,
        method,
        found.n,
        found.observed,
        found.expected,
        None if kinds is None else kinds.n,
        interval.reason,
    )


def degrees(ratings: Ratings, name: Name) -> int:
    """What the divisor of the variance lacks of n: 0 for two coders without gaps, else 1, as irrCAC has it.

    For two coders without gaps the standard error is that of the multinomial (Fleiss, Cohen & Everitt 1969), for many
    that of a sample of units (Gwet 2014).
    """
    return 0 if name in ("cohen", "scott") or (ratings.coders == 2 and ratings.identified and ratings.complete) else 1


def standard_error(measure: Measure, *, ddof: int = 1, clusters: Clusters | None = None) -> float:
    """The linearised standard error, sqrt(sum influence^2 / (n (n - ddof))); within clusters the influences sum.

    Units are a random sample of an infinite population, coders are taken as they are. It does not test a coefficient
    of 0. As in irrCAC it takes the number of units with two codings as fixed, which makes it too long, not too short,
    where many units have one coding only; resampling does not. ValueError where the coefficient is undefined or fewer
    than two units are left.
    """
    if measure.influence is None or measure.n <= ddof:
        raise ValueError(measure.reason or "a standard error needs two units")
    if clusters is not None:
        return cluster_robust_se(measure.influence, clusters)
    variance = float(measure.counts @ measure.influence**2) / (measure.n * (measure.n - ddof))
    return float(np.sqrt(variance))


def no_interval(ratings: Ratings, measure: Measure, clusters: Clusters | None = None) -> str | None:
    """Why the ratings cannot carry an interval; None where it can be tried. Symmetric in the coders."""
    patterns = ratings.patterns.least(2)
    n = int(patterns.counts.sum())
    if few := few_clusters(clusters):
        return few
    if n and not ((patterns.tallies > 0).sum(axis=1) > 1).any():
        return PERFECT
    if n < MIN_ITEMS:
        return f"no interval: n = {n}, fewer than {MIN_ITEMS}"
    if ratings.identified and ratings.coders == 2:
        return _rare_of_two(patterns)
    commonest = int((patterns.counts @ patterns.tallies).argmax())
    elsewhere = patterns.tallies.sum(axis=1) > patterns.tallies[:, commonest]
    return _rare(int(patterns.counts @ elsewhere), MIN_RARER, "the coders")


def _rare_of_two(patterns: Patterns) -> str | None:
    """The fuller of the two rarer sides needs what a reference needs, the other what a coder needs."""
    margins = [np.bincount(patterns.codes[:, coder], patterns.counts) for coder in range(2)]
    less, more = sorted(int(margin.sum() - margin.max()) for margin in margins)
    if less == 0:
        return CONSTANT
    return _rare(more, MIN_RARER, "both coders") or _rare(less, MIN_CODER_RARER, "a coder")


def _rare(outside: int, least: int, whose: str) -> str | None:
    if outside >= least:
        return None
    return f"no interval: {outside} units outside the commonest answer of {whose}, fewer than {least}"


def _interval(
    found: Measure, se: float, kinds: Clusters | None, method: IntervalMethod, bootstrap: Bootstrap, level: float
) -> Interval:
    if method == "analytic":
        return wald_interval(found.value or 0.0, se, level=level, df=(found.n if kinds is None else kinds.n) - 1)
    return bootstrap_interval(found.counts, found.statistic, bootstrap, method=method, level=level, clusters=kinds)
