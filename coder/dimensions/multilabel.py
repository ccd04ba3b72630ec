"""Multi-label dimensions: any number of categories, each with its own evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from coder.dimensions import choice
from coder.dimensions.base import AnswerError, Draft, First, absent, citing, lacks_evidence, spans
from coder.model import Assignment, Coding, DimensionBase, Segment, Status


def response(dimension: DimensionBase, first: First = "evidence") -> Any:
    """The pydantic type of an answer: a list of labels, empty where the text gives none."""
    codes = tuple(category.id for category in dimension.codes)
    item = choice.code_answer(dimension, codes)
    fewest = 1 if dimension.absent is None else 0
    return Annotated[list[item], Field(min_length=fewest, max_length=len(codes))]  # type: ignore[valid-type]


def read(dimension: DimensionBase, answer: Any, segments: Sequence[Segment]) -> Draft:
    """The draft of a validated answer: labels in the codebook's order, a label named twice has both evidences."""
    cited: dict[str, list[int]] = {}
    for item in answer:
        cited.setdefault(item.code, []).extend(getattr(item, "evidence", ()))
    if not cited:
        return absent(dimension)
    if unknown := [code for code in cited if code not in {category.id for category in dimension.codes}]:
        raise AnswerError(f"'{unknown[0]}' is not a category of '{dimension.id}'")
    assignments = tuple(
        Assignment(category=category.id, evidence=spans(cited[category.id], segments))
        for category in dimension.codes
        if category.id in cited
    )
    bare = any(lacks_evidence(dimension, assignment.evidence) for assignment in assignments)
    return Draft(Status.CODED, assignments, unsupported=bare)


def shape(dimension: DimensionBase, *, compact: bool, first: First = "evidence") -> str:
    """How the answer is written, for the prompt."""
    one = choice.shape(dimension, compact=compact)
    return f"[{one}, ...] with one entry for each code that applies" + (
        "" if dimension.absent is None else ", [] if none does"
    )


def write(dimension: DimensionBase, coding: Coding, segments: Sequence[Segment], first: First = "evidence") -> Any:
    """The answer that a coder of this coding would have written, in object form."""
    return [citing(dimension, item.evidence, segments) | {"code": item.category} for item in coding.assignments]
