"""What a second coder may be shown of an item: a blind view before the own answer is saved, a revealed one after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from coder.adjudicate.choices import Marks
from coder.model import Coder, Coding, Dimension, QueueReason, Segment

WorkState = Literal["to do", "answered", "settled", "coded", "skipped", "conflict"]
"""Where an item stands; `coded` is a first coding that is done, which settles nothing."""


@dataclass(frozen=True)
class BlindView:
    """All that may be seen before the other codes are shown: document, codebook and own marks.

    Nobody else's codes, no evidence and no reason are in here. `answer` is the own one as far as it is saved; until the
    document's other questions are answered it can be given anew. `seen_before` says that this coder saw the other codes
    once already (an answer was undone, or another run queued the same cell): the next answer is recorded as not blind.
    """

    item_id: str
    document: str
    text: str
    context: Mapping[str, str]
    segments: tuple[Segment, ...]
    dimension: Dimension
    state: WorkState
    flagged: bool
    memo: str
    seen_before: bool
    answer: Coding | None = None


@dataclass(frozen=True)
class Other:
    """A coding by someone else, with who said it. The kind of coder is always named beside it."""

    coder: Coder
    coding: Coding

    @property
    def who(self) -> str:
        """Name and kind, as reports name them."""
        return f"{self.coder.name} ({self.coder.kind})"


@dataclass(frozen=True)
class RevealedView:
    """What is shown once the own answers are saved: everything of the blind view, and all that was held back.

    `gold` holds the reference codings: the gold's, and for an item queued because people differ theirs.
    """

    blind: BlindView
    model: Other | None
    gold: tuple[Other, ...]
    settled: Coding | None
    settlements: tuple[Other, ...]
    conflict: bool
    reason: QueueReason
    detail: str
    probability: float

    @property
    def answer(self) -> Coding | None:
        """The coder's own answer; None on an open desk."""
        return self.blind.answer


ItemView = BlindView | RevealedView


def blind_of(view: ItemView) -> BlindView:
    """The part of a view that may always be shown."""
    return view.blind if isinstance(view, RevealedView) else view


def can_take(view: RevealedView, whose: str) -> bool:
    """Whether the `model` or the `gold` gave one answer that can be made final."""
    others = view.gold if whose == "gold" else (() if view.model is None else (view.model,))
    return len(others) == 1 and not others[0].coding.status.never_agrees


def unanimous(view: RevealedView) -> bool:
    """Whether the coder's own answer is also what the model and the gold gave, as far as there are any."""
    others = [*view.gold, *([] if view.model is None else [view.model])]
    if view.answer is None or not others:
        return False
    return all(Marks.of(other.coding) == Marks.of(view.answer) for other in others)


def first_marks(view: ItemView) -> Marks | None:
    """What is marked when an item opens: the final answer where it may be seen, else the own one; else nothing."""
    coding = (view.settled or view.answer) if isinstance(view, RevealedView) else view.answer
    return None if coding is None else Marks.of(coding)


@dataclass(frozen=True)
class Similar:
    """A settled item like the one at hand: its document, how it was settled, and how alike the texts are (0 to 1)."""

    item_id: str
    document: str
    settled: Coding
    likeness: float


@dataclass(frozen=True)
class WorkItem:
    """One line of the worklist. It says where the own work stands and nothing that only the reveal may say.

    `taken_by` names another person who has the item now, as far as this desk knows.
    """

    item_id: str
    document_id: str
    document: str
    dimension_id: str
    dimension: str
    state: WorkState
    flagged: bool
    taken_by: str = ""


@dataclass(frozen=True)
class Progress:
    """How far the work is: items settled, items in all, and items left by dimension in the codebook's order.

    `seconds_left` is what the rest takes at this coder's pace, once there is enough to judge by.
    """

    done: int
    total: int
    left: Mapping[str, int]
    seconds_left: float | None = None

    @property
    def waiting(self) -> int:
        """Items left over all dimensions."""
        return self.total - self.done
