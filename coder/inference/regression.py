"""Design-based supervised learning for regressions: coefficients when some variables are coded by a model.

Egami, Hinck, Stewart & Wei (2023, NeurIPS; 2024): the estimating equation is corrected on the hand-coded documents, so
that coefficients and standard errors hold whatever errors the model makes, as long as the probabilities are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LinearRegression

from coder.agreement.tables import FloatArray, IntArray
from coder.errors import InputError
from coder.inference.formula import Formula, design_matrix, factor_levels, read_formula
from coder.inference.sampling import BoolArray, Sample

Family = Literal["linear", "logistic"]
Columns = Mapping[str, Sequence[float | str] | FloatArray]

FOLDS = 5
SPLITS = 10
MAX_STEPS = 100
TOLERANCE = 1e-10
SEPARATED = 18.0
"""Log odds beyond which a fitted probability is 0 or 1 for every practical purpose (1.5e-8)."""


@dataclass(frozen=True, eq=False)
class Regression:
    """Coefficients with their names and standard errors, from `n` hand-coded of `population` documents."""

    names: tuple[str, ...]
    coefficients: FloatArray
    standard_errors: FloatArray
    n: int
    population: int
    family: Family


@dataclass(frozen=True, eq=False)
class _Moments:
    """One document's share of the estimating equation: correction * gold part + (1 - correction) * predicted part."""

    gold_x: FloatArray
    gold_y: FloatArray
    predicted_x: FloatArray
    predicted_y: FloatArray
    correction: FloatArray


def dsl_regression(
    formula: str,
    columns: Columns,
    predicted: Mapping[str, str],
    sample: Sample,
    *,
    family: Family,
    cluster: IntArray | None = None,
    covariates: Sequence[str] = (),
    folds: int = FOLDS,
    splits: int = SPLITS,
    seed: int = 0,
) -> Regression:
    """Coefficients of `formula` where the variables named in `predicted` are coded by hand for the sample only.

    `columns` holds the N values of every variable; those of a hand-coded one count only where `sample.drawn`.
    `predicted` maps each to the column of the model's codes. For each of `splits` random divisions into `folds`, a
    linear learner g estimates the hand code from the model's codes (and `covariates`, columns of numbers) on the
    other folds. A poor g costs precision, never validity; with some hundred hand codes, a learner of few parameters
    is the precise one. Then sum_i m_i(g) + (R_i/pi_i)(m_i(gold) - m_i(g)) = 0 is solved, with covariance J^-1 M J^-T
    / N (M by `cluster`, shape (N,), where given). Coefficients are the medians over the splits and standard errors
    sqrt(median(se^2 + (b - median)^2)) (Chernozhukov et al. 2018). InputError where a column is missing, too few
    documents are coded for the folds, or the equation has no solution.
    """
    read = read_formula(formula)
    _check(read, columns, predicted, covariates, sample, folds)
    random = np.random.default_rng(seed)
    features = _features(columns, predicted, covariates)
    solved = [
        _one_split(read, columns, predicted, features, sample, family, cluster, fold)
        for fold in (_folds(sample.population, folds, random) for _ in range(splits))
    ]
    betas = np.array([beta for beta, _, _ in solved])
    variances = np.array([np.diag(covariance) for _, covariance, _ in solved])
    middle = np.median(betas, axis=0)
    errors = np.sqrt(np.median(variances + (betas - middle) ** 2, axis=0))
    return Regression(solved[0][2], middle, errors, sample.n, sample.population, family)


def _check(
    read: Formula,
    columns: Columns,
    predicted: Mapping[str, str],
    covariates: Sequence[str],
    sample: Sample,
    folds: int,
) -> None:
    for name in [*read.variables, *predicted.values(), *covariates]:
        if name not in columns:
            raise InputError(f"the data have no column {name!r}", f"columns are: {', '.join(columns)}")
    if unused := sorted(set(predicted) - set(read.variables)):
        raise InputError(f"{unused[0]!r} is not in the formula", "name predicted variables that the formula uses")
    if fractional := sorted(read.factors & set(predicted)):
        raise InputError(f"{fractional[0]!r} is predicted and cannot be a factor", "use a column of 0 and 1 a category")
    if sample.n < 2 * folds:
        raise InputError(f"{sample.n} hand-coded documents do not fill {folds} folds", f"code at least {2 * folds}")


def _folds(n: int, folds: int, random: np.random.Generator) -> IntArray:
    return np.asarray(random.permutation(np.arange(n) % folds), dtype=np.int64)


