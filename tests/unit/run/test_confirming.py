"""A small model's yes or no counts only where its answers to other texts bear it out."""

from __future__ import annotations

from coder.model import Codebook, CodeProbability, Criterion
from coder.prompting import Prompt, build_prompts
from coder.run.confirming import confirmed, middle
from coder.run.prior import MIN_TEXTS
from coder.screening import screening_codebook


def prompts() -> tuple[Prompt, ...]:
    book = Codebook(name="b", version="1", criteria=(Criterion(id="about", question="Is it about AI?"),))
    return build_prompts(screening_codebook(book), "object", calls="each")


def said(yes: float, no: float) -> tuple[CodeProbability, ...]:
    chances = {"yes": yes, "no": no, "absent": 1 - yes - no}
    code = max(chances, key=lambda one: chances[one])
    return (CodeProbability(dimension="about", code=code, probability=chances[code], distribution=chances),)


def codes(texts: list[tuple[CodeProbability, ...]]) -> list[str]:
    known = middle(prompts(), texts)
    return [confirmed(answer, known)[0].code for answer in texts]


def test_a_no_stands_where_the_model_says_it_of_few_texts_and_is_unclear_where_it_says_it_of_most() -> None:
    # Odds of yes to no: 4 in the middle text, 1/4 in the last, 16 times less: more than EVIDENCE, 3.2.
    assert codes([said(0.8, 0.2)] * MIN_TEXTS + [said(0.2, 0.8)])[-2:] == ["yes", "no"]
    assert set(codes([said(0.2, 0.8)] * MIN_TEXTS)) == {"absent"}


def test_a_no_that_is_hardly_less_likely_than_elsewhere_is_unclear() -> None:
    # Odds 1.5 in the middle text, 2/3 in the last: 2.25 times less, which is less than EVIDENCE, 3.2.
    assert codes([said(0.6, 0.4)] * MIN_TEXTS + [said(0.4, 0.6)])[-1] == "absent"


def test_a_yes_that_is_far_less_likely_than_elsewhere_is_unclear() -> None:
    # Odds 19 in the middle text, 1.5 in the last: 12.7 times less, more than EVIDENCE, 3.2.
    assert codes([said(0.95, 0.05)] * MIN_TEXTS + [said(0.6, 0.4)])[-1] == "absent"


def test_what_is_unclear_to_the_model_stays_so() -> None:
    assert codes([said(0.8, 0.1)] * MIN_TEXTS + [said(0.2, 0.1)])[-1] == "absent"


def test_no_is_unclear_while_too_few_texts_tell_what_the_model_leans_to() -> None:
    few = [said(0.9, 0.1)] * (MIN_TEXTS - 2) + [said(0.01, 0.99)]
    assert middle(prompts(), few) == {}
    assert codes(few)[-2:] == ["yes", "absent"]


def test_a_code_keeps_the_probability_that_the_model_gave_it() -> None:
    texts = [said(0.8, 0.2)] * MIN_TEXTS
    (one,) = confirmed(said(0.2, 0.7), middle(prompts(), texts))
    assert (one.code, one.probability) == ("no", 0.7)
