"""What a coder said of one version and one dimension."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from coder.model.base import Record, new_id, now
from coder.model.document import Span

CoderKind = Literal["person", "model", "consensus", "constructed"]
ConfidenceSource = Literal["logprob", "samples"]
Qualifier = Literal["total", "standard", "per_session", "member", "early_bird", "reduced", "optional", "unspecified"]
Recurrence = Literal["once", "recurring", "on_demand"]


class Status(StrEnum):
    """How an answer stands; DESIGN of the statistics follows from it (docs/statuses.md)."""

    CODED = "coded"
    ABSENT = "absent"
    NOT_APPLICABLE = "not_applicable"
    UNDECIDABLE = "undecidable"
    REFUSED = "refused"
    INVALID = "invalid"
    FAILED = "failed"
    SKIPPED = "skipped"

    @property
    def is_answer(self) -> bool:
        """Whether the coder read the text and gave a code, or said that it is silent."""
        return self in (Status.CODED, Status.ABSENT)

    @property
    def never_agrees(self) -> bool:
        """Whether it counts as a category of its own that can never agree."""
        return self in (Status.REFUSED, Status.INVALID, Status.FAILED)


class Coder(Record):
    """Who coded. A model's name says provider and model; reports always name the kind."""

    id: str = Field(default_factory=new_id)
    name: str
    kind: CoderKind
    created_at: AwareDatetime = Field(default_factory=now)


class Assignment(Record):
    """One category given, with its own evidence and confidence (0 to 1, and how it was measured)."""

    category: str
    evidence: tuple[Span, ...] = ()
    confidence: float | None = Field(default=None, ge=0, le=1)
    confidence_source: ConfidenceSource | None = None


class QuantityMention(Record):
    """An amount as the text writes it: `low` to `high` `unit`, `count` times, e.g. 2 to 3 hours in 4 sessions."""

    kind: Literal["quantity"] = "quantity"
    low: float = Field(ge=0, allow_inf_nan=False)
    high: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    unit: str
    count: int = Field(default=1, ge=1)
    qualifier: Qualifier = "unspecified"
    evidence: tuple[Span, ...] = ()


class DateMention(Record):
    """A date as far as the text fixes it: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; empty for on demand."""

    kind: Literal["date"] = "date"
    start: str = Field(default="", pattern=r"^(\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?)?$")
    end: str = Field(default="", pattern=r"^(\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?)?$")
    recurrence: Recurrence = "once"
    evidence: tuple[Span, ...] = ()


Mention = Annotated[QuantityMention | DateMention, Field(discriminator="kind")]


class Coding(Record):
    """One coder's answer for one version and one dimension.

    `evidence` is that of the answer as a whole (the sentence that says a price is on request); each assignment and
    each mention carries its own. `reason` says why a status other than `coded` came about, in words for people.
    `derived_from` names the coding this one was carried over or settled from.
    """

    id: str = Field(default_factory=new_id)
    version_id: str
    dimension_id: str
    coder_id: str
    status: Status
    assignments: tuple[Assignment, ...] = ()
    mentions: tuple[Mention, ...] = ()
    evidence: tuple[Span, ...] = ()
    unsupported: bool = False
    reason: str = ""
    memo: str = ""
    codebook_hash: str
    dimension_hash: str
    run_id: str | None = None
    call_id: str | None = None
    replicate: int = 0
    derived_from: str | None = None
    created_at: AwareDatetime = Field(default_factory=now)

    @property
    def codes(self) -> tuple[str, ...]:
        """The category ids given, in order; empty unless `coded`."""
        return tuple(assignment.category for assignment in self.assignments)

    @property
    def confidence(self) -> float | None:
        """The confidence of the answer as a whole: that of its least certain code; None where any lacks one.

        An answer of several labels stands or falls as a set. `absent` names no code and has no confidence.
        """
        found = [assignment.confidence for assignment in self.assignments]
        known = [confidence for confidence in found if confidence is not None]
        return min(known) if known and len(known) == len(found) and self.status.is_answer else None

    @property
    def all_evidence(self) -> tuple[Span, ...]:
        """Every span cited anywhere in the answer, in the order of the text, each once."""
        spans = [*self.evidence]
        for part in (*self.assignments, *self.mentions):
            spans.extend(part.evidence)
        return tuple(sorted(set(spans), key=lambda span: (span.start, span.end)))


class GoldItem(Record):
    """One reference coding of a gold set, with the codes a careful coder could also defend."""

    coding_id: str
    defensible: tuple[tuple[str, ...], ...] = ()


class Gold(Record):
    """A named, versioned set of reference codings; a new version is made, none is changed."""

    id: str = Field(default_factory=new_id)
    name: str
    version: int = Field(ge=1)
    codebook_hash: str
    rule: str = "as imported"
    created_at: AwareDatetime = Field(default_factory=now)
