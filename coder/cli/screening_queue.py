"""After screening: what waits for people, and the random audits of what was excluded and what was included."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coder.cli.project import pick_run
from coder.cli.screening import Screened, ScreeningProject, screened
from coder.cli.selection import left_out
from coder.model import Codebook, Document, Inclusion, Version
from coder.model.base import new_id
from coder.screening import Verdict
from coder.screening.audit import SIDES, Draw, Rate, Side, audit_items, doubts, draw, queued

if TYPE_CHECKING:
    from coder.store import Store


@dataclass(frozen=True)
class Told:
    """What a pass of screening left behind; `verdicts` as they stand with what is queued."""

    criteria: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    queued: int
    drawn: Mapping[str, int]

    def record(self) -> dict[str, Any]:
        """The keys of `screening` in `screen --json`."""
        states = Counter(one.state for one in self.verdicts)
        return {
            "criteria": list(self.criteria),
            "included": states["included"],
            "excluded": states["excluded"],
            "unclear": states["unclear"],
            "unscreened": states["unscreened"],
            "reasons": self.reasons(),
            "queued": self.queued,
            "audited": dict(self.drawn),
        }

    def reasons(self) -> dict[str, int]:
        """How many are excluded for each criterion, in the codebook's order."""
        found = Counter(one.criterion for one in self.verdicts if one.state == "excluded")
        return {name: found[name] for name in self.criteria if found[name]}

    def lines(self) -> list[str]:
        """The same for people."""
        told = self.record()
        why = ", ".join(f"{name} {count}" for name, count in self.reasons().items())
        lines = [
            f"screened: {told['included']} included, {told['excluded']} excluded{f' ({why})' if why else ''}, "
            f"{told['unclear']} unclear" + (f", {told['unscreened']} not yet" if told["unscreened"] else "")
        ]
        drawn = [f"{count} of those {side}" for side, count in self.drawn.items() if count]
        if drawn:
            lines.append(f"drawn at random for people to check: {' and '.join(drawn)}")
        if self.queued:
            lines.append("waiting for people: intercoder adjudicate --screening; then: intercoder screen --results")
        return lines


def queue_screening(project: ScreeningProject, rates: Mapping[Side, Rate], least: float | None, seed: int) -> Told:
    """Queue what the newest answers leave unclear, and draw from each side."""
    codebook = project.codebook()
    with project.store() as store:
        store.save_codebook(codebook)
        run = pick_run(store, None, codebook.hash())
        left = left_out(store, codebook)  # merged ones: their text is asked under another name
        found = screened(store, codebook).without(left.documents)
        verdicts = found.verdicts(found.model)
        doubtful = [
            one
            for document, version in found.documents
            for one in doubts(version.id, verdicts[document.id], found.model.get(version.id, {}), least)
        ]
        added = store.extend_queue(lambda items: queued(codebook, run.id, doubtful, items))
        unsure = {one.version_id for one in doubtful}
        drawn, audits = _draw(store, codebook, run.id, found, verdicts, unsure, rates, seed)
        after = screened(store, codebook).without(left.documents)
        return Told(
            found.criteria,
            tuple(after.verdicts().values()),
            len(added) + audits,
            {one.side: len(one.drawn) for one in drawn},
        )


def _draw(
    store: Store,
    codebook: Codebook,
    run_id: str,
    found: Screened,
    verdicts: Mapping[str, Verdict],
    unsure: set[str],
    rates: Mapping[Side, Rate],
    seed: int,
) -> tuple[list[Draw], int]:
    """Each side is drawn from as a whole, again where it grew; what is newly drawn, and how many cells that queues."""
    versions = {document.id: version.id for document, version in found.documents}
    made = []
    for side in SIDES:
        there = {
            document: row
            for document, row in audited(store.inclusions(), found.documents).items()
            if row.stratum == side
        }
        population = {
            document
            for document, version_id in versions.items()
            if verdicts[document].state == side and version_id not in unsure
        }
        before = {document for document, row in there.items() if row.drawn} & population
        one = draw(side, population, rates[side], seed, len(before))
        if one is not None and (set(one.drawn) != before or set(one.population) != set(there)):
            store.add_inclusions(one.rows(f"screening:{new_id()}"))
            made.append(Draw(side, one.population, tuple(set(one.drawn) - before)))
    # Of all that is drawn and not of what is new alone: what a pass that was killed left out is queued by the next.
    drawn = {
        versions[document]: row.probability
        for document, row in audited(store.inclusions(), found.documents).items()
        if row.drawn and row.stratum == verdicts[document].state
    }
    return made, len(store.extend_queue(lambda items: audit_items(codebook, run_id, drawn, items)))


def audited(rows: Iterable[Inclusion], documents: Iterable[tuple[Document, Version]]) -> dict[str, Inclusion]:
    """By document the newest draw of its side, where it was in it with its current text.

    What was drawn of an older text says nothing of this one.
    """
    since = {document.id: version.created_at for document, version in documents}
    rows = list(rows)
    newest = {side: max((row.sample for row in rows if row.stratum == side), default="") for side in SIDES}
    found: dict[str, Inclusion] = {}
    for row in sorted(rows, key=lambda row: row.sample):
        if row.sample in newest.values() and row.created_at >= since.get(row.document_id, row.created_at):
            found[row.document_id] = row
    return {document: row for document, row in found.items() if document in since}
