"""The prompt of a run: the shared prefix and the response schema once, a user message for each text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache, cached_property
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

from coder.dimensions import First, Form, kind_of
from coder.model import Codebook, Dimension, Segment, content_hash
from coder.paths import data_dir
from coder.prompting.escape import for_prompt
from coder.prompting.example import Example, worked_answer
from coder.prompting.labels import Labels, questions_of
from coder.prompting.schema import Schema, positional, tidy, within

COMPUTED = ("quantity", "date")
"""Kinds whose categories the model never sees: it writes down what the text says, our code finds the bin."""

TEMPLATES = ("system.jinja", "alone.jinja", "question.jinja", "answer.jinja", "codes.jinja", "document.jinja")
CITED = "numbers of the sentences that answer the question"
Manual = Literal["full", "brief"]
"""How much of the codebook the model reads: all of it, or questions and definitions alone."""
Calls = Literal["together", "each"]
"""Whether one call asks all dimensions of a text, or each has a call of its own."""
Place = Literal["first", "last"]
"""Where the text stands beside a question asked alone. An endpoint keeps what comes first: many short texts are read
fastest behind the question that they share, a long text before all that is asked of it."""
Messages = tuple[dict[str, str], ...]
Frame = tuple[str, str, bool]
"""What stands before a text and after it in the user's turn, and whether its context is shown."""


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
        return _response_model(_types(self.questions, self.first))

    @cached_property
    def readers(self) -> Mapping[str, TypeAdapter[Any]]:
        """What validates the answer to one question, in either form, by the question's id."""
        return {name: TypeAdapter(type_) for name, type_ in _types(self.questions, self.first).items()}

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


def user_content(segments: Sequence[Segment], context: Mapping[str, str], frame: Frame, note: str = "") -> str:
    """A text as it is asked about in the user's turn, made harmless, with its numbers; `note` is a line before it."""
    before, after, surroundings = frame
    safe = {for_prompt(name): for_prompt(value) for name, value in context.items() if value} if surroundings else {}
    numbered = [Segment(number, start, end, for_prompt(text)) for number, start, end, text in segments]
    content = _document().render(context=safe, segments=numbered)
    head = f"{note}\n" if note else ""
    return f"{before}{head}{content}\n{after}"


def build_prompts(
    codebook: Codebook,
    form: Form,
    manual: Manual = "full",
    examples: Sequence[Example] = (),
    calls: Calls = "together",
    labels: Labels = "list",
    text: Place = "last",
    first: First = "evidence",
    *,
    surroundings: bool = True,
    lead: Messages = (),
) -> tuple[Prompt, ...]:
    """One prompt for all dimensions together, or one for each.

    A dimension that applies only under a condition is asked in the same call as the dimension that decides it. `text`
    says where the text stands beside a question that is asked alone, `first` what an answer with one code begins with,
    `surroundings` whether the context of a text is shown. `lead` are turns that stand before the worked examples.
    """
    if calls == "together":
        whole = build_prompt(
            codebook, form, manual, examples, labels=labels, first=first, surroundings=surroundings, lead=lead
        )
        return (whole,)
    return tuple(
        build_prompt(codebook, form, manual, examples, group, labels, text, first, surroundings=surroundings, lead=lead)
        for group in _groups(codebook.dimensions)
    )


def _groups(dimensions: Sequence[Dimension]) -> list[tuple[Dimension, ...]]:
    """Dimensions that hang together by their conditions, in the codebook's order (a condition names an earlier one).

    A condition on a dimension that is not among them joins nothing: its answer is known already.
    """
    groups: dict[str, list[Dimension]] = {}
    leader: dict[str, str] = {}
    for dimension in dimensions:
        condition = dimension.applies_if
        leader[dimension.id] = leader.get(condition.dimension, dimension.id) if condition else dimension.id
        groups.setdefault(leader[dimension.id], []).append(dimension)
    return [tuple(group) for group in groups.values()]


def prompts_hash(prompts: Sequence[Prompt]) -> str:
    """One hash for all prompts of a run."""
    return prompts[0].hash if len(prompts) == 1 else content_hash([prompt.hash for prompt in prompts])


