"""What two texts share and where they differ, as evidence that a person can judge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from coder.documents.described import folded_words

_PIECE = re.compile(r"\S+")
_WORDS = 3_000
"""Words of each text that are compared: enough for any program's page, and quick."""
_SHARED = 3
"""A phrase has so many words or more."""


@dataclass(frozen=True)
class Compared:
    """The longest phrases that both texts have, and what stands in one where the other has something else."""

    shared: tuple[str, ...]
    first: tuple[str, ...]
    second: tuple[str, ...]


def compare(first: str, second: str, most: int = 5) -> Compared:
    """At most `most` of each, the longest shared first, the differing in the order of the texts."""
    one, other = _PIECE.findall(first)[:_WORDS], _PIECE.findall(second)[:_WORDS]
    matcher = SequenceMatcher(None, [_plain(word) for word in one], [_plain(word) for word in other], autojunk=False)
    steps = matcher.get_opcodes()
    same = sorted((one[a:b] for kind, a, b, _, _ in steps if kind == "equal" and b - a >= _SHARED), key=len)[::-1]
    apart = [(one[a:b], other[c:d]) for kind, a, b, c, d in steps if kind != "equal"]
    return Compared(
        tuple(" ".join(words) for words in same[:most]),
        tuple(" ".join(words) for words, _ in apart if words)[:most],
        tuple(" ".join(words) for _, words in apart if words)[:most],
    )


def _plain(word: str) -> str:
    folded: Sequence[str] = folded_words(word)
    return " ".join(folded) or word
