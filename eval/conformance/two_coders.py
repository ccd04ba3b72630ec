"""Cases of two coders: kappas and their tests, what stands beside them, the and the margins."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.special import ndtri

from coder.agreement import coefficients
from coder.agreement.coefficients import EPSILON, Kappa, cohen_kappa, kappa_statistic
from coder.agreement.homogeneity import bhapkar, mcnemar, stuart_maxwell
from coder.agreement.hypotheses import normal_p, threshold_test
from coder.agreement.intervals import Bootstrap, Method, bootstrap_interval, fisher_z_interval, wald_interval
from coder.agreement.multilabel import jaccard_distance, masi_distance
from coder.agreement.paired import Triples, paired_kappas, triples
from coder.agreement.tables import Table
from eval.conformance import inputs, spellings
from eval.conformance.inputs import Data

Figures = dict[str, Any]
REPLICATES = 20_000
MANY = 10**9
"""Items that stand for proportions of nobody knows how many: a value to nine digits, no standard error."""
RESTING_ON_N = re.compile(r"(n|z|p|p_(two|one)_sided|(se|var)0?|(wald_)?ci)(_.*)?")
METHODS: tuple[Method, ...] = ("bca", "percentile")
GOLD = ("gold", "reference", "truth", "human")
RUNS = ("runs", "llms", "models")
THRESHOLD = ("kappa0", "k0", "kappa_0", "threshold", "null", "null_value", "h0")


def kappa(case: Mapping[str, Any]) -> Figures:
    """Kappa with the weights asked for, its variances, tests and intervals; with each kind of weights by its name."""
    data, without_n = case["data"], inputs.lacks_n(case["data"])
    table = inputs.table({**data, "n": MANY} if without_n else data)
    scale = inputs.places(table.scale)
    beyond = beside(table)
    found = of_table(table, cohen_kappa(table, inputs.weights(data, scale)), inputs.level(data))
    for name in ("unweighted", "linear", "quadratic", "ordinal", "radical"):
        weighted = cohen_kappa(table, inputs.named_weights(name, scale))
        figures = of_table(table, weighted, inputs.level(data))
        found |= {f"{key}_{name}": value for key, value in figures.items()} | {name: weighted.value}
    if without_n:
        found |= dict.fromkeys(key for key in found if RESTING_ON_N.fullmatch(key))
        beyond |= {"alpha": None}  # corrects for the number of codings
    return beyond | found


def of_table(table: Table, kappa: Kappa, level: float) -> Figures:
    """Kappa with its variances, tests of 0 and Wald interval."""
    found: Figures = {"n": table.n, "po": kappa.observed, "pe": kappa.expected, "kappa": kappa.value, "z": kappa.z}
    for name, se in (("", kappa.se), ("0", kappa.se_null)):
        found |= {f"se{name}": se, f"var{name}": None if se is None else se**2}
    ci = None
    if kappa.value is not None and kappa.se:
        interval = wald_interval(kappa.value, kappa.se, level=level)
        ci = [interval.low, interval.high]
    p = None if kappa.z is None else normal_p(kappa.z)
    one_sided = None if kappa.z is None else normal_p(kappa.z, "greater")
    return found | {"ci": ci, "wald_ci": ci, "kappa_ci": ci, "p": p, "p_two_sided": p, "p_one_sided": one_sided}


def beside(table: Table) -> Figures:
    """The indices without which a kappa cannot be read, and the coefficients beside it."""
    specific, scott = coefficients.specific_agreement(table), _scott(table)
    found: Figures = {
        "prevalence_index": coefficients.prevalence_index(table),
        "bias_index": coefficients.bias_index(table),
        "pabak": coefficients.pabak(table),
        "bp": coefficients.pabak(table),
        "kappa_max": coefficients.kappa_max(table),
        "ac1": coefficients.gwet_ac1(table),
        "scott": scott,
        "alpha": None if scott is None else 1 - (1 - scott) * (2 * table.n - 1) / (2 * table.n),
        "specific_agreement": list(specific),
    }
    if table.scale == 2:
        found |= {"positive_agreement": specific[0], "negative_agreement": specific[1]}
        found |= {"p_pos": specific[0], "p_neg": specific[1]}
    return found


def _scott(table: Table) -> float | None:
    """Scott's pi; what never agrees is no category of chance agreement. None where it is undefined."""
    if not table.n:
        return None
    shares = (table.reference + table.coder)[: table.scale] / (2 * table.n)
    expected = float(shares @ shares)
    return None if 1 - expected < EPSILON else (table.agreed / table.n - expected) / (1 - expected)


