"""What the kinds share: answers as a model writes them, and drafts as we read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from coder.model import Assignment, DimensionBase, Mention, Segment, Span, Status

ABSENT = "absent"
"""The code a model gives when the text does not say."""

MAX_EVIDENCE = 3
"""Segments cited for one code: more say less, and a small model was seen to list whatever it may."""
HIGHEST_NUMBER = 9999
"""Bounds a segment number in the schema; without a bound a small model was seen to write zeros until time was up."""

SegmentNumbers = Annotated[list[Annotated[int, Field(ge=1, le=HIGHEST_NUMBER)]], Field(max_length=MAX_EVIDENCE)]
Form = Literal["object", "compact"]
First = Literal["evidence", "code"]
"""What an answer with one code begins with."""


class AnswerError(ValueError):
    """An answer that fits the schema and still cannot be true, such as a segment that does not exist."""


class Answer(BaseModel):
    """One answer on the wire: an object, or an array of the same fields in the same order (`compact`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _from_array(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        if len(value) != len(cls.model_fields):
            raise ValueError(f"an array of {len(cls.model_fields)} was expected: {', '.join(cls.model_fields)}")
        return dict(zip(cls.model_fields, value, strict=True))


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer as read, before it becomes a coding."""

    status: Status
    assignments: tuple[Assignment, ...] = ()
    mentions: tuple[Mention, ...] = ()
    evidence: tuple[Span, ...] = ()
    unsupported: bool = False
    reason: str = ""


def spans(numbers: Sequence[int], segments: Sequence[Segment]) -> tuple[Span, ...]:
    """The spans of numbered segments, in the order of the text, each once; AnswerError for one out of range.

    The segments' numbers follow each other; those of a window of a long text begin where the window does.
    """
    first = segments[0].number if segments else 1
    last = first + len(segments) - 1
    for number in numbers:
        if not first <= number <= last:
            whole = "the text" if first == 1 else "this part of the text"
            raise AnswerError(f"segment {number} does not exist ({whole} has {first} to {last})")
    return tuple(segments[number - first].span for number in sorted(set(numbers)))


def cited(mentions: Iterable[Mention]) -> tuple[Span, ...]:
    """All that the mentions cite, in the order of the text, each once."""
    found = {span for mention in mentions for span in mention.evidence}
    return tuple(sorted(found, key=lambda span: span.start))


def lacks_evidence(dimension: DimensionBase, found: Sequence[Span]) -> bool:
    """Whether a code needs evidence by the codebook and has none."""
    return dimension.evidence == "required" and not found


def absent(dimension: DimensionBase, evidence: tuple[Span, ...] = ()) -> Draft:
    """The draft "the text does not say"; AnswerError where the codebook does not allow it."""
    if dimension.absent is None:
        raise AnswerError(f"'{dimension.id}' must be answered: the codebook has no 'absent' for it")
    return Draft(Status.ABSENT, evidence=evidence)


def citing(dimension: DimensionBase, found: Sequence[Span], segments: Sequence[Segment]) -> dict[str, Any]:
    """The `evidence` field of a worked answer: the numbers of the first segments that the spans touch."""
    if dimension.evidence == "none":
        return {}
    touched = [item.number for item in segments if any(span.overlaps(item.span) for span in found)]
    return {"evidence": touched[:MAX_EVIDENCE]}
