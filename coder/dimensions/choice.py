"""Nominal and ordinal dimensions: exactly one category."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

from pydantic import create_model

from coder.dimensions.base import ABSENT, Answer, Draft, SegmentNumbers, absent, citing, lacks_evidence, spans
from coder.model import Assignment, Coding, DimensionBase, Segment, Status


def options(dimension: DimensionBase) -> tuple[str, ...]:
    """What the model may choose from: the categories, and `absent` where the text can be silent."""
    ids = tuple(category.id for category in dimension.codes)
    return (*ids, ABSENT) if dimension.absent is not None else ids


def response(dimension: DimensionBase) -> Any:
    """The pydantic type of an answer: evidence first, then the code."""
    return code_answer(dimension, options(dimension))


def code_answer(dimension: DimensionBase, codes: tuple[str, ...]) -> type[Answer]:
    """An answer model of one code out of `codes`, with evidence before it unless the codebook wants none."""
    fields: dict[str, Any] = {} if dimension.evidence == "none" else {"evidence": (SegmentNumbers, ...)}
    fields["code"] = (Literal[codes], ...)
    return cast(type[Answer], create_model(f"Code_{dimension.id}", __base__=Answer, **fields))


def read(dimension: DimensionBase, answer: Any, segments: Sequence[Segment]) -> Draft:
    """The draft of a validated answer; AnswerError where it cannot be true."""
    found = spans(getattr(answer, "evidence", ()), segments)
    if answer.code == ABSENT:
        return absent(dimension, found)
    assignment = Assignment(category=answer.code, evidence=found)
    return Draft(Status.CODED, (assignment,), unsupported=lacks_evidence(dimension, found))


def shape(dimension: DimensionBase, *, compact: bool) -> str:
    """How the answer is written, for the prompt."""
    if dimension.evidence == "none":
        return '["code"]' if compact else '{"code": "..."}'
    return '[[sentences], "code"]' if compact else '{"evidence": [sentences], "code": "..."}'


def write(dimension: DimensionBase, coding: Coding, segments: Sequence[Segment]) -> Any:
    """The answer that a coder of this coding would have written, in object form."""
    code = coding.codes[0] if coding.codes else ABSENT
    return citing(dimension, coding.all_evidence, segments) | {"code": code}
