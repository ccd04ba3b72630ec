"""Read the append-only log of decisions: what stands after undo and redo, and where each item is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from coder.adjudicate.queueing import Cell, differ
from coder.model import Coding, Decision, QueueItem, Status

ACTS = ("answer", "settle", "skip", "flag", "memo")
"""What can be undone; undo and redo name one of these in `target_id`."""


@dataclass(frozen=True)
class Trail:
    """One coder's acts in order: those that stand, and those undone that could still come back (last undone last)."""

    standing: tuple[Decision, ...] = ()
    undone: tuple[Decision, ...] = ()


@dataclass(frozen=True)
class ItemState:
    """Where an item stands for one coder.

    `answer` is the coder's own first answer, `settled` the final one: the coder's own, else another person's.
    `revealed` says that the own answer stands, so the rest may be shown; `seen` that it was shown once, even if the
    answer was undone since. `settlements` holds every coder's standing settlement by coder id, and `conflict` says
    that they differ.
    """

    item: QueueItem
    answer: Coding | None = None
    settled: Coding | None = None
    revealed: bool = False
    seen: bool = False
    skipped: bool = False
    flagged: bool = False
    memo: str = ""
    settlements: Mapping[str, Coding] = field(default_factory=dict)
    conflict: bool = False

    @property
    def done(self) -> bool:
        """Whether nobody needs to come back: settled, without contradiction."""
        return self.settled is not None and not self.conflict


def trail(decisions: Iterable[Decision], coder_id: str) -> Trail:
    """One coder's trail. A new act ends the chance to redo; an undo or redo of anything not at hand does nothing."""
    standing: dict[str, Decision] = {}
    undone: dict[str, Decision] = {}
    for decision in decisions:
        if decision.coder_id != coder_id:
            continue
        target = decision.target_id or ""
        if decision.action == "undo" and target in standing:
            undone[target] = standing.pop(target)
        elif decision.action == "redo" and target in undone:
            standing[target] = undone.pop(target)
        elif decision.action in ACTS:
            standing[decision.id] = decision
            undone.clear()
    # A redone act takes its old place in time, not the last one.
    return Trail(tuple(sorted(standing.values(), key=lambda act: act.id)), tuple(undone.values()))


def standing_acts(decisions: Sequence[Decision]) -> list[Decision]:
    """Every coder's acts that stand, in order of time."""
    coders = dict.fromkeys(decision.coder_id for decision in decisions)
    return sorted((act for coder_id in coders for act in trail(decisions, coder_id).standing), key=lambda act: act.id)


def shows(decision: Decision) -> bool:
    """Whether the coder has seen the other codes once this decision is made."""
    return decision.action == "answer" or decision.visible != "blind"


def fold(
    items: Iterable[QueueItem],
    decisions: Sequence[Decision],
    codings: Mapping[str, Coding],
    coder_id: str,
) -> dict[str, ItemState]:
    """The state of each item for one coder, by item id. `codings` must hold every coding a decision names."""
    acts: dict[str, list[Decision]] = {}
    for act in standing_acts(decisions):
        acts.setdefault(act.item_id, []).append(act)
    seen_items = {decision.item_id for decision in decisions if decision.coder_id == coder_id and shows(decision)}
    return {
        item.id: item_state(item, acts.get(item.id, ()), codings, coder_id, seen=item.id in seen_items)
        for item in items
    }


def item_state(
    item: QueueItem, acts: Iterable[Decision], codings: Mapping[str, Coding], coder_id: str, *, seen: bool
) -> ItemState:
    """The state of one item from the acts that stand on it."""
    ordered = sorted(acts, key=lambda act: act.id)
    own = [act for act in ordered if act.coder_id == coder_id]
    settlements = {act.coder_id: _named(codings, act) for act in ordered if act.action == "settle"}
    answers = [_named(codings, act) for act in own if act.action == "answer"]
    last = [act.action for act in own if act.action in ("answer", "settle", "skip")]
    return ItemState(
        item=item,
        answer=answers[-1] if answers else None,
        settled=settlements.get(coder_id) or next(reversed(settlements.values()), None),
        revealed=bool(answers),
        seen=seen,
        skipped=bool(last) and last[-1] == "skip",
        flagged=sum(act.action == "flag" for act in own) % 2 == 1,
        memo=next((act.memo for act in reversed(own) if act.action == "memo" or act.memo), ""),
        settlements=settlements,
        conflict=conflicting(tuple(settlements.values())),
    )


def conflicting(codings: Sequence[Coding]) -> bool:
    """Whether settlements contradict each other: other categories, another status, or one who could not tell."""
    if len({coding.status is Status.UNDECIDABLE for coding in codings}) > 1:
        return True
    return any(differ(codings[0], other) for other in codings[1:])


def settlements(
    items: Iterable[QueueItem], decisions: Sequence[Decision], codings: Mapping[str, Coding]
) -> dict[Cell, tuple[Coding, ...]]:
    """The standing settlements of each cell that has any: one a coder, that coder's latest."""
    cell_of = {item.id: (item.version_id, item.dimension_id) for item in items}
    latest: dict[Cell, dict[str, Coding]] = {}
    for act in standing_acts(decisions):
        if act.action == "settle" and act.item_id in cell_of:
            latest.setdefault(cell_of[act.item_id], {})[act.coder_id] = _named(codings, act)
    return {cell: tuple(by_coder.values()) for cell, by_coder in latest.items()}


def _named(codings: Mapping[str, Coding], act: Decision) -> Coding:
    if act.coding_id is None or act.coding_id not in codings:
        raise KeyError(f"decision {act.id} ({act.action}) names no coding at hand")
    return codings[act.coding_id]
