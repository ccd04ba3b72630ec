"""Gather what is new since a moment, and draw and keep the batch's sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version as installed
from typing import TYPE_CHECKING

from coder.cli.changes import Changes, changes_since, codes_of, moved_with_text, moved_without
from coder.cli.changes_pages import pages_since
from coder.cli.changes_remerged import remerged_since
from coder.cli.changes_verdicts import verdict_moves, verdict_words
from coder.cli.drawing import Design, check_table, draw, store_sample, write_table
from coder.cli.drifting import compare_batches
from coder.cli.flowing import NUMBERS, flow
from coder.cli.population import find_population
from coder.cli.project import Project, pick_run
from coder.cli.selection import left_out, merged, verdicts
from coder.cli.updating import Told, clock_warnings, is_update, looks, shown, table_of, was_told
from coder.cli.updating_steps import SEED, Done
from coder.errors import CoderError, InputError
from coder.inference.sampling import documents_to_code
from coder.inference.transport import Drift
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
    project: Project, since: datetime, told: Told, done: Done, before: dict[str, int], audit: int | None, name: str
) -> tuple[News, Told]:
    """What is new since the moment, with the batch's sample drawn and kept; and what is told with it."""
    codebook, until = project.codebook(), now()
    with project.store() as store:
        changes = changes_since(store, since)
        run = _run(store, codebook)
        out = left_out(store, codebook).documents.keys()
        counts, batch = flow_numbers(store, codebook), changes.batch - out
        arrivals, groups = _Arrivals(store, codebook, run), merged(store)
        regrouped = remerged_since(store, since, told, groups, changes)
        pages = pages_since(store, since, told=[document.id for document, _ in changes.read])
        drift = tuple(_drift(store, codebook, run, batch)) if run else ()
        news = News(
            name=codebook.name,
            since=shown(since),
            until=shown(until),
            program=f"Intercoder {installed('intercoder')}",
            labels={dimension.id: dimension.label or dimension.id for dimension in codebook.dimensions},
            asked=tuple(done.asked),
            arrived=tuple(arrivals.of(*pair) for pair in changes.arrived),
            read=tuple(arrivals.of(*pair) for pair in changes.read),
            late=tuple(arrivals.of(*pair) for pair in changes.late),
            changed=tuple((document.name, _address(document)) for document, _, _ in changes.changed),
            moved=tuple(moved_with_text(store, codebook, run, changes)) if run else (),
            shifted=tuple(moved_without(store, codebook, run, changes)) if run else (),
            screened=tuple(verdict_moves(store, codebook, changes)),
            merged=regrouped.mergings,
            parted=regrouped.partings,
            vanished=pages.vanished,
            back=pages.back,
            unread=pages.unread,
            waiting=len(changes.waiting - out) if codebook.dimensions else 0,
            counts=tuple((box, before.get(box, 0), counts.get(box, 0)) for box in {**counts, **before}),
            audits=tuple(_audits(project, store, codebook, changes, batch, audit, name)),
            drift=drift,
            looks=looks(project) + bool(drift),
            warnings=tuple(clock_warnings(told, since)),
            steps=tuple(done.lines),
            problems=tuple(done.problems),
        )
    return news, replace(told, until=until, merged=frozenset(groups.kept))


def _run(store: Store, codebook: Codebook) -> Run | None:
    try:
        return pick_run(store, None, codebook.hash())
    except InputError:
        return None


class _Arrivals:
    """Documents as they are told: where each stands, and its codes by the run."""

    def __init__(self, store: Store, codebook: Codebook, run: Run | None) -> None:
        self._store, self._codebook, self._run = store, codebook, run
        self._verdicts, self._groups = verdicts(store, codebook), merged(store)
        self._names = {one.id: one.name for one in store.documents()}
        self._pages = store.newest_captures()

    def of(self, document: Document, version: Version | None) -> Arrival:
        """The document with its newest text, None where it has none."""
        codes = codes_of(self._store, self._codebook, self._run, version) if self._run and version else {}
        return Arrival(
            document.name,
            document.variables.get("title") or (version.context.get("title", "") if version else ""),
            document.source,
            _address(document),
            self._state(document, version, coded=bool(codes)),
            codes,
        )

    def _state(self, document: Document, version: Version | None, *, coded: bool) -> str:
        kept = self._groups.stands_for(document.id)
        if kept != document.id:
            return f"the same as another: {self._names.get(kept, kept)}"
        if version is None:
            found = self._pages.get(document.id)
            return f"no text: {found.reason or found.outcome}" if found else "no text yet"
        verdict = self._verdicts.get(document.id)
        if verdict is not None and verdict.state == "excluded":
            return verdict_words(verdict)
        words = [verdict_words(verdict)] if self._codebook.criteria else []
        if self._codebook.dimensions and not coded:
            words.append("not coded yet")
        return ", ".join(words) or "taken in"


