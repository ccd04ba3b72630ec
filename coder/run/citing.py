"""Which sentence an answer cites: what the model thinks of each, freed of the places that it cites anyway, and what it
shares with the code's definition. Pure.

A small model that is shown examples tends to cite the number that it saw cited there. As with codes
(`coder.run.prior`), what it thinks of every place over many texts, and over all questions of this text, is held against
what it thinks of it here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import islice
from math import log
from typing import TYPE_CHECKING

from coder.model import Codebook, CodeProbability, Segment
from coder.prompting.labels import BETWEEN, CITED, says_nothing
from coder.run.prior import MIN_TEXTS

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

SMOOTHING = 0.05
"""Weight of equal shares among a text's sentences in a mean."""
LEAST = 1e-9
"""What a sentence's probability is at least taken for."""
LEANING, LIKENESS = 0.5, 20.0
"""Weights of the two means' logarithms, and of the likeness (0 to 1), beside the logarithm of the probability."""
TEXTS = 500
"""Texts from whose sentences the weight of a word is learned."""

Chances = Mapping[int, float]
"""By the number of a sentence its probability."""
Places = Mapping[str, Chances]
"""By question, and under '' over all questions, the mean probability of each place over the texts that have it."""


def places(answers: Collection[Sequence[CodeProbability]]) -> Places:
    """What the model cites in its answers to many texts; questions with fewer than `MIN_TEXTS` of them are left out."""
    given: dict[str, list[Chances]] = {}
    for answer in answers:
        for question, chances in _weighed(answer).items():
            given.setdefault(question, []).append(chances)
            given.setdefault("", []).append(chances)
    return {question: _means(chances) for question, chances in given.items() if len(chances) >= MIN_TEXTS}


class Likeness:
    """How much a sentence has in common with what the codebook says of a code: the cosine of TF-IDF weighted pieces of
    words of three to five characters, so that `trainee` is like `training`."""

    def __init__(self, codebook: Codebook, texts: Iterable[Sequence[Segment]]) -> None:
        self._codebook = codebook
        self._known = [segment.text for segments in islice(texts, TEXTS) for segment in segments]

    def of(self, question: str, code: str, segments: Sequence[Segment]) -> Chances:
        """By the number of each sentence its likeness, 0 to 1; 0 for what has no words."""
        words = self._words(question, code)
        if not words or not self._known:
            return {}
        found = self._pieces.transform([segment.text for segment in segments]) @ self._pieces.transform([words]).T
        return {segment.number: float(value) for segment, value in zip(segments, found.toarray()[:, 0], strict=True)}

    def _words(self, question: str, code: str) -> str:
        """What the codebook says of a code that is no `absent`: label, definition, what belongs to it, and examples."""
        name, _, label = question.partition(BETWEEN)
        dimension = next(one for one in self._codebook.dimensions if one.id == name)
        category = next((one for one in dimension.codes if one.id == (label or code)), None)
        if category is None:
            return ""
        examples = (example.text for example in category.examples)
        return " ".join([category.label, category.definition, *category.include, *examples])

    @cached_property
    def _pieces(self) -> TfidfVectorizer:
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - slow to import

        return TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(3, 5)).fit(self._known)


def cited(
    answer: Sequence[CodeProbability],
    codes: Mapping[str, str],
    known: Places,
    likeness: Likeness,
    segments: Sequence[Segment],
) -> dict[str, tuple[int, ...]]:
    """By question the sentence that carries its code in `codes`; none where that claims nothing.

    A question that too few texts were asked is held against all questions together, with too few of these against
    nothing. Only questions whose sentences were weighed are named.
    """
    weighed = _weighed(answer)
    here = _means(list(weighed.values()))
    found: dict[str, tuple[int, ...]] = {}
    for question, chances in weighed.items():
        code = codes.get(question, "")
        if says_nothing(question, code):
            found[question] = ()
            continue
        anyway = known.get(question) or known.get("") or {}
        like = likeness.of(question, code, segments)
        found[question] = (_most_telling(chances, (anyway, here), like),)
    return found


def _most_telling(chances: Chances, means: Iterable[Chances], like: Chances) -> int:
    equal = 1 / len(chances)

    def weight(place: int) -> float:
        leaning = sum(log((1 - SMOOTHING) * mean.get(place, equal) + SMOOTHING * equal) for mean in means)
        return log(max(chances[place], LEAST)) - LEANING * leaning + LIKENESS * like.get(place, 0.0)

    return max(chances, key=weight)


def _weighed(answer: Sequence[CodeProbability]) -> dict[str, Chances]:
    """The distributions over sentences, by question."""
    return {
        one.dimension.removesuffix(CITED): {int(place): chance for place, chance in one.distribution.items()}
        for one in answer
        if one.dimension.endswith(CITED)
    }


def _means(given: Sequence[Chances]) -> dict[int, float]:
    total: dict[int, list[float]] = {}
    for chances in given:
        for place, chance in chances.items():
            total.setdefault(place, []).append(chance)
    return {place: sum(chances) / len(chances) for place, chances in total.items()}
