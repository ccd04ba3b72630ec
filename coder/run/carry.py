"""After a change of the codebook: which answers of a text stand, and which dimensions are asked again. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from coder.model import Codebook, Coding, Dimension, Run, Status

Cell = tuple[str, int]
"""A version's id and a replicate: what is answered as a whole."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A dimension that is not asked again. `source` is the coding it is carried over from, None where there is none and
    `ruled_out` names the dimension whose code says that this one does not apply."""

    dimension: Dimension
    source: Coding | None
    ruled_out: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """One text and replicate divided: ids of the dimensions to ask, in the codebook's order, and what is kept."""

    ask: tuple[str, ...]
    kept: tuple[Kept, ...]

    @property
    def carries(self) -> bool:
        """Whether any answer stands."""
        return any(one.source for one in self.kept)


def standing(codebook: Codebook, runs: Iterable[tuple[Run, Sequence[Coding]]]) -> dict[Cell, dict[str, Coding]]:
    """The newest answer of each cell and dimension that was asked as this codebook asks it, of runs and their codings.

    A failed call left no answer; a refusal and an unreadable answer are answers and were paid for. Only what a call
    brought counts, so that what was carried over is taken from where it was asked. A text that a run showed as a worked
    example is not taken from it.
    """
    hashes = {dimension.id: dimension.hash() for dimension in codebook.dimensions}
    found: dict[Cell, dict[str, Coding]] = {}
    for run, codings in sorted(runs, key=lambda pair: pair[0].id):
        shown = set(run.parameters.get("examples", ()))
        for coding in sorted(codings, key=lambda one: one.id):
            fits = hashes.get(coding.dimension_id) == coding.dimension_hash and coding.call_id is not None
            if fits and coding.status is not Status.FAILED and coding.version_id not in shown:
                found.setdefault((coding.version_id, coding.replicate), {})[coding.dimension_id] = coding
    return found


def share(codebook: Codebook, answers: Mapping[str, Coding]) -> Share:
    """Divide a text whose standing answers are these, by dimension.

    A dimension whose condition hangs on one that is asked is asked with it. Where a carried code rules a dimension out
    it is not asked, whatever stood; where the code no longer does, an answer "does not apply" falls.
    """
    ask: list[str] = []
    kept: dict[str, Kept] = {}
    for dimension in codebook.dimensions:
        condition, source = dimension.applies_if, answers.get(dimension.id)
        ruling = kept.get(condition.dimension) if condition else None
        if condition and condition.dimension in ask:
            ask.append(dimension.id)
        elif condition and ruling and _rules_out(ruling, condition.any_of):
            kept[dimension.id] = Kept(dimension, source, condition.dimension)
        elif source is None or (condition and source.status is Status.NOT_APPLICABLE):
            ask.append(dimension.id)
        else:
            kept[dimension.id] = Kept(dimension, source)
    return Share(tuple(ask), tuple(kept.values()))


def _rules_out(ruling: Kept, any_of: Collection[str]) -> bool:
    """Whether a kept answer makes a condition false; an answer that could not be read leaves it open."""
    if ruling.ruled_out:
        return True
    return (
        ruling.source is not None and not ruling.source.status.never_agrees and not {*ruling.source.codes} & {*any_of}
    )


def carried_codings(run: Run, version_id: str, replicate: int, shared: Share) -> tuple[Coding, ...]:
    """The codings of a run for what it does not ask of a text: no call brought them; they say where they are from."""
    return tuple(_carried(run, version_id, replicate, one) for one in shared.kept)


def _carried(run: Run, version_id: str, replicate: int, one: Kept) -> Coding:
    lineage = {"run_id": run.id, "call_id": None, "codebook_hash": run.codebook_hash}
    fresh = Coding(
        version_id=version_id,
        dimension_id=one.dimension.id,
        coder_id=run.coder_id,
        status=Status.NOT_APPLICABLE,
        reason=f"'{one.ruled_out}' rules it out",
        codebook_hash=run.codebook_hash,
        dimension_hash=one.dimension.hash(),
        run_id=run.id,
        replicate=replicate,
        derived_from=one.source.id if one.source else None,
    )
    if one.source is None or one.ruled_out:
        return fresh
    names = {"id": fresh.id, "created_at": fresh.created_at, "derived_from": one.source.id}
    return one.source.model_copy(update=lineage | names)


def kept_before(codings: Iterable[Coding]) -> dict[Cell, set[str]]:
    """By text and replicate the dimensions that a run did not ask, of its codings: those that no call brought."""
    found: dict[Cell, set[str]] = {}
    for coding in codings:
        if coding.call_id is None:
            found.setdefault((coding.version_id, coding.replicate), set()).add(coding.dimension_id)
    return found