def _address(document: Document) -> str:
    return document.variables.get("url", "")


def _audits(
    project: Project,
    store: Store,
    codebook: Codebook,
    changes: Changes,
    batch: frozenset[str],
    audit: int | None,
    name: str,
) -> Iterator[Audit]:
    """The samples that updates drew of these texts already, and one of those that are in none, drawn and kept now.

    A text is in one already where the update was stopped before it could tell, or is told again.
    """
    drawn = _drawn_already(store, {document.id: new for document, _, new in changes.coded if document.id in batch})
    for sample, members in drawn.items():
        yield _kept(project, store, codebook, sample)
        batch -= members
    if not batch:
        return
    if audit == 0:
        yield Audit(batch=len(batch), reason="none was asked for")
        return
    n = min(len(batch), audit or documents_to_code(len(batch)))
    try:
        found = draw(store, codebook, Design(n=n, among=batch), name, SEED)
        check_table(table := table_of(project, name), found.drawn)
        store_sample(store, found)  # first: a table of a sample that nobody keeps would be coded for nothing
        write_table(table, found.drawn, codebook)
    except CoderError as error:
        yield Audit(batch=len(batch), reason=error.message)
        return
    yield Audit(name, tuple(found.drawn_documents), len(batch))


def _drawn_already(store: Store, texts: Mapping[str, Version]) -> dict[str, set[str]]:
    """By name the samples that updates drew of these texts (by document), with which of the documents are in them."""
    found: dict[str, set[str]] = {}
    for row in store.inclusions():
        text = texts.get(row.document_id)
        if text is not None and row.created_at >= text.created_at and is_update(row.sample):
            found.setdefault(row.sample, set()).add(row.document_id)
    return found


def _kept(project: Project, store: Store, codebook: Codebook, sample: str) -> Audit:
    """A sample as it was drawn, with the table that an update was stopped before it could write."""
    rows = store.inclusions(sample)
    wanted = {row.document_id for row in rows if row.drawn}
    drawn = [pair for pair in store.current_versions() if pair[0].id in wanted]
    table = table_of(project, sample)
    if not was_told(project, sample) and not table.exists():
        write_table(table, drawn, codebook)
    return Audit(sample, tuple(document.name for document, _ in drawn), len(rows))


def _drift(store: Store, codebook: Codebook, run: Run, batch: frozenset[str]) -> Iterator[DriftTest]:
    """None for a batch that is all there is, or of which nothing is new or nothing counts."""
    import numpy as np

    try:
        population = find_population(store, codebook, run_id=run.id)
    except InputError:  # nothing is left to speak of: all is excluded, or shown to the model as an example
        return
    inside = np.array([document.id in batch for document, _ in population.pairs], dtype=bool)
    if not inside.any() or inside.all():
        return
    option = "intercoder sample --new-since DAY"
    for found in compare_batches(population, codebook.dimensions, [("the new texts", option, inside)], None):
        for test in found.drifts:
            yield DriftTest(test.name, test.distance, test.adjusted, test.reason or test.test, test.n, _shift(test))


def _shift(test: Drift) -> str:
    """The share that moved most: `paid: 20% -> 45% (+8 to +42 points)`."""
    if (shift := test.shift) is None:
        return ""
    limits = f"{shift.low * 100:+.0f} to {shift.high * 100:+.0f} points"
    return f"{shift.category}: {shift.before:.0%} -> {shift.now:.0%} ({limits})"
