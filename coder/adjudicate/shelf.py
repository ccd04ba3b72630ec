"""Fetch what an item's views are made of from the store. The Protocol here is all the desk asks of a store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from coder.adjudicate.log import ItemState, first_codings
from coder.adjudicate.resolve import newest
from coder.adjudicate.similar import LIMIT, nearest
from coder.adjudicate.views import BlindView, Other, RevealedView, Similar, WorkItem, WorkState
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

    def work_item(self, state: ItemState, work: WorkState, taken_by: str) -> WorkItem:
        """An item's line of the worklist."""
        document = self.document(state.item)
        dimension = self._codebook.dimension(state.item.dimension_id)
        return WorkItem(
            item_id=state.item.id,
            document_id=document.id,
            document=document.name,
            dimension_id=dimension.id,
            dimension=dimension.name,
            state=work,
            flagged=state.flagged,
            taken_by=taken_by,
        )

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

    def revealed_view(self, state: ItemState, blind: BlindView, of_cell: Sequence[QueueItem]) -> RevealedView:
        """The same with everything that was held back; `of_cell` is all that was ever queued of the item's cell."""
        return RevealedView(
            blind=blind,
            model=self._model(state.item),
            gold=self._gold(state.item, of_cell),
            settled=state.settled,
            settlements=tuple(self._other(coding) for coding in state.settlements.values()),
            conflict=state.conflict,
            reason=state.item.reason,
            detail=state.item.detail,
            probability=state.item.probability,
        )

    def similar(self, item: QueueItem, states: Iterable[ItemState], n: int) -> tuple[Similar, ...]:
        """The `n` settled items of the item's dimension whose texts are most like its own, the nearest first."""
        settled = [
            other
            for other in states
            if other.settled is not None
            and other.done
            and other.item.dimension_id == item.dimension_id
            and other.item.version_id != item.version_id
        ]
        newest_settled = {other.item.version_id: other for other in settled[-LIMIT:]}
        versions = {version.id: version.text for version in self._store.versions([item.version_id, *newest_settled])}
        found = nearest(versions[item.version_id], [versions[version_id] for version_id in newest_settled], n)
        others = list(newest_settled.values())
        return tuple(
            Similar(others[place].item.id, self.document(others[place].item).name, coding, score)
            for place, score in found
            if (coding := others[place].settled) is not None
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

    def _gold(self, item: QueueItem, of_cell: Sequence[QueueItem]) -> tuple[Other, ...]:
        if item.reason == "between_coders":
            return tuple(self._other(coding) for coding in self._first_codings(item, of_cell))
        if item.gold_id is None:
            return ()
        found = self._store.codings(gold_id=item.gold_id, version_id=item.version_id, dimension_id=item.dimension_id)
        return tuple(self._other(coding) for coding in found)

    def _first_codings(self, item: QueueItem, of_cell: Sequence[QueueItem]) -> Sequence[Coding]:
        """What people coded of the cell before anything of it was queued: on the desk from scratch, or imported."""
        people = {coder.id for coder in self._store.coders() if coder.kind == "person"}
        codings = self._store.codings(version_id=item.version_id, dimension_id=item.dimension_id)
        log = self._store.decisions(*(one.id for one in of_cell))
        decided = {act.coding_id for act in log}
        imported = [coding for coding in codings if coding.coder_id in people and coding.id not in decided]
        coded = first_codings(of_cell, log, {coding.id: coding for coding in codings})
        return list({coding.coder_id: coding for coding in (*imported, *coded)}.values())

    def _other(self, coding: Coding) -> Other:
        if coding.coder_id not in self._coders:
            self._coders = {coder.id: coder for coder in self._store.coders()}
        return Other(self._coders[coding.coder_id], coding)
