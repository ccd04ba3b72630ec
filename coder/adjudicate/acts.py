"""The rows that a coder's acts leave in the log: a coding for each answer, a decision for each act. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coder.adjudicate.blinding import Blinding
from coder.adjudicate.choices import Marks, check_marks
from coder.adjudicate.log import ItemState
from coder.model import Assignment, Codebook, Coding, Decision, QueueItem
from coder.model.decision import Action


@dataclass(frozen=True)
class Acts:
    """One coder's acts as rows; `codebook_hash` is the codebook's, taken once."""

    coder_id: str
    codebook: Codebook
    codebook_hash: str
    blinding: Blinding

    def coding(self, state: ItemState, marks: Marks, memo: str = "") -> Coding:
        """The answer, derived from the own one before it; InputError where the marks are no answer."""
        dimension = self.codebook.dimension(state.item.dimension_id)
        checked = check_marks(dimension, marks)
        return Coding(
            version_id=state.item.version_id,
            dimension_id=dimension.id,
            coder_id=self.coder_id,
            status=checked.status,
            assignments=tuple(Assignment(category=code) for code in checked.codes),
            memo=memo or state.memo,
            codebook_hash=self.codebook_hash,
            dimension_hash=dimension.hash(),
            derived_from=None if state.answer is None else state.answer.id,
        )

    def decision(
        self,
        item: QueueItem,
        action: Action,
        coding: Coding | None = None,
        *,
        target_id: str | None = None,
        memo: str = "",
        seconds: float = 0.0,
    ) -> Decision:
        """An act on the item, with what could be seen when it was made."""
        return Decision(
            item_id=item.id,
            coder_id=self.coder_id,
            action=action,
            coding_id=None if coding is None else coding.id,
            target_id=target_id,
            visible=self.blinding.visible(item),
            seconds=seconds,
            memo=memo,
        )

    def reveals(self, items: Iterable[QueueItem]) -> list[Decision]:
        """That the other codes of these items are shown from now on."""
        return [Decision(item_id=one.id, coder_id=self.coder_id, action="reveal", visible="revealed") for one in items]
