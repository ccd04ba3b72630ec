"""The second coder's queue, as commands see it: brought up to date from a run and gold, with each item's state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from coder.adjudicate import ItemState, Standing, build_queue, fold
from coder.adjudicate.again import contested, flagged_again, repeats
from coder.adjudicate.assigning import ASSIGNED, first_items
from coder.adjudicate.log import offered
from coder.adjudicate.order import newest_of_cells, on_desk
from coder.adjudicate.queueing import Cell
from coder.cli.project import pick_gold, pick_run
from coder.cli.reference import people_of
from coder.cli.selection import LeftOut, counted, left_out
from coder.errors import InputError
from coder.model import Codebook, Coder, Coding, QueueItem, Run, now
from coder.run.codings import comparable

if TYPE_CHECKING:
    from coder.settings import DeskSettings
    from coder.store import Store

AUDIT_SEED = 20210215


def refresh_queue(
    store: Store,
    codebook: Codebook,
    run_id: str | None,
    gold_name: str | None,
    audit_rate: float = 0.1,
    min_confidence: float | None = None,
    standing: Mapping[str, Standing] | None = None,
) -> tuple[ItemState, ...]:
    """Bring the queue up to date; return the state of every cell that is queued."""
    run = update_queue(store, codebook, run_id, gold_name, audit_rate, min_confidence, standing)
    return queued_cells(store, codebook, run.id if run else None, left_out(store, codebook))


def queued_cells(store: Store, codebook: Codebook, run_id: str | None, left: LeftOut) -> tuple[ItemState, ...]:
    """The state of every cell of a run's queue, or of all runs', as a desk offers them to whoever comes.

    Of documents that do not count only what people settled is among them.
    """
    known = {dimension.id for dimension in codebook.dimensions}
    items = newest_of_cells(item for item in on_desk(store.queue_items(), "", run_id=run_id))
    states = fold(items.values(), store.decisions(), decided_codings(store), "")
    return tuple(offered([state for state in states.values() if state.item.dimension_id in known], left.versions))


def update_queue(
    store: Store,
    codebook: Codebook,
    run_id: str | None,
    gold_name: str | None,
    audit_rate: float = 0.1,
    min_confidence: float | None = None,
    standing: Mapping[str, Standing] | None = None,
) -> Run | None:
    """Queue what is new in a run, between people, and in the log; return the run.

    InputError where neither a model nor a person coded anything with this codebook.
    """
    run, gold = queued_run(store, codebook, run_id), pick_gold(store, gold_name)
    left = left_out(store, codebook)
    shown = set(run.parameters.get("examples", ())) if run else set()
    shown |= left.versions  # nobody is asked for what does not count
    people = [
        coding
        for codings in people_of(store, codebook).codings.values()
        for coding in codings
        if coding.version_id not in shown
    ]
    names = {coder.id: coder.name for coder in store.coders()}
    build = partial(
        build_queue,
        codebook,
        left.codings(comparable(run, store.codings(run_id=run.id))) if run else (),
        store.codings(gold_id=gold.id) if gold else None,
        run_id=run.id if run else None,
        gold_id=gold.id if gold else None,
        audit_rate=audit_rate,
        min_confidence=min_confidence,
        standing=standing,
        seed=AUDIT_SEED,
        people=people,
        names=names,
        changed=_changed(store, [*people, *decided_codings(store).values()], shown),
    )
    store.extend_queue(lambda items: build(already=items))
    queue_again(store, codebook, run)
    return run


def queue_again(store: Store, codebook: Codebook, run: Run | None = None) -> int:
    """Queue what the log sends back, flagged cells and those settled in two ways; how many were settled in two ways."""
    names = {coder.id: coder.name for coder in store.coders()}
    decisions, codings = store.decisions(), decided_codings(store)
    run_id = run.id if run else None
    added = store.extend_queue(
        lambda items: [
            *contested(codebook, items, decisions, codings, names),
            *flagged_again(items, decisions, codings, names, run_id=run_id),
        ]
    )
    return sum(item.reason == "conflict" for item in added)


def queue_repeats(store: Store, coder: Coder, settings: DeskSettings, left: LeftOut) -> None:
    """Queue, for this coder alone and in silence, a share of what the coder answered long enough ago and counts."""
    before = now() - timedelta(hours=settings.repeat_after_hours)
    decisions, share = store.decisions(), settings.repeat_share

    def again(items: Sequence[QueueItem]) -> tuple[QueueItem, ...]:
        counting = [item for item in items if item.version_id not in left.versions]
        return repeats(counting, decisions, coder.id, share=share, seed=AUDIT_SEED, before=before)

    store.extend_queue(again)


def queued_run(store: Store, codebook: Codebook, run_id: str | None) -> Run | None:
    """The run whose codes are queued; None where no model coded and people did."""
    if run_id is None and not store.runs() and people_of(store, codebook).codings:
        return None
    return pick_run(store, run_id, codebook.hash())


def decided_codings(store: Store) -> dict[str, Coding]:
    """Every coding that a decision names, by id."""
    return {coding.id: coding for coding in store.codings(decided=True)}


def _changed(store: Store, people: Iterable[Coding], shown: set[str]) -> set[Cell]:
    """The cells of current texts that no person coded although one coded an earlier text of the document."""
    by_person = {(coding.version_id, coding.dimension_id) for coding in people}
    current = store.newest_versions()
    newest = set(current.values())
    earlier = {version_id for version_id, _ in by_person} - newest
    document_of = {version_id: store.version(version_id).document_id for version_id in earlier}
    moved = {
        (current[document_of[version_id]], dimension_id)
        for version_id, dimension_id in by_person
        if version_id in earlier
    }
    return {cell for cell in moved - by_person if cell[0] not in shown}


def assigned_work(store: Store, codebook: Codebook, coder: Coder) -> None:
    """Queue what a first coder has to code: every dimension of the documents assigned, or of all where none was.

    InputError where documents were assigned to others alone.
    """
    items = store.queue_items()
    first = [item for item in items if item.reason == "first_coding"]
    mine = dict.fromkeys(item.version_id for item in first if item.coder_id == coder.id and item.detail == ASSIGNED)
    if not mine and any(item.detail == ASSIGNED for item in first):
        raise InputError(f"no document is assigned to '{coder.name}'", "share some out: intercoder assign --coders A,B")
    shown = {document for document, split in store.splits().items() if split.split == "examples"}
    everything = [version.id for document, version in counted(store, codebook) if document.id not in shown]
    work, detail = {coder.id: tuple(mine or everything)}, ASSIGNED if mine else ""
    store.extend_queue(lambda items: first_items(codebook, work, items, detail))
