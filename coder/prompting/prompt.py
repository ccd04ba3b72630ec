"""The prompt of a run: the shared prefix and the response schema once, a user message for each text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

from coder.dimensions import First, Form, kind_of
from coder.model import Codebook, Dimension, Segment, content_hash
from coder.prompting.schema import Schema, within
from coder.prompting.words import Frame, Place, user_content

Messages = tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Prompt:
    """All that a run's calls share.

    `dimensions` are those that the answer codes, `questions` what is asked for them: mostly themselves, for a
    multi-label dimension perhaps a question a label. `before` and `after` stand around the text in the user's turn, and
    with `surroundings` the version's context, which is not coded.
    `style` is a hash of how is asked, whatever the codebook: equal where an answer to an unchanged dimension can stand.
    `first` says what an answer with one code begins with; `schema` is the JSON schema of an answer in the form the
    endpoint takes.
    """

    codebook: Codebook
    dimensions: tuple[Dimension, ...]
    questions: tuple[Dimension, ...]
    form: Form
    place: Place
    surroundings: bool
    first: First
    system: str
    before: str
    after: str
    examples: Messages
    schema: dict[str, Any]
    dimension_hashes: Mapping[str, str]
    style: str
    hash: str

    def __getstate__(self) -> dict[str, Any]:
        """For another process: the fields alone. What is made of them is made there."""
        return {field.name: self.__dict__[field.name] for field in fields(self)}

    @cached_property
    def response_model(self) -> type[BaseModel]:
        """The pydantic type of an answer in object form."""
        return response_model(answer_types(self.questions, self.first))

    @cached_property
    def readers(self) -> Mapping[str, TypeAdapter[Any]]:
        """What validates the answer to one question, in either form, by the question's id."""
        return {name: TypeAdapter(type_) for name, type_ in answer_types(self.questions, self.first).items()}

    @property
    def asked(self) -> tuple[str, ...]:
        """The ids of the dimensions that one call asks."""
        return tuple(dimension.id for dimension in self.dimensions)

    @property
    def prefix(self) -> str:
        """What all calls have in common, to be counted."""
        return self.system + self.before + self.after + "".join(turn["content"] for turn in self.examples)

    def schema_for(self, segments: Sequence[Segment]) -> Schema:
        """The schema for one text: no sentence beyond its own can be cited.

        For endpoints that enforce a grammar anew for each answer; one that compiles a schema takes `schema` every time.
        """
        first = segments[0].number if segments else 1
        return within(self.schema, first + len(segments) - 1, first)

    def messages(self, segments: Sequence[Segment], context: Mapping[str, str], note: str = "") -> Messages:
        """The messages for one text: first what all calls share, byte-identical, worked examples too; the text last.

        `note` is a line of ours before the text: which part of a longer one it is.
        """
        return self.asking(user_content(segments, context, self.frame, note))

    def asking(self, content: str) -> Messages:
        """The messages for a text that is written out, by `user_content`, for the user's turn."""
        return (*self.shared, {"role": "user", "content": content})

    @property
    def frame(self) -> Frame:
        """What is written around a text."""
        return self.before, self.after, self.surroundings

    @cached_property
    def shared(self) -> Messages:
        """The messages that all calls begin with, the same objects every time: they need to be written out once."""
        return ({"role": "system", "content": self.system}, *self.examples)


def prompts_hash(prompts: Sequence[Prompt]) -> str:
    """One hash for all prompts of a run."""
    return prompts[0].hash if len(prompts) == 1 else content_hash([prompt.hash for prompt in prompts])


def answer_types(questions: Sequence[Dimension], first: First) -> dict[str, Any]:
    """The pydantic type of the answer to each question, by its id."""
    return {question.id: kind_of(question).response(question, first) for question in questions}


def response_model(types: Mapping[str, Any]) -> type[BaseModel]:
    """One field a dimension; ids need not be Python names, so they are aliases."""
    named: dict[str, Any] = {
        f"d{position}": (type_, Field(alias=name)) for position, (name, type_) in enumerate(types.items())
    }
    return create_model("Answers", __config__=ConfigDict(extra="forbid", frozen=True), **named)
