"""What second coders did in a project, as a report tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from coder.adjudicate import fold
from coder.adjudicate.log import conflicting, offered, settlements
from coder.adjudicate.order import newest_of_cells
from coder.adjudicate.queueing import differ
from coder.adjudicate.summary import self_agreement
from coder.cli.reference import Reference
from coder.cli.second import decided_codings
from coder.cli.selection import LeftOut
from coder.model import Coding, QueueItem, Run
from coder.report.html.facts import DeskFacts
from coder.run.codings import latest

if TYPE_CHECKING:
    from coder.store import Store


def desk_facts(store: Store, run: Run | None, reference: Reference | None, left: LeftOut) -> DeskFacts | None:
    """What was queued for a run (or without one), and what became of it; None where nothing ever was.

    Nothing waits in documents that do not count; what people settled there stays.
    """
    everything, decisions = store.queue_items(), store.decisions()
    items = [item for item in everything if item.coder_id is None and item.run_id in (None, run.id if run else None)]
    if not items:
        return None
    codings = decided_codings(store)
    settled = settlements(items, decisions, codings)
    cells = newest_of_cells(items)
    states = offered(fold(cells.values(), decisions, codings, "").values(), left.versions)
    names = {coder.id: coder.name for coder in store.coders()}
    final = {cell: given[-1] for cell, given in settled.items() if not conflicting(given)}
    gold = {(one.version_id, one.dimension_id): one for one in reference.codings} if reference else {}
    model = _model(store, run, final)
    who = {one.coder_id for given in settled.values() for one in given}
    return DeskFacts(
        reasons=_reasons(state.item for state in states),
        settled=Counter(dimension for _, dimension in final),
        model=_changed(final, model),
        gold=_changed(final, gold),
        coders=tuple(sorted(names[coder] for coder in who)),
        waiting=sum(not state.done for state in states),
        conflicts=sum(conflicting(given) for (version, _), given in settled.items() if version not in left.versions),
        with_oneself=tuple(
            (names[coder], one.dimension, one.same, one.n)
            for coder in sorted({decision.coder_id for decision in decisions})
            for one in self_agreement(everything, decisions, codings, coder)
        ),
    )


def _reasons(items: Iterable[QueueItem]) -> Counter[str]:
    return Counter(item.reason for item in items)


def _model(store: Store, run: Run | None, final: dict[tuple[str, str], Coding]) -> dict[tuple[str, str], Coding]:
    """The run's codings of the cells that were settled."""
    if run is None:
        return {}
    found = {}
    for dimension in sorted({dimension for _, dimension in final}):
        for coding in latest(store.codings(run_id=run.id, dimension_id=dimension)):
            cell = coding.version_id, coding.dimension_id
            if cell in final:
                found[cell] = coding
    return found


def _changed(final: dict[tuple[str, str], Coding], other: dict[tuple[str, str], Coding]) -> Counter[str]:
    """Settled cells whose code differs from the other coder's, by dimension."""
    return Counter(cell[1] for cell, coding in final.items() if cell in other and differ(coding, other[cell]))
