"""How was this decided before? The settled items whose texts are nearest, by TF-IDF."""

from __future__ import annotations

from collections.abc import Sequence

LIMIT = 2000
"""How many texts are compared at most: the newest settled ones."""


def nearest(text: str, others: Sequence[str], n: int) -> list[tuple[int, float]]:
    """Places in `others` of the `n` texts most like `text`, with the cosine of their TF-IDF vectors, the nearest first.

    Texts that share no word with it are left out. Character n-grams within words carry any language.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - slow to load, and seldom asked for

    if not text.strip() or not others:
        return []
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True).fit_transform([text, *others])
    scores = (vectors[1:] @ vectors[0].T).toarray().ravel()
    places = sorted(range(len(others)), key=lambda place: (-scores[place], place))
    return [(place, float(scores[place])) for place in places[:n] if scores[place] > 0]
