"""How was this decided before? The settled items whose texts are nearest, by TF-IDF."""

from __future__ import annotations

from collections.abc import Sequence

LIMIT = 1000
"""How many texts are compared at most: the newest settled ones."""

WORD = r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|\w+"


def nearest(text: str, others: Sequence[str], n: int) -> list[tuple[int, float]]:
    """Places in `others` of the `n` texts most like `text`, with the cosine of their TF-IDF vectors, the nearest first.

    Texts that share no word with it are left out. In scripts without spaces each character counts as a word.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - slow to load, and seldom asked for

    if not text.strip() or not others:
        return []
    try:
        vectors = TfidfVectorizer(token_pattern=WORD, sublinear_tf=True).fit_transform([text, *others])
    except ValueError:  # not a word in any of them
        return []
    scores = (vectors[1:] @ vectors[0].T).toarray().ravel()
    places = sorted(range(len(others)), key=lambda place: (-scores[place], place))
    return [(place, float(scores[place])) for place in places[:n] if scores[place] > 0]