def _one_split(
    read: Formula,
    columns: Columns,
    predicted: Mapping[str, str],
    features: FloatArray,
    sample: Sample,
    family: Family,
    cluster: IntArray | None,
    fold: IntArray,
) -> tuple[FloatArray, FloatArray, tuple[str, ...]]:
    gold = dict(columns)
    learned = dict(columns)
    for name in predicted:
        codes = np.asarray(columns[name], dtype=np.float64)
        learned[name] = cross_fitted(features, codes, sample.drawn, fold)
        gold[name] = np.where(sample.drawn, codes, 0.0)
    levels = factor_levels(read, columns)
    gold_x, names = design_matrix(read, gold, levels)
    learned_x, _ = design_matrix(read, learned, levels)
    moments = _Moments(
        gold_x,
        np.asarray(gold[read.outcome], dtype=np.float64),
        learned_x,
        np.asarray(learned[read.outcome], dtype=np.float64),
        sample.drawn / sample.probability,
    )
    beta = _solve(moments, family)
    return beta, _sandwich(moments, beta, family, cluster), names


def _features(columns: Columns, predicted: Mapping[str, str], covariates: Sequence[str]) -> FloatArray:
    """What the learner sees: the model's codes, and what else was asked for."""
    return np.column_stack([np.asarray(columns[name], dtype=np.float64) for name in [*predicted.values(), *covariates]])


def cross_fitted(features: FloatArray, codes: FloatArray, drawn: BoolArray, fold: IntArray) -> FloatArray:
    """Predictions of `codes` (N,) for every document by a linear learner fitted on the other folds' drawn documents."""
    predictions = np.zeros(len(codes))
    for number in np.unique(fold):
        held = fold == number
        learner = LinearRegression().fit(features[drawn & ~held], codes[drawn & ~held])
        predictions[held] = learner.predict(features[held])
    return predictions


def _residual(x: FloatArray, y: FloatArray, beta: FloatArray, family: Family) -> FloatArray:
    fitted = x @ beta
    return np.asarray(y - (expit(fitted) if family == "logistic" else fitted), dtype=np.float64)


def _each(moments: _Moments, beta: FloatArray, family: Family) -> FloatArray:
    """The corrected moment of each document, shape (N, p)."""
    gold = moments.gold_x * _residual(moments.gold_x, moments.gold_y, beta, family)[:, None]
    learned = moments.predicted_x * _residual(moments.predicted_x, moments.predicted_y, beta, family)[:, None]
    return learned + moments.correction[:, None] * (gold - learned)


def _jacobian(moments: _Moments, beta: FloatArray, family: Family) -> FloatArray:
    """The mean derivative of the corrected moments, shape (p, p)."""

    def part(x: FloatArray, weights: FloatArray) -> FloatArray:
        slope = expit(x @ beta) * expit(-(x @ beta)) if family == "logistic" else np.ones(len(x))
        return np.asarray(-(x * (weights * slope)[:, None]).T @ x / len(x), dtype=np.float64)

    return part(moments.gold_x, moments.correction) + part(moments.predicted_x, 1 - moments.correction)


def _solve(moments: _Moments, family: Family) -> FloatArray:
    """The root of the mean moment, by Newton's method with halved steps."""
    beta = np.zeros(moments.gold_x.shape[1])
    size = np.inf
    for _ in range(MAX_STEPS):
        moment = _each(moments, beta, family).mean(axis=0)
        size = float(np.linalg.norm(moment))
        if size < TOLERANCE:
            _check_separation(moments, beta, family)
            return beta
        beta = _step(moments, beta, moment, size, family)
    raise InputError(
        f"the corrected regression has no solution (remaining moment {size:.2g})",
        "code more documents by hand, or leave out variables that hardly vary",
    )


def _check_separation(moments: _Moments, beta: FloatArray, family: Family) -> None:
    """Coefficients on their way to infinity leave a moment of 0, since fitted probabilities reach 0 or 1."""
    if family == "logistic" and float(np.abs(moments.gold_x @ beta).max()) > SEPARATED:
        raise InputError(
            "the corrected regression has no solution: a variable tells the outcome without error in some documents",
            "leave it out, or join its rare values",
        )


def _step(moments: _Moments, beta: FloatArray, moment: FloatArray, size: float, family: Family) -> FloatArray:
    try:
        step = np.linalg.solve(_jacobian(moments, beta, family), moment)
    except np.linalg.LinAlgError:
        raise InputError("a variable of the regression is a sum of the others", "leave one of them out") from None
    for halving in range(30):
        tried = np.asarray(beta - step / 2**halving, dtype=np.float64)
        if float(np.linalg.norm(_each(moments, tried, family).mean(axis=0))) < size:
            return tried
    return np.asarray(beta - step, dtype=np.float64)


def _sandwich(moments: _Moments, beta: FloatArray, family: Family, cluster: IntArray | None) -> FloatArray:
    each = _each(moments, beta, family)
    inverse = np.linalg.inv(_jacobian(moments, beta, family))
    totals = each
    if cluster is not None:
        _, member = np.unique(cluster, return_inverse=True)
        totals = np.zeros((int(member.max()) + 1, each.shape[1]))
        np.add.at(totals, member, each)
    middle = totals.T @ totals / len(each)
    return np.asarray(inverse @ middle @ inverse.T / len(each), dtype=np.float64)
