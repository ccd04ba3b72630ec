"""Which items lie on a coder's desk, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from coder.adjudicate.queueing import Cell, draw
from coder.model import QueueItem, QueueReason

Task = Literal["adjudicate", "code"]
Order = Literal["document", "value", "likely", "random"]

VALUE: Mapping[QueueReason, float] = {
    "conflict": 1.0,
    "failed": 1.0,
    "invalid": 1.0,
    "refused": 1.0,
    "tie": 0.9,
    "unclear": 0.8,
    "flagged": 0.7,
    "between_coders": 0.6,
    "disagreement": 0.5,
    "changed": 0.4,
    "low_confidence": 0.4,
    "unsupported": 0.3,
    "audit": 0.05,
}
"""What an answer is expected to change, as the chance that another code stands afterwards: where no code stands it
is certain; of two codes that differ one is right; an audit rarely finds an error. Rough; used for the order alone."""


def on_desk(
    items: Iterable[QueueItem], coder_id: str, *, task: Task = "adjudicate", run_id: str | None = None
) -> list[QueueItem]:
    """The items of a task that this coder may work on, of any run or of one; what no run queued is there too.

    What was overruled was never on a desk.
    """
    items = [item for item in items if item.reason != "overruled"]
    if task == "code":
        return [item for item in items if item.coder_id == coder_id and item.run_id is None]
    return [
        item
        for item in items
        if item.coder_id in (None, coder_id)
        and not (item.coder_id is not None and item.run_id is None)
        and (run_id is None or item.run_id in (None, run_id))
    ]


def newest_of_cells(items: Iterable[QueueItem]) -> dict[Cell, QueueItem]:
    """The newest item of each cell: one that conflicts, was flagged or comes again takes the place of the first."""
    return {(item.version_id, item.dimension_id): item for item in sorted(items, key=lambda item: item.id)}


def ordered(
    items: Iterable[QueueItem],
    document_of: Callable[[QueueItem], str],
    place: Mapping[str, int],
    order: Order,
    seed: int,
    likely: Mapping[str, float] = {},
) -> list[str]:
    """The ids of the items in working order; a document's dimensions stay together, in the codebook's order.

    `document`: the oldest first. `value`: where answers are expected to change the most first. `likely`: the texts,
    by version id, with the highest probability in `likely` first, 1 for those without one. `random`: by the seed.
    """
    listed = list(items)
    worth: dict[str, float] = {}
    for item in listed:
        worth[item.version_id] = worth.get(item.version_id, 0.0) + VALUE.get(item.reason, 0.0)
    first: dict[Order, Callable[[QueueItem], float]] = {
        "document": lambda item: 0.0,
        "value": lambda item: -worth[item.version_id],
        "likely": lambda item: -likely.get(item.version_id, 1.0),
        "random": lambda item: draw(seed, (item.version_id, "")),
    }

    def rank(item: QueueItem) -> tuple[float, str, str, int, str]:
        return first[order](item), document_of(item), item.version_id, place[item.dimension_id], item.id

    return [item.id for item in sorted(listed, key=rank)]
