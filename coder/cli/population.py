"""The documents that an analysis speaks of, and the probability sample of them that people coded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from coder.agreement.tables import IntArray
from coder.cli.project import pick_run
from coder.cli.reference import SELECTED, Reference, find_reference, other_codebook
from coder.cli.selection import counted
from coder.errors import InputError
from coder.inference.answers import Codings, by_version
from coder.inference.bounds import LEVEL
from coder.inference.sampling import Sample, documents_to_code, stored_sample
from coder.model import Codebook, Coding, Dimension, Document, Inclusion, Run, Status, Version
from coder.run.codings import comparable

if TYPE_CHECKING:
    from coder.store import Store

CENSUS = "a census: every document was coded by hand"
NO_GOLD = "no document was coded by hand"


@dataclass(frozen=True, eq=False)
class Frame:
    """The N documents one dimension's shares speak of. Without a sample, `reason` says why and `remedy` what to do.

    `basis` says what the sample is, `outside` counts documents that it was not drawn from (imported since, say).
    """

    documents: tuple[Document, ...]
    versions: tuple[str, ...]
    gold: Codings
    model: Codings
    sample: Sample | None
    basis: str
    outside: int = 0
    reason: str | None = None
    remedy: str | None = None

    def values(self, variable: str) -> list[str]:
        """Each document's value of a variable, empty where it has none. InputError where no document has it."""
        found = [document.variables.get(variable, "") for document in self.documents]
        if not any(found):
            known = sorted({name for document in self.documents for name in document.variables})
            raise InputError(f"no document has the variable '{variable}'", f"there are: {', '.join(known) or 'none'}")
        return found

    def clusters(self, variable: str) -> IntArray:
        """Numbers of the documents' clusters by a variable; one without a value is a cluster of its own."""
        values = self.values(variable)
        return numbered([value or f"document {one.id}" for value, one in zip(values, self.documents, strict=True)])


@dataclass(frozen=True)
class Intervals:
    """At which level, and by which variable documents that share a source are told (None: as the sample has it)."""

    cluster: str | None = None
    level: float = LEVEL

    def clusters(self, frame: Frame) -> IntArray | None:
        """Numbers of the documents' clusters; None where no variable is named."""
        return None if self.cluster is None else frame.clusters(self.cluster)


@dataclass(frozen=True, eq=False)
class Population:
    """A project's documents outside the examples, a run, gold, and all inclusion probabilities.

    `reference` is None where there is no gold. `name` is that of the sample to use; None takes the newest of
    which most was coded, or a census where there is none and everything was coded.
    """

    pairs: tuple[tuple[Document, Version], ...]
    run: Run
    model: tuple[Coding, ...]
    reference: Reference | None
    inclusions: tuple[Inclusion, ...]
    examples: int
    name: str | None

    def frame(self, dimension_id: str) -> Frame:
        """The documents, codes and sample for one dimension."""
        gold = by_version(self.reference.codings, dimension_id) if self.reference else {}
        gold = {version: coding for version, coding in gold.items() if coding.status is not Status.SKIPPED}
        rows = self._rows(dimension_id)
        pairs = self._members(rows)
        versions = tuple(version.id for _, version in pairs)
        sample, basis, reason, remedy = None, "no sample", None, None
        try:
            sample, basis = self._sample(dimension_id, rows, pairs, [version in gold for version in versions])
        except InputError as error:
            reason, remedy = error.message, error.hint
        return Frame(
            tuple(document for document, _ in pairs),
            versions,
            gold,
            by_version(self.model, dimension_id),
            sample,
            basis,
            outside=len(self.pairs) - len(pairs),
            reason=reason,
            remedy=remedy,
        )

    @cached_property
    def sample_name(self) -> str | None:
        """The sample that is used: the one named, else the newest of which most was coded, else the most coded one."""
        names = list(dict.fromkeys(row.sample for row in self.inclusions))
        if self.name is not None and self.name not in names:
            raise InputError(f"--sample {self.name}: no such sample", f"known: {', '.join(names) or 'none'}")
        if self.name is not None or not names:
            return self.name
        drawn = Counter(row.sample for row in self.inclusions if row.drawn)
        coded = Counter(row.sample for row in self.inclusions if row.drawn and row.document_id in self._coded)
        newest = list(reversed(names))
        mostly = (name for name in newest if 2 * coded[name] >= drawn[name])
        return next(mostly, max(newest, key=lambda name: coded[name] / max(drawn[name], 1)))

    @cached_property
    def _coded(self) -> set[str]:
        """The documents with a hand code."""
        versions = {coding.version_id for coding in self.reference.codings} if self.reference else set()
        return {document.id for document, version in self.pairs if version.id in versions}

    def _rows(self, dimension_id: str) -> dict[str, Inclusion]:
        """The sample's rows by document; one for the dimension goes before one for all."""
        mine = [row for row in self.inclusions if row.sample == self.sample_name]
        ordered = sorted(mine, key=lambda row: row.dimension_id)
        return {row.document_id: row for row in ordered if row.dimension_id in ("", dimension_id)}

    def _members(self, rows: dict[str, Inclusion]) -> tuple[tuple[Document, Version], ...]:
        """The documents the sample was drawn from; an imported sample says nothing of the others, so all of them.

        The program's own samples name a stratum or cluster for each document, also where every document was drawn.
        """
        whole = any(row.stratum or row.cluster or not row.drawn for row in rows.values())
        return tuple(pair for pair in self.pairs if not (rows and whole) or pair[0].id in rows)

    def _sample(
        self,
        dimension_id: str,
        rows: dict[str, Inclusion],
        pairs: Sequence[tuple[Document, Version]],
        coded: Sequence[bool],
    ) -> tuple[Sample, str]:
        queued = self.reference is not None and self.reference.blocked.get(dimension_id) == SELECTED
        if not any(coded):
            raise InputError(NO_GOLD, _remedy(len(pairs), drawn=bool(rows), name=self.sample_name))
        if not rows and all(coded) and not queued:
            n = len(pairs)
            everything = np.ones(n, dtype=np.bool_), np.ones(n), np.zeros(n, dtype=np.int64), np.arange(n)
            return Sample(*everything), CENSUS
        found = [rows.get(document.id) for document, _ in pairs]
        drawn = np.array([row.drawn if row else not rows and has for row, has in zip(found, coded, strict=True)])
        chances = np.array([row.probability if row else np.nan for row in found])
        sample = stored_sample(
            drawn,
            chances,
            stratum=numbered([row.stratum if row else "" for row in found]),
            unit=numbered(
                [
                    row.cluster if row and row.cluster else f"document {document.id}"
                    for row, (document, _) in zip(found, pairs, strict=True)
                ]
            ),
            selection="queue" if queued else "sample",
        )
        return sample, f"sample '{self.sample_name}'"


