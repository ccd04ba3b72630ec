"""Read the append-only log of decisions: what stands after undo and redo, and where each item is. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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

    `answer` is the coder's own answer, `settled` the final one: the coder's own, else another person's. `revealed` says
    that the own answer stands and the rest was shown, so that it may be shown again; `seen` that it was shown once,
    even if the answer was undone since. `settlements` holds every coder's standing settlement by coder id, and
    `conflict` says that they differ.
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
        """Whether nobody needs to come back: settled, without contradiction; for one person's item, answered."""
        if self.item.coder_id is not None:
            return self.answer is not None
        return self.settled is not None and not self.conflict


def trail(decisions: Iterable[Decision], coder_id: str) -> Trail:
    """One coder's trail. A new act ends the chance to redo; an undo or redo of anything not at hand does nothing.

    A redo that is in the log all the same is heeded: the coder may have worked in two stores that were merged since.
    """
    standing: dict[str, Decision] = {}
    undone: dict[str, Decision] = {}
    closed: set[str] = set()
    for decision in decisions:
        if decision.coder_id != coder_id:
            continue
        target = decision.target_id or ""
        if decision.action == "undo" and target in standing:
            undone[target] = standing.pop(target)
            closed.discard(target)
        elif decision.action == "redo" and target in undone:
            standing[target] = undone.pop(target)
        elif decision.action in ACTS:
            standing[decision.id] = decision
            closed.update(undone)
    # A redone act takes its old place in time, not the last one.
    open_ = tuple(act for act in undone.values() if act.id not in closed)
    return Trail(tuple(sorted(standing.values(), key=lambda act: act.id)), open_)


def made_with(act: Decision, acts: Iterable[Decision]) -> list[Decision]:
    """The acts made in one go with this one, itself included: they are undone and redone together."""
    return [other for other in acts if (other.target_id or other.id) == (act.target_id or act.id)]


def standing_acts(decisions: Sequence[Decision]) -> list[Decision]:
    """Every coder's acts that stand, in order of time."""
    by_coder: dict[str, list[Decision]] = {}
    for decision in decisions:
        by_coder.setdefault(decision.coder_id, []).append(decision)
    found = (act for coder_id, own in by_coder.items() for act in trail(own, coder_id).standing)
    return sorted(found, key=lambda act: act.id)


def shows(decision: Decision) -> bool:
    """Whether the coder has seen the other codes once this decision is made."""
    return decision.action == "reveal" or decision.visible != "blind"


def fold(
    items: Iterable[QueueItem],
    decisions: Sequence[Decision],
    codings: Mapping[str, Coding],
    coder_id: str,
) -> dict[str, ItemState]:
    """The state of each item for one coder, by item id. `codings` must hold every coding a decision names."""
    logs: dict[str, list[Decision]] = {}
    for decision in decisions:
        logs.setdefault(decision.item_id, []).append(decision)
    return {item.id: item_state(item, logs.get(item.id, ()), codings, coder_id) for item in items}


def offered(states: Iterable[ItemState], aside: Collection[str]) -> list[ItemState]:
    """The states without what waits in the versions `aside`, which do not count; what is done there stays."""
    return [state for state in states if state.done or state.item.version_id not in aside]


def item_state(item: QueueItem, log: Sequence[Decision], codings: Mapping[str, Coding], coder_id: str) -> ItemState:
    """The state of one item from all decisions on it."""
    if not log:
        return ItemState(item)
    acts = standing_acts(log)
    own = [act for act in acts if act.coder_id == coder_id]
    mine = [decision for decision in log if decision.coder_id == coder_id]
    settlements = {act.coder_id: _named(codings, act) for act in acts if act.action == "settle"}
    answers = [_named(codings, act) for act in own if act.action == "answer"]
    last = [act.action for act in own if act.action in ("answer", "settle", "skip")]
    return ItemState(
        item=item,
        answer=answers[-1] if answers else None,
        settled=settlements.get(coder_id) or next(reversed(settlements.values()), None),
        revealed=bool(answers) and any(act.action == "reveal" or act.visible == "open" for act in mine),
        seen=any(map(shows, mine)),
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
    """The standing settlements of each cell that has any: one a coder, that coder's latest.

    Where a conflict between people was itself settled, only that counts, and of what was overruled only the last. Where
    a cell was put back into the queue because its codebook changed, what was settled before no longer stands.
    """
    item_of = {item.id: item for item in items}
    changed = [item for item in item_of.values() if item.reason == "changed"]
    since = {(item.version_id, item.dimension_id): item.created_at for item in changed}
    latest: dict[Cell, dict[str, Coding]] = {}
    last_word: dict[Cell, dict[str, Coding]] = {}
    for act in standing_acts(decisions):
        item = item_of.get(act.item_id)
        if act.action != "settle" or item is None:
            continue
        if act.created_at < since.get((item.version_id, item.dimension_id), act.created_at):
            continue
        cell = item.version_id, item.dimension_id
        if item.reason == "overruled":
            last_word[cell] = {act.coder_id: _named(codings, act)}
            continue
        found = last_word if item.reason == "conflict" else latest
        found.setdefault(cell, {})[act.coder_id] = _named(codings, act)
    return {cell: tuple(by_coder.values()) for cell, by_coder in (latest | last_word).items()}


def first_codings(
    items: Iterable[QueueItem], decisions: Sequence[Decision], codings: Mapping[str, Coding]
) -> list[Coding]:
    """What people coded first, from scratch: of each coder's standing answers to a cell the latest."""
    asked = {item.id for item in items if item.reason == "first_coding"}
    latest: dict[tuple[str, str, str], Coding] = {}
    for act in standing_acts([decision for decision in decisions if decision.item_id in asked]):
        if act.action == "answer":
            coding = _named(codings, act)
            latest[coding.coder_id, coding.version_id, coding.dimension_id] = coding
    return list(latest.values())


def _named(codings: Mapping[str, Coding], act: Decision) -> Coding:
    if act.coding_id is None or act.coding_id not in codings:
        raise KeyError(f"decision {act.id} ({act.action}) names no coding at hand")
    return codings[act.coding_id]
