"""Which texts and titles are near each other, of many thousands, without comparing all with all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from coder.documents.described import WORD

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

RARE = 1_000
"""A word in more documents than this brings no two of them together; in smaller projects every word does.

A word in n documents makes n^2 / 2 pairs, so that the common ones would make all the work, and they say the least.
"""
_ROWS = 256
"""Rows compared at once: what is held is so many by all documents, some 50 MB of 20,000."""
_SLACK = 0.8
"""How much of the cosine the rarer words must bring for a pair to be looked at whole."""

Near = tuple[int, int, float]
"""Two places, the first before the second, and how near: 1 is the same words."""


class Texts:
    """Texts as vectors of their words (TF-IDF of length 1), and the cosines between them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._vectors = _vectors(texts)

    def near(self, least: float, among: Sequence[int]) -> Iterator[Near]:
        """Of the texts at these places the pairs with a cosine of at least `least`.

        They are found by words in at most RARE documents. The places are in ascending order.
        """
        if self._vectors is None or not among:
            return
        rows = self._vectors[list(among)]
        common = _common(rows)
        wanted = least * _SLACK if common.any() else least
        for firsts, seconds, parts in _products(rows[:, ~common]):
            kept = parts >= wanted - 1e-9
            for one, other in zip(firsts[kept].tolist(), seconds[kept].tolist(), strict=True):
                first, second = among[one], among[other]
                cosine = self.cosine(first, second)
                if cosine >= least:
                    yield first, second, cosine

    def cosine(self, first: int, second: int) -> float:
        """The cosine of two texts; 0 where one has no word."""
        if self._vectors is None:
            return 0.0
        return min(1.0, float((self._vectors[first] @ self._vectors[second].T).sum()))


def near_sets(sets: Sequence[frozenset[str]], least: float) -> Iterator[Near]:
    """The pairs of sets of words whose Jaccard similarity is at least `least`; empty sets are near none."""
    import numpy as np  # noqa: PLC0415 - slow to load
    from scipy.sparse import csr_matrix  # noqa: PLC0415

    numbers = {word: place for place, word in enumerate(sorted(set().union(*sets)))}
    if not numbers:
        return
    indices = [numbers[word] for words in sets for word in sorted(words)]
    starts = [0]
    for words in sets:
        starts.append(starts[-1] + len(words))
    table = csr_matrix((np.ones(len(indices)), indices, starts), shape=(len(sets), len(numbers)))
    common, sizes = _common(table), np.diff(starts)
    shared_at_most = np.asarray(table[:, common].sum(axis=1)).ravel()
    for firsts, seconds, parts in _products(table[:, ~common]):
        most = parts + np.minimum(shared_at_most[firsts], shared_at_most[seconds])
        kept = most * (1 + least) >= least * (sizes[firsts] + sizes[seconds]) - 1e-9
        for first, second in zip(firsts[kept].tolist(), seconds[kept].tolist(), strict=True):
            similarity = jaccard(sets[first], sets[second])
            if similarity >= least:
                yield first, second, similarity


def jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    """What two sets share of what they hold together; 0 for two empty ones."""
    together = len(first | second)
    return len(first & second) / together if together else 0.0


def shingles(words: Sequence[str], size: int = 3) -> frozenset[str]:
    """The runs of `size` words; of fewer words the one run they are."""
    if not words:
        return frozenset()
    return frozenset(" ".join(words[start : start + size]) for start in range(max(1, len(words) - size + 1)))


def _vectors(texts: Sequence[str]) -> csr_matrix | None:
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - slow to load

    try:
        return TfidfVectorizer(token_pattern=WORD, sublinear_tf=True, lowercase=False).fit_transform(texts).tocsr()
    except ValueError:  # not a word in any of them
        return None


def _common(table: csr_matrix) -> BoolArray:
    """Which columns are words in more than RARE documents, shape (words,)."""
    import numpy as np  # noqa: PLC0415

    return np.bincount(table.indices, minlength=table.shape[1]) > RARE


def _products(table: csr_matrix) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
    """The pairs of rows that share a column, a few rows at a time: both places in order, and their products."""
    import numpy as np  # noqa: PLC0415

    across = table.T.tocsr()
    for start in range(0, table.shape[0], _ROWS):
        found = (table[start : start + _ROWS] @ across).tocoo()
        firsts = found.row.astype(np.int64) + start
        kept = found.col > firsts
        yield firsts[kept], found.col[kept].astype(np.int64), found.data[kept]
