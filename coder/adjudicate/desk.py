"""The second coder's desk: shows one item at a time, blind first, and records each act durably. No screen."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from coder.adjudicate.choices import Marks, check_marks
from coder.adjudicate.log import ItemState, Trail, fold, item_state, shows, standing_acts, trail
from coder.adjudicate.queueing import Cell
from coder.adjudicate.shelf import DeskStore, Segmenter, Shelf
from coder.adjudicate.views import BlindView, ItemView, Other, Progress, RevealedView, WorkItem, WorkState
from coder.errors import InputError
from coder.model import Assignment, Codebook, Coder, Coding, Decision, Document, QueueItem
from coder.model.decision import Action, Visible

_ANSWER_FIRST = "Save your own answer first (a)."


class Desk:
    """One person's work on the queue.

    The worklist is ordered by document (oldest first), then by the codebook's dimensions. What is shown of an item is
    decided here and only here: `view` gives a `BlindView` until this coder's own answer is saved, a `RevealedView`
    after; with `open_` it gives the latter at once, and every act is recorded as `open`. With `run_id` only what that
    run queued is on the desk. Items of dimensions that the
    codebook lacks are left out and counted in `left_out`. Raises InputError for a coder who is not a person.
    """

    def __init__(
        self,
        store: DeskStore,
        codebook: Codebook,
        coder: Coder,
        segmenter: Segmenter,
        *,
        run_id: str | None = None,
        open_: bool = False,
    ) -> None:
        if coder.kind != "person":
            raise InputError(f"coder '{coder.name}' is a {coder.kind}", "The second coder is a person: name one.")
        self.coder = coder
        self.codebook = codebook
        self.open = open_
        self._store = store
        self._codebook_hash = codebook.hash()
        self._place = {dimension.id: place for place, dimension in enumerate(codebook.dimensions)}
        queue = [item for item in store.queue_items() if run_id in (None, item.run_id)]
        self._items = {item.id: item for item in queue if item.dimension_id in self._place}
        self.left_out = len(queue) - len(self._items)
        self._shelf = Shelf(store, codebook, segmenter)
        self._order = sorted(self._items, key=self._rank)
        self._places = {item_id: place for place, item_id in enumerate(self._order)}
        self._of_cell: dict[Cell, list[str]] = {}
        for item in self._items.values():
            self._of_cell.setdefault((item.version_id, item.dimension_id), []).append(item.id)
        decisions = store.decisions()
        people = dict.fromkeys(decision.coder_id for decision in decisions)
        self._codings = {coding.id: coding for person in people for coding in store.codings(coder_id=person)}
        self._own = [decision for decision in decisions if decision.coder_id == coder.id]
        self._states = fold(self._items.values(), decisions, self._codings, coder.id)
        self._left = dict.fromkeys(self._place, 0)
        for state in self._states.values():
            self._left[state.item.dimension_id] += not state.done

    # What can be seen

    @property
    def order(self) -> Sequence[str]:
        """The id of every item in working order, done ones included."""
        return self._order

    def holds(self, item_id: str) -> bool:
        """Whether an item is on this desk."""
        return item_id in self._items

    def place(self, item_id: str) -> int:
        """Where an item stands in the working order, from 0."""
        return self._places[item_id]

    def document(self, item_id: str) -> Document:
        """The document an item is about."""
        return self._shelf.document(self._state(item_id).item)

    def work_item(self, item_id: str) -> WorkItem:
        """One line of the worklist."""
        return self._work_item(self._state(item_id))

    def worklist(self) -> tuple[WorkItem, ...]:
        """Every item in working order, done ones included."""
        return tuple(map(self.work_item, self._order))

    def view(self, item_id: str) -> ItemView:
        """What this coder may see of the item now."""
        state = self._state(item_id)
        blind = self._shelf.blind_view(state, self._work_state(state), seen_before=self._seen(state.item))
        return self._shelf.revealed_view(state, blind) if self._may_see(state) else blind

    def progress(self) -> Progress:
        """Done, total, and left by dimension."""
        return Progress(
            done=len(self._states) - sum(self._left.values()),
            total=len(self._states),
            left={dimension_id: count for dimension_id, count in self._left.items() if count},
        )

    def next_open(self, after: str | None = None) -> str | None:
        """The next item still to do behind the given one, going round; skipped ones come when nothing else is left."""
        start = self._places[after] + 1 if after is not None else 0
        ahead = (self._states[self._order[place]] for place in chain(range(start, len(self._order)), range(start)))
        skipped = None
        for state in ahead:
            if not state.done and state.item.id != after:
                if not state.skipped:
                    return state.item.id
                skipped = skipped or state.item.id
        return skipped

    # What can be done. Each act is one row in the log, written before the method returns.

    def answer(self, item_id: str, marks: Marks, *, memo: str = "", seconds: float = 0.0) -> None:
        """Save the coder's own answer; what was held back may be shown from then on."""
        state = self._state(item_id)
        if state.answer is not None:
            raise InputError("an answer to this item is saved already", "Settle it, or undo (u) to answer again.")
        coding = self._coding(state, marks, memo, derived_from=None)
        self._act(state.item, "answer", coding, memo=memo, seconds=seconds)

    def settle(self, item_id: str, marks: Marks, *, memo: str = "", seconds: float = 0.0) -> None:
        """Save the final answer. The own answer has to be saved before, except on an open desk."""
        state = self._state(item_id)
        if not self._may_see(state):
            raise InputError("this item has no answer of yours yet", _ANSWER_FIRST)
        derived = None if state.answer is None else state.answer.id
        coding = self._coding(state, marks, memo, derived_from=derived)
        self._act(state.item, "settle", coding, memo=memo, seconds=seconds)

    def keep(self, item_id: str, *, seconds: float = 0.0) -> None:
        """Make the own answer final."""
        answer = self._state(item_id).answer
        if answer is None:
            raise InputError("this item has no answer of yours yet", _ANSWER_FIRST)
        self.settle(item_id, Marks.of(answer), seconds=seconds)

    def take_model(self, item_id: str, *, seconds: float = 0.0) -> None:
        """Make the model's answer final."""
        self._take(item_id, self._revealed(item_id).model, "model", seconds)

    def take_gold(self, item_id: str, *, seconds: float = 0.0) -> None:
        """Make the gold answer final; InputError where several gold codings stand."""
        gold = self._revealed(item_id).gold
        if len(gold) > 1:
            raise InputError("several coders' gold codings stand for this item", "Mark the categories yourself.")
        self._take(item_id, gold[0] if gold else None, "gold", seconds)

    def skip(self, item_id: str, *, seconds: float = 0.0) -> None:
        """Put the item behind the others."""
        self._act(self._state(item_id).item, "skip", seconds=seconds)

    def flag(self, item_id: str) -> None:
        """Set the flag, or take it away."""
        self._act(self._state(item_id).item, "flag")

    def memo(self, item_id: str, text: str) -> None:
        """Write the coder's memo of this item; the last one counts."""
        self._act(self._state(item_id).item, "memo", memo=text)

    def undo(self) -> Decision | None:
        """Take back the coder's latest act, whichever item it was on, and return it; None if there is none."""
        standing = self._trail().standing
        return self._reverse("undo", standing[-1]) if standing else None

    def redo(self) -> Decision | None:
        """Bring back what was undone last, and return it; None if there is none."""
        undone = self._trail().undone
        return self._reverse("redo", undone[-1]) if undone else None

    # How it is done

    def _rank(self, item_id: str) -> tuple[str, str, int, str]:
        item = self._items[item_id]
        return self._shelf.document(item).id, item.version_id, self._place[item.dimension_id], item_id

    def _state(self, item_id: str) -> ItemState:
        if item_id not in self._states:
            raise InputError(f"no item {item_id} in the queue", "List the queue to see what waits.")
        return self._states[item_id]

    def _may_see(self, state: ItemState) -> bool:
        return self.open or state.revealed

    def _seen(self, item: QueueItem) -> bool:
        """Whether the coder saw the other codes of this cell before, here or in an item of another run."""
        return any(self._states[item_id].seen for item_id in self._of_cell[item.version_id, item.dimension_id])

    def _work_state(self, state: ItemState) -> WorkState:
        if state.conflict and self._may_see(state):
            return "conflict"
        if state.settled is not None:
            return "settled"
        if state.skipped:
            return "skipped"
        return "answered" if state.answer is not None else "to do"

    def _work_item(self, state: ItemState) -> WorkItem:
        document = self._shelf.document(state.item)
        dimension = self.codebook.dimension(state.item.dimension_id)
        return WorkItem(
            item_id=state.item.id,
            document_id=document.id,
            document=document.name,
            dimension_id=dimension.id,
            dimension=dimension.name,
            state=self._work_state(state),
            flagged=state.flagged,
        )

    def _revealed(self, item_id: str) -> RevealedView:
        view = self.view(item_id)
        if isinstance(view, BlindView):
            # One message whatever lies behind it: whether there is gold at all is not to be learned here.
            raise InputError("this item has no answer of yours yet", _ANSWER_FIRST)
        return view

    def _take(self, item_id: str, other: Other | None, whose: str, seconds: float) -> None:
        if other is None:
            raise InputError(f"there is no {whose} answer for this item", "Mark a category and save it (a).")
        if other.coding.status.never_agrees:
            raise InputError(f"the {whose} gave no usable answer here", "Mark a category and save it (a).")
        self.settle(item_id, Marks.of(other.coding), seconds=seconds)

    def _coding(self, state: ItemState, marks: Marks, memo: str, *, derived_from: str | None) -> Coding:
        dimension = self.codebook.dimension(state.item.dimension_id)
        checked = check_marks(dimension, marks)
        return Coding(
            version_id=state.item.version_id,
            dimension_id=dimension.id,
            coder_id=self.coder.id,
            status=checked.status,
            assignments=tuple(Assignment(category=code) for code in checked.codes),
            memo=memo or state.memo,
            codebook_hash=self._codebook_hash,
            dimension_hash=dimension.hash(),
            derived_from=derived_from,
        )

    def _visible(self, item: QueueItem) -> Visible:
        if self.open:
            return "open"
        return "revealed" if self._seen(item) else "blind"

    def _act(
        self, item: QueueItem, action: Action, coding: Coding | None = None, *, memo: str = "", seconds: float = 0.0
    ) -> None:
        decision = Decision(
            item_id=item.id,
            coder_id=self.coder.id,
            action=action,
            coding_id=None if coding is None else coding.id,
            visible=self._visible(item),
            seconds=seconds,
            memo=memo,
        )
        self._record(decision, coding)

    def _reverse(self, action: Action, act: Decision) -> Decision:
        item = self._items.get(act.item_id)
        visible = act.visible if item is None else self._visible(item)
        reversal = Decision(
            item_id=act.item_id, coder_id=self.coder.id, action=action, target_id=act.id, visible=visible
        )
        self._record(reversal, None)
        return act

    def _record(self, decision: Decision, coding: Coding | None) -> None:
        self._store.add_decision(decision, coding)
        self._own.append(decision)
        if coding is not None:
            self._codings[coding.id] = coding
        if decision.item_id in self._items:
            self._refold(self._items[decision.item_id])

    def _trail(self) -> Trail:
        return trail(self._own, self.coder.id)

    def _refold(self, item: QueueItem) -> None:
        """Read the item's log again, so that what another person decided meanwhile is seen."""
        log = self._store.decisions(item.id)
        for act in log:
            if act.coding_id and act.coding_id not in self._codings:
                self._codings[act.coding_id] = self._store.coding(act.coding_id)
        seen = any(shows(act) for act in log if act.coder_id == self.coder.id)
        before = self._states[item.id]
        after = item_state(item, standing_acts(log), self._codings, self.coder.id, seen=seen)
        self._left[item.dimension_id] += before.done - after.done
        self._states[item.id] = after
