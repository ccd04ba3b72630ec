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


def every_answer(store: Store, codebook: Codebook, run_id: str | None = None, coder: str | None = None) -> list[Coding]:
    """One coding a coder and cell, of this codebook, the model's from the named or newest run.

    InputError where nobody coded with this codebook, or nobody of this name did.
    """
    now = codebook.hash()
    found = [*_of_run(store, now, run_id), *_by_people(store, codebook)]
    decided = settlements(store.queue_items(), store.decisions(), decided_codings(store))
    found += [coding for given in decided.values() for coding in given if coding.codebook_hash == now]
    newest = _newest(left_out(store, codebook).codings(found))
    if not newest:
        raise _nothing_coded()
    names = {one.id: one.name for one in store.coders()}
    coded = sorted({names[one.coder_id] for one in newest})
    if coder is not None and coder not in coded:
        raise InputError(f"--coder {coder}: nobody of this name coded here", f"there are: {', '.join(coded)}")
    return [one for one in newest if coder is None or names[one.coder_id] == coder]


def looked_at(store: Store, codebook: Codebook, run_id: str | None = None) -> list[Coding]:
    """The same without what was settled, of the texts alone that people coded or whose codes are gold.

    A million codes of a model that nobody looked at are read one dimension at a time, and let go of. InputError where
    nobody coded with this codebook.
    """
    left, now = left_out(store, codebook), codebook.hash()
    found = left.codings(_by_people(store, codebook))
    seen = {one.version_id for one in found}
    if run_id is not None or any(run.codebook_hash == now for run in store.runs()):
        run = pick_run(store, run_id, now)
        for dimension in codebook.dimensions:
            codings = store.codings(run_id=run.id, dimension_id=dimension.id)
            found += [one for one in latest(codings) if one.version_id in seen]
    elif not found:
        raise _nothing_coded()
    return _newest(found)


def _nothing_coded() -> InputError:
    return InputError(
        "nothing was coded with this codebook yet",
        "intercoder code, or intercoder gold import; codes of an earlier one: intercoder codebook migrate",
    )


def _by_people(store: Store, codebook: Codebook) -> list[Coding]:
    now = codebook.hash()
    golds = [gold for gold in coded_blind(store.golds()) if gold.codebook_hash == now]
    found = [coding for gold in golds for coding in store.codings(gold_id=gold.id)]
    return found + [coding for given in people_of(store, codebook).codings.values() for coding in given]


def _newest(codings: Iterable[Coding]) -> list[Coding]:
    """One coding a coder and cell."""
    ordered = sorted(codings, key=lambda one: one.id)
    return list({(one.version_id, one.dimension_id, one.coder_id): one for one in ordered}.values())


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
