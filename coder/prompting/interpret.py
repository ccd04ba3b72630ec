"""A model's raw answer and the prompt it answered -> one draft a dimension."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from coder.dimensions import AnswerError, Draft, kind_of
from coder.model import Segment, Status
from coder.prompting.labels import together
from coder.prompting.prompt import Prompt

_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reading:
    """Every dimension's draft, and in `problem` what was wrong in words a model can mend (empty: nothing)."""

    drafts: Mapping[str, Draft]
    problem: str


def interpret(
    content: str,
    prompt: Prompt,
    segments: Sequence[Segment],
    codes: Mapping[str, str] | None = None,
    cited: Mapping[str, Sequence[int]] | None = None,
    *,
    window: bool = False,
) -> Reading:
    """Read an answer; a dimension that cannot be read becomes `invalid` and leaves the others standing.

    `codes` stand in place of the answer's own, by question, where one code is asked for; `cited` are numbers of
    sentences that stand in place of those that the answer cites. The answer to a `window` of a text is one part:
    conditions are judged on the whole, and no label need hold in it.
    """
    try:
        answers = _parse(content)
    except ValueError as error:
        problem = f"the answer is not one JSON object: {error}"
        return Reading({item.id: Draft(Status.INVALID, reason=problem) for item in prompt.dimensions}, problem)
    drafts, problems = {}, []
    for dimension in prompt.questions:
        try:
            answer = prompt.readers[dimension.id].validate_python(answers[dimension.id])
            if codes and dimension.id in codes:
                answer = answer.model_copy(update={"code": codes[dimension.id]})
            if cited and dimension.id in cited:
                answer = answer.model_copy(update={"evidence": list(cited[dimension.id])})
            drafts[dimension.id] = kind_of(dimension).read(dimension, answer, segments)
        except KeyError:
            fault = "missing from the answer"
        except ValidationError as error:
            fault = _words(error)
        except AnswerError as error:
            fault = str(error)
        else:
            continue
        drafts[dimension.id] = Draft(Status.INVALID, reason=fault)
        problems.append(f"{dimension.id}: {fault}")
    whole = {dimension.id: together(dimension, drafts, window=window) for dimension in prompt.dimensions}
    return Reading(whole if window else applicable(prompt, whole), "; ".join(problems))


def _parse(content: str) -> dict[str, Any]:
    text = content.strip()
    if fenced := _FENCE.search(text):
        text = fenced[1].strip()
    value = json.loads(text, parse_constant=_no_constant)
    if not isinstance(value, dict):
        raise ValueError("it is not an object")
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _words(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(step) for step in fault["loc"])
    message = fault["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" if where else message


def applicable(prompt: Prompt, drafts: Mapping[str, Draft]) -> dict[str, Draft]:
    """Dimensions whose condition is false become `not_applicable`; an unread condition leaves the answer as it is."""
    settled: dict[str, Draft] = {}
    for dimension in prompt.dimensions:
        draft = drafts[dimension.id]
        condition = dimension.applies_if
        other = settled.get(condition.dimension) if condition else None
        if condition and other and not other.status.never_agrees:
            codes = {assignment.category for assignment in other.assignments}
            if not codes & set(condition.any_of):
                draft = Draft(Status.NOT_APPLICABLE, reason=f"'{condition.dimension}' rules it out")
        settled[dimension.id] = draft
    return settled
