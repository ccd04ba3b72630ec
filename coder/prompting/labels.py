"""A multi-label dimension asked as one yes or no a label, and the answers put together again.

Given a list to fill, a small model ticks nearly everything or nearly nothing; label by label it has to decide, and how
sure it was of each can be measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log
from typing import Literal

from coder.dimensions import ABSENT, Draft
from coder.model import Assignment, Category, CodeProbability, Coding, Dimension, NominalDimension, Status
from coder.model import MultilabelDimension as Multilabel

Labels = Literal["list", "yes_no"]
"""Whether a multi-label dimension is answered with a list of its labels, or with yes or no for each."""
YES, NO = "yes", "no"
BETWEEN = "/"
"""Joins dimension and label in the id of a question; no id of a codebook has it."""


POSSIBLE = 0.1
"""Least probability of a code that an answer may become once a model's leaning is taken out of it."""
CITED = "#"
"""Behind the id of a question: what its answer cites, the number of a sentence in place of a code."""


FLOOR = 1e-4
"""Added to either side of the odds: an answer that is out of the question weighs much, and not without bound."""


def log_odds(chances: Mapping[str, float]) -> float:
    """How far an answer leans to yes: the log of the odds of yes to no. What is unclear moves it neither way."""
    return log((chances.get(YES, 0.0) + FLOOR) / (chances.get(NO, 0.0) + FLOOR))


def questions_of(dimension: Dimension, labels: Labels) -> tuple[Dimension, ...]:
    """What is asked for a dimension: itself, or a question for each of its labels."""
    if labels == "list" or not isinstance(dimension, Multilabel):
        return (dimension,)
    return tuple(_question(dimension, label) for label in dimension.codes)


def _question(dimension: Multilabel, label: Category) -> NominalDimension:
    return NominalDimension.model_construct(  # not validated: an id of its own is what tells it from the codebook's
        kind="nominal",
        id=f"{dimension.id}{BETWEEN}{label.id}",
        question=f"{dimension.question} Does this hold: {label.label}?",
        instructions=dimension.instructions,
        evidence=dimension.evidence,
        applies_if=dimension.applies_if,
        categories=(label.model_copy(update={"id": YES, "label": "Yes"}), Category(id=NO, label="No")),
    )


def together(dimension: Dimension, drafts: Mapping[str, Draft], *, window: bool = False) -> Draft:
    """The draft of a dimension from those of its questions: the labels answered yes; unread where one answer is.

    In a `window` of a text no label need hold.
    """
    if dimension.id in drafts:
        return drafts[dimension.id]
    answers = {label.id: drafts[f"{dimension.id}{BETWEEN}{label.id}"] for label in dimension.codes}
    for label, draft in answers.items():
        if draft.status is not Status.CODED:
            return Draft(draft.status, reason=f"{label}: {draft.reason}" if draft.reason else "")
    given = tuple(
        draft.assignments[0].model_copy(update={"category": label})
        for label, draft in answers.items()
        if draft.assignments[0].category == YES
    )
    if not given and dimension.absent is None and not window:
        return Draft(Status.INVALID, reason=f"no label holds, and the codebook has no 'absent' for '{dimension.id}'")
    unsupported = any(answers[one.category].unsupported for one in given)
    return Draft(Status.CODED, given, unsupported=unsupported) if given else Draft(Status.ABSENT)


def apart(dimension: Dimension, coding: Coding, labels: Labels) -> dict[str, Coding]:
    """A coding as codings of the questions asked for its dimension: the inverse of `together`, for worked examples."""
    asked = questions_of(dimension, labels)
    if asked == (dimension,):
        return {dimension.id: coding}
    given = {one.category: one for one in coding.assignments}
    return {
        question.id: coding.model_copy(update={"status": Status.CODED, "assignments": (_said(label.id, given),)})
        for question, label in zip(asked, dimension.codes, strict=True)
    }


def _said(label: str, given: Mapping[str, Assignment]) -> Assignment:
    return given[label].model_copy(update={"category": YES}) if label in given else Assignment(category=NO)


def says_nothing(question: str, code: str) -> bool:
    """Whether an answer claims nothing that a sentence could carry: `absent`, or no to a label."""
    return code == ABSENT or (BETWEEN in question and code == NO)


def likeliest_claim(one: CodeProbability) -> str:
    """Of an answer that claims nothing the code that it might be instead, '' where none is at least `POSSIBLE`."""
    chances = {code: chance for code, chance in one.distribution.items() if code not in (ABSENT, one.code)}
    best = max(chances, key=lambda code: chances[code], default="")
    return best if best and chances[best] >= POSSIBLE else ""


def probabilities_of_labels(probabilities: Iterable[CodeProbability]) -> list[CodeProbability]:
    """Those of yes as those of the labels they stand for; the others as they are."""
    return [_of_label(one) for one in probabilities]


def _of_label(one: CodeProbability) -> CodeProbability:
    dimension, between, label = one.dimension.partition(BETWEEN)
    if not between or one.code != YES:
        return one
    return CodeProbability(dimension=dimension, code=label, probability=one.probability)
