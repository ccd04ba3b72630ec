"""Means of stacked indicators with both covariances: naive, from people's codes alone, corrected, power-tuned.

Everything works on matrices with one row a document and one column an indicator: the q categories of a dimension, the
cells of a cross-table, or the labels of a multi-label dimension.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coder.agreement.tables import FloatArray, IntArray
from coder.inference.sampling import Sample

EPSILON = 1e-12
"""Below this, a variance is rounding error."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """Estimated means, shape (p,), and their covariances, shape (p, p).

    `covariance` takes the N documents themselves as drawn from an endless stream of such documents
    (superpopulation); `covariance_finite` takes these N documents as all there are. A covariance is NaN where it
    cannot be estimated. `tuning` is the weight that PPI++ gave the model's codes.
    """

    value: FloatArray
    covariance: FloatArray
    covariance_finite: FloatArray
    tuning: float | None = None

    @property
    def errors_finite(self) -> FloatArray:
        """Finite-population standard errors, shape (p,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance_finite)), dtype=np.float64)

    def mapped(self, value: FloatArray, jacobian: FloatArray) -> Estimate:
        """A function of the means with this value and Jacobian, shape (k, p): covariances by the delta method."""
        return Estimate(
            value,
            jacobian @ self.covariance @ jacobian.T,
            jacobian @ self.covariance_finite @ jacobian.T,
            self.tuning,
        )


def influence_covariance(influence: FloatArray, cluster: IntArray | None = None) -> FloatArray:
    """Covariance (p, p) of a sum of influences (N, p) that add up to 0.

    sum_i u_i u_i', or with `cluster` (N,) M/(M - 1) times the sum over M clusters of the outer products of their
    totals (Liang & Zeger 1986). NaN with a single cluster.
    """
    if cluster is None:
        return np.asarray(influence.T @ influence, dtype=np.float64)
    _, member = np.unique(cluster, return_inverse=True)
    count = int(member.max()) + 1
    if count < 2:
        return np.full((influence.shape[1],) * 2, np.nan)
    totals = _totals(influence, member.astype(np.int64), count)
    return np.asarray(totals.T @ totals * count / (count - 1), dtype=np.float64)


def design_covariance(errors: FloatArray, sample: Sample) -> FloatArray:
    """Covariance (p, p), over repeated draws of the sample, of the mean (1/N) sum_drawn errors_i / pi_i.

    `errors` has a row a document, shape (N, p); those of undrawn documents are not used. Within each stratum h, over
    its m drawn units u with totals t_u = sum errors_i / pi_i and c_u = 1 - pi_u:
    m/(m - 1) sum c_u (t_u - B)(t_u - B)' with B = sum c_u t_u / sum c_u, added up and divided by N^2 (Hájek 1964;
    Deville 1999). For simple, stratified and single-stage cluster samples this is the textbook variance, e.g.
    (1 - n/N) s^2 / n; for other fixed-size designs an approximation. Units drawn for certain add nothing; NaN where
    a stratum has a single drawn unit.
    """
    p = errors.shape[1]
    chance = sample.drawn & (sample.probability < 1)
    covariance = np.zeros((p, p))
    for stratum in np.unique(sample.stratum[chance]):
        members = np.flatnonzero(chance & (sample.stratum == stratum))
        _, first, unit = np.unique(sample.unit[members], return_index=True, return_inverse=True)
        m = len(first)
        if m < 2:
            return np.full((p, p), np.nan)
        totals = _totals(errors[members] / sample.probability[members, None], unit.astype(np.int64), m)
        chances = 1 - sample.probability[members][first]
        centred = totals - chances @ totals / chances.sum()
        covariance += m / (m - 1) * (centred * chances[:, None]).T @ centred
    return covariance / sample.population**2


def _totals(values: FloatArray, member: IntArray, count: int) -> FloatArray:
    """Sums of the rows of each group, shape (count, p)."""
    if count == len(values):
        return values[np.argsort(member)]
    totals = np.zeros((count, values.shape[1]))
    np.add.at(totals, member, values)
    return totals


def naive_means(predicted: FloatArray, cluster: IntArray | None = None) -> Estimate:
    """The model's codes taken at their word, shape (N, p): their means.

    The model coded every document, so that nothing is left for a finite-population variance to measure: it is NaN,
    since the model's errors are not in it.
    """
    value = predicted.mean(axis=0)
    covariance = influence_covariance((predicted - value) / len(predicted), cluster)
    return Estimate(value, covariance, np.full_like(covariance, np.nan))


def human_means(gold: FloatArray, sample: Sample, cluster: IntArray | None = None) -> Estimate:
    """The weighted mean of people's codes alone (Hájek 1971): sum (y_i / pi_i) / sum (1 / pi_i) over the drawn.

    `gold` is (N, p); rows of undrawn documents are not used. Both covariances are those of the linearised mean.
    """
    weights = _weights(sample)
    value = np.asarray(weights @ gold / weights.sum(), dtype=np.float64)
    residual = gold - value
    influence = residual * (weights / weights.sum())[:, None]
    scale = sample.population / weights.sum()
    return Estimate(value, influence_covariance(influence, cluster), design_covariance(residual * scale, sample))


def dsl_means(gold: FloatArray, predicted: FloatArray, sample: Sample, cluster: IntArray | None = None) -> Estimate:
    """Design-based supervised learning: the mean of yt_i = f_i + (R_i/pi_i)(y_i - f_i) over all N documents.

    `gold` y (undrawn rows are not used) and `predicted` f are (N, p). Unbiased whatever errors f makes. The
    superpopulation covariance is sum (yt_i - mean)(yt_i - mean)' / N^2, by cluster where given (Egami, Hinck, Stewart
    & Wei 2023); it takes documents as drawn independently of each other, and so errs on the wide side where the size
    of the sample was fixed and the model is biased. The finite-population covariance is the design variance of the
    Horvitz-Thompson mean of the errors y - f, since mean f is known (difference estimator; Särndal, Swensson &
    Wretman 1992, section 6.3).
    """
    weights = _weights(sample)
    errors = np.where(sample.drawn[:, None], gold - predicted, 0.0)
    pseudo = predicted + weights[:, None] * errors
    value = pseudo.mean(axis=0)
    influence = (pseudo - value) / sample.population
    return Estimate(value, influence_covariance(influence, cluster), design_covariance(errors, sample))


def _weights(sample: Sample) -> FloatArray:
    return np.where(sample.drawn, 1 / sample.probability, 0.0)