def paradox(case: Mapping[str, Any]) -> Figures:
    """Kappa beside prevalence, bias, PABAK, kappa max and AC1."""
    return kappa(case)


def margins(case: Mapping[str, Any]) -> Figures:
    """Stuart-Maxwell, Bhapkar and for two categories McNemar, plain, corrected and exact."""
    counts = inputs.table(case["data"]).counts
    stuart, wald = stuart_maxwell(counts), bhapkar(counts)
    plain, corrected = mcnemar(counts), mcnemar(counts, correction=True)
    return {
        "stuart_maxwell": stuart.statistic,
        "df": stuart.df,
        "p": stuart.p,
        "stuart_maxwell_p": stuart.p,
        "p_stuart_maxwell": stuart.p,
        "bhapkar": wald.statistic,
        "bhapkar_p": wald.p,
        "p_bhapkar": wald.p,
        "bhapkar_df": wald.df,
        "statistic": stuart.statistic,
        "chi2": stuart.statistic,
        "mcnemar": plain.statistic,
        "mcnemar_p": plain.p,
        "p_mcnemar": plain.p,
        "mcnemar_corrected": corrected.statistic,
        "mcnemar_corrected_p": corrected.p,
        "mcnemar_exact_p": plain.exact,
        "p_exact": plain.exact,
    }


def threshold(case: Mapping[str, Any]) -> Figures:
    """Kappa against a threshold by the non-null standard error; kappa and its error may be given as such."""
    data = case["data"]
    if "se" in data and not any(name in data for name in spellings.TABLES):
        figures: Figures = {
            "kappa": float(spellings.needed(data, ("kappa", "value"), "kappa")),
            "se": float(data["se"]),
        }
    else:
        table = inputs.table(data)
        found = cohen_kappa(table, inputs.weights(data, inputs.places(table.scale)))
        figures = of_table(table, found, inputs.level(data))
    limit = float(spellings.needed(data, THRESHOLD, "the threshold"))
    test = threshold_test(figures["kappa"], figures["se"], limit, side=inputs.side(data))
    rejected = None if test.p is None else test.p < float(data.get("alpha", 0.05))
    return figures | {"z": test.z, "p": test.p, "reject": rejected}


def bootstrap(case: Mapping[str, Any]) -> Figures:
    """Bootstrap intervals of kappa, with Wald's and Fisher's beside them."""
    data, wanted = case["data"], case["expected"]
    table, level = inputs.table(data), inputs.level(data)
    weights = inputs.weights(data, inputs.places(table.scale))
    found, statistic = cohen_kappa(table, weights), kappa_statistic(table, weights)
    drawn, figures = Bootstrap(replicates=REPLICATES), of_table(table, found, level)
    for method in METHODS:
        if any(key.startswith(method) for key in wanted):
            interval = bootstrap_interval(*statistic, drawn, method=method, level=level)
            figures |= _ends(method, interval.low, interval.high)
    if found.value is not None and found.se:
        for name, analytic in (("wald", wald_interval), ("fisher_z", fisher_z_interval)):
            interval = analytic(found.value, found.se, level=level)
            figures |= _ends(name, interval.low, interval.high)
    return figures


def _ends(name: str, low: float | None, high: float | None) -> Figures:
    return {name: None if low is None else [low, high], f"{name}_low": low, f"{name}_high": high}


