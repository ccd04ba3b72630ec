"""The items on one coder's desk, in working order, and where each stands, kept in step with the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain

from coder.adjudicate.log import ItemState, Trail, fold, item_state, offered, shows, trail
from coder.adjudicate.order import newest_of_cells
from coder.adjudicate.queueing import Cell
from coder.adjudicate.shelf import DeskStore
from coder.errors import InputError
from coder.model import Coding, Decision, QueueItem


class Worklist:
    """One coder's items and what the log says of them: read whole once, then again for the items acted on.

    `queue` is the whole queue, `items` what of it may be worked on, all of it in `states` by item id. `order` has the
    id of each cell's newest item as `arrange` puts them, of the versions `aside` only what is done; `left` counts those
    that are not, by dimension id. `own` are this coder's decisions in every task and run, the oldest first; `codings`,
    by id, hold every coding that a decision names.
    """

    def __init__(
        self,
        store: DeskStore,
        coder_id: str,
        queue: Sequence[QueueItem],
        items: Sequence[QueueItem],
        arrange: Callable[[Iterable[QueueItem]], list[str]],
        aside: Collection[str],
    ) -> None:
        self._store = store
        self._coder_id = coder_id
        self._of_cell: dict[Cell, list[QueueItem]] = {}
        for item in queue:
            self._of_cell.setdefault(_cell(item), []).append(item)
        decisions = store.decisions()
        people = dict.fromkeys(decision.coder_id for decision in decisions)
        self.codings = {coding.id: coding for person in people for coding in store.codings(coder_id=person)}
        self.own = [decision for decision in decisions if decision.coder_id == coder_id]
        self.states = fold(items, decisions, self.codings, coder_id)
        newest = [self.states[item.id] for item in newest_of_cells(items).values()]
        self.order = arrange(state.item for state in offered(newest, aside))
        self.position = {item_id: place for place, item_id in enumerate(self.order)}
        self._of_version: dict[str, list[str]] = {}
        for item_id in self.order:
            self._of_version.setdefault(self.states[item_id].item.version_id, []).append(item_id)
        shown = {decision.item_id for decision in self.own if shows(decision)}
        self._seen_cells = {_cell(item) for item in queue if item.id in shown}
        waiting = (self.states[item_id] for item_id in self.order)
        self.left = Counter(state.item.dimension_id for state in waiting if not state.done)

    def state(self, item_id: str) -> ItemState:
        """Where an item stands; InputError for one that is not on this desk."""
        if item_id not in self.states:
            raise InputError(f"no item {item_id} in the queue", "List the queue to see what waits.")
        return self.states[item_id]

    def seen(self, item: QueueItem) -> bool:
        """Whether the coder saw the other codes of this cell before, here or in an item of another run.

        An item that comes again in silence is a fresh one.
        """
        return self.states[item.id].seen or (item.coder_id is None and _cell(item) in self._seen_cells)

    def of_cell(self, item: QueueItem) -> Sequence[QueueItem]:
        """All that was ever queued of the item's cell, whoever it is for."""
        return self._of_cell[_cell(item)]

    def trail(self) -> Trail:
        """What of the coder's acts on this desk stands, and what could come back."""
        return trail((act for act in self.own if act.item_id in self.states), self._coder_id)

    def together(self, version_id: str) -> list[ItemState]:
        """The document's items that are shown together; what is one person's alone is never shown."""
        states = (self.states[item_id] for item_id in self._of_version.get(version_id, ()))
        return [state for state in states if state.item.coder_id is None]

    def answered(self, version_id: str, but: str = "") -> bool:
        """Whether no question of the document waits for this coder's own answer, `but` one."""
        together = self.together(version_id)
        return all(state.answer is not None or state.done or state.item.id == but for state in together)

    def ahead(self, after: str | None) -> Iterator[ItemState]:
        """All other items in the order in which they are offered; lazily, as the first will mostly do.

        First the rest of the document of `after`, then those behind it, going round; what was skipped comes last.
        """
        start = self.position[after] + 1 if after in self.position else 0
        here = self.states[after].item.version_id if after in self.states else ""
        same = sorted(self._of_version.get(here, ()), key=lambda item_id: self.position[item_id] < start)
        places = chain(range(start, len(self.order)), range(start))
        skipped: list[ItemState] = []
        for item_id in chain(same, (self.order[place] for place in places)):
            state = self.states[item_id]
            if item_id != after and not state.skipped:
                yield state
            elif item_id != after and state.skipped:
                skipped.append(state)
        yield from skipped

    def record(self, decisions: Sequence[Decision], codings: Sequence[Coding] = ()) -> None:
        """Write acts, with the codings they name, to the log; all of them are there when this returns, or none."""
        self._store.add_decisions(decisions, codings)
        self.own.extend(decisions)
        self.codings.update((coding.id, coding) for coding in codings)
        self.refresh(dict.fromkeys(decision.item_id for decision in decisions))

    def refresh(self, item_ids: Iterable[str]) -> None:
        """Read the items' logs again, so that what another person decided meanwhile is seen."""
        mine = [item_id for item_id in item_ids if item_id in self.states]
        logs: dict[str, list[Decision]] = {item_id: [] for item_id in mine}
        for act in self._store.decisions(*mine) if mine else ():
            logs[act.item_id].append(act)
            if act.coding_id and act.coding_id not in self.codings:
                self.codings[act.coding_id] = self._store.coding(act.coding_id)
            if act.coder_id == self._coder_id and shows(act):
                self._seen_cells.add(_cell(self.states[act.item_id].item))
        for item_id, log in logs.items():
            before = self.states[item_id]
            after = item_state(before.item, log, self.codings, self._coder_id)
            if item_id in self.position:
                self.left[after.item.dimension_id] += before.done - after.done
            self.states[item_id] = after


def _cell(item: QueueItem) -> Cell:
    return item.version_id, item.dimension_id
