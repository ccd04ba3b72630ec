"""The second coder's desk: shows one item at a time, blind first, and records each act durably. No screen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from coder.adjudicate.acts import Acts
from coder.adjudicate.blinding import ANSWER_FIRST, Blinding, Reveal
from coder.adjudicate.choices import Marks
from coder.adjudicate.history import Entry, history
from coder.adjudicate.hold import LEASE, Hold
from coder.adjudicate.log import ItemState, made_with
from coder.adjudicate.order import Order, Task, on_desk, ordered
from coder.adjudicate.pace import seconds_left
from coder.adjudicate.shelf import DeskStore, Segmenter, Shelf
from coder.adjudicate.views import BlindView, ItemView, Other, Progress, RevealedView, Similar, WorkItem, unanimous
from coder.adjudicate.worklist import Worklist
from coder.errors import InputError
from coder.model import Codebook, Coder, Coding, Decision, Document, QueueItem
from coder.model.decision import Action


class Desk:
    """One person's work on the queue.

    What is shown of an item is decided by `Blinding` alone: `view` gives a `BlindView` until this coder's own answers
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
        self._store = store
        place = {dimension.id: number for number, dimension in enumerate(codebook.dimensions)}
        queue = store.queue_items()
        whole = on_desk(queue, coder.id, task=task, run_id=run_id)
        readable = [item for item in whole if item.version_id not in unreadable]
        self.unreadable = len(whole) - len(readable)
        items = [item for item in readable if item.dimension_id in place]
        self.left_out = len(readable) - len(items)
        self._shelf = Shelf(store, codebook, segmenter)

        def arrange(items: Iterable[QueueItem]) -> list[str]:
            return ordered(items, lambda item: self._shelf.document(item).id, place, order, seed, likely or {})

        self._work = Worklist(store, coder.id, queue, items, arrange, aside)
        self._blinding = Blinding(self._work, task, reveal, open_)
        self._acts = Acts(coder.id, codebook, codebook.hash(), self._blinding)
        self._hold = Hold(store, coder.id, lease)

    # What can be seen

    @property
    def order(self) -> Sequence[str]:
        """The id of every item in working order, done ones included."""
        return self._work.order

    def holds(self, item_id: str) -> bool:
        """Whether an item is on this desk."""
        return item_id in self._work.position

    def place(self, item_id: str) -> int:
        """Where an item stands in the working order, from 0."""
        return self._work.position[item_id]

    def document(self, item_id: str) -> Document:
        """The document an item is about."""
        return self._shelf.document(self._work.state(item_id).item)

    def work_item(self, item_id: str) -> WorkItem:
        """One line of the worklist."""
        state = self._work.state(item_id)
        return self._shelf.work_item(state, self._blinding.work_state(state), self._hold.others.get(item_id, ""))

    def worklist(self) -> tuple[WorkItem, ...]:
        """Every item in working order, done ones included."""
        return tuple(map(self.work_item, self.order))

    def view(self, item_id: str) -> ItemView:
        """What this coder may see of the item now."""
        state = self._work.state(item_id)
        seen = self._work.seen(state.item)
        blind = self._shelf.blind_view(state, self._blinding.work_state(state), seen_before=seen)
        if not self._blinding.may_see(state):
            return blind
        return self._shelf.revealed_view(state, blind, self._work.of_cell(state.item))

    def history(self, item_id: str) -> tuple[Entry, ...]:
        """What was done with the item, the oldest first; before the reveal only by this coder."""
        state = self._work.state(item_id)
        log = self._store.decisions(item_id)
        shown = log if self._blinding.may_see(state) else [act for act in log if act.coder_id == self.coder.id]
        names = {coder.id: coder.name for coder in self._store.coders()}
        return history(shown, self._work.codings, names, self.codebook.dimension(state.item.dimension_id))

    def similar(self, item_id: str, n: int = 3) -> tuple[Similar, ...]:
        """The settled items of the same dimension whose texts are most like this one's, the nearest first.

        InputError before the reveal: how others were decided sways. Texts of at most `similar.LIMIT` are compared.
        """
        state = self._work.state(item_id)
        self._blinding.check(state)
        return self._shelf.similar(state.item, self._work.states.values(), n)

    def identical(self) -> tuple[str, ...]:
        """The items that `accept_identical` would settle: shown, open, and answered blind as everyone else did."""
        return tuple(item_id for item_id in self.order if self._is_identical(self._work.states[item_id]))

    def progress(self) -> Progress:
        """Done, total, left by dimension, and the time that the rest takes."""
        left = {one.id: self._work.left[one.id] for one in self.codebook.dimensions if self._work.left[one.id]}
        waiting = sum(left.values())
        return Progress(
            done=len(self.order) - waiting,
            total=len(self.order),
            left=left,
            seconds_left=seconds_left(reversed(self._work.own), waiting),
        )

    def next_open(self, after: str | None = None) -> str | None:
        """The next item to work on, taken for this coder; None where nothing is left, or others have all that is.

        First what is left of the same document, then the documents behind it, going round; skipped items come when
        nothing else is left. An own answer that waits for the document's other questions is not offered.
        """
        refused: set[str] = set()
        for state in self._work.ahead(after):
            version_id = state.item.version_id
            if version_id in refused or not self._blinding.ready(self._work.states[state.item.id]):
                continue
            if not self._take_document(state.item):
                refused.add(version_id)
                continue
            if due := self._blinding.due(version_id):
                self._work.record(self._acts.reveals(due))
            if self._blinding.ready(self._work.states[state.item.id]):
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
        state = self._work.state(item_id)
        if state.revealed:
            raise InputError("an answer to this item is saved already", "Settle it, or undo (u) to answer again.")
        coding = self._acts.coding(state, marks, memo)
        act = self._acts.decision(state.item, "answer", coding, memo=memo, seconds=seconds)
        self._work.record([act, *self._acts.reveals(self._blinding.shown_by(state.item))], [coding])

    def settle(self, item_id: str, marks: Marks, *, memo: str = "", seconds: float = 0.0) -> None:
        """Save the final answer. The own answer has to be saved before, except on an open desk."""
        self._claim(item_id)
        state = self._work.state(item_id)
        self._blinding.check(state)
        coding = self._acts.coding(state, marks, memo)
        self._work.record([self._acts.decision(state.item, "settle", coding, memo=memo, seconds=seconds)], [coding])

    def keep(self, item_id: str, *, seconds: float = 0.0) -> None:
        """Make the own answer final."""
        state = self._work.state(item_id)
        if state.answer is None:
            raise InputError("this item has no answer of yours yet", ANSWER_FIRST)
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
            state = self._work.states[item_id]
            if state.answer is not None and self._take_document(state.item) and not self._work.states[item_id].done:
                coding = self._acts.coding(state, Marks.of(state.answer))
                first = acts[0].id if acts else None
                acts.append(self._acts.decision(state.item, "settle", coding, target_id=first))
                codings.append(coding)
        if acts:
            self._work.record(acts, codings)
        return len(acts)

    def skip(self, item_id: str, *, seconds: float = 0.0) -> None:
        """Put the item behind the others."""
        self._act(self._work.state(item_id).item, "skip", seconds=seconds)

    def flag(self, item_id: str) -> None:
        """Set the flag, or take it away."""
        self._act(self._work.state(item_id).item, "flag")

    def memo(self, item_id: str, text: str) -> None:
        """Write the coder's memo of this item; the last one counts."""
        self._act(self._work.state(item_id).item, "memo", memo=text)

    def undo(self) -> Decision | None:
        """Take back the coder's latest act on this desk, whichever item it was on; None if there is none.

        Returns the act. What the coder did in another task or run is not touched.
        """
        standing = self._work.trail().standing
        return self._reverse("undo", made_with(standing[-1], standing)) if standing else None

    def redo(self) -> Decision | None:
        """Bring back what was undone last, and return it; None if there is none."""
        undone = self._work.trail().undone
        return self._reverse("redo", made_with(undone[-1], undone)) if undone else None

    # How it is done

    def _is_identical(self, state: ItemState) -> bool:
        if not state.revealed or state.done or state.settlements or state.answer is None:
            return False
        first = [act for act in self._work.own if act.item_id == state.item.id and act.coding_id == state.answer.id]
        if not first or first[0].visible != "blind":
            return False
        view = self.view(state.item.id)
        return isinstance(view, RevealedView) and unanimous(view)

    def _revealed(self, item_id: str) -> RevealedView:
        view = self.view(item_id)
        if isinstance(view, BlindView):
            self._blinding.check(self._work.state(item_id))
        assert isinstance(view, RevealedView)  # noqa: S101 - what may be seen is shown
        return view

    def _take(self, item_id: str, other: Other | None, whose: str, seconds: float) -> None:
        if other is None:
            raise InputError(f"there is no {whose} answer for this item", "Mark a category and save it (a).")
        if other.coding.status.never_agrees:
            raise InputError(f"the {whose} gave no usable answer here", "Mark a category and save it (a).")
        self.settle(item_id, Marks.of(other.coding), seconds=seconds)

    def _act(self, item: QueueItem, action: Action, *, memo: str = "", seconds: float = 0.0) -> None:
        self._work.record([self._acts.decision(item, action, memo=memo, seconds=seconds)])

    def _reverse(self, action: Action, acts: Sequence[Decision]) -> Decision:
        rows = [self._acts.decision(self._work.state(act.item_id).item, action, target_id=act.id) for act in acts]
        self._work.record(rows)
        return acts[0]

    # Several people at once

    def _claim(self, item_id: str) -> None:
        """Take the item's document before acting on it; InputError where another person works on it now."""
        item = self._work.state(item_id).item
        if not self._take_document(item) and not self._work.states[item_id].done:
            raise InputError(
                f"{self._hold.others.get(item_id) or 'someone else'} works on this document now",
                "Go on with another one (j); it comes back here if it is not settled there.",
            )

    def _take_document(self, item: QueueItem) -> bool:
        """Whether the item is this coder's to work on; the document's items are read again where it was not before."""
        if item.coder_id is not None or self._hold.has(item.id):
            return True
        together = {state.item.id for state in self._work.together(item.version_id)} | {item.id}
        taken = self._hold.take(together)
        self._work.refresh(together)
        return taken
