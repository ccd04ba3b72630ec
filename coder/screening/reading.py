"""In which order people best read what was screened: what is likeliest to be included first. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, prod

from coder.prompting.labels import log_odds

Chances = Mapping[str, Mapping[str, float]]
"""By criterion the probability of each of its answers, for one text."""


def likeliness(criteria: Sequence[str], chances: Chances) -> float:
    """How likely a text is to meet all criteria, 0 to 1: the product of the shares of yes beside no.

    The answers are taken as independent, and what is unclear counts neither way: good for an order, and no probability
    to rely on. 1 for a text that lacks an answer to a criterion: it is read first, lest it be lost.
    """
    if any(name not in chances for name in criteria):
        return 1.0
    return prod(1 / (1 + exp(-log_odds(chances[name]))) for name in criteria)
