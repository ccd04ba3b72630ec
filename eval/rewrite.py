"""Other ways to put the same question, each undone when the answer is read: for experiments, not for the program."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from coder.dimensions import ABSENT, Draft
from coder.model import (
    Bin,
    Category,
    Codebook,
    Coding,
    MultilabelDimension,
    NominalDimension,
    OrdinalDimension,
    QuantityDimension,
)
from coder.prompting import Prompt
from coder.prompting.words import CITED

CHOICES = (NominalDimension, OrdinalDimension, MultilabelDimension)
Answer = TypeVar("Answer", Coding, Draft)
REASON = {"type": "string", "maxLength": 160}
SHAPE = f'{{"evidence": [{CITED}], "code": "..."}}'


def without_evidence(codebook: Codebook) -> Codebook:
    """No dimension asks for sentences."""
    return _each(codebook, lambda one: one.model_copy(update={"evidence": "none"}))


def turned_round(codebook: Codebook) -> Codebook:
    """The categories of choices last first."""
    return _each(
        codebook,
        lambda one: one.model_copy(update={"categories": one.categories[::-1]}) if isinstance(one, CHOICES) else one,
    )


def bins_to_choose(codebook: Codebook) -> Codebook:
    """Quantities as a choice between their bins."""
    return _each(codebook, lambda one: _choice(one, one.bins) if isinstance(one, QuantityDimension) else one)


def labels(codebook: Codebook) -> dict[str, dict[str, str]]:
    """By choice and id the label of each category, where no two of the choice share one."""
    named = {
        one.id: {category.id: category.label for category in one.categories}
        for one in codebook.dimensions
        if isinstance(one, CHOICES)
    }
    return {name: of for name, of in named.items() if len({*of.values(), ABSENT}) > len(of)}


def labelled(codebook: Codebook) -> Codebook:
    """The categories of choices called by their labels instead of their ids."""
    named = labels(codebook)

    def change(one: Any) -> Any:
        update: dict[str, Any] = {}
        if one.id in named:
            update["categories"] = tuple(
                category.model_copy(update={"id": category.label}) for category in one.categories
            )
        if one.applies_if and one.applies_if.dimension in named:
            wanted = tuple(named[one.applies_if.dimension][name] for name in one.applies_if.any_of)
            update["applies_if"] = one.applies_if.model_copy(update={"any_of": wanted})
        return one.model_copy(update=update)

    return _each(codebook, change)


def renamed(answer: Answer, names: Mapping[str, str]) -> Answer:
    """A coding or a draft with its categories under other names; one without another keeps its own."""
    given = tuple(
        one.model_copy(update={"category": names.get(one.category, one.category)}) for one in answer.assignments
    )
    if isinstance(answer, Coding):
        return answer.model_copy(update={"assignments": given})
    return replace(answer, assignments=given)


def reasoned(prompt: Prompt) -> Prompt:
    """A prompt for one question, in object form, with a few words before each choice."""
    words = prompt.after.replace(SHAPE, f'{{"reason": "in a few words", "evidence": [{CITED}], "code": "..."}}')
    properties = {name: _with_reason(node) for name, node in prompt.schema["properties"].items()}
    schema = {**prompt.schema, "properties": properties}
    return replace(prompt, after=words, schema=schema, hash=f"{prompt.hash}+reason")


def without_reasons(raw: str) -> str:
    """An answer as it would have been without reasons."""
    try:
        answers = json.loads(raw)
    except ValueError:
        return raw
    return json.dumps({name: _without(value) for name, value in answers.items()})


def _each(codebook: Codebook, change: Any) -> Codebook:
    return codebook.model_copy(update={"dimensions": tuple(change(one) for one in codebook.dimensions)})


def _choice(dimension: QuantityDimension, bins: Sequence[Bin]) -> NominalDimension:
    categories = tuple(Category(**bin_.model_dump(include=set(Category.model_fields))) for bin_ in bins)
    kept = dimension.model_dump(include={"id", "label", "question", "instructions", "absent", "evidence"})
    return NominalDimension(kind="nominal", **kept, categories=categories)


def _with_reason(node: Any) -> Any:
    if list(node.get("properties", ())) != ["evidence", "code"]:
        return node
    properties = {"reason": REASON, **node["properties"]}
    return {**node, "properties": properties, "required": list(properties)}


def _without(value: Any) -> Any:
    return {key: kept for key, kept in value.items() if key != "reason"} if isinstance(value, dict) else value
