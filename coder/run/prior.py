"""Codes freed of what the model leans to whatever the text says: each probability is held against its mean. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Mapping, Sequence
from math import isclose
from typing import Literal

from coder.model import CodeProbability
from coder.prompting import Prompt

Prior = Literal["keep", "correct"]
"""Whether a code is taken as the model gave it, or the likeliest one once the model's leaning is taken out."""
MIN_TEXTS = 20
"""Fewest texts whose mean can pass for the model's leaning; with fewer the codes stay as they are."""
CHOICES = ("nominal", "ordinal")
"""Kinds with one code out of several: a list of labels has no distribution over sets, an amount is no choice."""

SMOOTHING = 0.05
"""Weight of equal shares in the mean: a code that the model hardly ever thinks of is not raised without bound."""

Leaning = Mapping[str, Mapping[str, float]]
"""By question and code the mean probability that the model gave it, a little smoothed."""


def single_choices(prompts: Sequence[Prompt]) -> frozenset[str]:
    """The ids of the questions that have one code out of several."""
    return frozenset(one.id for prompt in prompts for one in prompt.questions if one.kind in CHOICES)


def leaning(choices: Collection[str], answers: Collection[Sequence[CodeProbability]]) -> Leaning:
    """What the model leans to, from the probabilities of the codes in its answers to many texts.

    `choices` are the ids of the questions with one code (`single_choices`); one with fewer than `MIN_TEXTS` texts is
    left out.
    """
    seen: defaultdict[str, list[Mapping[str, float]]] = defaultdict(list)
    for answer in answers:
        for one in _choices(choices, answer):
            seen[one.dimension].append(one.distribution)
    return {name: _mean(given) for name, given in seen.items() if len(given) >= MIN_TEXTS}


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
