"""Prediction-powered inference for means, and how many documents to code by hand and by the model for it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from coder.agreement.tables import FloatArray, IntArray
from coder.errors import InputError
from coder.inference.estimates import EPSILON, Estimate, design_covariance, human_means, influence_covariance
from coder.inference.sampling import Sample


def ppi_tuning(gold: FloatArray, predicted: FloatArray, unlabelled: FloatArray) -> float:
    """The weight l of the model's codes with the least total variance, clipped to [0, 1] (PPI++, section 6).

    l = sum_k cov_n(y_k, f_k) / ((1 + n/N) sum_k var(f_k)), variances over the labelled and unlabelled together. With
    one weight for all columns, shares keep adding up to 1. 0 where the predictions do not vary: they say nothing.
    """
    spread = float(np.vstack([predicted, unlabelled]).var(axis=0).sum())
    if spread < EPSILON or not len(unlabelled):
        return 0.0
    together = float(((gold - gold.mean(axis=0)) * (predicted - predicted.mean(axis=0))).mean(axis=0).sum())
    return float(np.clip(together / ((1 + len(gold) / len(unlabelled)) * spread), 0, 1))


def ppi_means(
    gold: FloatArray,
    predicted: FloatArray,
    unlabelled: FloatArray,
    *,
    tuning: float | None = None,
    cluster: IntArray | None = None,
) -> Estimate:
    """PPI++ (Angelopoulos, Duchi & Zrnic 2023): l mean_N(f) + mean_n(y - l f), with l tuned where None.

    `gold` y and `predicted` f of the n hand-coded documents are (n, p), `unlabelled` f of the N others (N, p), all
    with equal chances. l = 1 is PPI (Angelopoulos et al. 2023), l = 0 people's codes alone. Covariance
    l^2 cov_N(f)/N + cov_n(y - l f)/n with divisors N and n, as ppi_py; by `cluster` (n + N,) where given.
    The finite-population one treats the n + N documents as all there are, the n as a simple random sample of them:
    the estimate is mean_n(y) + b (mean_all(f) - mean_n(f)) with b = l (1 + n/N), of design variance
    (1 - n/(n + N)) cov_n(y - b f)/n (Cochran 1977, section 7.3).
    """
    n, others = len(gold), len(unlabelled)
    value, covariance, weight = _weighted(gold, predicted, unlabelled, tuning, cluster)
    sample = Sample(
        np.arange(n + others) < n,
        np.full(n + others, n / (n + others)),
        np.zeros(n + others, dtype=np.int64),
        np.arange(n + others),
    )
    slope = weight * (1 + n / others) if others else 0.0
    errors = np.vstack([gold - slope * predicted, np.zeros_like(unlabelled)])
    return Estimate(value, covariance, design_covariance(errors, sample), weight)


def _weighted(
    gold: FloatArray,
    predicted: FloatArray,
    unlabelled: FloatArray,
    tuning: float | None,
    cluster: IntArray | None,
) -> tuple[FloatArray, FloatArray, float]:
    """The estimate, its superpopulation covariance and the weight; see `ppi_means`."""
    n, others = len(gold), len(unlabelled)
    weight = ppi_tuning(gold, predicted, unlabelled) if tuning is None else tuning
    if not others:
        weight = 0.0
    rectifier = gold - weight * predicted
    centre = rectifier.mean(axis=0)
    mean_unlabelled = unlabelled.mean(axis=0) if others else np.zeros(gold.shape[1])
    influence = np.vstack([(rectifier - centre) / n, weight * (unlabelled - mean_unlabelled) / max(others, 1)])
    return weight * mean_unlabelled + centre, influence_covariance(influence, cluster), weight


def ppi_sample_means(
    gold: FloatArray,
    predicted: FloatArray,
    sample: Sample,
    *,
    tuning: float | None = None,
    cluster: IntArray | None = None,
) -> Estimate:
    """PPI++ on a sample with equal probabilities; arguments as in `dsl_means`. ValueError where they are unequal."""
    if not sample.has_equal_probabilities:
        raise ValueError("PPI++ needs equal probabilities; use dsl_means")
    if sample.drawn.all():
        people = human_means(gold, sample, cluster)
        return Estimate(people.value, people.covariance, people.covariance_finite, 0.0)
    order = np.argsort(~sample.drawn, kind="stable")
    n = sample.n
    value, covariance, weight = _weighted(
        gold[order[:n]],
        predicted[order[:n]],
        predicted[order[n:]],
        tuning,
        None if cluster is None else cluster[order],
    )
    errors = gold - weight * sample.population / (sample.population - n) * predicted
    return Estimate(value, covariance, design_covariance(errors, sample), weight)


@dataclass(frozen=True)
class Plan:
    """How many documents to code by hand (`n`) and by the model alone (`unlabelled`), what that costs, and how many
    hand codes without a model would be as precise (`effective_n`)."""

    n: int
    unlabelled: int
    cost: float
    effective_n: int


def ppi_plan(
    correlation: float,
    *,
    cost_gold: float,
    cost_prediction: float,
    cost_text: float = 0.0,
    budget: float | None = None,
    effective_n: float | None = None,
    most: int | None = None,
) -> Plan:
    """The cheapest way to a precision, or the most precise within a budget (Broska, Howes & van Loon 2024).

    With `correlation` r between hand and model codes, PPI++ with n hand codes among T = n + N documents has the
    variance of n0 hand codes where 1/n0 = (1 - r^2)/n + r^2/T. Each hand code costs g = `cost_gold`, each document
    u = `cost_prediction` + `cost_text`. Minimising 1/n0 under g n + u T = B by Lagrange gives
    n = B sqrt((1 - r^2)/g)/s and T = B sqrt(r^2/u)/s with s = sqrt((1 - r^2) g) + sqrt(r^2 u), and B = n0 s^2.
    Hand coding alone (g + `cost_text` a document) is chosen where it is cheaper, or where T would fall below n.
    `most` bounds T. Numbers are rounded to the nearest whole, halves to even. InputError where a quantity is outside
    its range.
    """
    unit = cost_prediction + cost_text
    _check_plan(correlation, cost_gold, unit, budget, effective_n)
    explained = correlation**2
    root = math.sqrt((1 - explained) * cost_gold) + math.sqrt(explained * unit)
    alone = cost_gold + cost_text
    money = float(effective_n) * root**2 if budget is None and effective_n is not None else float(budget or 0)
    n = money * math.sqrt((1 - explained) / cost_gold) / root
    total = money * math.sqrt(explained / unit) / root
    if alone < root**2 or total <= n:
        plan = _by_hand(round(money / alone if budget is not None else float(effective_n or 0)), alone)
    else:
        plan = _with_model(round(n), round(total - n), explained, cost_gold, unit)
    if most is None or plan.n + plan.unlabelled <= most:
        return plan
    return _bounded(most, explained, cost_gold, unit, alone, budget, effective_n)


def _bounded(
    most: int,
    explained: float,
    cost_gold: float,
    unit: float,
    alone: float,
    budget: float | None,
    effective_n: float | None,
) -> Plan:
    """The plan with T = `most` documents, where more would be better: n from the budget or from the precision."""
    by_hand = most * alone <= budget if budget is not None else (effective_n or 0) > most
    if by_hand:
        return _by_hand(most, alone)
    if budget is not None:
        n = round((budget - most * unit) / cost_gold)
        if n < 1:
            raise InputError(
                f"the budget does not pay for the model's codes of {most} documents", "raise it, or lower the number"
            )
    else:
        wanted = float(effective_n or 0)
        n = round(wanted * most * (1 - explained) / (most - explained * wanted))
    return _with_model(n, most - n, explained, cost_gold, unit)


def _by_hand(n: int, each: float) -> Plan:
    return Plan(n, 0, n * each, n)


def _with_model(n: int, unlabelled: int, explained: float, cost_gold: float, unit: float) -> Plan:
    total = n + unlabelled
    if n < 1:
        raise InputError("the budget does not pay for one hand-coded document", "raise the budget")
    return Plan(n, unlabelled, n * cost_gold + total * unit, round(n * total / (n + (1 - explained) * unlabelled)))


def _check_plan(
    correlation: float, cost_gold: float, unit: float, budget: float | None, effective_n: float | None
) -> None:
    if not -1 < correlation < 1:
        raise InputError(f"correlation {correlation} is not between -1 and 1", "1 would need no hand codes at all")
    if cost_gold <= 0 or unit <= 0:
        raise InputError("costs of hand codes and of model codes are above 0", "give the price of one document each")
    if (budget is None and effective_n is None) or (budget or 0) < 0 or (effective_n or 0) < 0:
        raise InputError("a plan needs a budget or an effective number of hand codes", "give one, above 0")
