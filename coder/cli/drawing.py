"""Draw a probability sample of a project's documents, and keep it with the probability of every document."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from coder.cli.project import pick_run
from coder.cli.selecting import selector
from coder.cli.selection import counted
from coder.errors import InputError
from coder.export.atomic import write_atomically
from coder.export.table_csv import cell
from coder.inference.sampling import (
    Rule,
    Sample,
    allocate,
    documents_to_code,
    draw_clusters,
    draw_simple,
    draw_stratified,
)
from coder.model import Codebook, Coding, Document, Inclusion, Version
from coder.run.codings import latest

if TYPE_CHECKING:
    from coder.store import Store

HALF_WIDTH = 0.1
NO_CODE = "no code"
"""The stratum of documents that the run gave no code."""
ALL = "all"
"""The one stratum of a simple sample. Imported samples name none: what is not in them may have been drawn from too."""


@dataclass(frozen=True)
class Design:
    """How to draw, as the command's options say it; `among` are the ids of the only documents to draw from."""

    n: int | None = None
    half_width: float | None = None
    stratify: str | None = None
    allocation: Rule = "proportional"
    cluster: str | None = None
    where: str | None = None
    new_since: str | None = None
    among: frozenset[str] | None = None

    def checked(self) -> Design:
        """The design; InputError where options contradict each other."""
        if self.n is not None and self.half_width is not None:
            raise InputError("--n and --half-width both say how many", "give one of them")
        if self.cluster is not None and self.stratify is not None:
            raise InputError("--cluster and --stratify do not go together", "give one of them")
        if self.cluster is not None and self.n is None:
            raise InputError(
                "--cluster: how many clusters a half-width needs depends on how alike their documents are",
                "say how many clusters to draw: --n",
            )
        if self.stratify is not None and self.allocation == "equal" and self.n is None:
            raise InputError(
                "--allocation equal: a half-width holds for a sample in proportion", "say how many documents: --n"
            )
        return self


@dataclass(frozen=True, eq=False)
class Drawing:
    """A sample of `population`; `strata` and `clusters` name each document's (empty for none)."""

    name: str
    seed: int
    design: Design
    population: tuple[tuple[Document, Version], ...]
    sample: Sample
    strata: tuple[str, ...]
    clusters: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def drawn_documents(self) -> list[str]:
        """The names of the documents drawn, in order of import."""
        return [pair[0].name for pair in self.drawn]

    @property
    def drawn(self) -> list[tuple[Document, Version]]:
        """The documents drawn with their texts."""
        return [pair for pair, taken in zip(self.population, self.sample.drawn, strict=True) if taken]


def draw(store: Store, codebook: Codebook, design: Design, name: str, seed: int) -> Drawing:
    """Draw, without storing anything. InputError where the name is taken or the design cannot be drawn."""
    design = design.checked()
    if store.inclusions(name):
        raise InputError(
            f"there is a sample '{name}' already; drawing again until it suits is no random sample",
            "code that one, or give another sample another --name",
        )
    population, notes = _population(store, codebook, design)
    if not population:
        raise InputError("there are no documents to draw from", "import some, or choose others with --where")
    n = design.n or documents_to_code(len(population), half_width=design.half_width or HALF_WIDTH)
    none, mixed = ("",) * len(population), _mixed(seed, name)
    if design.cluster is not None:
        clusters = _values(population, design.cluster)
        made, strata = draw_clusters(clusters, n, seed=mixed), none
    elif design.stratify is not None:
        strata, clusters = _strata(store, codebook, design.stratify, population), none
        made = draw_stratified(strata, allocate(strata, n, design.allocation), seed=mixed)
    else:
        made, strata, clusters = draw_simple(len(population), n, seed=mixed), (ALL,) * len(population), none
    return Drawing(name, seed, design, population, made, strata, clusters, notes)


def _mixed(seed: int, name: str) -> int:
    """A seed for this sample alone: another name draws other documents, by the same seed too."""
    return int.from_bytes(sha256(f"{seed}\0{name}".encode()).digest()[:8])


