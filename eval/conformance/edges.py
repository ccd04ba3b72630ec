"""Conformance of undefined and awkward cases: no items, one category, gaps, refusals, more than two coders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from coder.agreement.coefficients import EPSILON, cohen_kappa
from coder.agreement.measures import measure
from coder.agreement.proportions import proportion
from coder.agreement.tables import Table
from eval.conformance import inputs, spellings
from eval.conformance.inputs import Data
from eval.conformance.many_coders import coefficients, set_alpha
from eval.conformance.two_coders import beside, masi, of_table, positions

Figures = dict[str, Any]
NO_ITEMS = "undefined: no items"
PE_IS_ONE = "undefined: pe=1"
NO_INTERVAL = "kappa CI not estimable"


def edge(case: Mapping[str, Any]) -> Figures:
    """Undefined cases: null and a flag, the exact interval of the observed agreement, and what can be said.

    Where the second coder left items out, every figure of kappa is the headline's, in which such an item never agrees;
    the complete case has keys of its own. Alpha takes the codings there are.
    """
    data = _with_refusals(case["data"])
    case = {**case, "data": data}
    if any(name in data for name in ("pairs", "sets", "pair")) or {"set1", "set2"} <= set(data):
        return masi(case)
    if "counts" in data or "distribution" in data or _many(data):
        return _of_many(case)
    table, level = _headline(data), inputs.level(data)
    kappa = cohen_kappa(table, inputs.weights(data, inputs.places(table.scale)))
    found = beside(table) | of_table(table, kappa, level)
    exact = proportion(table.agreed, table.n, level=level)
    found |= {"po_ci": [exact.low, exact.high], "po_low": exact.low, "po_lower": exact.low}
    found |= {"flag": _flag(table.n, kappa.expected, kappa.se)}
    if inputs.given_table(data) is None:
        found |= dict.fromkeys(("alpha", "krippendorff"), measure(inputs.ratings(data), "alpha").value)
        if any(isinstance(label, frozenset) for column in inputs.columns(data) for label in column):
            sets = set_alpha(case)
            found |= {name: sets[name] for name in ("alpha_masi", "alpha_jaccard", "masi", "jaccard")}
    return found | _refusals(data, level)


def _with_refusals(data: Data) -> Data:
    """The case with null for what the second of two coders gave and no category is: a refusal or an invalid code.

    It is what the case names so, and any code that is not among the declared ones.
    """
    columns = {name: data[name] for name in inputs.listed(data)}
    declared = next((data[name] for name in spellings.DECLARED if isinstance(data.get(name), list)), None)
    refusals = [data[name] for name in spellings.REFUSALS if isinstance(data.get(name), str | int)]
    if len(columns) != 2 or (declared is None and not refusals):
        return data
    second = list(columns)[1]
    strange = [
        code in refusals or (declared is not None and not isinstance(code, list) and code not in declared)
        for code in columns[second]
    ]
    codes = [None if odd else code for code, odd in zip(columns[second], strange, strict=True)]
    return {**{key: part for key, part in data.items() if key not in spellings.REFUSALS}, second: codes}


def _many(data: Data) -> bool:
    return inputs.given_table(data) is None and len(inputs.columns(data)) > 2


def _of_many(case: Mapping[str, Any]) -> Figures:
    """What more than two coders have: no kappa of Cohen's, so that a case which expects one fails by that key.

    Without any unit coded twice it is null like everything else.
    """
    found = coefficients(case)
    n, alpha, se = found["alpha_n"], found["alpha"], found["alpha_se"]
    found |= {"n": n, "po": found["pa"], "flag": _flag(n, found["alpha_pe"], se)}
    return found if n else found | {"kappa": alpha, "pe": None, "se": None, "ci": None}


def _flag(n: int, expected: float | None, se: float | None) -> str | None:
    if not n:
        return NO_ITEMS
    if expected is not None and 1 - expected < EPSILON:
        return PE_IS_ONE
    return None if se else NO_INTERVAL


def _refused(data: Data) -> int:
    """Items that the first coder coded and the second did not."""
    if inputs.given_table(data) is not None:
        return 0
    return sum(second is None for first, second in zip(*inputs.two_columns(data), strict=True) if first is not None)


def _headline(data: Data) -> Table:
    """The table with the refused items in it, which never agree; without refusals the plain one."""
    if not _refused(data):
        return inputs.table(data)
    first, second = inputs.two_columns(data)
    items, _ = positions(data, {"gold": first, "first": second, "second": second})
    return items.tables()[0]


def _refusals(data: Data, level: float) -> Figures:
    """How many items were refused, and kappa without them."""
    refused = _refused(data)
    if not refused:
        return {}
    table = inputs.table(data)
    complete = cohen_kappa(table, inputs.weights(data, inputs.places(table.scale))).value
    n = sum(label is not None for label in inputs.two_columns(data)[0])
    rate = proportion(refused, n, level=level)
    return {
        "kappa_complete_case": complete,
        "complete_case": complete,
        "kappa_complete": complete,
        "n_complete_case": table.n,
        "refused": refused,
        "refusal_rate": rate.share,
        "refusal_rate_ci": [rate.low, rate.high],
    }


KINDS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {"edge_case": edge}
