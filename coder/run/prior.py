"""Codes freed of what the model leans to whatever the text says: each probability is held against its mean. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from math import isclose
from typing import Literal

from coder.model import Codebook, CodeProbability

Prior = Literal["keep", "correct"]
"""Whether a code is taken as the model gave it, or the likeliest one once the model's leaning is taken out."""
MIN_TEXTS = 20
"""Fewest texts whose mean can pass for the model's leaning; with fewer the codes stay as they are."""
CHOICES = ("nominal", "ordinal")
"""Kinds with one code out of several: a list of labels has no distribution over sets, an amount is no choice."""

Leaning = Mapping[str, Mapping[str, float]]
"""By dimension and code the mean probability that the model gave it."""


def leaning(codebook: Codebook, answers: Collection[Sequence[CodeProbability]]) -> Leaning:
    """What the model leans to, from the probabilities of the codes in its answers to many texts.

    A dimension with fewer than `MIN_TEXTS` texts is left out.
    """
    seen: defaultdict[str, list[Mapping[str, float]]] = defaultdict(list)
    for answer in answers:
        for one in _choices(codebook, answer):
            seen[one.dimension].append(one.distribution)
    return {name: _mean(given) for name, given in seen.items() if len(given) >= MIN_TEXTS}


def corrected(codebook: Codebook, answer: Sequence[CodeProbability], leanings: Leaning) -> tuple[CodeProbability, ...]:
    """The likeliest codes of one answer with the leaning taken out; of equal ones the model's own, then the first.

    The batch calibration of Zhou et al. 2024 (ICLR): each code's probability divided by its mean over the texts, and
    the results scaled to sum to 1. It moves the codes towards equal shares, so it suits a model whose leaning is
    strong beside what the texts say, and it needs no human code.
    """
    found = []
    for one in _choices(codebook, answer):
        prior = leanings.get(one.dimension)
        if prior is None:
            continue
        ratios = {code: chance / prior[code] if prior[code] else 0.0 for code, chance in one.distribution.items()}
        total = sum(ratios.values())
        shares = {code: ratio / total for code, ratio in ratios.items()}
        best = max(shares, key=lambda code: (shares[code], code == one.code))
        found.append(CodeProbability(dimension=one.dimension, code=best, probability=shares[best], distribution=shares))
    return tuple(found)


def _choices(codebook: Codebook, answer: Sequence[CodeProbability]) -> list[CodeProbability]:
    """Those of single choices whose whole distribution is known."""
    kinds = {dimension.id: dimension.kind for dimension in codebook.dimensions}
    return [
        one
        for one in answer
        if kinds.get(one.dimension) in CHOICES and isclose(sum(one.distribution.values()), 1.0, abs_tol=1e-6)
    ]


def _mean(distributions: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {code: sum(one.get(code, 0.0) for one in distributions) / len(distributions) for code in distributions[0]}
