"""How long the rest will take, from the coder's own pace. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from statistics import median

from coder.model import Decision

ENOUGH = 10
"""Items from which a pace is told."""
RECENT = 200
"""The latest acts that it is taken from: people get faster."""


def seconds_left(latest_first: Iterable[Decision], waiting: int) -> float | None:
    """Seconds for the items that wait, at the median pace of the coder's latest items; None below ENOUGH of them.

    What was spent on an item is the sum over its acts; an item left open over lunch moves the median by little.
    """
    spent: dict[str, float] = {}
    for act in islice(latest_first, RECENT):
        if act.seconds:
            spent[act.item_id] = spent.get(act.item_id, 0.0) + act.seconds
    return median(spent.values()) * waiting if len(spent) >= ENOUGH else None