def paired(case: Mapping[str, Any]) -> Figures:
    """Two coders against the same gold: both kappas, their difference, its standard error, z, p and intervals."""
    data = case["data"]
    sides = dict(zip(("gold", "first", "second"), _three(data), strict=True))
    items, scale = positions(data, sides)
    drawn = Bootstrap(replicates=REPLICATES if any("bca" in key for key in case["expected"]) else 200)
    found = paired_kappas(items, inputs.weights(data, inputs.places(scale)), bootstrap=drawn, level=inputs.level(data))
    ci = None
    if found.difference is not None and found.se:
        margin = float(ndtri((1 + inputs.level(data)) / 2)) * found.se  # a difference may exceed 1
        ci = [found.difference - margin, found.difference + margin]
    return {
        "kappa1": found.first,
        "kappa2": found.second,
        "diff": found.difference,
        "se_diff": found.se,
        "z": found.z,
        "p": found.p,
        "ci": ci,
        "ci_diff": ci,
        "n": found.n,
    } | _ends("bca", found.low, found.high)


def _three(data: Data) -> list[list[Any]]:
    """The codes of the gold and of the two held against it, from columns, rows of units, or runs by name.

    Without a column called gold the first is. ValueError for fewer than three columns.
    """
    runs = spellings.first(data, RUNS)
    named = [data[name] for name in inputs.listed(data) if name not in RUNS]
    gold = spellings.first(data, GOLD)
    if runs is not None and gold is not None:
        found = [gold, *(runs.values() if isinstance(runs, Mapping) else runs)]
    elif gold is not None:
        found = [gold, *(column for column in named if column is not gold)]
    else:
        found = named or inputs.columns(data)
    if len(found) < 3:
        raise ValueError(f"a gold and two coders are needed; the case holds {', '.join(data)}")
    return found[:3]


def positions(data: Data, sides: Mapping[str, Any]) -> tuple[Triples, int]:
    """Triples of the items with gold, and the size of the scale; a missing answer never agrees.

    ValueError for a label that is not among the declared ones.
    """
    given = {name: inputs.columns({"ratings_by_coder": [column]})[0] for name, column in sides.items()}
    declared = inputs.categories(data, [*given.values()]) or [0]
    place = {label: position for position, label in enumerate(declared)}
    for name, column in given.items():
        if strange := [label for label in column if label is not None and label not in place]:
            raise ValueError(f"{name}: {strange[0]!r} is not a declared category")
    kept = [item for item, label in enumerate(given["gold"]) if label is not None]
    silent = len(declared)
    codes = [
        np.array([silent if column[item] is None else place[column[item]] for item in kept], dtype=np.int64)
        for column in (given["gold"], given["first"], given["second"])
    ]
    missing = any((side == silent).any() for side in codes)
    return triples(codes[0], codes[1], codes[2], silent, never_agree=int(missing)), silent


def masi(case: Mapping[str, Any]) -> Figures:
    """Distances between pairs of sets of labels, or between the only two sets that are given."""
    data, several = case["data"], True
    given = spellings.first(data, ("pairs", "sets"))
    if given is None:
        given, several = [spellings.first(data, ("pair",)) or [data[name] for name in inputs.listed(data)[:2]]], False
    elif "sets" in data and not any(isinstance(part, list) for one in given for part in one):
        given, several = [given], False
    pairs = [tuple(map(inputs.label_set, one.values() if isinstance(one, Mapping) else one)) for one in given]
    found: Figures = {}
    for name, distance in (("masi", masi_distance), ("jaccard", jaccard_distance)):
        values = [distance(first, second) for first, second in pairs]
        found |= dict.fromkeys((name, f"{name}_distance"), values if several else values[0])
    return found


KINDS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "cohen_kappa": kappa,
    "cohen_kappa_custom_weights": kappa,
    "weighted_kappa": kappa,
    "paradox_diagnostics": paradox,
    "marginal_homogeneity": margins,
    "kappa_threshold": threshold,
    "bootstrap_ci": bootstrap,
    "paired_kappa": paired,
    "masi_distance": masi,
}