def find_population(
    store: Store,
    codebook: Codebook,
    *,
    run_id: str | None = None,
    gold_name: str | None = None,
    sample: str | None = None,
    pairs: Sequence[tuple[Document, Version]] | None = None,
) -> Population:
    """What the store holds for an analysis. InputError where there is no run, or one of another codebook.

    With `pairs`, the documents with their current versions, the model's codings are left for the caller to put in, a
    dimension at a time: what was read is not read again.
    """
    run = pick_run(store, run_id)
    if run.codebook_hash != codebook.hash():
        raise other_codebook(f"run {run.id}", run.codebook_hash, codebook)
    reference = find_reference(store, codebook, gold_name) if store.golds() or gold_name else None
    shown = {document for document, split in store.splits().items() if split.split == "examples"}
    everything = counted(store, codebook) if pairs is None else pairs
    kept = tuple(pair for pair in everything if pair[0].id not in shown)
    if not kept:
        raise InputError("there are no documents to speak of", "import some: intercoder import PATH")
    model = tuple(comparable(run, store.codings(run_id=run.id))) if pairs is None else ()
    return Population(
        kept, run, model, reference, tuple(store.inclusions()), examples=len(everything) - len(kept), name=sample
    )


def named_dimensions(codebook: Codebook, names: Iterable[str]) -> list[Dimension]:
    """The dimensions with these ids, in the codebook's order; without names all. InputError for an unknown one."""
    wanted = set(names)
    known = [dimension.id for dimension in codebook.dimensions]
    if unknown := sorted(wanted - set(known)):
        raise InputError(f"{unknown[0]}: no such dimension", f"the codebook has: {', '.join(known)}")
    return [dimension for dimension in codebook.dimensions if not wanted or dimension.id in wanted]


def numbered(names: Sequence[str]) -> IntArray:
    """A number for each name, alike for alike."""
    return np.asarray(np.unique(np.asarray(names, dtype=str), return_inverse=True)[1], dtype=np.int64)


def _remedy(population: int, *, drawn: bool, name: str | None) -> str:
    if drawn:
        return f"code the documents of the sample '{name}' by hand and take them in: intercoder gold import"
    n = documents_to_code(population)
    return f"draw a sample and code it by hand: intercoder sample --n {n} (interval of about ±0.10, or narrower)"
