"""Codes freed of what the model leans to whatever the text says: each probability is held against its mean. Pure."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from math import isclose
from typing import Literal

from coder.model import CodeProbability, Dimension
from coder.prompting import Prompt

Prior = Literal["keep", "correct", "confirm"]
"""Whether a code is taken as the model gave it, stands as a yes or no only where the answers to other texts bear it out
(`coder.run.confirming`), or is the likeliest one once the model's leaning is taken out."""
MIN_TEXTS = 20
"""Fewest texts whose mean can pass for the model's leaning; with fewer the codes stay as they are."""
CHOICES = ("nominal", "ordinal")
"""Kinds with one code out of several: a list of labels has no distribution over sets, an amount is no choice."""

SMOOTHING = 0.05
"""Weight of equal shares in the mean: a code that the model hardly ever thinks of is not raised without bound."""

Leaning = Mapping[str, Mapping[str, float]]
"""By question and code the mean probability that the model gave it, a little smoothed."""


def leaning(prompts: Sequence[Prompt], answers: Collection[Sequence[CodeProbability]]) -> Leaning:
    """What the model leans to in its answers to many texts, by the id of each question with one code out of several.

    A question that applies under a condition is judged by the texts that meet it, as the codes freed of their own
    leaning say. One with fewer than `MIN_TEXTS` texts is left out.
    """
    found: dict[str, Mapping[str, float]] = {}
    for question in (one for prompt in prompts for one in prompt.questions if one.kind in CHOICES):
        asked = [answer for answer in answers if _applies(question, answer, found)]
        given = [one.distribution for answer in asked for one in _choices((question.id,), answer)]
        if len(given) >= MIN_TEXTS:
            found[question.id] = _mean(given)
    return found


def _applies(question: Dimension, answer: Sequence[CodeProbability], leanings: Leaning) -> bool:
    """Whether the answer's own codes meet the question's condition; true where they do not tell."""
    condition = question.applies_if
    if condition is None:
        return True
    codes = {one.dimension: one.code for one in (*answer, *corrected(answer, leanings))}
    return codes.get(condition.dimension, condition.any_of[0]) in condition.any_of


def corrected(answer: Sequence[CodeProbability], leanings: Leaning) -> tuple[CodeProbability, ...]:
    """The likeliest codes of one answer with the leaning taken out; of equal ones the model's own, then the first.

    The batch calibration of Zhou et al. 2024 (ICLR): each code's probability divided by its mean over the texts, and
    the results scaled to sum to 1. It moves the codes towards equal shares, so it suits a model whose leaning is
    strong beside what the texts say, and it needs no human code.
    """
    found = []
    for one in _choices(leanings, answer):
        prior = leanings[one.dimension]
        ratios = {code: chance / prior[code] for code, chance in one.distribution.items()}
        total = sum(ratios.values())
        shares = {code: ratio / total for code, ratio in ratios.items()}
        best = max(shares, key=lambda code: (shares[code], code == one.code))
        found.append(CodeProbability(dimension=one.dimension, code=best, probability=shares[best], distribution=shares))
    return tuple(found)


def _choices(ids: Container[str], answer: Sequence[CodeProbability]) -> list[CodeProbability]:
    """Those of these questions whose whole distribution is known."""
    return [
        one for one in answer if one.dimension in ids and isclose(sum(one.distribution.values()), 1.0, abs_tol=1e-6)
    ]


def _mean(distributions: Sequence[Mapping[str, float]]) -> dict[str, float]:
    codes = distributions[0]
    means = {code: sum(one.get(code, 0.0) for one in distributions) / len(distributions) for code in codes}
    return {code: (1 - SMOOTHING) * mean + SMOOTHING / len(codes) for code, mean in means.items()}
