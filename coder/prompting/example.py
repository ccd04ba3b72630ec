"""Worked examples: texts with their gold answers, written as the model is asked to write its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coder.dimensions import First, Form, kind_of
from coder.model import Coding, Dimension, Segment, Status, Version
from coder.prompting.labels import Labels, apart, questions_of


@dataclass(frozen=True, slots=True)
class Example:
    """A version with its segments, and its gold coding of each dimension."""

    version: Version
    segments: tuple[Segment, ...]
    codings: Mapping[str, Coding]


def worked_answer(
    example: Example,
    dimensions: Sequence[Dimension],
    form: Form,
    labels: Labels = "list",
    first: First = "evidence",
) -> str:
    """The answer to the example, on one line, with the spaces that an answer in this form has.

    A dimension that gold lacks, or that does not apply by gold, is not in it.
    """
    answer = {}
    for dimension in dimensions:
        coding = example.codings.get(dimension.id)
        if coding is None or coding.status is Status.NOT_APPLICABLE:
            continue
        codings = apart(dimension, coding, labels)
        for question in questions_of(dimension, labels):
            answer[question.id] = kind_of(question).write(question, codings[question.id], example.segments, first)
    if form == "compact":
        answer = {name: _positional(value) for name, value in answer.items()}
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":") if form == "compact" else (", ", ": "))


def _positional(value: Any) -> Any:
    """Every object as the array of its values, in order."""
    if isinstance(value, dict):
        return [_positional(item) for item in value.values()]
    return [_positional(item) for item in value] if isinstance(value, list) else value
