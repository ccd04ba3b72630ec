"""Carry a project's codings over to a new version of its codebook: what would happen, and doing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coder.adjudicate.log import settlements
from coder.adjudicate.queueing import Cell
from coder.cli.project import Project, coded_blind
from coder.cli.reference import coded_first
from coder.cli.second import decided_codings
from coder.codebook.map_file import MapFile
from coder.codebook.migration import Drop, Migration, Requeued, carry, plan_migration
from coder.errors import InputError
from coder.model import Codebook, Coding, Decision, Gold, GoldItem, QueueItem, Run
from coder.run.codings import latest
from coder.run.session import CARRIED

if TYPE_CHECKING:
    from coder.store import Store

LEAST_OF_HASH = 6
"""Digits of a hash that tell it from a version."""


@dataclass
class Part:
    """What becomes of a gold set's, a run's or the desk's codings, by dimension before; `what` says which."""

    what: str
    carried: list[Coding] = field(default_factory=list)
    requeued: list[tuple[Coding, Requeued]] = field(default_factory=list)
    dropped: list[tuple[Coding, Drop]] = field(default_factory=list)

    def record(self) -> dict[str, Any]:
        """The keys of a part in `codebook migrate --json`."""
        why = Counter((coding.dimension_id, one.why) for coding, one in self.requeued)
        gone = Counter((coding.dimension_id, one.why) for coding, one in self.dropped)
        return {
            "what": self.what,
            "carried": len(self.carried),
            "asked_again": [{"dimension": key[0], "why": key[1], "codings": n} for key, n in why.items()],
            "dropped": [{"dimension": key[0], "why": key[1], "codings": n} for key, n in gone.items()],
        }


@dataclass
class Plan:
    """Everything that a migration adds: parts by gold set, by run, and what was settled."""

    migration: Migration
    golds: list[tuple[Gold, Part]] = field(default_factory=list)
    desks: list[tuple[str, Part]] = field(default_factory=list)
    runs: list[tuple[Run, Part]] = field(default_factory=list)
    settled: Part = field(default_factory=lambda: Part("settled on the desk"))

    @property
    def parts(self) -> list[Part]:
        """All parts that hold something."""
        found = [part for _, part in (*self.golds, *self.desks, *self.runs)] + [self.settled]
        return [part for part in found if part.carried or part.requeued or part.dropped]

    def cells(self) -> dict[Cell, str]:
        """The cells that people are asked again, with why: those of people's codings, where nothing settled stands."""
        human = [*(part for _, part in (*self.golds, *self.desks)), self.settled]
        again = {(coding.version_id, one.dimension): one.why for part in human for coding, one in part.requeued}
        settled = {(coding.version_id, coding.dimension_id) for coding in self.settled.carried}
        return {cell: why for cell, why in again.items() if cell not in settled}

    def record(self) -> dict[str, Any]:
        """The keys of `codebook migrate --json`."""
        old, new = self.migration.old, self.migration.new
        return {
            "from": {"version": old.version, "hash": old.hash()},
            "to": {"version": new.version, "hash": new.hash()},
            "parts": [part.record() for part in self.parts],
            "queued": len(self.cells()),
        }


def find_source(store: Store, wanted: str) -> Codebook:
    """The codebook that codings of the store were given with, by version or the beginning of its hash.

    InputError where it is none or several of those there are, which are named.
    """
    used = (store.runs(), store.golds(), coded_first(store))
    books = {one: store.codebook(one) for one in dict.fromkeys(row.codebook_hash for rows in used for row in rows)}
    by_hash = len(wanted) >= LEAST_OF_HASH
    found = [book for one, book in books.items() if book.version == wanted or (by_hash and one.startswith(wanted))]
    if len(found) != 1:
        known = ", ".join(f"{book.version} ({one[:12]})" for one, book in books.items()) or "none yet"
        which = "several codebooks here have" if found else "nothing here was coded with"
        raise InputError(f"from: {wanted}: {which} this version", f"name one by its hash; there are: {known}")
    return found[0]


def plan(store: Store, project: Project, given: MapFile, name: str) -> Plan:
    """What the map would do to all that was coded with the codebook it starts from; nothing is written.

    InputError where the map leaves something open, or where everything was carried over before.
    """
    old, new = find_source(store, given.source), project.codebook()
    if old.hash() == new.hash():
        raise InputError(
            f"from: {given.source}: that is the codebook as it is now", "change the codebook first, then carry over"
        )
    made = Plan(plan_migration(old, new, given.lines, name))
    _plan_people(store, made)
    _plan_runs(store, made)
    _plan_settled(store, made)
    if not made.parts:
        raise InputError("nothing is left to carry over to this codebook", "intercoder runs and gold sets have it all")
    return made


def _sorted(part: Part, codings: Iterable[Coding], migration: Migration) -> Part:
    for coding in codings:
        fate = carry(coding, migration)
        if isinstance(fate, Coding):
            part.carried.append(fate)
        elif isinstance(fate, Requeued):
            part.requeued.append((coding, fate))
        else:
            part.dropped.append((coding, fate))
    return part


def _plan_people(store: Store, made: Plan) -> None:
    before, after = made.migration.old.hash(), made.migration.new.hash()
    newest = {gold.name: gold for gold in coded_blind(store.golds())}
    done = {gold.name for gold in store.golds() if gold.codebook_hash == after}
    for gold in newest.values():
        if gold.codebook_hash == before and gold.name not in done:
            part = Part(f"gold {gold.name} {gold.version}")
            made.golds.append((gold, _sorted(part, store.codings(gold_id=gold.id), made.migration)))
    held = {coding.id for gold in store.golds() for coding in store.codings(gold_id=gold.id)}
    derived = {coding.derived_from for coding in store.codings() if coding.codebook_hash == after}
    names = {coder.id: coder.name for coder in store.coders()}
    first: dict[str, list[Coding]] = {}
    for coding in coded_first(store):
        if coding.codebook_hash == before and coding.id not in held | derived:
            first.setdefault(names[coding.coder_id], []).append(coding)
    for who, codings in first.items():
        made.desks.append((who, _sorted(Part(f"coded from scratch by {who}"), codings, made.migration)))


