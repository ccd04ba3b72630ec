"""A project seen through its criteria: the codebook that screening asks, what the store holds of it, the verdicts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from coder.adjudicate import resolve
from coder.adjudicate.log import settlements
from coder.adjudicate.queueing import Cell
from coder.adjudicate.resolve import newest
from coder.cli.project import Project
from coder.cli.second import decided_codings
from coder.errors import InputError
from coder.model import Codebook, Coding, Decision, Document, QueueItem, Version
from coder.screening import Held, Verdict, clash, held, screening_codebook, verdict

if TYPE_CHECKING:
    from coder.store import Store


class ScreeningProject(Project):
    """The same folder, with the criteria as its codebook and a store that shows what was screened."""

    def codebook(self) -> Codebook:
        """The criteria as they are on disk now; InputError where there are none, or one has the id of a dimension."""
        codebook = super().codebook()
        if not codebook.criteria:
            raise InputError(
                f"{self.codebook_path}: no criteria to screen by", "add 'criteria:' to the codebook (docs/codebook.md)"
            )
        if name := clash(codebook):
            raise InputError(
                f"{self.codebook_path}: criterion '{name}' and a dimension have the same id", "rename one of the two"
            )
        return screening_codebook(codebook)

    @property
    def done(self) -> str:
        """What becomes of a document here."""
        return "screened"

    def store(self) -> Store:
        """The open store, seen for screening."""
        return super().store().apart("screening")


def screening_of(project: Project) -> ScreeningProject:
    """The project seen through its criteria."""
    return ScreeningProject(project.folder, project.settings)


@dataclass(frozen=True)
class Screened:
    """What is held of the current texts.

    By version id what counts of each criterion, and what the model alone said; `items` are those of the queue that
    concern these criteria as they are worded now.
    """

    criteria: tuple[str, ...]
    documents: tuple[tuple[Document, Version], ...]
    held: Mapping[str, Mapping[str, Held]]
    model: Mapping[str, Mapping[str, Held]]
    people: Mapping[str, Mapping[str, Held]]
    items: tuple[QueueItem, ...]

    def without(self, documents: Collection[str]) -> Screened:
        """The same less these documents, with what waits for people in them."""
        kept = tuple(pair for pair in self.documents if pair[0].id not in documents)
        versions = {version.id for _, version in kept}
        return replace(self, documents=kept, items=tuple(item for item in self.items if item.version_id in versions))

    def verdicts(self, of: Mapping[str, Mapping[str, Held]] | None = None) -> dict[str, Verdict]:
        """The verdict on each document by its id; `of` the model or people alone in place of what counts."""
        told = self.held if of is None else of
        return {
            document.id: verdict(document.id, self.criteria, told.get(version.id, {}))
            for document, version in self.documents
        }


def verdicts_of(store: Store, codebook: Codebook) -> dict[str, Verdict]:
    """What screening says of each document that was screened, by id, by the criteria of a project's codebook.

    Empty for a codebook without criteria. A document whose newest text nobody screened yet is not there. `store` may
    be seen for any work.
    """
    if not codebook.criteria or clash(codebook):
        return {}
    found = screened(store.apart("screening"), screening_codebook(codebook)).verdicts()
    return {document: one for document, one in found.items() if one.state != "unscreened"}


def screened(store: Store, codebook: Codebook, before: datetime | None = None) -> Screened:
    """What a store seen for screening holds, by these criteria; `before` a moment, of the texts last screened by then.

    A code given by another wording of its criterion does not count, whichever run or person it is of: the newest run's
    does that asked this wording. What waits in the queue for a reason puts that run's code in doubt, no other.
    """
    wording = {dimension.id: dimension.hash() for dimension in codebook.dimensions}
    documents = tuple(store.current_versions() if before is None else _screened_last(store, before))

    def counts(one: Coding | QueueItem | Decision) -> bool:
        return before is None or one.created_at < before

    current = {version.id for _, version in documents}
    given = [
        coding
        for name in wording
        for coding in store.codings(dimension_id=name)
        if coding.dimension_hash == wording[name] and coding.version_id in current and counts(coding)
    ]
    model = newest(coding for coding in given if coding.run_id is not None)
    decided = {id_: one for id_, one in decided_codings(store).items() if _worded(one, wording)}
    acts = filter(counts, store.decisions())
    decisions = [act for act in acts if act.coding_id is None or act.coding_id in decided]
    items = _at_hand(filter(counts, store.queue_items()), decisions, decided, model, current)
    kinds = {coder.id: coder.kind for coder in store.coders()}
    others = [coding for coding in given if coding.run_id is None]
    cells = resolve(tuple(model.values()), others, items, decisions, decided, kinds=kinds)
    what: dict[str, dict[str, Held]] = {}
    people: dict[str, dict[str, Held]] = {}
    for (version_id, name), cell in cells.items():
        if name not in wording or version_id not in current:
            continue
        if cell.coding is None:  # what waits for a person, or two people see differently, is unclear meanwhile
            what.setdefault(version_id, {})[name] = Held("unclear", "model" if (version_id, name) in model else "")
            continue
        said = held(cell.coding, "model" if cell.source == "model" else "person")
        what.setdefault(version_id, {})[name] = said
        if said.by == "person":
            people.setdefault(version_id, {})[name] = said
    return Screened(tuple(wording), documents, what, _by_version(model), people, tuple(items))


def _screened_last(store: Store, before: datetime) -> list[tuple[Document, Version]]:
    """Each document that was screened before a moment, with the newest of its texts that was."""
    then = store.answered_versions(before, people=True)
    pairs = (
        (document, [one for one in texts if one.id in then]) for document, texts in store.documents_with_versions()
    )
    return [(document, texts[-1]) for document, texts in pairs if texts]


def _worded(coding: Coding, wording: Mapping[str, str]) -> bool:
    return wording.get(coding.dimension_id) == coding.dimension_hash


def _at_hand(
    items: Iterable[QueueItem],
    decisions: Sequence[Decision],
    decided: Mapping[str, Coding],
    model: Mapping[Cell, Coding],
    current: set[str],
) -> list[QueueItem]:
    """The items of current texts that the run of the cell's code queued, that no run did, or that a person settled."""
    kept = [item for item in items if item.version_id in current]
    settled = settlements([item for item in kept if item.coder_id is None], decisions, decided)

    def counts(item: QueueItem) -> bool:
        cell = item.version_id, item.dimension_id
        of_run = cell in model and item.run_id == model[cell].run_id
        return item.run_id is None or of_run or cell in settled

    return [item for item in kept if counts(item)]


def _by_version(model: Mapping[Cell, Coding]) -> dict[str, dict[str, Held]]:
    found: dict[str, dict[str, Held]] = {}
    for (version_id, name), coding in model.items():
        found.setdefault(version_id, {})[name] = held(coding, "model")
    return found


def named(documents: Iterable[tuple[Document, Version]], name: str) -> tuple[Document, Version]:
    """The document of this name; InputError where there is none."""
    for document, version in documents:
        if document.name == name:
            return document, version
    raise InputError(f"no document '{name}'", "intercoder screen --json names them")
