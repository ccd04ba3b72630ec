"""In which order people best read what was screened: what is likeliest to be included first. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, pstdev

from coder.prompting.labels import log_odds

Chances = Mapping[str, Mapping[str, float]]
"""By criterion the probability of each of its answers, for one text."""
ALIKE = 1e-6
"""Least standard deviation of log odds that tells texts apart."""


def likeliness(criteria: Sequence[str], texts: Mapping[str, Chances]) -> dict[str, float]:
    """By text how likely it is to meet all criteria, in the order alone a figure: higher is likelier.

    The sum over the criteria of the log odds of yes, each in standard deviations from its mean over the texts: what
    the model leans to in a criterion, and how loudly, is the same for all texts and puts none before another. Infinite
    for a text that lacks an answer to a criterion: it is read first, lest it be lost.
    """
    whole = {text: chances for text, chances in texts.items() if all(name in chances for name in criteria)}
    found = {text: float("inf") if text not in whole else 0.0 for text in texts}
    for name in criteria:
        odds = {text: log_odds(chances[name]) for text, chances in whole.items()}
        middle, spread = (fmean(odds.values()), pstdev(odds.values())) if odds else (0.0, 0.0)
        for text, value in odds.items():
            found[text] += (value - middle) / spread if spread > ALIKE else 0.0
    return found