def _plan_runs(store: Store, made: Plan) -> None:
    before, after = made.migration.old.hash(), made.migration.new.hash()
    carried = [run for run in store.runs() if run.codebook_hash == after and CARRIED in run.parameters]
    done = {one for run in carried if store.codings(run_id=run.id) for one in run.parameters[CARRIED]}
    for run in store.runs():
        if run.codebook_hash == before and run.id not in done:
            codings = store.codings(run_id=run.id)
            newest = [one for number in sorted({one.replicate for one in codings}) for one in latest(codings, number)]
            made.runs.append((run, _sorted(Part(f"run {run.id}"), newest, made.migration)))


def _plan_settled(store: Store, made: Plan) -> None:
    before, after = made.migration.old.hash(), made.migration.new.hash()
    derived = {coding.derived_from for coding in store.codings() if coding.codebook_hash == after}
    shared = [item for item in store.queue_items() if item.coder_id is None]
    standing = settlements(shared, store.decisions(), decided_codings(store))
    codings = [one for given in standing.values() for one in given if one.codebook_hash == before]
    _sorted(made.settled, [one for one in codings if one.id not in derived], made.migration)


def apply(store: Store, made: Plan, by: str) -> dict[str, Any]:
    """Write it: new codings with lineage, new versions of gold sets, new runs, decisions and queue items.

    Rows are added, none is changed. `by` names who asked for it, which gold sets, runs and decisions say.
    """
    old, new = made.migration.old, made.migration.new
    words = f"carried over from codebook {old.version} ({old.hash()[:12]}) by {by}"
    codebook_hash, golds, runs = store.save_codebook(new), [], []
    store.add_queue_items(
        QueueItem(version_id=version, dimension_id=dimension, reason="changed", detail=f"{why} ({words})")
        for (version, dimension), why in made.cells().items()
    )
    for gold, part in made.golds:
        defensible = {item.coding_id: item.defensible for item in store.gold_items(gold.id)}
        golds.append(_add_gold(store, gold.name, codebook_hash, words, part.carried, defensible, made.migration))
    for who, part in made.desks:
        golds.append(_add_gold(store, f"desk:{who}", codebook_hash, words, part.carried, {}, made.migration))
    for run, part in made.runs:
        runs.append(_add_run(store, run, codebook_hash, words, part.carried, new))
    _add_settled(store, made.settled.carried, words)
    return {"gold": [name for name in golds if name], "runs": runs}


def _add_gold(
    store: Store,
    name: str,
    codebook_hash: str,
    words: str,
    codings: Sequence[Coding],
    defensible: dict[str, tuple[tuple[str, ...], ...]],
    migration: Migration,
) -> str:
    if not codings:
        return ""
    store.add_codings(codings)
    version = 1 + max((gold.version for gold in store.golds() if gold.name == name), default=0)
    gold = Gold(name=name, version=version, codebook_hash=codebook_hash, rule=words)
    items = [
        GoldItem(coding_id=one.id, defensible=_arguable(one, defensible.get(one.derived_from or "", ()), migration))
        for one in codings
    ]
    store.add_gold(gold, items)
    return f"{name} {version}"


def _arguable(coding: Coding, given: tuple[tuple[str, ...], ...], migration: Migration) -> tuple[tuple[str, ...], ...]:
    """The defensible codes in the new words; an answer that one code of has no single successor is left out."""
    kept = [rule for rule in migration.rules.values() if not isinstance(rule, Drop)]
    (rule,) = (one for one in kept if one.to.id == coding.dimension_id)
    found = []
    for codes in given:
        targets = [rule.targets.get(code) for code in codes]
        if all(isinstance(one, str) for one in targets):
            found.append(tuple(dict.fromkeys(str(one) for one in targets)))
    return tuple(one for one in dict.fromkeys(found) if set(one) != set(coding.codes))


def _add_run(store: Store, run: Run, codebook_hash: str, words: str, codings: Sequence[Coding], new: Codebook) -> str:
    """A run that asked nothing: `intercoder code` never goes on with it, and its codings name those they come from."""
    lineage = {CARRIED: [run.id], "carried_by": words, "dimensions": [dimension.id for dimension in new.dimensions]}
    made = Run(
        coder_id=run.coder_id,
        codebook_hash=codebook_hash,
        prompt_hash=f"carried:{run.prompt_hash}"[:64],
        parameters=run.parameters | lineage,
    )
    store.add_run(made)
    store.add_codings(one.model_copy(update={"run_id": made.id}) for one in codings)
    return made.id


def _add_settled(store: Store, codings: Sequence[Coding], words: str) -> None:
    """What was settled stands settled: an item a cell, and each person's settlement with its lineage."""
    items: dict[Cell, QueueItem] = {}
    decisions = []
    for one in codings:
        cell = (one.version_id, one.dimension_id)
        if cell not in items:
            items[cell] = QueueItem(version_id=cell[0], dimension_id=cell[1], reason="changed", detail=words)
        item, who = items[cell].id, one.coder_id
        decisions.append(
            Decision(item_id=item, coder_id=who, action="settle", coding_id=one.id, visible="open", memo=words)
        )
    store.add_queue_items(items.values())
    store.add_decisions(decisions, list(codings))
