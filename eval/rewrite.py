"""Other ways to put the same question, each undone when the answer is read: for experiments, not for the program."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from coder.model import (
    Bin,
    Category,
    Codebook,
    MultilabelDimension,
    NominalDimension,
    OrdinalDimension,
    QuantityDimension,
)
from coder.prompting import Prompt
from coder.prompting.prompt import CITED

REASON = {"type": "string", "maxLength": 160}
SHAPE = f'{{"evidence": [{CITED}], "code": "..."}}'


def without_evidence(codebook: Codebook) -> Codebook:
    """No dimension asks for sentences."""
    return _each(codebook, lambda one: one.model_copy(update={"evidence": "none"}))


def turned_round(codebook: Codebook) -> Codebook:
    """The categories of choices last first."""
    kinds = (NominalDimension, OrdinalDimension, MultilabelDimension)
    return _each(
        codebook,
        lambda one: one.model_copy(update={"categories": one.categories[::-1]}) if isinstance(one, kinds) else one,
    )


def bins_to_choose(codebook: Codebook) -> Codebook:
    """Quantities as a choice between their bins."""
    return _each(codebook, lambda one: _choice(one, one.bins) if isinstance(one, QuantityDimension) else one)


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
