"""Cases of two or more coders with gaps: the coefficients of irrCAC, Fleiss' kappa, Krippendorff's alpha, sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.special import stdtr

from coder.agreement.alpha import Distance
from coder.agreement.estimates import standard_error
from coder.agreement.fleiss import NullTest, fleiss_by_category, fleiss_test
from coder.agreement.hypotheses import normal_p
from coder.agreement.intervals import wald_interval
from coder.agreement.measures import Measure, Name, measure
from coder.agreement.multilabel import set_distances, set_ratings
from coder.agreement.ratings import Ratings
from coder.agreement.tables import FloatArray
from eval.conformance import inputs, spellings

Figures = dict[str, Any]
CALLED: dict[Name, tuple[str, ...]] = {
    "percent": ("pa", "percent", "percent_agreement"),
    "cohen": ("cohen", "cohen_kappa"),
    "conger": ("conger", "conger_kappa"),
    "scott": ("scott", "scott_pi"),
    "fleiss": ("fleiss", "fleiss_kappa"),
    "gwet": ("gwet", "ac1", "ac2", "gwet_ac1", "gwet_ac2"),
    "brennan_prediger": ("bp", "brennan_prediger"),
    "alpha": ("krippendorff", "alpha", "krippendorff_alpha"),
}
TABLE_ONLY = ("cohen", "scott")
LEVELS = ("nominal", "ordinal", "interval", "ratio")
LEVELLED = ("level", "metric", "level_of_measurement", "method")


def coefficients(case: Mapping[str, Any]) -> Figures:
    """Every coefficient as irrCAC gives it: standard error, t interval and two-sided p with n - 1 degrees of freedom.

    irrCAC divides a variance by n for a table of two coders, and for rows of codings by n - 1; Cohen's and Scott's
    it has for tables only.
    """
    data = case["data"]
    ratings, tabled = inputs.ratings(data), inputs.given_table(data) is not None
    weights, found = inputs.weights(data, ratings.values.tolist()), Figures()
    for name, called in CALLED.items():
        one = measure(ratings, name, weights=weights)
        figures = _figures(one, 0 if tabled or name in TABLE_ONLY else 1, inputs.level(data))
        found |= {f"{key}{end}": value for key in called for end, value in figures.items()}
    return found


def _figures(one: Measure, ddof: int, level: float) -> Figures:
    figures: Figures = dict.fromkeys(("_se", "_var", "_z", "_p", "_ci"))
    figures |= {"": one.value, "_pa": one.observed, "_pe": one.expected, "_n": one.n}
    if one.value is None or one.n < 2:
        return figures
    se = standard_error(one, ddof=ddof)
    figures |= {"_se": se, "_var": se**2}
    if se > 0:
        interval = wald_interval(one.value, se, level=level, df=one.n - 1)
        t = one.value / se
        figures |= {"_z": t, "_t": t, "_p": 2 * float(stdtr(one.n - 1, -abs(t))), "_ci": [interval.low, interval.high]}
    return figures


def distribution(case: Mapping[str, Any]) -> Figures:
    """Coefficients from how many coders gave each category.

    The published standard error of alpha comes from irrCAC 1.0's formula for such data, which counts the change of
    chance agreement once where its formula for rows of codings, the derivative, and the library count it twice. To
    check the published figure it is computed here; the library's own is under `krippendorff_se_linearised`.
    """
    data = _by_unit(case["data"])
    found, ratings = coefficients({"data": data}), inputs.ratings(data)
    weights = inputs.weights(data, ratings.values.tolist())
    own = found["krippendorff_se"]
    published = None if own is None else _alpha_se_of_irrcac(ratings, weights)
    found |= dict.fromkeys(("krippendorff_se", "alpha_se"), published)
    return found | {"krippendorff_se_linearised": own}


def _by_unit(data: inputs.Data) -> inputs.Data:
    """The case with a `table` of units by categories, as statsmodels calls it, under `counts`.

    It is one where it is not square, or where all its rows add up to the same number of coders.
    """
    name = next((name for name in spellings.TABLES if name in data), None)
    if name is None or not data[name]:
        return data
    rows = [sum(row) for row in data[name]]
    tallied = len(rows) != len(data[name][0]) or (min(rows) == max(rows) and rows[0] > 1)
    return {key: part for key, part in data.items() if key != name} | {"counts": data[name]} if tallied else data


def _alpha_se_of_irrcac(ratings: Ratings, weights: FloatArray) -> float:
    patterns = ratings.patterns.least(2)
    tallies, counts = patterns.tallies, patterns.counts
    codings, n = tallies.sum(axis=1), int(patterns.counts.sum())
    mean = float(counts @ codings) / n
    epsilon, pi = 1 / (n * mean), counts @ tallies / (n * mean)
    chance = float(pi @ weights @ pi)
    agreeing = (tallies * (tallies @ weights - 1)).sum(axis=1) / (mean * (codings - 1))
    plain = float(counts @ agreeing) / n
    apart = (codings - mean) / mean
    observed = (1 - epsilon) * (agreeing - plain * apart) + epsilon
    alpha = ((1 - epsilon) * plain + epsilon - chance) / (1 - chance)
    moved = tallies @ weights @ pi / mean - apart - chance
    influence = (observed - chance - (1 - alpha) * moved) / (1 - chance) - alpha
    return float(np.sqrt(counts @ influence**2 / (n * (n - 1))))


def fleiss(case: Mapping[str, Any]) -> Figures:
    """Fleiss' kappa with its test against 0, that of each category, and Gwet's standard error."""
    data = _by_unit(case["data"])
    ratings = inputs.ratings(data)
    one, null = measure(ratings, "fleiss"), fleiss_test(ratings)
    figures = _figures(one, 1, inputs.level(data))
    by_category = [_null(test) for test in fleiss_by_category(ratings)]
    found: Figures = {"kappa": one.value, "n": one.n, "po": one.observed, "pa": one.observed, "pe": one.expected}
    found |= {"se": figures["_se"], "var": figures["_var"], "ci": figures["_ci"]} | _null(null)
    found |= {f"{key}_by_category": [part[key] for part in by_category] for key in ("kappa", "z", "p")}
    return found | {"kappa": one.value}


def _null(test: NullTest) -> Figures:
    se, z = test.se_null, test.z
    p = None if z is None else normal_p(z)
    return {"kappa": test.kappa, "se0": se, "var0": None if se is None else se**2, "z": z, "p": p}


def alpha(case: Mapping[str, Any]) -> Figures:
    """Alpha at every level of measurement; `alpha` at the one the case names, nominal where it names none."""
    data = case["data"]
    ratings, found = inputs.ratings(data), Figures()
    for level in LEVELS:
        found |= _alpha(ratings, level, level)
    if "distances" in data or "distance_matrix" in data:
        matrix = np.array(data.get("distances", data.get("distance_matrix")), dtype=np.float64)
        return found | _alpha(ratings, matrix, "custom") | _alpha(ratings, matrix, "")
    named = next((data[key] for key in LEVELLED if isinstance(data.get(key), str)), "nominal").lower()
    if named not in LEVELS:
        raise ValueError(f"no level is called {named!r}; there are {', '.join(LEVELS)}")
    return found | _alpha(ratings, named, "")


def _alpha(ratings: Ratings, distance: Distance | str, name: str) -> Figures:
    if isinstance(distance, str) and distance == "ratio" and (ratings.values < 0).any():
        return _named(name, None, None, None, None, None)  # the ratio of amounts below 0 is no distance
    one = measure(ratings, "alpha", distance=distance)  # type: ignore[arg-type]
    observed, expected = (None if part is None else 1 - part for part in (one.observed, one.expected))
    return _named(name, one.value, _figures(one, 1, 0.95)["_se"], observed, expected, one.n)


def _named(
    name: str, value: float | None, se: float | None, observed: float | None, expected: float | None, n: int | None
) -> Figures:
    if not name:
        return {"alpha": value, "se": se, "Do": observed, "De": expected, "n": n}
    return {
        name: value,
        f"alpha_{name}": value,
        f"{name}_se": se,
        f"Do_{name}": observed,
        f"De_{name}": expected,
    }


def set_alpha(case: Mapping[str, Any]) -> Figures:
    """Alpha over sets of labels with MASI and with Jaccard distance."""
    given = inputs.columns(case["data"])
    ratings = set_ratings(
        [[None if label is None else inputs.label_set(label) for label in column] for column in given]
    )
    sets = [answer for answer in ratings.categories if isinstance(answer, frozenset)]
    found = Figures()
    for name in ("masi", "jaccard"):
        one = measure(ratings, "alpha", distance=set_distances(sets, name))
        observed, expected = (None if part is None else 1 - part for part in (one.observed, one.expected))
        found |= {
            f"alpha_{name}": one.value,
            name: one.value,
            f"Do_{name}": observed,
            f"De_{name}": expected,
            "n": one.n,
        }
    return found | {"alpha": found["alpha_masi"], "Do": found["Do_masi"], "De": found["De_masi"]}


KINDS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "two_rater_coefficients": coefficients,
    "multi_rater_missing": coefficients,
    "distribution": distribution,
    "fleiss_kappa": fleiss,
    "krippendorff_alpha": alpha,
    "alpha_masi": set_alpha,
}
