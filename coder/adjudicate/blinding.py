"""What a coder may see of an item, and when: the own answer first, then the other codes. No screen, no store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from coder.adjudicate.log import ItemState
from coder.adjudicate.order import Task
from coder.adjudicate.views import WorkState
from coder.adjudicate.worklist import Worklist
from coder.errors import InputError
from coder.model import QueueItem
from coder.model.decision import Visible

Reveal = Literal["document", "item"]

ANSWER_FIRST = "Save your own answer first (a)."
_ANSWER_ALL = "Answer the document's other questions first; then everything of it is shown."


@dataclass(frozen=True)
class Blinding:
    """When one coder sees the other codes of an item; no other place decides it.

    With `reveal="document"` once all queued dimensions of the document are answered, with `"item"` after the item's
    own answer; on an `open` desk at once. What is one person's alone is never shown, first codings among it.
    """

    work: Worklist
    task: Task
    reveal: Reveal
    open: bool

    def may_see(self, state: ItemState) -> bool:
        """Whether the other codes of an item may be shown now."""
        return self.open or state.revealed

    def check(self, state: ItemState) -> None:
        """InputError where the other codes may not be shown yet."""
        if self.may_see(state):
            return
        if self.task == "code":
            raise InputError("nobody else's codes are shown in a first coding", "Answer by the text and the codebook.")
        # One message whatever lies behind it: whether there is gold at all is not to be learned here.
        if state.answer is None:
            raise InputError("this item has no answer of yours yet", ANSWER_FIRST)
        raise InputError("the other codes of this document are not shown yet", _ANSWER_ALL)

    def visible(self, item: QueueItem) -> Visible:
        """What an act on the item is recorded as made with."""
        if self.open:
            return "open"
        return "revealed" if self.work.seen(item) else "blind"

    def work_state(self, state: ItemState) -> WorkState:
        """Where an item stands, without what only the reveal may say."""
        if state.conflict and self.may_see(state):
            return "conflict"
        if self.task == "code" and state.done:
            return "coded"
        if state.settled is not None or (state.item.coder_id is not None and state.done):
            return "settled"
        if state.skipped:
            return "skipped"
        return "answered" if state.answer is not None else "to do"

    def ready(self, state: ItemState) -> bool:
        """Whether there is something to do on an item now."""
        return not state.done and (
            state.answer is None or self.may_see(state) or self.work.answered(state.item.version_id)
        )

    def shown_by(self, answered: QueueItem) -> list[QueueItem]:
        """What saving an answer to this item shows: all of its document, or nothing."""
        if self.open or answered.coder_id is not None:
            return []
        if self.reveal == "item":
            return [answered] if not self.work.states[answered.id].revealed else []
        if not self.work.answered(answered.version_id, but=answered.id):
            return []
        hidden = [state for state in self.work.together(answered.version_id) if not state.revealed]
        return [state.item for state in hidden if state.answer or state.item.id == answered.id]

    def due(self, version_id: str) -> list[QueueItem]:
        """What is to be shown of a document whose last question was settled by someone else, or answered by a redo."""
        together = self.work.together(version_id)
        waiting = [state.item for state in together if state.answer is not None and not state.revealed]
        return self.shown_by(waiting[0]) if waiting else []
