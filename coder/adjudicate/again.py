"""Cells that come back to a person: flagged, settled in two ways, or repeated in silence. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from coder.adjudicate.log import conflicting, settlements, standing_acts
from coder.adjudicate.order import newest_of_cells
from coder.adjudicate.queueing import Cell, draw
from coder.adjudicate.wording import answer_words
from coder.model import Codebook, Coding, Decision, QueueItem


def flagged_again(
    items: Sequence[QueueItem],
    decisions: Sequence[Decision],
    codings: Mapping[str, Coding],
    names: Mapping[str, str],
    *,
    run_id: str | None,
) -> tuple[QueueItem, ...]:
    """A new item for each cell that a person's standing flag names and that does not wait in the queue already.

    `codings` hold every coding that `decisions` name, `names` coders by id. A cell flagged while it was settled, or
    first coded, comes back once for each flag.
    """
    by_id = {item.id: item for item in items}
    shared = [item for item in items if item.coder_id is None]
    newest = newest_of_cells(shared)
    settled = settlements(shared, decisions, codings)
    found = []
    for cell, act in _flags(decisions, by_id).items():
        last = newest.get(cell)
        waits = last is not None and (cell not in settled or conflicting(settled[cell]))
        heeded = last is not None and last.reason == "flagged" and last.id > act.id
        if not waits and not heeded:
            item = by_id[act.item_id] if last is None else last
            found.append(_again(item, "flagged", f"flagged by {names[act.coder_id]}", item.run_id or run_id))
    return tuple(found)


def _flags(decisions: Sequence[Decision], items: Mapping[str, QueueItem]) -> dict[Cell, Decision]:
    """The latest standing flag of each cell: a second flag by the same coder takes the first away."""
    up: dict[tuple[str, str], Decision] = {}
    for act in standing_acts(decisions):
        if act.action == "flag" and act.item_id in items and up.pop((act.item_id, act.coder_id), None) is None:
            up[act.item_id, act.coder_id] = act
    acts = sorted(up.values(), key=lambda act: act.id)
    return {(items[act.item_id].version_id, items[act.item_id].dimension_id): act for act in acts}


def contested(
    codebook: Codebook,
    items: Sequence[QueueItem],
    decisions: Sequence[Decision],
    codings: Mapping[str, Coding],
    names: Mapping[str, str],
) -> tuple[QueueItem, ...]:
    """A new item for each cell that people settled in two ways; what settles it has the last word.

    Cells of dimensions that the codebook lacks, and those queued as a conflict before, are left out.
    """
    shared = [item for item in items if item.coder_id is None]
    newest = newest_of_cells(shared)
    known = {dimension.id: dimension for dimension in codebook.dimensions}
    queued = {(item.version_id, item.dimension_id) for item in shared if item.reason == "conflict"}
    found = []
    for cell, given in settlements(shared, decisions, codings).items():
        if cell not in queued and cell[1] in known and conflicting(given):
            said = "; ".join(f"{names[one.coder_id]}: {answer_words(known[cell[1]], one)}" for one in given)
            found.append(_again(newest[cell], "conflict", said, newest[cell].run_id))
    return tuple(found)


def repeats(
    items: Sequence[QueueItem],
    decisions: Sequence[Decision],
    coder_id: str,
    *,
    share: float,
    seed: int,
    before: datetime,
) -> tuple[QueueItem, ...]:
    """Items that this coder is to answer once more, as if they were new: a share of the blind answers given `before`.

    Which ones is fixed by seed, coder and cell; none comes twice, and none that waits or was contested. Only first
    codings, and what a run queued: the rest could not be told from first codings.
    """
    by_id = {item.id: item for item in items}
    again = {
        (item.version_id, item.dimension_id)
        for item in items
        if item.reason == "conflict" or (item.reason == "repeat" and item.coder_id == coder_id)
    }
    acts = [act for act in standing_acts(decisions) if act.coder_id == coder_id and act.item_id in by_id]
    settled = {act.item_id for act in acts if act.action == "settle"}
    found: dict[Cell, QueueItem] = {}
    for act in acts:
        item = by_id[act.item_id]
        cell = (item.version_id, item.dimension_id)
        queued = item.coder_id is None and item.run_id is not None
        finished = act.item_id in settled if queued else item.reason == "first_coding"
        blind = act.action == "answer" and act.visible == "blind" and act.created_at <= before
        if blind and finished and cell not in again and draw(seed, (*cell, coder_id)) < share:
            found[cell] = _again(item, "repeat", "", item.run_id).model_copy(
                update={"coder_id": coder_id, "gold_id": None, "probability": share}
            )
    return tuple(found.values())


def _again(item: QueueItem, reason: str, detail: str, run_id: str | None) -> QueueItem:
    return QueueItem.model_validate(
        {
            "version_id": item.version_id,
            "dimension_id": item.dimension_id,
            "run_id": run_id,
            "gold_id": item.gold_id,
            "reason": reason,
            "detail": detail,
        }
    )
