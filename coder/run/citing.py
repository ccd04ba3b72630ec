"""Cited sentences freed of the places that the model cites whatever the text says. Pure.

A small model that is shown examples tends to cite the number that it saw cited there. As with codes
(`coder.run.prior`), what it thinks of every place over many texts is held against what it thinks of it in this one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from coder.model import CodeProbability
from coder.prompting.labels import CITED, says_nothing
from coder.run.prior import MIN_TEXTS

SMOOTHING = 0.05
"""Weight of equal shares among a text's sentences in the mean."""

Places = Mapping[str, Mapping[int, float]]
"""By question, and under '' over all questions, the mean probability of each place over the texts that have it."""


def places(answers: Collection[Sequence[CodeProbability]]) -> Places:
    """What the model cites in its answers to many texts; questions with fewer than `MIN_TEXTS` of them are left out."""
    given: dict[str, list[Mapping[int, float]]] = {}
    for answer in answers:
        for question, chances in _cited(answer).items():
            given.setdefault(question, []).append(chances)
            given.setdefault("", []).append(chances)
    return {question: _means(chances) for question, chances in given.items() if len(chances) >= MIN_TEXTS}


def cited(answer: Sequence[CodeProbability], codes: Mapping[str, str], known: Places) -> dict[str, tuple[int, ...]]:
    """By question the sentence that carries its code in `codes`: none where that claims nothing, else the one that
    stands out most against the places that the model cites anyway.

    A question that too few texts were asked is held against all questions together; where these are too few as well,
    the likeliest sentence is taken. Only questions whose sentences were weighed are named.
    """
    return {
        question: () if says_nothing(question, codes.get(question, "")) else (_most_telling(chances, question, known),)
        for question, chances in _cited(answer).items()
    }


def _most_telling(chances: Mapping[int, float], question: str, known: Places) -> int:
    means = known.get(question) or known.get("") or dict.fromkeys(chances, 1.0)
    equal = SMOOTHING / len(chances)
    return max(chances, key=lambda place: chances[place] / ((1 - SMOOTHING) * means.get(place, 0.0) + equal))


def _cited(answer: Sequence[CodeProbability]) -> dict[str, Mapping[int, float]]:
    """The distributions over sentences, by question."""
    return {
        one.dimension.removesuffix(CITED): {int(place): chance for place, chance in one.distribution.items()}
        for one in answer
        if one.dimension.endswith(CITED)
    }


def _means(given: Sequence[Mapping[int, float]]) -> dict[int, float]:
    total: dict[int, list[float]] = {}
    for chances in given:
        for place, chance in chances.items():
            total.setdefault(place, []).append(chance)
    return {place: sum(chances) / len(chances) for place, chances in total.items()}