def _population(
    store: Store, codebook: Codebook, design: Design
) -> tuple[tuple[tuple[Document, Version], ...], tuple[str, ...]]:
    pairs = counted(store, codebook)
    chosen = selector(design.where, design.new_since)
    among = design.among
    wanted = [pair for pair in pairs if chosen(pair[0]) and (among is None or pair[0].id in among)]
    shown = {document for document, split in store.splits().items() if split.split == "examples"}
    kept = tuple(pair for pair in wanted if pair[0].id not in shown)
    aside = len(wanted) - len(kept)
    words = f"{aside} documents are examples in the prompt: they are not drawn, and shares do not speak of them"
    return kept, (words,) if aside else ()


def _values(population: Iterable[tuple[Document, Version]], variable: str) -> tuple[str, ...]:
    """The documents' values of a variable; one without a value is a cluster of its own."""
    values = [(document.variables.get(variable, ""), document.id) for document, _ in population]
    if not any(value for value, _ in values):
        raise InputError(f"--cluster {variable}: no document has this variable", "name a column that was imported")
    return tuple(value or f"document {document_id}" for value, document_id in values)


def _strata(
    store: Store, codebook: Codebook, dimension_id: str, population: Iterable[tuple[Document, Version]]
) -> tuple[str, ...]:
    if dimension_id not in {dimension.id for dimension in codebook.dimensions}:
        known = ", ".join(dimension.id for dimension in codebook.dimensions)
        raise InputError(f"--stratify {dimension_id}: no such dimension", f"the codebook has: {known}")
    run = pick_run(store, None, codebook.hash())
    codings = latest(store.codings(run_id=run.id, dimension_id=dimension_id))
    stratum = {coding.version_id: _stratum(coding) for coding in codings}
    return tuple(stratum.get(version.id, NO_CODE) for _, version in population)


def _stratum(coding: Coding) -> str:
    """The code, the codes of a set, or the status of an answer without any."""
    if coding.status.never_agrees:
        return NO_CODE
    return "+".join(sorted(coding.codes)) or coding.status.value


def store_sample(store: Store, drawing: Drawing) -> None:
    """Keep an inclusion for every document of the population, drawn or not: all or none."""
    store.add_inclusions(
        Inclusion(
            sample=drawing.name,
            document_id=document.id,
            probability=float(drawing.sample.probability[place]),
            drawn=bool(drawing.sample.drawn[place]),
            stratum=drawing.strata[place],
            cluster=drawing.clusters[place],
        )
        for place, (document, _) in enumerate(drawing.population)
    )


def check_table(path: Path, drawn: Sequence[tuple[Document, Version]]) -> None:
    """InputError where `write_table` could not write: the file is there already, or texts drawn were purged."""
    if path.exists():
        raise InputError(f"{path}: is there already", "name another file, or move this one: it may hold codes")
    if purged := sum(version.purged for _, version in drawn):
        raise InputError(
            f"{purged} of the {len(drawn)} texts drawn were purged, so that nobody can read them",
            "draw without --csv, or from documents that still have their texts",
        )


def write_table(path: Path, drawn: Sequence[tuple[Document, Version]], codebook: Codebook) -> None:
    """Write a wide CSV to code in: a row a document drawn, an empty column a dimension, the text last.

    `gold import` takes it as it is. It says nothing of the model's codes or of probabilities. InputError where the
    file is there already: it may hold somebody's codes.
    """
    check_table(path, drawn)
    text = io.StringIO(newline="")
    table = csv.writer(text)
    dimensions = [dimension.id for dimension in codebook.dimensions]
    table.writerow([cell(heading) for heading in ("document", *dimensions, "text")])
    for document, version in drawn:
        table.writerow([cell(document.name), *("" for _ in dimensions), cell(version.text)])
    content = text.getvalue().encode("utf-8-sig")

    def write(handle: BinaryIO) -> None:
        handle.write(content)

    write_atomically(path, write)


def record(drawing: Drawing) -> dict[str, Any]:
    """The keys of `sample --json`."""
    places = drawing.sample.drawn.nonzero()[0].tolist()
    return {
        "sample": drawing.name,
        "seed": drawing.seed,
        "n": drawing.sample.n,
        "population": drawing.sample.population,
        "stratify": drawing.design.stratify,
        "allocation": drawing.design.allocation if drawing.design.stratify else None,
        "cluster": drawing.design.cluster,
        "documents": [
            {
                "document": drawing.population[place][0].name,
                "probability": float(drawing.sample.probability[place]),
                "stratum": drawing.strata[place],
                "cluster": drawing.clusters[place],
            }
            for place in places
        ],
        "notes": list(drawing.notes),
    }
