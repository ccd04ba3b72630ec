"""One module a kind of dimension: its response schema, its parsing, its words in the prompt.

`response(dimension)` gives the pydantic type a model must answer with, `read(dimension, answer, segments)` turns a
validated answer into a `Draft`, `write(dimension, coding, segments)` is its inverse for worked examples, and
`shape(dimension, compact=...)` says in the prompt how the answer is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from coder.dimensions import choice, dates, multilabel, quantity
from coder.dimensions.base import ABSENT, HIGHEST_NUMBER, Answer, AnswerError, Draft, First, Form
from coder.model import Coding, DimensionBase, Segment


class KindModule(Protocol):
    """What a kind's module offers."""

    def response(self, dimension: DimensionBase, first: First = "evidence") -> Any:
        """The pydantic type of an answer; lists of records have their evidence first always."""

    def read(self, dimension: DimensionBase, answer: Any, segments: Sequence[Segment]) -> Draft:
        """The draft of a validated answer."""

    def write(
        self, dimension: DimensionBase, coding: Coding, segments: Sequence[Segment], first: First = "evidence"
    ) -> Any:
        """The answer that would be read as this coding, in object form."""

    def shape(self, dimension: DimensionBase, *, compact: bool, first: First = "evidence") -> str:
        """How the answer is written."""


_KINDS: dict[str, KindModule] = {
    "nominal": choice,
    "ordinal": choice,
    "multilabel": multilabel,
    "quantity": quantity,
    "date": dates,
}


def kind_of(dimension: DimensionBase) -> KindModule:
    """The module that knows this dimension's kind."""
    return _KINDS[dimension.kind]  # type: ignore[attr-defined]  # every concrete dimension has a kind


__all__ = ["ABSENT", "HIGHEST_NUMBER", "Answer", "AnswerError", "Draft", "First", "Form", "KindModule", "kind_of"]
