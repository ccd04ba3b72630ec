"""The second coder's queue, as commands see it: brought up to date from a run and gold, with each item's state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from coder.adjudicate import ItemState, Standing, build_queue, fold
from coder.cli.project import pick_gold, pick_run
from coder.model import Codebook, Coding
from coder.run.codings import comparable

if TYPE_CHECKING:
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
    """Queue what is new in a run, and return the state of every item of it; nothing queued twice."""
    run, gold = pick_run(store, run_id, codebook.hash()), pick_gold(store, gold_name)
    reference = store.codings(gold_id=gold.id) if gold else None
    store.add_queue_items(
        build_queue(
            codebook,
            comparable(run, store.codings(run_id=run.id)),
            reference,
            run_id=run.id,
            gold_id=gold.id if gold else None,
            audit_rate=audit_rate,
            min_confidence=min_confidence,
            standing=standing,
            seed=AUDIT_SEED,
            already=store.queue_items(),
        )
    )
    items = [item for item in store.queue_items() if item.run_id == run.id]
    return tuple(fold(items, store.decisions(), decided_codings(store), "").values())


def decided_codings(store: Store) -> dict[str, Coding]:
    """Every coding that a decision names, by id."""
    return {coding.id: coding for coding in store.codings(decided=True)}
