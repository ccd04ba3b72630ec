"""Krippendorff's alpha for any number of coders with gaps, over any distance between answers.

alpha = 1 - Do / De (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability; 2018, Content Analysis, 4th
edition, chapter 12). Do is the mean distance of the pairs of codings within units, each unit weighing as its number of
codings; De that of all pairable codings pooled, each with every other. Distances are used as they are, not squared.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
from scipy.sparse import coo_array, csr_array

from coder.agreement.coefficients import EPSILON, Statistic
from coder.agreement.ratings import MISSING, Patterns
from coder.agreement.tables import FloatArray, IntArray
from coder.agreement.weights import Level

Distance = Level | FloatArray
"""A level of measurement, or distances between the declared categories of shape (categories, categories)."""


def alpha_statistic(patterns: Patterns, distances: FloatArray | None) -> Statistic:
    """Alpha as a function of the counts of the patterns, NaN where undefined.

    Every pattern has two or more codings. `distances` is None for the ordinal ones, which depend on the counts.
    """
    if distances is None:
        return _ordinal_statistic(patterns)
    pool = _pool(patterns)
    codings, within, itself = pool.sum(axis=1), _within(patterns, distances), np.diag(distances)

    def statistic(counts: FloatArray) -> FloatArray:
        pooled, total = counts @ pool, counts @ codings
        between = ((pooled @ distances) * pooled).sum(axis=1) - pooled @ itself
        return _one_less(counts @ within, between, total)

    return statistic


def _ordinal_statistic(patterns: Patterns) -> Statistic:
    size, each = patterns.size, patterns.tallies.astype(np.float64)
    coincidences = _coincidences(patterns.tallies)

    def statistic(counts: FloatArray) -> FloatArray:
        pooled = counts @ each
        distances = ordinal_distances(pooled)
        within = (counts @ coincidences * distances.reshape(-1, size * size)).sum(axis=1)
        between = np.einsum("tc,tck,tk->t", pooled, distances, pooled)
        return _one_less(within, between, pooled.sum(axis=1))

    return statistic


def ordinal_distances(pooled: FloatArray) -> FloatArray:
    """Krippendorff's ordinal distances for codings per category, shape (..., categories) to (..., q, q).

    (the codings from c to k less half of those in c and in k) squared, which is the squared difference of the
    categories' mean ranks.
    """
    rank = np.cumsum(pooled, axis=-1) - pooled / 2
    return np.asarray((rank[..., :, None] - rank[..., None, :]) ** 2, dtype=np.float64)


def linearised_alpha(patterns: Patterns, distances: FloatArray | None) -> tuple[float, float, FloatArray]:
    """Observed and expected disagreement, and the influence of one unit of each pattern on alpha, (patterns,).

    The influence is that of 1 - Do / De with De = pi' d pi over the pooled shares, without the small-sample factor
    (N - 1) / N of alpha, but for a term of order 1 / N where units differ in their number of codings, by which it is
    the standard error of irrCAC 1.0 (Gwet 2014). Ordinal distances move with the shares, which adds a term of its own.
    Expected disagreement is the one of alpha, between different codings.
    """
    counts, pool = patterns.counts.astype(np.float64), _pool(patterns)
    codings, pooled = pool.sum(axis=1), counts @ pool
    total = float(pooled.sum())
    pi, per_unit = pooled / total, total / counts.sum()
    fixed = ordinal_distances(pi) if distances is None else distances
    within = _within(patterns, fixed)
    observed, chance = float(counts @ within) / total, float(pi @ fixed @ pi)
    expected = (float(pooled @ fixed @ pooled) - float(pooled @ np.diag(fixed))) / (total * (total - 1))
    if chance < EPSILON:
        return observed, expected, np.zeros(len(counts))
    of_observed = (within - observed * codings + observed / total * (codings - per_unit)) / per_unit
    of_chance = 2 * (pool @ (fixed @ pi) - codings * chance) / per_unit
    if distances is None:
        apart = (patterns.tallies - codings[:, None] * pi) / per_unit
        pairs = (counts @ _coincidences(patterns.tallies)).reshape(fixed.shape) / total
        of_observed = of_observed + _through_ranks(apart, pi, pairs)
        of_chance = of_chance + _through_ranks(apart, pi, np.outer(pi, pi))
    return observed, expected, np.asarray((observed / chance * of_chance - of_observed) / chance, dtype=np.float64)


def _through_ranks(apart: FloatArray, pi: FloatArray, pairs: FloatArray) -> FloatArray:
    """The change of a mean distance, over pairs of categories with these shares, as the mean ranks move."""
    rank = np.cumsum(pi) - pi / 2
    moved = np.cumsum(apart, axis=1) - apart / 2
    return np.asarray(4 * moved @ (pairs * np.subtract.outer(rank, rank)).sum(axis=1), dtype=np.float64)


def _pool(patterns: Patterns) -> csr_array:
    """The tallies, sparse: with sets of labels there are far more categories than codings of a unit."""
    rows, coders = np.nonzero(patterns.codes != MISSING)
    cells = (np.ones(len(rows)), (rows, patterns.codes[rows, coders]))
    return coo_array(cells, shape=(len(patterns.codes), patterns.size)).tocsr()


def _within(patterns: Patterns, distances: FloatArray) -> FloatArray:
    """The distances of the ordered pairs within a unit over its codings less one, shape (patterns,)."""
    codings = (patterns.codes != MISSING).sum(axis=1)
    few_coders = patterns.codes.shape[1] ** 2 <= patterns.size
    pairs = _by_coders(patterns.codes, distances) if few_coders else _by_categories(patterns.tallies, distances)
    return np.asarray(pairs / (codings - 1), dtype=np.float64)


def _by_coders(codes: IntArray, distances: FloatArray) -> FloatArray:
    total = np.zeros(len(codes))
    for first, second in permutations(range(codes.shape[1]), 2):
        both = (codes[:, first] != MISSING) & (codes[:, second] != MISSING)
        total[both] += distances[codes[both, first], codes[both, second]]
    return total


def _by_categories(tallies: IntArray, distances: FloatArray) -> FloatArray:
    return np.asarray(((tallies @ distances) * tallies).sum(axis=1) - tallies @ np.diag(distances), dtype=np.float64)


def _coincidences(tallies: IntArray) -> FloatArray:
    """The coincidences a unit adds, flat: shape (patterns, categories x categories)."""
    size = tallies.shape[1]
    pairs = tallies[:, :, None] * tallies[:, None, :] - np.eye(size)[None] * tallies[:, None, :]
    return np.asarray(pairs.reshape(len(tallies), size * size) / (tallies.sum(axis=1) - 1)[:, None], dtype=np.float64)


def _one_less(within: FloatArray, between: FloatArray, total: FloatArray) -> FloatArray:
    """1 - Do / De from the sums over pairs; NaN where De is 0 (below rounding error, relative to the pairs)."""
    defined = between > EPSILON * total * (total - 1)
    ratio = np.divide(within * (total - 1), between, out=np.full_like(within, np.nan), where=defined)
    return np.asarray(1 - ratio, dtype=np.float64)
