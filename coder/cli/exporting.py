"""All that an export writes, read from the store part by part, so that a large project needs little memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from coder.adjudicate import resolve
from coder.cli.carrying import summary_of
from coder.cli.evaluation import evaluate_run
from coder.cli.project import Project, pick_gold, pick_run
from coder.cli.second import decided_codings
from coder.cli.selection import left_out
from coder.model import CoderKind, Coding, Decision, Document, QueueItem, Run
from coder.run.codings import latest

if TYPE_CHECKING:
    from coder.export import ExportBundle, Part
    from coder.store import Store

DOCUMENTS_AT_ONCE = 500
"""With ten dimensions and two coders some 10,000 codings: a few ten megabytes."""


def make_bundle(store: Store, project: Project, run_id: str | None, gold_name: str | None) -> ExportBundle:
    """All that an export writes, while the store is open. Without a run, documents and human codings alone."""
    from coder.export import ExportBundle

    codebook = project.codebook()
    run = pick_run(store, run_id) if store.runs() or run_id else None
    gold = pick_gold(store, gold_name)
    comparable = run is not None and gold is not None and {run.codebook_hash, gold.codebook_hash} == {codebook.hash()}
    found = evaluate_run(store, codebook, run.id, gold.name) if run and gold and comparable else None
    items = [item for item in store.queue_items() if run is None or item.run_id in (None, run.id)]
    known = {item.id for item in items}
    decisions, coders, left = store.decisions(), store.coders(), left_out(store, codebook)
    documents = [document for document in store.documents() if document.id not in left.documents]
    decided = decided_codings(store)
    kinds = {coder.id: coder.kind for coder in coders}
    return ExportBundle(
        codebook=codebook,
        coders=coders,
        queue_items=tuple(items),
        decisions=tuple(decision for decision in decisions if decision.item_id in known),
        agreement=found.results if found else (),
        gold_name=found.gold.name if found else "",
        gold_kind=found.kind if found else "",
        run=run,
        summary=summary_of(store, run) if run else None,
        source=partial(_parts, store, documents, run, _by_version(items), decisions, decided, kinds),
        records=documents,
        coding_count=store.count_codings(run.id if run else None),
        names=store.version_names() if items else {},
        decided=decided,
    )


def _parts(
    store: Store,
    documents: Sequence[Document],
    run: Run | None,
    items: Mapping[str, Sequence[QueueItem]],
    decisions: Sequence[Decision],
    decided: Mapping[str, Coding],
    kinds: Mapping[str, CoderKind],
) -> Iterator[Part]:
    """The documents in the order of import with what the store holds of them now."""
    from coder.export import Part

    for first in range(0, len(documents), DOCUMENTS_AT_ONCE):
        some = documents[first : first + DOCUMENTS_AT_ONCE]
        versions = store.versions_of([document.id for document in some])
        newest = {version.document_id: version for version in versions}
        codings = store.codings_of([version.id for version in versions], run.id if run else None)
        coded = latest([coding for coding in codings if coding.run_id is not None])
        people = [coding for coding in codings if coding.run_id is None]
        queued = [item for version in versions for item in items.get(version.id, ())]
        current = {version.id for version in newest.values()}
        yield Part(
            documents=[(document, newest[document.id]) for document in some if document.id in newest],
            codings=(*coded, *people),
            # all decisions: undo and redo of one coder reach from item to item
            resolved=resolve(coded, people, queued, decisions if queued else (), decided, kinds=kinds),
            earlier_versions=[version for version in versions if version.id not in current],
        )


def _by_version(items: Sequence[QueueItem]) -> dict[str, list[QueueItem]]:
    found: dict[str, list[QueueItem]] = {}
    for item in items:
        found.setdefault(item.version_id, []).append(item)
    return found
