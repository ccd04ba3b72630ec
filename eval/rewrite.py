"""Other ways to put the same question, each undone when the answer is read: for experiments, not for the program."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from coder.dimensions import Draft
from coder.model import (
    Bin,
    Category,
    Codebook,
    Dimension,
    MultilabelDimension,
    NominalDimension,
    OrdinalDimension,
    QuantityDimension,
    Status,
)
from coder.prompting import Prompt
from coder.prompting.prompt import CITED

BETWEEN = "--"
"""Joins dimension and label in the id of a yes-or-no question."""
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


def one_question_a_label(codebook: Codebook) -> Codebook:
    """A multi-label dimension as one yes or no a label."""
    return codebook.model_copy(
        update={"dimensions": tuple(new for one in codebook.dimensions for new in _questions(one))}
    )


def back(codebook: Codebook, drafts: Mapping[str, Draft]) -> dict[str, Draft]:
    """The drafts of the codebook's own dimensions from those of a rewritten one."""
    return {one.id: drafts[one.id] if one.id in drafts else _joined(one, drafts) for one in codebook.dimensions}


def rewired(prompt: Prompt, *, after: bool, reason: bool) -> Prompt:
    """The prompt, in object form, with the sentences after the code, or with a few words before each choice."""
    if not (after or reason):
        return prompt
    words = prompt.after
    if after:
        words = words.replace(SHAPE, f'{{"code": "...", "evidence": [{CITED}]}}')
    if reason:
        words = words.replace(SHAPE, f'{{"reason": "in a few words", "evidence": [{CITED}], "code": "..."}}')
    properties = {name: _wire(node, after, reason) for name, node in prompt.schema["properties"].items()}
    schema = {**prompt.schema, "properties": properties}
    return replace(prompt, after=words, schema=schema, hash=f"{prompt.hash}{'+after' * after}{'+reason' * reason}")


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


def _questions(dimension: Dimension) -> tuple[Dimension, ...]:
    if not isinstance(dimension, MultilabelDimension):
        return (dimension,)
    return tuple(
        NominalDimension(
            kind="nominal",
            id=f"{dimension.id}{BETWEEN}{label.id}",
            question=f"{dimension.question} Does this hold: {label.label}?",
            instructions=dimension.instructions,
            evidence=dimension.evidence,
            categories=(
                Category(
                    id="yes",
                    label="Yes",
                    definition=label.definition,
                    include=label.include,
                    exclude=label.exclude,
                    examples=label.examples,
                ),
                Category(id="no", label="No", definition="The text does not say so."),
            ),
        )
        for label in dimension.codes
    )


def _joined(dimension: Dimension, drafts: Mapping[str, Draft]) -> Draft:
    """The set of labels that were answered yes; unread where one of the answers is."""
    answers = {label.id: drafts[f"{dimension.id}{BETWEEN}{label.id}"] for label in dimension.codes}
    for draft in answers.values():
        if draft.status is not Status.CODED:
            return Draft(draft.status, reason=draft.reason)
    given = tuple(
        draft.assignments[0].model_copy(update={"category": label})
        for label, draft in answers.items()
        if draft.assignments[0].category == "yes"
    )
    return Draft(Status.CODED, given) if given else Draft(Status.ABSENT)


def _wire(node: Any, after: bool, reason: bool) -> Any:
    if list(node.get("properties", ())) != ["evidence", "code"]:
        return node
    names = ["code", "evidence"] if after else [*(["reason"] if reason else []), "evidence", "code"]
    known = {"reason": REASON, **node["properties"]}
    return {**node, "properties": {name: known[name] for name in names}, "required": names}


def _without(value: Any) -> Any:
    return {key: kept for key, kept in value.items() if key != "reason"} if isinstance(value, dict) else value
