"""What a file says, row by row, before it becomes codings; and the ledger of what was wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, get_args

from coder.documents.normalise import one_line
from coder.gold.cells import Answer, Trouble
from coder.gold.imported import Problem, ProblemKind, RowUnit
from coder.gold.vocabulary import Vocabulary, fold, tidy
from coder.model import Codebook, CoderKind, Dimension, Document, Version

T = TypeVar("T")
Defensible = tuple[tuple[str, ...], ...]
Documents = Mapping[str, tuple[Document, Version]]


@dataclass(frozen=True)
class Claim:
    """One answer and where it stands."""

    rows: tuple[int, ...]
    document: str
    dimension: Dimension
    coder: str
    answer: Answer
    defensible: Defensible = ()


@dataclass
class Ledger:
    """Collects problems while a file is read; the same problem in several rows is one entry with all its rows."""

    unit: RowUnit = "row"
    _rows: dict[tuple[ProblemKind, str, str], list[int]] = field(default_factory=dict)

    def add(self, kind: ProblemKind, message: str, row: int, dimension: str = "") -> None:
        """Note a problem of one row."""
        rows = self._rows.setdefault((kind, message, dimension), [])
        if row not in rows[-1:]:
            rows.append(row)

    def add_troubles(self, troubles: tuple[Trouble, ...], rows: tuple[int, ...], dimension: str) -> None:
        """Note what a cell, or the rows that make one answer, could not be read for."""
        for trouble in troubles:
            for row in rows:
                self.add(trouble.kind, trouble.message, row, dimension)

    def problems(self) -> tuple[Problem, ...]:
        """Every problem, in the order of its first row."""
        found = [
            Problem(kind, message, tuple(rows), dimension, self.unit)
            for (kind, message, dimension), rows in self._rows.items()
        ]
        return tuple(sorted(found, key=lambda problem: problem.rows[:1]))


@dataclass
class Reading:
    """All that reading a file needs to know, and what it has gathered so far."""

    codebook: Codebook
    documents: Documents
    coder: str | None
    kind: CoderKind | None
    separator: str
    ledger: Ledger = field(default_factory=Ledger)
    claims: list[Claim] = field(default_factory=list)
    kinds: dict[str, CoderKind] = field(default_factory=dict)
    probabilities: dict[tuple[str, str], float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    not_coded: int = 0

    def __post_init__(self) -> None:
        self._vocabularies = {dimension.id: Vocabulary(dimension) for dimension in self.codebook.dimensions}
        self._dimensions = _names(self.codebook)

    def vocabulary(self, dimension: Dimension) -> Vocabulary:
        """The words of a dimension."""
        return self._vocabularies[dimension.id]

    def find_dimension(self, name: str) -> Dimension | None:
        """The dimension with this id or label, case ignored; None where none or several have it."""
        for dimension in self.codebook.dimensions:
            if dimension.id == name.strip():
                return dimension
        found = self._dimensions.get(fold(name), [])
        return found[0] if len(found) == 1 else None

    def document_of(self, name: str, row: int) -> str | None:
        """The name of a known document; else None, and the ledger knows."""
        if name in self.documents:
            return name
        for candidate in (one_line(name), tidy(name)):
            if candidate in self.documents:
                return candidate
        message = f"no document is named {name.strip()!r}" if name.strip() else "names no document"
        self.ledger.add("unknown_document", message, row)
        return None

    def dimension_of(self, name: str, row: int) -> Dimension | None:
        """The dimension with this id or label; else None, and the ledger knows."""
        found = self.find_dimension(name)
        if found is None:
            message = f"no dimension is named {name.strip()!r}" if name.strip() else "names no dimension"
            self.ledger.add("unknown_dimension", message, row)
        return found

    def coder_of(self, name: str, kind: str, row: int) -> str | None:
        """Who coded a row: the row's own coder, else the one named for the whole file."""
        coder = name.strip() or self.coder
        if not coder:
            self.ledger.add("coder", "names no coder", row)
            return None
        return coder if self._kind_fits(coder, kind.strip(), row) else None

    def _kind_fits(self, coder: str, written: str, row: int) -> bool:
        """Keep of which kind a coder is: never two kinds in one file, never another than the caller's."""
        kinds = get_args(CoderKind)
        own = next((kind for kind in kinds if kind == written), None)
        if written and own is None:
            self.ledger.add("coder", f"{written!r} is no kind of coder: {', '.join(kinds)}", row)
            return False
        kind = self.kinds.get(coder) or self.kind or own or "person"
        if own is not None and own != kind:
            self.ledger.add("coder", f"coder {coder!r} is {own} here, but the file is read as by {kind}", row)
            return False
        self.kinds[coder] = kind
        return True

    def probability(self, text: str, document: str, dimension: str, row: int) -> None:
        """Keep the probability with which a document came into the sample; an empty text says nothing."""
        if not text.strip():
            return
        value = _probability(text)
        if value is None:
            self.ledger.add("probability", f"{text.strip()!r} is no probability above 0 and up to 1", row, dimension)
        elif not math.isclose(self.probabilities.setdefault((document, dimension), value), value):
            earlier = self.probabilities[document, dimension]
            self.ledger.add("probability", f"{value} contradicts {earlier} for document {document!r}", row, dimension)


def _names(codebook: Codebook) -> dict[str, list[Dimension]]:
    names: dict[str, list[Dimension]] = {}
    for dimension in codebook.dimensions:
        for word in {fold(dimension.id), fold(dimension.label), fold(dimension.name)} - {""}:
            names.setdefault(word, []).append(dimension)
    return names


def _probability(text: str) -> float | None:
    if not re.fullmatch(r"[01]?([.,]\d+)?(e-\d+)?", text.strip().lower()) or not re.search(r"\d", text):
        return None
    value = float(text.strip().replace(",", "."))
    return value if 0 < value <= 1 else None


def settle(claims: list[Claim], ledger: Ledger) -> tuple[list[Claim], int]:
    """One claim a cell and coder: equal repetitions count once, contradicting ones are problems and left out.

    Returns the claims that stand and how many were repetitions.
    """
    groups = group(claims, lambda claim: (claim.document, claim.dimension.id, claim.coder))
    kept: list[Claim] = []
    repeated = 0
    for same in groups:
        if all(_says(claim) == _says(same[0]) for claim in same):
            kept.append(same[0])
            repeated += len(same) - 1
            continue
        message = f"document {same[0].document!r} is coded differently in these rows"
        for claim in same:
            for row in claim.rows:
                ledger.add("contradiction", message, row, claim.dimension.id)
    return kept, repeated


def _says(claim: Claim) -> tuple[str, frozenset[str]]:
    return claim.answer.status.value, frozenset(claim.answer.codes)


def group(things: list[T], key: Callable[[T], tuple[str, ...]]) -> list[list[T]]:
    """Things with equal keys together, in the order of first appearance."""
    groups: dict[tuple[str, ...], list[T]] = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return list(groups.values())