def build_prompt(
    codebook: Codebook,
    form: Form,
    manual: Manual = "full",
    examples: Sequence[Example] = (),
    alone: Sequence[Dimension] = (),
    labels: Labels = "list",
    text: Place = "last",
    first: First = "evidence",
    *,
    surroundings: bool = True,
    lead: Messages = (),
) -> Prompt:
    """The prompt for all dimensions of a codebook, or for some of them `alone`; worked examples before the text.

    Asked alone, question, text and the way to answer stand side by side in the user's turn, under a short prefix: a
    small model was seen to code better so (docs/decisions/0004).
    """
    dimensions = tuple(alone or codebook.dimensions)
    asked = tuple(question for dimension in dimensions for question in questions_of(dimension, labels))
    tidied = tidy(_response_model(_types(asked, first)).model_json_schema(by_alias=True))
    schema = positional(tidied) if form == "compact" else tidied
    words = (
        _alone(codebook, asked, form, manual, text, first) if alone else _together(codebook, asked, form, manual, first)
    )
    worked = (_turns(example, dimensions, form, words, labels, first, surroundings) for example in examples)
    turns = (*lead, *(turn for pair in worked for turn in pair))
    hashed = [asdict(words), list(turns), schema, *(() if surroundings else ("without surroundings",))]
    templates = [_source(name) for name in TEMPLATES]
    return Prompt(
        codebook=codebook,
        dimensions=dimensions,
        questions=asked,
        form=form,
        place=text,
        surroundings=surroundings,
        first=first,
        system=words.system,
        before=words.before,
        after=words.after,
        examples=turns,
        schema=schema,
        dimension_hashes={dimension.id: dimension.hash() for dimension in dimensions},
        style=content_hash([form, manual, bool(alone), labels, first, surroundings, *templates, *lead]),
        hash=content_hash([*hashed, *templates]),
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """What stands around the text."""

    system: str
    before: str
    after: str


def _turns(
    example: Example,
    dimensions: Sequence[Dimension],
    form: Form,
    words: _Words,
    labels: Labels,
    first: First,
    surroundings: bool,
) -> Messages:
    """A worked example as the two turns of a conversation: the text, and its answer."""
    answer = worked_answer(example, dimensions, form, labels, first)
    frame = words.before, words.after, surroundings
    user = user_content(example.segments, example.version.context, frame)
    return ({"role": "user", "content": user}, {"role": "assistant", "content": answer})


def _types(questions: Sequence[Dimension], first: First) -> dict[str, Any]:
    """The pydantic type of the answer to each question, by its id."""
    return {question.id: kind_of(question).response(question, first) for question in questions}


def _response_model(types: Mapping[str, Any]) -> type[BaseModel]:
    """One field a dimension; ids need not be Python names, so they are aliases."""
    named: dict[str, Any] = {
        f"d{position}": (type_, Field(alias=name)) for position, (name, type_) in enumerate(types.items())
    }
    return create_model("Answers", __config__=ConfigDict(extra="forbid", frozen=True), **named)


def _together(codebook: Codebook, dimensions: Sequence[Dimension], form: Form, manual: Manual, first: First) -> _Words:
    """The codebook first, as instructions; the text alone in the user's turn."""
    skeleton = "{" + ",".join(f"{json.dumps(dimension.id)}:..." for dimension in dimensions) + "}"
    items = [_item(dimension, form, first) for dimension in dimensions]
    values = {
        "codebook": codebook,
        "brief": manual == "brief",
        "dimensions": items,
        "skeleton": skeleton,
        "first": first,
    }
    system = _render("system.jinja", **values)
    return _Words(system, "", "End of the text. Answer with the JSON.")


def _alone(
    codebook: Codebook, dimensions: Sequence[Dimension], form: Form, manual: Manual, text: Place, first: First
) -> _Words:
    """A short system prompt; the question before the text or after it, and the way to answer at the end."""
    items = [_item(dimension, form, first) for dimension in dimensions]
    shapes = (f"{json.dumps(item['dimension'].id)}: {item['shape']}" for item in items)
    question = _render("question.jinja", brief=manual == "brief", dimensions=items) + "\n\n"
    answer = _render("answer.jinja", shape="{" + ", ".join(shapes).replace("[sentences]", f"[{CITED}]") + "}")
    system = _render("alone.jinja", unit=codebook.unit)
    return _Words(system, question, answer) if text == "last" else _Words(system, "", f"\n{question}{answer}")


def _item(dimension: Dimension, form: Form, first: First) -> dict[str, Any]:
    return {
        "dimension": dimension,
        "categories": () if dimension.kind in COMPUTED else dimension.codes,
        "silent": "absent" if dimension.kind in ("nominal", "ordinal") else "[]",
        "shape": kind_of(dimension).shape(dimension, compact=form == "compact", first=first),
    }


def _render(name: str, **values: Any) -> str:
    return _environment().get_template(name).render(**values).strip()


@cache
def _document() -> Template:
    """The one template that is filled for every text: looking it up would cost more than filling it."""
    return _environment().get_template("document.jinja")


def _source(name: str) -> str:
    return (data_dir("prompts") / name).read_text(encoding="utf-8")


def _line(text: str, before: str = "") -> str:
    """One line that ends in a full stop (or its own mark), after `before`; nothing for an empty text."""
    line = " ".join(text.split())
    if not line:
        return ""
    return f"{before}{line}" if line[-1] in ".?!" else f"{before}{line}."


def _listed(notes: Sequence[str], before: str) -> str:
    return _line("; ".join(note.removesuffix(".") for note in notes), before)


@cache
def _environment() -> Environment:
    environment = Environment(  # noqa: S701  # the sink is a prompt, not HTML; for_prompt escapes documents
        loader=FileSystemLoader(data_dir("prompts")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters |= {"line": _line, "listed": _listed}
    return environment
