"""Probabilities of codes from the log-probabilities of the tokens that an endpoint returned. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise

from coder.model import CodeProbability
from coder.providers.positions import CodePosition

Spelled = tuple[bytes, float]
"""A token's bytes and the natural logarithm of its probability."""


def spelled_probabilities(
    answer: str, positions: Sequence[CodePosition], tokens: Sequence[Spelled], offset: int = 0
) -> tuple[CodeProbability, ...]:
    """The probability of each code: the product over the tokens that share a byte with it.

    Positions count from character `offset` of the answer. The tokens must spell the answer (what follows, such as an
    end mark, is passed over); otherwise there is no probability. It is that of the endpoint among all tokens, so it is
    too low where the endpoint was held to a schema and reports what it thought before.
    """
    spelled = b"".join(piece for piece, _ in tokens)
    if not spelled.startswith(_bytes(answer)):
        return ()
    bounds = list(pairwise(accumulate((len(piece) for piece, _ in tokens), initial=0)))
    found = []
    for position in positions:
        start, end = (len(_bytes(answer[: offset + place])) for place in (position.start, position.end))
        touching = [tokens[number][1] for number, (low, high) in enumerate(bounds) if low < end and high > start]
        total = sum(touching)
        if not math.isnan(total):
            chance = math.exp(min(total, 0.0))
            found.append(CodeProbability(dimension=position.dimension, code=position.code, probability=chance))
    return tuple(found)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
