"""What a report is written from: gathered by a command, so that the report reads no store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from coder.agreement.calibration import Calibration
from coder.agreement.evaluate import REPLICATES, SEED
from coder.inference.analysis import DimensionCross, DimensionShares
from coder.inference.audit import Audit
from coder.inference.counted import CodedDocuments
from coder.model import Codebook, Dimension, Run, RunSummary
from coder.model.agreement import DimensionAgreement
from coder.screening.flow import Flow

Reported = Literal["resolved", "gold"]
"""Which codes frequencies speak of: the resolved ones of a run, or those of gold."""
Quote = tuple[int, str]
"""A document's place, and what its text says."""


@dataclass(frozen=True)
class CoderFacts:
    """Someone who coded: name, kind, and how many codings there are by them."""

    name: str
    kind: str
    codings: int


@dataclass(frozen=True)
class RunFacts:
    """A run of a model coder, with what answered."""

    run: Run
    coder: str
    summary: RunSummary
    statuses: Mapping[str, int]
    served: tuple[str, ...]
    fingerprints: tuple[str, ...]
    first: str
    last: str


@dataclass(frozen=True)
class GoldFacts:
    """The reference: what it is in words, its kind, and how many documents and codings it has."""

    words: str
    name: str
    kind: str
    rule: str
    coders: tuple[str, ...]
    codings: int
    documents: int


@dataclass(frozen=True, eq=False)
class DimensionFacts:
    """All that is known of one dimension.

    `agreement`, `calibration` and `shares` are None without a run (or without gold). `ceiling` is what people reach
    among themselves; `quotes` holds pieces of evidence by category.
    """

    dimension: Dimension
    coded: CodedDocuments
    quotes: Mapping[str, tuple[Quote, ...]]
    agreement: DimensionAgreement | None = None
    ceiling: float | None = None
    calibration: Calibration | None = None
    shares: DimensionShares | None = None
    audit: Audit | None = None
    audit_reason: str | None = None
    amounts: Mapping[int, float] = field(default_factory=dict)
    """For quantities: by a document's place its amount in the dimension's unit, where one was read and converted."""

    @property
    def name(self) -> str:
        """What people call the dimension."""
        return self.dimension.name

    def label(self, code: str) -> str:
        """What people call one of its codes."""
        if code == "absent":
            return self.dimension.absent.label if self.dimension.absent else "None"
        return next((one.label for one in self.dimension.codes if one.id == code), code)


@dataclass(frozen=True)
class DeskFacts:
    """What the second coders did: cells by the reason they were queued for, and what became of them.

    `changed` counts, by dimension, settled cells (`settled`) whose code differs from the model's (`model`) and from
    gold's (`gold`). `with_oneself` are silent repeats: the same answer again, of so many, by coder.
    """

    reasons: Mapping[str, int]
    settled: Mapping[str, int]
    model: Mapping[str, int]
    gold: Mapping[str, int]
    coders: tuple[str, ...]
    waiting: int
    conflicts: int
    with_oneself: tuple[tuple[str, str, int, int], ...] = ()


@dataclass(frozen=True)
class ReviewFacts:
    """One expert's answers on the patterns of a report: name, when taken in, and each verdict with its comment."""

    expert: str
    taken_in: str
    answers: tuple[tuple[str, str, str], ...]
    """Sentence, verdict, comment."""


@dataclass(frozen=True)
class Case:
    """Something noted, flagged or disputed on one cell, as `intercoder memos` gathers it."""

    note: str
    document: str
    dimension: str
    categories: tuple[str, ...]
    who: str
    words: str


@dataclass(frozen=True, eq=False)
class Facts:
    """All of it. `documents` are the names of those the figures speak of, `variables` their values, in one order."""

    codebook: Codebook
    reported: Reported
    documents: tuple[str, ...]
    variables: Mapping[str, tuple[str, ...]]
    languages: Mapping[str, int]
    imported: int
    examples: int
    dimensions: tuple[DimensionFacts, ...]
    coders: tuple[CoderFacts, ...]
    run: RunFacts | None = None
    gold: GoldFacts | None = None
    desk: DeskFacts | None = None
    reviews: tuple[ReviewFacts, ...] = ()
    cases: tuple[Case, ...] = ()
    crosses: Mapping[tuple[str, str], tuple[DimensionCross, ...]] = field(default_factory=dict)
    review: Flow | None = None
    """The flow of records of a project that was searched, screened or looked through for duplicates."""
    sample: str = ""
    mixed_lineage: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seed: int = SEED
    cluster: str | None = None
    program: str = ""
    stated: str = ""

    def dimension(self, dimension_id: str) -> DimensionFacts | None:
        """The facts of a dimension; None where the codebook has none of this name."""
        return next((one for one in self.dimensions if one.dimension.id == dimension_id), None)

    @property
    def intervals(self) -> str:
        """How intervals of agreement were drawn, in words."""
        what = f"clusters of documents with the same '{self.cluster}'" if self.cluster else "documents"
        return f"BCa bootstrap, {REPLICATES:,} resamples of {what}, seed {self.seed}"

    @property
    def constructed(self) -> bool:
        """Whether the reference is codes fixed before the texts were written."""
        return self.gold is not None and "constructed" in self.gold.kind
