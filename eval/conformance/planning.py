"""Cases of kind sample_size: how many items a test of kappa takes, or the interval's width."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from coder.agreement.planning import Margins, items_for_half_width, items_for_test


def sample_size(case: Mapping[str, Any]) -> dict[str, Any]:
    """`n` for two categories given with the rates `rate1` and `rate2`.

    With `kappa0` and `kappa1` of the test between them (`alpha`, `power`, `sided`), with `half_width` of an interval at
    `level` where kappa is `kappa`.
    """
    data = case["data"]
    first, second = float(data["rate1"]), float(data.get("rate2", data["rate1"]))
    margins = Margins((first, 1 - first), (second, 1 - second))
    if "half_width" in data:
        level = float(data.get("level", 0.95))
        return {"n": items_for_half_width(margins, float(data["kappa"]), float(data["half_width"]), level=level)}
    n = items_for_test(
        margins,
        float(data["kappa0"]),
        float(data["kappa1"]),
        alpha=float(data.get("alpha", 0.05)),
        power=float(data.get("power", 0.8)),
        sides=int(data.get("sided", 1)),
    )
    return {"n": n}


KINDS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {"sample_size": sample_size}
