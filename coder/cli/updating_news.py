"""Gather what is new since a moment, and draw and keep the batch's sample."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Any

from coder.cli.changes import Changes, changes_since, codes_of, moved_with_text, moved_without, unread, vanished
from coder.cli.drawing import Design, draw, store_sample, write_table
from coder.cli.drifting import compare_batches
from coder.cli.flowing import NUMBERS, flow
from coder.cli.population import find_population
from coder.cli.project import Project, pick_run
from coder.cli.selection import left_out, merged, verdicts
from coder.cli.updating import FOLDER
from coder.cli.updating_steps import SEED, Done
from coder.errors import CoderError, InputError
from coder.inference.sampling import documents_to_code
from coder.model import Codebook, Document, Run, Version, now
from coder.report.html.news import Arrival, Audit, DriftTest, News

if TYPE_CHECKING:
    from coder.store import Store


def flow_numbers(store: Store, codebook: Codebook) -> dict[str, int]:
    """The flow's boxes by their words, both columns together; those that hold nothing are left out but for the ends."""
    boxes = flow(store, codebook).boxes()
    return {
        words: number
        for name, words in NUMBERS
        if (number := getattr(boxes, name)) or name in ("identified", "included")
    }


def gather(
    project: Project, since: datetime, done: Done, before: dict[str, int], audit: int | None, name: str
) -> tuple[News, datetime]:
    """What is new since the moment, with the batch's sample drawn and kept; and until when that holds."""
    codebook, until = project.codebook(), now()
    with project.store() as store:
        changes = changes_since(store, since)
        run = _run(store, codebook)
        counts = flow_numbers(store, codebook)
        batch = changes.batch - left_out(store, codebook).documents.keys()
        sample = _sample(project, store, codebook, batch, audit, name) if run is not None else Audit()
        news = News(
            name=codebook.name,
            since=f"{since.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
            until=f"{until.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
            program=f"Intercoder {installed('intercoder')}",
            labels={dimension.id: dimension.label or dimension.id for dimension in codebook.dimensions},
            asked=tuple(done.asked),
            arrived=tuple(_arrivals(store, codebook, run, changes)),
            changed=tuple((document.name, _address(document)) for document, _, _ in changes.changed),
            moved=tuple(moved_with_text(store, codebook, run, changes)) if run else (),
            shifted=tuple(moved_without(store, codebook, run, changes)) if run else (),
            vanished=tuple(vanished(changes, store)),
            unread=tuple(unread(changes, store)),
            counts=tuple((box, before.get(box, 0), counts.get(box, 0)) for box in {**counts, **before}),
            audit=sample,
            drift=tuple(_drift(store, codebook, run, batch)) if run else (),
            steps=(*done.lines, *(f"not complete: {problem}" for problem in done.problems)),
        )
    return news, until


def _run(store: Store, codebook: Codebook) -> Run | None:
    try:
        return pick_run(store, None, codebook.hash())
    except InputError:
        return None


def _arrivals(store: Store, codebook: Codebook, run: Run | None, changes: Changes) -> Iterator[Arrival]:
    verdict, groups, names = verdicts(store, codebook), merged(store), {one.id: one.name for one in store.documents()}
    for document, version in changes.arrived:
        codes = codes_of(store, codebook, run, version) if run is not None and version is not None else {}
        yield Arrival(
            document.name,
            document.variables.get("title") or (version.context.get("title", "") if version else ""),
            document.source,
            _address(document),
            _state(document, version, verdict, groups, names, changes),
            codes,
        )


def _state(
    document: Document, version: Version | None, verdict: Any, groups: Any, names: dict[str, str], changes: Changes
) -> str:
    kept = groups.stands_for(document.id)
    if kept != document.id:
        return f"the same as {names.get(kept, kept)}"
    if version is None:
        found = changes.pages.get(document.id)
        return f"no text: {found.reason or found.outcome}" if found else "no text yet"
    said = verdict.get(document.id)
    if said is None:
        return "taken in"
    return f"{said.state}: {said.criterion}" if said.criterion else str(said.state)


def _address(document: Document) -> str:
    return document.variables.get("url", "")


def _sample(
    project: Project, store: Store, codebook: Codebook, batch: frozenset[str], audit: int | None, name: str
) -> Audit:
    if not batch or audit == 0:
        return Audit(batch=len(batch), reason="none was asked for" if batch else "")
    n = min(len(batch), audit or documents_to_code(len(batch)))
    try:
        found = draw(store, codebook, Design(n=n, among=batch), name, SEED)
    except CoderError as error:
        return Audit(batch=len(batch), reason=error.message)
    write_table(project.folder / FOLDER / f"{name}.csv", found, codebook)
    store_sample(store, found)
    return Audit(name, tuple(found.drawn_documents), len(batch))


def _drift(store: Store, codebook: Codebook, run: Run, batch: frozenset[str]) -> Iterator[DriftTest]:
    """None for a batch that is all there is, or of which nothing is new."""
    import numpy as np

    population = find_population(store, codebook, run_id=run.id)
    inside = np.array([document.id in batch for document, _ in population.pairs], dtype=bool)
    if not inside.any() or inside.all():
        return
    option = "intercoder sample --new-since DAY"
    for found in compare_batches(population, codebook.dimensions, [("the new texts", option, inside)], None):
        for test in found.drifts:
            yield DriftTest(test.name, test.distance, test.adjusted, test.reason or test.test)
