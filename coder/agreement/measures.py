"""Coefficients of agreement for two or many coders with gaps, as functions of the distinct patterns of codings."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from coder.agreement.alpha import Distance, alpha_statistic, linearised_alpha
from coder.agreement.chance import ByCoder, Chance, Constant, Gwet, Pooled, pair_agreement
from coder.agreement.clusters import Clusters, cluster_rows
from coder.agreement.coefficients import EPSILON, Statistic
from coder.agreement.ratings import MISSING, Patterns, Ratings
from coder.agreement.tables import FloatArray, IntArray
from coder.agreement.weights import WeightName, check_weights, level_distances, weight_matrix

Name = Literal["percent", "cohen", "conger", "scott", "fleiss", "gwet", "brennan_prediger", "alpha"]
NAMES: tuple[Name, ...] = get_args(Name)
TWO_CODERS = ("cohen", "scott")
"""Defined for two coders; units that one of them did not code are left out."""
BY_CODER = ("cohen", "conger")
"""Need to know which coding is whose."""

NO_PAIRS = "undefined: no unit has codings from two coders"
CHANCE_IS_ONE = "undefined: chance alone would give perfect agreement (expected agreement is 1)"
ONE_DECLARED = "undefined: a single category is declared, so that there is nothing to agree on"
NOT_TWO = "undefined: it compares two coders"
NOT_IDENTIFIED = "undefined: it needs to know which coding is whose"
SILENT_CODER = "undefined: a coder has coded nothing"


@dataclass(frozen=True, eq=False)
class Measure:
    """A coefficient on the patterns it uses: its value, its parts, and what a resample or a sum over clusters needs.

    `counts`, `influence` have the shape (patterns,): units of each pattern, and the influence of one such unit on the
    value (its mean over the units is 0). `of_row` is the pattern of each row of the ratings, -1 where the row is out.
    `statistic` is the coefficient as a function of counts. `value` is None, with the `reason`, where it is undefined.
    """

    name: Name
    value: float | None
    observed: float | None
    expected: float | None
    counts: IntArray
    of_row: IntArray
    statistic: Statistic
    influence: FloatArray | None
    reason: str | None = None

    @property
    def n(self) -> int:
        """The units the coefficient rests on."""
        return int(self.counts.sum())

    def clusters(self, names: Sequence[Hashable], row_counts: IntArray) -> Clusters:
        """The clusters of these units; those without a unit in it are left aside.

        `names` holds the cluster of each row of the ratings and `row_counts` says how many units a row stands for,
        shape (rows,) both. ValueError where the lengths differ.
        """
        return cluster_rows(names, self.of_row, row_counts, len(self.counts))


def measure(
    ratings: Ratings,
    name: Name,
    *,
    weights: WeightName | FloatArray = "unweighted",
    distance: Distance | None = None,
) -> Measure:
    """One coefficient of the ratings.

    percent: mean agreement of the pairs of codings within units. cohen (Cohen 1960, 1968) and scott (1955): two
    coders, on the units that both coded. conger (1980) and fleiss (1971): theirs for many coders. gwet: AC1, with
    weights AC2 (2008, 2014). brennan_prediger (1981). alpha: Krippendorff's, with `distance` a level of measurement
    or a matrix of distances; without it, 1 - weights. With gaps all of them follow Gwet 2014, chapter 5: observed
    agreement from the units with two codings, chance from all. Raises ValueError where weights or distances do not
    fit the categories.
    """
    used = ratings.complete_rows() if name in TWO_CODERS else ratings
    if name == "alpha":
        return _alpha(used, 1 - _weights(used, weights) if distance is None else distance)
    patterns = used.patterns if name in BY_CODER else used.tallied
    matrix, of_row = _weights(used, weights), _of_row(ratings, used, patterns)
    if reason := _why_not(used, name):
        return Measure(name, None, None, None, patterns.counts, of_row, _undefined, None, reason)
    return _chance_corrected(name, patterns, of_row, matrix, _chance(name, patterns, matrix))


def _weights(ratings: Ratings, weights: WeightName | FloatArray) -> FloatArray:
    if isinstance(weights, str):
        return weight_matrix(weights, ratings.values)
    return check_weights(np.asarray(weights, dtype=np.float64), ratings.size)


def _of_row(ratings: Ratings, used: Ratings, patterns: Patterns) -> IntArray:
    """The pattern of each row of the ratings, also where only the complete rows are used."""
    if used is ratings:
        return patterns.of_row
    of_row = np.full(len(ratings.codes), MISSING, dtype=np.int64)
    of_row[(ratings.codes != MISSING).all(axis=1)] = patterns.of_row
    return of_row


def _why_not(ratings: Ratings, name: Name) -> str | None:
    """Why the coefficient is undefined whatever the codings say; None where it can be tried."""
    if name in BY_CODER and not ratings.identified:
        return NOT_IDENTIFIED
    if name in TWO_CODERS and ratings.coders != 2:
        return NOT_TWO
    if not ratings.patterns.least(2).counts.sum():
        return NO_PAIRS
    if name in ("gwet", "brennan_prediger") and ratings.size == 1:
        return ONE_DECLARED
    silent = (ratings.patterns.codes == MISSING).all(axis=0).any()
    return SILENT_CODER if name == "conger" and silent else None


def _chance(name: Name, patterns: Patterns, weights: FloatArray) -> Chance:
    if name in BY_CODER:
        return ByCoder(patterns, weights)
    if name == "gwet":
        return Gwet(patterns, weights)
    if name == "percent":
        return Constant(0.0)
    return Constant(float(weights.mean())) if name == "brennan_prediger" else Pooled(patterns, weights)


def _chance_corrected(name: Name, patterns: Patterns, of_row: IntArray, weights: FloatArray, chance: Chance) -> Measure:
    """(pa - pe) / (1 - pe), its influence with the number of units coded twice taken as fixed (Gwet 2014)."""
    agreement = pair_agreement(patterns.tallies, weights)
    paired = (patterns.tallies.sum(axis=1) >= 2).astype(np.float64)

    def statistic(counts: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore"):  # a resample may hold no unit, or none coded twice
            return corrected(counts @ agreement / (counts @ paired), chance.expected(counts))

    counts = patterns.counts.astype(np.float64)
    observed = float(counts @ agreement / (counts @ paired))
    expected = float(chance.expected(counts[None, :])[0])
    value = float(corrected(np.array([observed]), np.array([expected]))[0])
    if np.isnan(value):
        return Measure(name, None, observed, expected, patterns.counts, of_row, statistic, None, CHANCE_IS_ONE)
    twice = counts.sum() / (counts @ paired)
    influence = twice * paired * (agreement - expected) / (1 - expected) - value
    influence = influence - (1 - value) / (1 - expected) * chance.influence(counts)
    return Measure(name, value, observed, expected, patterns.counts, of_row, statistic, influence)


def corrected(observed: FloatArray, expected: FloatArray) -> FloatArray:
    """(observed - expected) / (1 - expected), NaN where expected agreement leaves nothing to reach."""
    beyond = 1 - expected
    return np.divide(observed - expected, beyond, out=np.full_like(observed, np.nan), where=beyond > EPSILON)


def _alpha(ratings: Ratings, distance: Distance) -> Measure:
    patterns = ratings.tallied.least(2)
    if not patterns.counts.sum():
        return Measure("alpha", None, None, None, patterns.counts, patterns.of_row, _undefined, None, NO_PAIRS)
    if not isinstance(distance, str):
        distances: FloatArray | None = np.asarray(distance, dtype=np.float64)
    else:
        distances = None if distance == "ordinal" else level_distances(distance, ratings.values)
    statistic = alpha_statistic(patterns, distances)
    value = float(statistic(patterns.counts[None, :].astype(np.float64))[0])
    observed, expected, influence = linearised_alpha(patterns, distances)
    if np.isnan(value):
        return Measure(
            "alpha", None, 1 - observed, 1 - expected, patterns.counts, patterns.of_row, statistic, None, CHANCE_IS_ONE
        )
    return Measure("alpha", value, 1 - observed, 1 - expected, patterns.counts, patterns.of_row, statistic, influence)


def _undefined(counts: FloatArray) -> FloatArray:
    return np.full(len(counts), np.nan)
