"""Sentences freed of the places that a model cites anyway."""

from __future__ import annotations

from collections.abc import Sequence

from coder.model import CodeProbability
from coder.run.citing import cited, places
from coder.run.prior import MIN_TEXTS


def answer(*shares: float, question: str = "tone") -> tuple[CodeProbability, ...]:
    """An answer that cites sentence 1, 2, ... with these probabilities."""
    distribution = {str(place): share for place, share in enumerate(shares, start=1)}
    code = max(distribution, key=lambda place: distribution[place])
    chance = distribution[code]
    return (CodeProbability(dimension=f"{question}#", code=code, probability=chance, distribution=distribution),)


def test_a_place_that_is_cited_everywhere_gives_way_to_one_that_stands_out() -> None:
    usual: Sequence[float] = (0.1, 0.1, 0.8)
    texts = [answer(*usual)] * (MIN_TEXTS - 1)
    special = answer(0.1, 0.4, 0.5)
    known = places([*texts, special])
    assert cited(special, {}, known) == {"tone": (2,)}  # .4 beside a mean of .115 against .5 beside .785
    assert cited(answer(0.05, 0.05, 0.9), {}, known) == {"tone": (3,)}  # .9 beside .785, .05 beside .1 and .115


def test_a_place_is_held_against_the_texts_that_have_it() -> None:
    short = [answer(0.5, 0.5)] * MIN_TEXTS
    long = answer(0.1, 0.1, 0.8)
    # the third sentence's mean is .8, over one text, and not .8 / 21: it does not stand out
    assert places([*short, long])["tone"][3] == 0.8


def test_a_question_that_few_texts_were_asked_is_held_against_all_and_few_texts_against_nothing() -> None:
    many = [answer(0.9, 0.1)] * MIN_TEXTS
    rare = answer(0.7, 0.3, question="price")
    known = places([*many, rare])
    assert set(known) == {"", "tone"}
    assert cited(rare, {}, known) == {"price": (2,)}
    assert cited(rare, {}, places([rare])) == {"price": (1,)}


def test_probabilities_of_codes_are_none_of_sentences() -> None:
    code = CodeProbability(dimension="tone", code="good", probability=1.0, distribution={"good": 1.0, "bad": 0.0})
    assert places([(code,)] * MIN_TEXTS) == {}


def test_a_code_that_claims_nothing_cites_nothing() -> None:
    label = answer(0.2, 0.8, question="topics/x")
    assert cited(label, {"topics/x": "no"}, {}) == {"topics/x": ()}
    assert cited(label, {"topics/x": "yes"}, {}) == {"topics/x": (2,)}
    assert cited(answer(0.2, 0.8), {"tone": "absent"}, {}) == {"tone": ()}
