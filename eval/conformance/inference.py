"""Conformance cases of corrected estimates: PPI's plan and means, DSL's regressions and shares over groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.special import ndtri

from coder.agreement.tables import FloatArray
from coder.inference.ppi import ppi_means, ppi_plan
from coder.inference.regression import Family, Regression, dsl_regression
from coder.inference.sampling import Sample
from eval.conformance import inputs, spellings

Case = Mapping[str, Any]
SPLITS = 50
"""More than the ten of the published runs: the medians settle, and a figure rests less on the seed."""
UNLABELLED = -1
FAMILIES: dict[str, Family] = {
    "lm": "linear",
    "linear": "linear",
    "ols": "linear",
    "gaussian": "linear",
    "logit": "logistic",
    "logistic": "logistic",
    "binomial": "logistic",
}
GOLD = ("gold", "Y", "y", "labels", "human")
PREDICTED = (
    "predicted", "Yhat", "yhat", "pred", "prediction", "predictions", "F", "f", "llm", "model", "llm_gold",
    "predicted_gold", "pred_labeled", "pred_labelled",
)  # fmt: skip
OTHERS = (
    "unlabeled", "unlabelled", "unlabeled_counts", "unlabelled_counts",
    *(f"{name}_unlabeled" for name in PREDICTED), *(f"{name}_unlabelled" for name in PREDICTED),
)  # fmt: skip


def ppi_power(case: Case) -> dict[str, Any]:
    """The plan for a correlation, costs and a budget (or an effective n), at most `n_max` documents."""
    data = case["data"]
    plan = ppi_plan(
        float(spellings.needed(data, ("ppi_corr", "rho", "correlation"), "the correlation")),
        cost_gold=data["cost_Y"],
        cost_prediction=data["cost_Yhat"],
        cost_text=data.get("cost_X", 0),
        budget=data.get("budget"),
        effective_n=data.get("effective_n"),
        most=data.get("n_max"),
    )
    found = {"n": plan.n, "N": plan.unlabelled, "cost": plan.cost, "effective_n": plan.effective_n}
    return {**found, "ppi_corr": spellings.first(data, ("ppi_corr", "rho", "correlation"))}


def ppi_mean(case: Case) -> dict[str, Any]:
    """A share by PPI (weight 1), from people's codes alone (weight 0) and tuned, each with its interval."""
    data = case["data"]
    gold, predicted, others = _labelled(data)
    found: dict[str, Any] = {}
    for name, tuning in (("lam1", 1.0), ("lam0", 0.0), ("tuned", None)):
        if not len(gold):
            found |= dict.fromkeys((name, f"{name}_ci", f"{name}_lam"))
            continue
        estimate = ppi_means(gold, predicted, others, tuning=tuning)
        value = float(estimate.value[0])
        margin = float(ndtri((1 + inputs.level(data)) / 2)) * float(estimate.covariance[0, 0]) ** 0.5
        found |= {name: value, f"{name}_ci": [value - margin, value + margin], f"{name}_lam": estimate.tuning}
    return found


def _labelled(data: Mapping[str, Any]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Hand codes, the model's codes of the same documents and of the others, shape (n, 1) or (N, 1).

    From numbers by document, or from counts: of cells Y1F1 ... Y0F0, of the others F1 and F0.
    """
    others = spellings.needed(data, OTHERS, "the model's codes of the documents without gold") or {}
    if isinstance(others, Mapping):
        others = np.repeat([1.0, 0.0], [others.get("F1", 0), others.get("F0", 0)])
    if "counts" not in data:
        people = spellings.needed(data, GOLD, "the hand codes")
        given = (people, spellings.needed(data, PREDICTED, "the model's codes of the same documents"), others)
        gold, predicted, rest = (np.asarray(part, dtype=np.float64).reshape(-1, 1) for part in given)
        return gold, predicted, rest
    counts = data["counts"] or {}
    cells = [(1.0, 1.0, "Y1F1"), (1.0, 0.0, "Y1F0"), (0.0, 1.0, "Y0F1"), (0.0, 0.0, "Y0F0")]
    times = [counts.get(name, 0) for *_, name in cells]
    gold, predicted = (np.repeat([cell[place] for cell in cells], times)[:, None] for place in (0, 1))
    return gold, predicted, np.asarray(others, dtype=np.float64).reshape(-1, 1)


def dsl_logit(case: Case) -> dict[str, Any]:
    """Coefficients of a regression with variables that a model coded; `model` says which, logit by default.

    ValueError where the case names a model that the library does not fit.
    """
    data = case["data"]
    predicted = dict(zip(_listed(data["predicted_var"]), _listed(data["prediction"]), strict=True))
    name = str(data.get("model") or "logit").lower()
    if name not in FAMILIES:
        raise ValueError(f"no model is called {name!r}; there are {', '.join(FAMILIES)}")
    return _regression(data, data["formula"], predicted, FAMILIES[name])


def dsl_category_proportions(case: Case) -> dict[str, Any]:
    """The corrected share of a category in each group (the column beside pred, gold and count), or in all."""
    data = case["data"]
    named = {"pred", "gold", "count", data.get("sample_prob", "sample_prob"), data.get("cluster")}
    group = next((name for name in data["columns"] if name not in named), None)
    terms = "1" if group is None else f"factor({group}) - 1"
    return _regression(data, f"gold ~ {terms}", {"gold": "pred"}, "linear")


KINDS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "ppi_power": ppi_power,
    "ppi_mean": ppi_mean,
    "dsl_logit": dsl_logit,
    "dsl_category_proportions": dsl_category_proportions,
}


def _regression(data: Mapping[str, Any], formula: str, predicted: Mapping[str, str], family: Family) -> dict[str, Any]:
    columns = _columns(data)
    drawn = np.logical_and.reduce([np.asarray(columns[name]) != UNLABELLED for name in predicted])
    n = len(drawn)
    probability = columns.get(data.get("sample_prob", "sample_prob"), np.full(n, drawn.mean()))
    sample = Sample(drawn, np.asarray(probability, dtype=np.float64), np.zeros(n, dtype=np.int64), np.arange(n))
    clusters = columns.get(data.get("cluster", ""))
    member = None if clusters is None else np.unique(clusters, return_inverse=True)[1].astype(np.int64)
    fitted: Regression = dsl_regression(
        formula, columns, predicted, sample, family=family, cluster=member, splits=SPLITS
    )
    return {"coef": fitted.coefficients.tolist(), "se": fitted.standard_errors.tolist()}


def _columns(data: Mapping[str, Any]) -> dict[str, list[str] | FloatArray]:
    """Each column with its rows repeated as often as the column `count` says; words stay words."""
    names: list[str] = list(data["columns"])
    given = data["columns"]
    rows = list(zip(*given.values(), strict=True)) if isinstance(given, Mapping) else data["rows"]
    times = [int(row[names.index("count")]) for row in rows] if "count" in names else [1] * len(rows)
    found: dict[str, list[str] | FloatArray] = {}
    for place, name in enumerate(names):
        values = [UNLABELLED if row[place] is None else row[place] for row in rows]
        spread = [value for value, many in zip(values, times, strict=True) for _ in range(many)]
        words = any(isinstance(value, str) for value in spread)
        found[name] = [str(value) for value in spread] if words else np.asarray(spread, dtype=np.float64)
    return found


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
