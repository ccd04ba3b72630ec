"""The second coder's desk: shows one item at a time, blind first, and records each act durably. No screen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Literal

from coder.adjudicate.choices import Marks, check_marks
from coder.adjudicate.history import Entry, history
from coder.adjudicate.hold import Hold
from coder.adjudicate.log import ItemState, Trail, first_codings, fold, item_state, made_with, offered, shows, trail
from coder.adjudicate.order import Order, Task, newest_of_cells, on_desk, ordered
from coder.adjudicate.pace import seconds_left
from coder.adjudicate.queueing import Cell
from coder.adjudicate.shelf import DeskStore, Segmenter, Shelf
from coder.adjudicate.similar import LIMIT, nearest
from coder.adjudicate.views import (
    BlindView,
    ItemView,
    Other,
    Progress,
    RevealedView,
    Similar,
    WorkItem,
    WorkState,
)
from coder.errors import InputError
from coder.model import Assignment, Codebook, Coder, Coding, Decision, Document, QueueItem
from coder.model.decision import Action, Visible

Reveal = Literal["document", "item"]

LEASE = 30 * 60.0
"""Seconds for which a document is this coder's after the last act on it."""

_ANSWER_FIRST = "Save your own answer first (a)."
_ANSWER_ALL = "Answer the document's other questions first; then everything of it is shown."


