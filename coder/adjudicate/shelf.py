"""Fetch what an item's views are made of from the store. The Protocol here is all the desk asks of a store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from coder.adjudicate.log import ItemState
from coder.adjudicate.resolve import newest
from coder.adjudicate.views import BlindView, Other, RevealedView, WorkState
from coder.model import Codebook, Coder, Coding, Decision, Document, QueueItem, Segment, Version

Segmenter = Callable[[Version], Sequence[Segment]]
"""Cuts a version's text into numbered segments."""


class DeskStore(Protocol):
    """What the desk needs of a store. `add_decisions` is one transaction and durable when it returns."""

    def documents_of_versions(self) -> Mapping[str, Document]: ...
    def version(self, version_id: str) -> Version: ...
    def versions(self, version_ids: Collection[str]) -> list[Version]: ...
    def coders(self) -> list[Coder]: ...
    def coding(self, coding_id: str) -> Coding: ...
    def codings(
        self,
        *,
        coder_id: str | None = None,
        run_id: str | None = None,
        gold_id: str | None = None,
        version_id: str | None = None,
        dimension_id: str | None = None,
    ) -> list[Coding]: ...
    def queue_items(self) -> list[QueueItem]: ...
    def decisions(self, *item_ids: str) -> list[Decision]: ...
    def add_decisions(self, decisions: Sequence[Decision], codings: Sequence[Coding] = ()) -> None: ...
    def lease(self, item_ids: Collection[str], coder_id: str, seconds: float) -> set[str]: ...
    def release(self, item_ids: Collection[str], coder_id: str) -> None: ...
    def leases(self) -> dict[str, str]: ...


class Shelf:
    """Documents, and other coders' codings, of the items on a desk."""

    def __init__(self, store: DeskStore, codebook: Codebook, segmenter: Segmenter) -> None:
        self._store = store
        self._codebook = codebook
        self._segmenter = segmenter
        self._coders: Mapping[str, Coder] = {}
        self._cut: tuple[Version, tuple[Segment, ...]] | None = None
        self._documents = store.documents_of_versions()

    def document(self, item: QueueItem) -> Document:
        """The document an item is about."""
        return self._documents[item.version_id]

    def blind_view(self, state: ItemState, work: WorkState, *, seen_before: bool) -> BlindView:
        """The document and the question, and what this coder did with them; nobody else's codes are read for it."""
        version, segments = self._segmented(state.item.version_id)
        return BlindView(
            item_id=state.item.id,
            document=self.document(state.item).name,
            text=version.text,
            context=version.context,
            segments=segments,
            dimension=self._codebook.dimension(state.item.dimension_id),
            state=work,
            flagged=state.flagged,
            memo=state.memo,
            seen_before=seen_before,
            answer=state.answer,
        )

    def revealed_view(self, state: ItemState, blind: BlindView, first: Sequence[Coding] = ()) -> RevealedView:
        """The same with everything that was held back; `first` are people's first codings of the cell."""
        return RevealedView(
            blind=blind,
            model=self._model(state.item),
            gold=self._gold(state.item, first),
            settled=state.settled,
            settlements=tuple(self._other(coding) for coding in state.settlements.values()),
            conflict=state.conflict,
            reason=state.item.reason,
            detail=state.item.detail,
            probability=state.item.probability,
        )

    def _segmented(self, version_id: str) -> tuple[Version, tuple[Segment, ...]]:
        # One document's items follow each other, so the last one cut is the one asked for again.
        if self._cut is None or self._cut[0].id != version_id:
            version = self._store.version(version_id)
            self._cut = version, tuple(self._segmenter(version))
        return self._cut

    def _model(self, item: QueueItem) -> Other | None:
        if item.run_id is None:
            return None
        # By cell, since a database without statistics takes the run's index and reads the whole run.
        of_cell = self._store.codings(version_id=item.version_id, dimension_id=item.dimension_id)
        found = [coding for coding in of_cell if coding.run_id == item.run_id]
        return self._other(*newest(found).values()) if found else None

    def _gold(self, item: QueueItem, first: Sequence[Coding]) -> tuple[Other, ...]:
        if item.reason == "between_coders":
            return tuple(self._other(coding) for coding in first)
        if item.gold_id is None:
            return ()
        found = self._store.codings(gold_id=item.gold_id, version_id=item.version_id, dimension_id=item.dimension_id)
        return tuple(self._other(coding) for coding in found)

    def _other(self, coding: Coding) -> Other:
        if coding.coder_id not in self._coders:
            self._coders = {coder.id: coder for coder in self._store.coders()}
        return Other(self._coders[coding.coder_id], coding)
