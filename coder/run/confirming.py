"""Yes or no to a criterion, taken for an answer only where two witnesses agree: the model, and its other answers. Pure.

A small model says yes to nearly all texts, or no, whatever they say. So a "no" stands only where the model says it of a
text and leans to it much more than in most texts of the run; a "yes" where it says it and does not lean to "no" so much
more. All else is unclear and left to people. No share of answers is forced: where all texts are alike none stands out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from math import exp, log
from statistics import median

from coder.dimensions import ABSENT
from coder.model import CodeProbability
from coder.prompting import Prompt
from coder.prompting.labels import NO, YES, log_odds
from coder.run.prior import MIN_TEXTS, Leaning, Prior, corrected, leaning

EVIDENCE = 10**0.5
"""How many times the odds of "no" must be those of the run's middle text before they count as evidence for it: what
Jeffreys (1961, Theory of Probability, appendix B) calls substantial."""


def middle(prompts: Sequence[Prompt], answers: Collection[Sequence[CodeProbability]]) -> Leaning:
    """By question with yes and no what the model thinks of the middle text: the median of the log odds.

    One with fewer than `MIN_TEXTS` answers is left out.
    """
    found: dict[str, dict[str, float]] = {}
    for question in (one for prompt in prompts for one in prompt.questions):
        odds = [log_odds(one.distribution) for answer in answers for one in answer if _is_asked(one, question.id)]
        if len(odds) >= MIN_TEXTS:
            share = 1 / (1 + exp(-median(odds)))
            found[question.id] = {YES: share, NO: 1 - share}
    return found


def confirmed(answer: Sequence[CodeProbability], leanings: Leaning) -> tuple[CodeProbability, ...]:
    """The codes of an answer's questions with yes and no that both witnesses give, `absent` where they differ.

    Each keeps the probability that the model gave it. While no middle is known nobody confirms a "no".
    """
    return tuple(_confirmed(one, leanings) for one in answer if _is_asked(one, one.dimension))


def _confirmed(one: CodeProbability, leanings: Leaning) -> CodeProbability:
    code = one.code if _borne_out(one, leanings) else ABSENT
    return one.model_copy(update={"code": code, "probability": one.distribution[code]})


def _borne_out(one: CodeProbability, leanings: Leaning) -> bool:
    """Whether the distance from the middle answer speaks for the code too; while that is not known, for no "no"."""
    if one.dimension not in leanings:
        return one.code != NO
    against = log_odds(leanings[one.dimension]) - log_odds(one.distribution)
    return (against >= log(EVIDENCE)) is (one.code == NO)


def _is_asked(one: CodeProbability, question: str) -> bool:
    """Whether this is the answer to the question, with yes, no and `absent` to choose from."""
    return one.dimension == question and set(one.distribution) == {YES, NO, ABSENT}


def _nothing(prompts: Sequence[Prompt], answers: Collection[Sequence[CodeProbability]]) -> Leaning:
    return {}


Learn = Callable[[Sequence[Prompt], Collection[Sequence[CodeProbability]]], Leaning]
Freed = Callable[[Sequence[CodeProbability], Leaning], tuple[CodeProbability, ...]]
RULES: Mapping[Prior, tuple[Learn, Freed]] = {
    "keep": (_nothing, corrected),
    "correct": (leaning, corrected),
    "confirm": (middle, confirmed),
}
"""By how codes are read what is learned of all answers of a run, and how one answer is held against it."""
