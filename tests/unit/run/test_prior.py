"""What a model leans to is judged by the texts that a question is about."""

from __future__ import annotations

import pytest

from coder.codebook import parse_codebook
from coder.model import CodeProbability
from coder.prompting import build_prompts
from coder.run.prior import MIN_TEXTS, corrected, leaning

BOOK = parse_codebook(
    "name: n\nversion: 1\ndimensions:\n"
    "  - {id: area, kind: nominal, question: Which?, categories: [{id: work}, {id: home}]}\n"
    "  - {id: stand, kind: nominal, question: Where?, applies_if: area == work, categories: [{id: left}, {id: right}]}",
    "b",
)
PROMPTS = build_prompts(BOOK, "object", calls="each")


def chances(dimension: str, **shares: float) -> CodeProbability:
    best = max(shares, key=lambda code: shares[code])
    return CodeProbability(dimension=dimension, code=best, probability=shares[best], distribution=shares)


def answer(work: float, left: float) -> tuple[CodeProbability, ...]:
    return chances("area", work=work, home=1 - work), chances("stand", left=left, right=1 - left)


def test_a_question_under_a_condition_is_judged_by_the_texts_that_meet_it() -> None:
    about_work, about_home = [answer(0.9, 0.8)] * MIN_TEXTS, [answer(0.1, 0.2)] * MIN_TEXTS
    found = leaning(PROMPTS, about_work + about_home)
    # area: the mean of 0.9 and 0.1, smoothed with 0.05 of equal shares; stand: 0.8 alone, not the mean with 0.2
    assert found["area"]["work"] == pytest.approx(0.95 * 0.5 + 0.05 / 2)
    assert found["stand"]["left"] == pytest.approx(0.95 * 0.8 + 0.05 / 2)


def test_which_texts_meet_a_condition_is_told_by_codes_freed_of_their_own_leaning() -> None:
    # every text is more likely about work, half of them less so than usual: those are about home
    sure, doubtful = [answer(0.95, 0.8)] * MIN_TEXTS, [answer(0.6, 0.2)] * MIN_TEXTS
    found = leaning(PROMPTS, sure + doubtful)
    assert [one.code for one in corrected(doubtful[0], found)][:1] == ["home"]
    assert found["stand"]["left"] == pytest.approx(0.95 * 0.8 + 0.05 / 2)


def test_a_question_that_too_few_texts_are_about_keeps_its_codes() -> None:
    few = [answer(0.9, 0.8)] * (MIN_TEXTS - 1) + [answer(0.1, 0.2)] * MIN_TEXTS
    assert leaning(PROMPTS, few).keys() == {"area"}
