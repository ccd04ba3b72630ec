"""Build the prompts of a run from its codebook: all dimensions in one, or one for each group that hangs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal

from coder.dimensions import First, Form
from coder.model import Codebook, Dimension, content_hash
from coder.prompting.example import Example, worked_answer
from coder.prompting.labels import Labels, questions_of
from coder.prompting.prompt import Messages, Prompt, answer_types, response_model
from coder.prompting.schema import positional, tidy
from coder.prompting.words import TEMPLATES, Manual, Place, Words, alone_words, source, together_words, user_content

Calls = Literal["together", "each"]
"""Whether one call asks all dimensions of a text, or each has a call of its own."""


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
    tidied = tidy(response_model(answer_types(asked, first)).model_json_schema(by_alias=True))
    schema = positional(tidied) if form == "compact" else tidied
    words = (
        alone_words(codebook, asked, form, manual, text, first)
        if alone
        else together_words(codebook, asked, form, manual, first)
    )
    worked = (_turns(example, dimensions, form, words, labels, first, surroundings) for example in examples)
    turns = (*lead, *(turn for pair in worked for turn in pair))
    hashed = [asdict(words), list(turns), schema, *(() if surroundings else ("without surroundings",))]
    templates = [source(name) for name in TEMPLATES]
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


def _turns(
    example: Example,
    dimensions: Sequence[Dimension],
    form: Form,
    words: Words,
    labels: Labels,
    first: First,
    surroundings: bool,
) -> Messages:
    """A worked example as the two turns of a conversation: the text, and its answer."""
    answer = worked_answer(example, dimensions, form, labels, first)
    frame = words.before, words.after, surroundings
    user = user_content(example.segments, example.version.context, frame)
    return ({"role": "user", "content": user}, {"role": "assistant", "content": answer})
