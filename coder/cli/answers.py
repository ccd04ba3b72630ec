"""Every coder's newest answer to each cell: the model's of one run, people's, gold's, and what was settled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coder.adjudicate.log import settlements
from coder.cli.project import coded_blind, pick_run
from coder.cli.reference import people_of
from coder.cli.second import decided_codings
from coder.cli.selection import left_out
from coder.errors import InputError
from coder.model import Codebook, Coding
from coder.run.codings import latest

if TYPE_CHECKING:
    from coder.store import Store


def every_answer(
    store: Store, codebook: Codebook, run_id: str | None = None, coder: str | None = None, *, settled: bool = True
) -> list[Coding]:
    """One coding a coder and cell, of this codebook, the model's from the named or newest run.

    InputError where nobody coded with this codebook, or nobody of this name did.
    """
    now = codebook.hash()
    found = list(_of_run(store, now, run_id))
    for gold in coded_blind(store.golds()):
        found += store.codings(gold_id=gold.id) if gold.codebook_hash == now else ()
    found += [coding for given in people_of(store, codebook).codings.values() for coding in given]
    if settled:
        decided = settlements(store.queue_items(), store.decisions(), decided_codings(store))
        found += [coding for given in decided.values() for coding in given if coding.codebook_hash == now]
    found = left_out(store, codebook).codings(found)
    newest = {(one.version_id, one.dimension_id, one.coder_id): one for one in sorted(found, key=lambda one: one.id)}
    if not newest:
        raise InputError(
            "nothing was coded with this codebook yet",
            "intercoder code, or intercoder gold import; codes of an earlier one: intercoder codebook migrate",
        )
    names = {one.id: one.name for one in store.coders()}
    coded = sorted({names[one.coder_id] for one in newest.values()})
    if coder is not None and coder not in coded:
        raise InputError(f"--coder {coder}: nobody of this name coded here", f"there are: {', '.join(coded)}")
    return [one for one in newest.values() if coder is None or names[one.coder_id] == coder]


def _of_run(store: Store, codebook_hash: str, run_id: str | None) -> Iterable[Coding]:
    fitting = any(run.codebook_hash == codebook_hash for run in store.runs())
    if run_id is None and not fitting:
        return ()
    return latest(store.codings(run_id=pick_run(store, run_id, codebook_hash).id))


def check_category(codebook: Codebook, dimension: str, category: str | None) -> None:
    """InputError where the codebook has no such dimension or category, naming those it has."""
    known = [one.id for one in codebook.dimensions]
    if dimension not in known:
        raise InputError(f"--dimension {dimension}: no such dimension", f"known: {', '.join(known)}")
    codes = [one.id for one in codebook.dimension(dimension).codes] + ["absent"]
    if category is not None and category not in codes:
        raise InputError(f"--category {category}: {dimension} has no such category", f"known: {', '.join(codes)}")
