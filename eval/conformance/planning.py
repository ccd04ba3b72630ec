"""Cases of kind sample_size: how many items a test of kappa takes, or the interval's width."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from coder.agreement.planning import Margins, items_for_half_width, items_for_test
from eval.conformance import inputs, spellings


def sample_size(case: Mapping[str, Any]) -> dict[str, Any]:
    """`n` for two categories with the rates `rate1` and `rate2`, or for the shares `prevalence` or `margins`.

    With `kappa0` and `kappa1` of the test between them (`alpha`, `power`, `sided`), with `half_width` of an interval at
    `level` where kappa is `kappa`.
    """
    data = case["data"]
    margins = _margins(data)
    half_width = spellings.first(data, ("half_width", "ci_half_width", "precision"))
    if half_width is None and "width" in data:
        half_width = float(data["width"]) / 2
    if half_width is not None:
        expected = float(spellings.needed(data, ("kappa", "kappa1", "k1"), "the expected kappa"))
        return {"n": items_for_half_width(margins, expected, float(half_width), level=inputs.level(data))}
    n = items_for_test(
        margins,
        float(spellings.needed(data, ("kappa0", "k0"), "the kappa to exceed")),
        float(spellings.needed(data, ("kappa1", "k1", "kappa"), "the expected kappa")),
        alpha=float(data.get("alpha", 0.05)),
        power=float(data.get("power", 0.8)),
        sides=2 if inputs.side(data) == "two-sided" else 1,
    )
    return {"n": n}


def _margins(data: Mapping[str, Any]) -> Margins:
    """Margins from two rates, the share of one category, shares of all, or shares of all by each coder.

    Two numbers that are no shares of one whole are the rates of the two coders.
    """
    given = spellings.first(data, ("margins", "prevalence", "rates"))
    if given is None:
        rate = spellings.needed(data, ("rate1", "p1", "rate"), "how often the categories are used")
        return _of_rates(rate, spellings.first(data, ("rate2", "p2"), rate))
    if isinstance(given, Mapping):
        given = list(given.values())
    if not isinstance(given, list):
        return Margins.same([float(given)])
    if all(isinstance(shares, list) for shares in given):
        first, second = (tuple(float(share) for share in shares) for shares in given)
        return Margins(first, second)
    whole = len(given) != 2 or abs(sum(given) - 1) < 1e-6
    return Margins.same([float(share) for share in given]) if whole else _of_rates(*given)


def _of_rates(first: float, second: float) -> Margins:
    return Margins((float(first), 1 - float(first)), (float(second), 1 - float(second)))


KINDS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {"sample_size": sample_size}