class Desk:
    """One person's work on the queue.

    What is shown of an item is decided here and only here: `view` gives a `BlindView` until this coder's own answers
    to all queued dimensions of the document are saved, a `RevealedView` after (with `reveal="item"` each item is shown
    after its own answer). With `open_` it gives the latter at once, and every act is recorded as `open`. With `run_id`
    only what that run queued, or none, is on the desk. `task="code"` is the work of a first coder: documents assigned
    to this person, answered without another code ever being shown.

    A cell is on the desk once, with its newest item, in `order` (`random` by `seed`), the dimensions of a document
    together. `next_open` and the first act on a document take it for this coder for `lease` seconds; `leave` gives it
    back. Items of dimensions that the codebook lacks are left out and counted in `left_out`. Of the versions `aside`,
    which do not count, only what is done already is there. Raises InputError for a coder who is not a person, and for
    `open_` in the task `code`.
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
        task: Task = "adjudicate",
        reveal: Reveal = "document",
        order: Order = "document",
        seed: int = 0,
        lease: float = LEASE,
        unreadable: Collection[str] = (),
        aside: Collection[str] = (),
        likely: Mapping[str, float] | None = None,
    ) -> None:
        if coder.kind != "person":
            raise InputError(f"coder '{coder.name}' is a {coder.kind}", "The second coder is a person: name one.")
        if open_ and task == "code":
            raise InputError("a first coding is never open", "Leave --open out: there is nothing to show.")
        self.coder = coder
        self.codebook = codebook
        self.open = open_
        self.task: Task = task
        self._reveal: Reveal = reveal
        self._store = store
        self._codebook_hash = codebook.hash()
        self._place = {dimension.id: place for place, dimension in enumerate(codebook.dimensions)}
        everything = store.queue_items()
        whole = on_desk(everything, coder.id, task=task, run_id=run_id)
        queue = [item for item in whole if item.version_id not in unreadable]
        self.unreadable = len(whole) - len(queue)
        self._items = {item.id: item for item in queue if item.dimension_id in self._place}
        self.left_out = len(queue) - len(self._items)
        self._shelf = Shelf(store, codebook, segmenter)
        self._of_cell: dict[Cell, list[QueueItem]] = {}
        for item in everything:
            self._of_cell.setdefault(_cell(item), []).append(item)
        decisions = store.decisions()
        people = dict.fromkeys(decision.coder_id for decision in decisions)
        self._codings = {coding.id: coding for person in people for coding in store.codings(coder_id=person)}
        self._own = [decision for decision in decisions if decision.coder_id == coder.id]
        self._states = fold(self._items.values(), decisions, self._codings, coder.id)
        newest = [self._states[item.id] for item in newest_of_cells(self._items.values()).values()]
        current = [state.item for state in offered(newest, aside)]
        self._order = ordered(
            current, lambda item: self._shelf.document(item).id, self._place, order, seed, likely or {}
        )
        self._position = {item_id: place for place, item_id in enumerate(self._order)}
        self._of_version: dict[str, list[str]] = {}
        for item_id in self._order:
            self._of_version.setdefault(self._items[item_id].version_id, []).append(item_id)
        shown = {decision.item_id for decision in self._own if shows(decision)}
        self._seen_cells: set[Cell] = {_cell(item) for item in everything if item.id in shown}
        self._hold = Hold(store, coder.id, lease)
        self._taken = self._taken_by_others()
        self._left = dict.fromkeys(self._place, 0)
        for item_id in self._order:
            self._left[self._items[item_id].dimension_id] += not self._states[item_id].done

    # What can be seen

    @property
    def order(self) -> Sequence[str]:
        """The id of every item in working order, done ones included."""
        return self._order

    def holds(self, item_id: str) -> bool:
        """Whether an item is on this desk."""
        return item_id in self._position

    def place(self, item_id: str) -> int:
        """Where an item stands in the working order, from 0."""
        return self._position[item_id]

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
        if not self._may_see(state):
            return blind
        first = self._first_codings(state.item) if state.item.reason == "between_coders" else ()
        return self._shelf.revealed_view(state, blind, first)

    def history(self, item_id: str) -> tuple[Entry, ...]:
        """What was done with the item, the oldest first; before the reveal only by this coder."""
        state = self._state(item_id)
        log = self._store.decisions(item_id)
        shown = log if self._may_see(state) else [act for act in log if act.coder_id == self.coder.id]
        names = {coder.id: coder.name for coder in self._store.coders()}
        return history(shown, self._codings, names, self.codebook.dimension(state.item.dimension_id))

    def similar(self, item_id: str, n: int = 3) -> tuple[Similar, ...]:
        """The settled items of the same dimension whose texts are most like this one's, the nearest first.

        InputError before the reveal: how others were decided sways. Texts of at most `similar.LIMIT` are compared.
        """
        state = self._state(item_id)
        self._check_shown(state)
        settled = [
            other
            for other in self._states.values()
            if other.settled is not None
            and other.done
            and other.item.dimension_id == state.item.dimension_id
            and other.item.version_id != state.item.version_id
        ]
        newest = {other.item.version_id: other for other in settled[-LIMIT:]}
        versions = {version.id: version.text for version in self._store.versions([state.item.version_id, *newest])}
        found = nearest(versions[state.item.version_id], [versions[version_id] for version_id in newest], n)
        others = list(newest.values())
        return tuple(
            Similar(others[place].item.id, self._shelf.document(others[place].item).name, settled_, score)
            for place, score in found
            if (settled_ := others[place].settled) is not None
        )

    def identical(self) -> tuple[str, ...]:
        """The items that `accept_identical` would settle: shown, open, and answered blind as everyone else did."""
        return tuple(item_id for item_id in self._order if self._is_identical(self._states[item_id]))

    def progress(self) -> Progress:
        """Done, total, left by dimension, and the time that the rest takes."""
        waiting = sum(self._left.values())
        return Progress(
            done=len(self._order) - waiting,
            total=len(self._order),
            left={dimension_id: count for dimension_id, count in self._left.items() if count},
            seconds_left=seconds_left(reversed(self._own), waiting),
        )

    def next_open(self, after: str | None = None) -> str | None:
        """The next item to work on, taken for this coder; None where nothing is left, or others have all that is.

        First what is left of the same document, then the documents behind it, going round; skipped items come when
        nothing else is left. An own answer that waits for the document's other questions is not offered.
        """
        refused: set[str] = set()
        for state in self._ahead(after):
            version_id = state.item.version_id
            if version_id in refused or not self._ready(self._states[state.item.id]):
                continue
            if not self._take_document(state.item):
                refused.add(version_id)
                continue
            self._reveal_if_due(version_id)
            if self._ready(self._states[state.item.id]):
                return state.item.id
        return None

    def leave(self) -> None:
        """Give back what this coder has taken. Quitting without it is safe: leases run out."""
        self._hold.release()

    # What can be done. Each act is one row in the log, written before the method returns.

    def answer(self, item_id: str, marks: Marks, *, memo: str = "", seconds: float = 0.0) -> None:
        """Save the coder's own answer. With the last of its document, what was held back may be shown.

        Until then an answer can be given anew; both stay in the log and the later one counts.
        """
        self._claim(item_id)
        state = self._state(item_id)
        if state.revealed:
            raise InputError("an answer to this item is saved already", "Settle it, or undo (u) to answer again.")
        coding = self._coding(state, marks, memo, derived_from=None if state.answer is None else state.answer.id)
        act = self._decision(state.item, "answer", coding, memo=memo, seconds=seconds)
        self._record([act, *self._reveals(state.item)], [coding])

    def settle(self, item_id: str, marks: Marks, *, memo: str = "", seconds: float = 0.0) -> None:
        """Save the final answer. The own answer has to be saved before, except on an open desk."""
        self._claim(item_id)
        state = self._state(item_id)
        self._check_shown(state)
        derived = None if state.answer is None else state.answer.id
        coding = self._coding(state, marks, memo, derived_from=derived)
        self._record([self._decision(state.item, "settle", coding, memo=memo, seconds=seconds)], [coding])

    def keep(self, item_id: str, *, seconds: float = 0.0) -> None:
        """Make the own answer final."""
        state = self._state(item_id)
        if state.answer is None:
            raise InputError("this item has no answer of yours yet", _ANSWER_FIRST)
        self.settle(item_id, Marks.of(state.answer), seconds=seconds)

    def take_model(self, item_id: str, *, seconds: float = 0.0) -> None:
        """Make the model's answer final."""
        self._take(item_id, self._revealed(item_id).model, "model", seconds)

    def take_gold(self, item_id: str, *, seconds: float = 0.0) -> None:
        """Make the gold answer final; InputError where several gold codings stand."""
        gold = self._revealed(item_id).gold
        if len(gold) > 1:
            raise InputError("several coders' gold codings stand for this item", "Mark the categories yourself.")
        self._take(item_id, gold[0] if gold else None, "gold", seconds)

    def accept_identical(self) -> int:
        """Make final, in one act that one undo takes back, every own blind answer that model and gold gave too.

        Returns how many. Only what was shown is touched, so that nothing is accepted in blind work.
        """
        acts: list[Decision] = []
        codings: list[Coding] = []
        for item_id in self.identical():
            state = self._states[item_id]
            if state.answer is not None and self._take_document(state.item) and not self._states[item_id].done:
                coding = self._coding(state, Marks.of(state.answer), "", derived_from=state.answer.id)
                first = acts[0].id if acts else None
                acts.append(self._decision(state.item, "settle", coding, target_id=first))
                codings.append(coding)
        if acts:
            self._record(acts, codings)
        return len(acts)

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
        """Take back the coder's latest act on this desk, whichever item it was on; None if there is none.

        Returns the act. What the coder did in another task or run is not touched.
        """
        standing = self._trail().standing
        return self._reverse("undo", made_with(standing[-1], standing)) if standing else None

    def redo(self) -> Decision | None:
        """Bring back what was undone last, and return it; None if there is none."""
        undone = self._trail().undone
        return self._reverse("redo", made_with(undone[-1], undone)) if undone else None

    # How it is done

    def _state(self, item_id: str) -> ItemState:
        if item_id not in self._states:
            raise InputError(f"no item {item_id} in the queue", "List the queue to see what waits.")
        return self._states[item_id]

    def _may_see(self, state: ItemState) -> bool:
        return self.open or state.revealed

    def _seen(self, item: QueueItem) -> bool:
        """Whether the coder saw the other codes of this cell before, here or in an item of another run.

        An item that comes again in silence is a fresh one.
        """
        return self._states[item.id].seen or (item.coder_id is None and _cell(item) in self._seen_cells)

    def _is_identical(self, state: ItemState) -> bool:
        if not state.revealed or state.done or state.settlements or state.answer is None:
            return False
        first = [act for act in self._own if act.item_id == state.item.id and act.coding_id == state.answer.id]
        view = self.view(state.item.id)
        if not isinstance(view, RevealedView) or not first or first[0].visible != "blind":
            return False
        others = [*view.gold, *([view.model] if view.model else [])]
        mine = Marks.of(state.answer)
        return bool(others) and all(Marks.of(other.coding) == mine for other in others)

    def _check_shown(self, state: ItemState) -> None:
        if self._may_see(state):
            return
        if self.task == "code":
            raise InputError("nobody else's codes are shown in a first coding", "Answer by the text and the codebook.")
        # One message whatever lies behind it: whether there is gold at all is not to be learned here.
        if state.answer is None:
            raise InputError("this item has no answer of yours yet", _ANSWER_FIRST)
        raise InputError("the other codes of this document are not shown yet", _ANSWER_ALL)

    def _work_state(self, state: ItemState) -> WorkState:
        if state.conflict and self._may_see(state):
            return "conflict"
        if self.task == "code" and state.done:
            return "coded"
        if state.settled is not None or (state.item.coder_id is not None and state.done):
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
            taken_by=self._taken.get(state.item.id, ""),
        )

    def _revealed(self, item_id: str) -> RevealedView:
        view = self.view(item_id)
        if isinstance(view, BlindView):
            self._check_shown(self._state(item_id))
        assert isinstance(view, RevealedView)  # noqa: S101 - what may be seen is shown
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

    def _act(self, item: QueueItem, action: Action, *, memo: str = "", seconds: float = 0.0) -> None:
        self._record([self._decision(item, action, memo=memo, seconds=seconds)])

    def _decision(
        self,
        item: QueueItem,
        action: Action,
        coding: Coding | None = None,
        *,
        target_id: str | None = None,
        memo: str = "",
        seconds: float = 0.0,
    ) -> Decision:
        return Decision(
            item_id=item.id,
            coder_id=self.coder.id,
            action=action,
            coding_id=None if coding is None else coding.id,
            target_id=target_id,
            visible=self._visible(item),
            seconds=seconds,
            memo=memo,
        )

    def _reverse(self, action: Action, acts: Sequence[Decision]) -> Decision:
        rows = [self._decision(self._items[act.item_id], action, target_id=act.id) for act in acts]
        self._record(rows)
        return acts[0]

    def _record(self, decisions: Sequence[Decision], codings: Sequence[Coding] = ()) -> None:
        self._store.add_decisions(decisions, codings)
        self._own.extend(decisions)
        self._codings.update((coding.id, coding) for coding in codings)
        self._refold(dict.fromkeys(decision.item_id for decision in decisions))

    def _trail(self) -> Trail:
        return trail((act for act in self._own if act.item_id in self._items), self.coder.id)

    def _refold(self, item_ids: Iterable[str]) -> None:
        """Read the items' logs again, so that what another person decided meanwhile is seen."""
        mine = [item_id for item_id in item_ids if item_id in self._items]
        logs: dict[str, list[Decision]] = {item_id: [] for item_id in mine}
        for act in self._store.decisions(*mine) if mine else ():
            logs[act.item_id].append(act)
            if act.coding_id and act.coding_id not in self._codings:
                self._codings[act.coding_id] = self._store.coding(act.coding_id)
            if act.coder_id == self.coder.id and shows(act):
                self._seen_cells.add(_cell(self._items[act.item_id]))
        for item_id, log in logs.items():
            after = item_state(self._items[item_id], log, self._codings, self.coder.id)
            if item_id in self._position:
                self._left[after.item.dimension_id] += self._states[item_id].done - after.done
            self._states[item_id] = after

    # Which items come next

    def _ahead(self, after: str | None) -> Iterator[ItemState]:
        """All other items in the order in which they are offered; lazily, as the first will mostly do."""
        start = self._position[after] + 1 if after in self._position else 0
        here = self._items[after].version_id if after in self._items else ""
        same = sorted(self._of_version.get(here, ()), key=lambda item_id: self._position[item_id] < start)
        places = chain(range(start, len(self._order)), range(start))
        skipped: list[ItemState] = []
        for item_id in chain(same, (self._order[place] for place in places)):
            state = self._states[item_id]
            if item_id != after and not state.skipped:
                yield state
            elif item_id != after and state.skipped:
                skipped.append(state)
        yield from skipped

    def _ready(self, state: ItemState) -> bool:
        """Whether there is something to do on an item now."""
        return not state.done and (
            state.answer is None or self._may_see(state) or self._answered(state.item.version_id)
        )

    # What is shown, and when

    def _reveals(self, answered: QueueItem) -> list[Decision]:
        """The rows that say what saving this answer shows: all of its document, or nothing."""
        if self.open or answered.coder_id is not None:
            return []
        if self._reveal == "item":
            return [self._reveal_of(answered)] if not self._states[answered.id].revealed else []
        if not self._answered(answered.version_id, but=answered.id):
            return []
        hidden = [state for state in self._together(answered.version_id) if not state.revealed]
        return [self._reveal_of(state.item) for state in hidden if state.answer or state.item.id == answered.id]

    def _answered(self, version_id: str, but: str = "") -> bool:
        """Whether no question of the document waits for this coder's own answer, `but` one."""
        together = self._together(version_id)
        return all(state.answer is not None or state.done or state.item.id == but for state in together)

    def _reveal_if_due(self, version_id: str) -> None:
        """Show a document whose last open question someone else has settled, or that was answered by a redo."""
        together = self._together(version_id)
        waiting = [state.item for state in together if state.answer is not None and not state.revealed]
        if waiting:
            due = self._reveals(waiting[0])
            if due:
                self._record(due)

    def _first_codings(self, item: QueueItem) -> Sequence[Coding]:
        """What people coded of the cell before anything of it was queued: on the desk from scratch, or imported."""
        people = {coder.id for coder in self._store.coders() if coder.kind == "person"}
        cell = self._store.codings(version_id=item.version_id, dimension_id=item.dimension_id)
        items = self._of_cell[_cell(item)]
        log = self._store.decisions(*(one.id for one in items))
        decided = {act.coding_id for act in log}
        imported = [coding for coding in cell if coding.coder_id in people and coding.id not in decided]
        coded = first_codings(items, log, {coding.id: coding for coding in cell})
        return list({coding.coder_id: coding for coding in (*imported, *coded)}.values())

    def _reveal_of(self, item: QueueItem) -> Decision:
        return Decision(item_id=item.id, coder_id=self.coder.id, action="reveal", visible="revealed")

    def _together(self, version_id: str) -> list[ItemState]:
        """The document's items that are shown together; what is one person's alone is never shown."""
        states = (self._states[item_id] for item_id in self._of_version.get(version_id, ()))
        return [state for state in states if state.item.coder_id is None]

    # Several people at once

    def _claim(self, item_id: str) -> None:
        """Take the item's document before acting on it; InputError where another person works on it now."""
        item = self._state(item_id).item
        if not self._take_document(item) and not self._states[item_id].done:
            raise InputError(
                f"{self._taken.get(item_id) or 'someone else'} works on this document now",
                "Go on with another one (j); it comes back here if it is not settled there.",
            )

    def _take_document(self, item: QueueItem) -> bool:
        """Whether the item is this coder's to work on; the document's items are read again where it was not before."""
        if item.coder_id is not None or self._hold.has(item.id):
            return True
        together = {state.item.id for state in self._together(item.version_id)} | {item.id}
        taken = self._hold.take(together)
        self._refold(together)
        self._taken = {} if taken and not self._taken else self._taken_by_others()
        return taken

    def _taken_by_others(self) -> dict[str, str]:
        held = {item_id: coder_id for item_id, coder_id in self._store.leases().items() if coder_id != self.coder.id}
        names = {coder.id: coder.name for coder in self._store.coders()} if held else {}
        return {item_id: names[coder_id] for item_id, coder_id in held.items()}


def _cell(item: QueueItem) -> Cell:
    return item.version_id, item.dimension_id
