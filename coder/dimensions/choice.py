"""Nominal and ordinal dimensions: exactly one category."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

from pydantic import create_model

from coder.dimensions.base import ABSENT, Answer, Draft, First, SegmentNumbers, absent, citing, lacks_evidence, spans
from coder.model import Assignment, Coding, DimensionBase, Segment, Status


def options(dimension: DimensionBase) -> tuple[str, ...]:
    """What the model may choose from: the categories, and `absent` where the text can be silent."""
    ids = tuple(category.id for category in dimension.codes)
    return (*ids, ABSENT) if dimension.absent is not None else ids


def response(dimension: DimensionBase, first: First = "evidence") -> Any:
    """The pydantic type of an answer: evidence and code, in the order that is asked for."""
    return code_answer(dimension, options(dimension), first)


def code_answer(dimension: DimensionBase, codes: tuple[str, ...], first: First = "evidence") -> type[Answer]:
    """An answer model of one code out of `codes`, with its evidence unless the codebook wants none."""
    evidence: dict[str, Any] = {} if dimension.evidence == "none" else {"evidence": (SegmentNumbers, ...)}
    code: dict[str, Any] = {"code": (Literal[codes], ...)}
    fields = evidence | code if first == "evidence" else code | evidence
    return cast(type[Answer], create_model(f"Code_{dimension.id}", __base__=Answer, **fields))


def read(dimension: DimensionBase, answer: Any, segments: Sequence[Segment]) -> Draft:
    """The draft of a validated answer; AnswerError where it cannot be true."""
    found = spans(getattr(answer, "evidence", ()), segments)
    if answer.code == ABSENT:
        return absent(dimension, found)
    assignment = Assignment(category=answer.code, evidence=found)
    return Draft(Status.CODED, (assignment,), unsupported=lacks_evidence(dimension, found))


def shape(dimension: DimensionBase, *, compact: bool, first: First = "evidence") -> str:
    """How the answer is written, for the prompt."""
    code, evidence = ('"code"', "[sentences]") if compact else ('"code": "..."', '"evidence": [sentences]')
    parts = [code] if dimension.evidence == "none" else [evidence, code] if first == "evidence" else [code, evidence]
    start, end = "[]" if compact else "{}"
    return f"{start}{', '.join(parts)}{end}"


def write(
    dimension: DimensionBase, coding: Coding, segments: Sequence[Segment], first: First = "evidence"
) -> dict[str, Any]:
    """The answer that a coder of this coding would have written, in object form."""
    code = {"code": coding.codes[0] if coding.codes else ABSENT}
    evidence = citing(dimension, coding.all_evidence, segments)
    return evidence | code if first == "evidence" else code | evidence
