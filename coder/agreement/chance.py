"""What agreement by chance is: the models in which the coefficients differ, each as a function of counts.

A model takes the counts of the distinct patterns, shape (tables, patterns), and gives the chance agreement, shape
(tables,); and it gives the influence of one unit of each pattern on it, shape (patterns,): the derivative along the
share of the pattern, from which the standard errors follow (Gwet, Handbook of Inter-Rater Reliability, 4th edition
2014, chapter 5).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from coder.agreement.ratings import Patterns
from coder.agreement.tables import FloatArray, IntArray


class Chance(Protocol):
    """Chance agreement under one model."""

    def expected(self, counts: FloatArray) -> FloatArray:
        """Chance agreement of each table of counts, shape (tables,)."""
        ...

    def influence(self, counts: FloatArray) -> FloatArray:
        """The influence of each pattern at these counts, shape (patterns,) for counts of that shape."""
        ...


class Constant:
    """The same whatever was coded: 0 for percent agreement, Brennan & Prediger 1981 with the mean weight."""

    def __init__(self, value: float) -> None:
        self.value = value

    def expected(self, counts: FloatArray) -> FloatArray:
        """The constant, shape (tables,)."""
        return np.full(len(counts), self.value)

    def influence(self, counts: FloatArray) -> FloatArray:
        """Zero: no unit changes it."""
        return np.zeros(counts.shape)


class Pooled:
    """One distribution for all coders, the mean of the units' (Scott 1955, Fleiss 1971): pi' W pi."""

    def __init__(self, patterns: Patterns, weights: FloatArray) -> None:
        self.shares = unit_shares(patterns)
        self.weights = weights

    def expected(self, counts: FloatArray) -> FloatArray:
        """Chance agreement, shape (tables,)."""
        pi = mean_shares(counts, self.shares)
        return np.asarray(((pi @ self.weights) * pi).sum(axis=1), dtype=np.float64)

    def influence(self, counts: FloatArray) -> FloatArray:
        """2 (s' W pi - pe) for a unit whose codings have the shares s."""
        pi = mean_shares(counts[None, :], self.shares)[0]
        return np.asarray(2 * (self.shares @ self.weights @ pi - pi @ self.weights @ pi), dtype=np.float64)


class Gwet:
    """Two coders agree by chance only on units that are hard (Gwet 2008): sum W / (q (q - 1)) sum pi (1 - pi)."""

    def __init__(self, patterns: Patterns, weights: FloatArray) -> None:
        size = len(weights)
        self.shares = unit_shares(patterns)
        self.scale = float(weights.sum()) / (size * (size - 1))

    def expected(self, counts: FloatArray) -> FloatArray:
        """Chance agreement, shape (tables,)."""
        pi = mean_shares(counts, self.shares)
        return np.asarray(self.scale * (pi * (1 - pi)).sum(axis=1), dtype=np.float64)

    def influence(self, counts: FloatArray) -> FloatArray:
        """2 scale (s - pi)' (1 - pi) for a unit whose codings have the shares s."""
        pi = mean_shares(counts[None, :], self.shares)[0]
        return np.asarray(2 * self.scale * ((self.shares - pi) @ (1 - pi)), dtype=np.float64)


class ByCoder:
    """A distribution for each coder over the units that this coder coded (Cohen 1960, Conger 1980).

    The mean of p_g' W p_h over all pairs of different coders g and h.
    """

    def __init__(self, patterns: Patterns, weights: FloatArray) -> None:
        self.weights = weights
        coders = range(patterns.codes.shape[1])
        self.given = [(patterns.codes[:, [g]] == np.arange(len(weights))).astype(np.float64) for g in coders]

    def expected(self, counts: FloatArray) -> FloatArray:
        """Chance agreement, shape (tables,); NaN where a coder coded nothing."""
        margins = [self._margin(counts, given) for given in self.given]
        total, pairs = sum(margins, np.zeros_like(margins[0])), len(margins) * (len(margins) - 1)
        same = sum(((p @ self.weights) * p).sum(axis=1) for p in margins)
        return np.asarray((((total @ self.weights) * total).sum(axis=1) - same) / pairs, dtype=np.float64)

    def influence(self, counts: FloatArray) -> FloatArray:
        """The sum over coders of 2 n / n_g (d - p_g)' W (the other coders' margins), over the number of pairs."""
        margins = [self._margin(counts[None, :], given)[0] for given in self.given]
        total, influence = np.sum(margins, axis=0), np.zeros(counts.shape)
        for given, p in zip(self.given, margins, strict=True):
            coded = given.sum(axis=1)
            share = (counts @ coded) / counts.sum()
            influence += 2 / share * ((given - coded[:, None] * p) @ self.weights @ (total - p))
        return influence / (len(margins) * (len(margins) - 1))

    @staticmethod
    def _margin(counts: FloatArray, given: FloatArray) -> FloatArray:
        used = counts @ given
        coded = used.sum(axis=1, keepdims=True)
        share = np.divide(used, coded, out=np.full_like(used, np.nan), where=coded > 0)
        return np.asarray(share, dtype=np.float64)


def unit_shares(patterns: Patterns) -> FloatArray:
    """The share of each category among the codings of a unit, shape (patterns, categories)."""
    tallies = patterns.tallies
    return np.asarray(tallies / tallies.sum(axis=1, keepdims=True), dtype=np.float64)


def mean_shares(counts: FloatArray, shares: FloatArray) -> FloatArray:
    """The mean of the units' shares, each unit counting once, shape (tables, categories)."""
    return np.asarray(counts @ shares / counts.sum(axis=1, keepdims=True), dtype=np.float64)


def pair_agreement(tallies: IntArray, weights: FloatArray) -> FloatArray:
    """The mean weight of the pairs of codings within a unit, shape (patterns,); 0 with fewer than two codings."""
    codings = tallies.sum(axis=1)
    agreeing = ((tallies @ weights) * tallies).sum(axis=1) - tallies @ np.diag(weights)
    pairs = codings * (codings - 1)
    mean = np.divide(agreeing, pairs, out=np.zeros(len(tallies)), where=pairs > 0)
    return np.asarray(mean, dtype=np.float64)
