"""The alternative-annotator test by hand, its corrections, and the cases in which it has no answer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, ttest_1samp

from coder.inference.alternative import Answer, alternative_test
from coder.inference.multiplicity import benjamini_yekutieli

ITEMS = [f"item {number}" for number in range(40)]


def answers(*given: Answer) -> dict[str, Answer]:
    return dict(zip(ITEMS, given, strict=False))


def random_people(seed: int, people: int, items: int = 40) -> list[dict[str, Answer]]:
    codes = np.random.default_rng(seed).choice(["a", "b", "c"], size=(people, items))
    return [answers(*row.tolist()) for row in codes]


def test_a_model_that_repeats_the_majority_wins_against_everyone() -> None:
    # each of three people errs on 8 items of their own, where the model sides with the other two: it is better on
    # these 8 (d = -1), worse on none, equal on 32. mean d = -.2, sd = .4051, t = (-.2 - .1)/(.4051/sqrt(40)) = -4.68
    people = {
        f"person {who}": answers(*("b" if 8 * who <= place < 8 * who + 8 else "a" for place in range(40)))
        for who in range(3)
    }
    found = alternative_test(answers(*["a"] * 40), people, epsilon=0.1)
    assert (found.winning_rate, found.advantage, found.passed) == (1.0, 1.0, True)
    assert [each.person_advantage for each in found.comparisons] == [32 / 40] * 3
    difference = np.repeat([-1.0, 0.0], [8, 32])
    expected = ttest_1samp(difference, 0.1, alternative="less").pvalue
    assert found.comparisons[0].p == pytest.approx(expected, rel=1e-9)


def test_differences_all_alike_decide_without_a_t_test() -> None:
    # model and both people say the same: d = 0 everywhere, below any epsilon above 0, but not below 0 itself
    same = answers(*["a"] * 40)
    assert alternative_test(same, {"x": same, "y": same}, epsilon=0.1).winning_rate == 1.0
    assert alternative_test(same, {"x": same, "y": same}, epsilon=0.0).winning_rate == 0.0


def test_numbers_are_scored_by_their_root_mean_squared_error() -> None:
    # person x says 3; the others say 1 and 5: rmse 2. The model's 1 has rmse sqrt(8) = 2.83 and loses, its 3 ties
    people = {"x": answers(*[3] * 40), "y": answers(*[1] * 40), "z": answers(*[5] * 40)}
    found = alternative_test(answers(*[1] * 10, *[3] * 30), people, scoring="neg_rmse")
    assert next(each.advantage for each in found.comparisons if each.person == "x") == 30 / 40


def test_sets_are_scored_by_masi() -> None:
    # y says {p, q}. x says {p}: J = 1/2, M = 2/3, 1 - distance = 1/3. The model's {p, q} scores 1, its {r} scores 0
    people = {"x": answers(*[frozenset("p")] * 40), "y": answers(*[frozenset("pq")] * 40)}
    model = answers(*[frozenset("pq")] * 25, *[frozenset("r")] * 15)
    against_x = alternative_test(model, people, scoring="masi").comparisons[0]
    assert (against_x.advantage, against_x.person_advantage) == (25 / 40, 15 / 40)


def test_two_empty_sets_agree() -> None:
    nothing = answers(*[frozenset[str]()] * 40)
    assert alternative_test(nothing, {"x": nothing, "y": nothing}, scoring="masi").advantage == 1.0


def test_a_refused_answer_loses_even_where_the_person_agrees_with_nobody() -> None:
    people = {"x": answers(*["a"] * 40), "y": answers(*["b"] * 40)}
    asked: dict[str, Answer | None] = {item: None if item in ITEMS[:10] else "c" for item in ITEMS}
    found = alternative_test(asked, people)
    assert (found.refused, found.comparisons[0].advantage) == (10, 30 / 40)


def test_items_that_the_model_was_not_asked_or_one_person_alone_answered_do_not_count() -> None:
    everyone = answers(*["a"] * 40)
    first = {item: everyone[item] for item in ITEMS[:35]}
    asked = {item: everyone[item] for item in ITEMS[2:]}
    assert alternative_test(asked, {"x": everyone, "y": first}).items == 33  # items 2 to 34


def test_a_person_with_too_few_shared_items_is_left_out_and_named() -> None:
    everyone = answers(*["a"] * 40)
    few = {item: everyone[item] for item in ITEMS[:29]}
    found = alternative_test(everyone, {"x": everyone, "y": everyone, "z": few})
    assert [each.person for each in found.comparisons] == ["x", "y"]
    assert found.too_few == {"z": 29}


@pytest.mark.parametrize(
    ("people", "reason"),
    [
        ({"x": answers(*["a"] * 40)}, "with one person there are no others; it needs 2, better 3"),
        ({"x": answers(*["a"] * 29), "y": answers(*["a"] * 29)}, "no person shares 30 items with others"),
        ({}, "with one person there are no others"),
    ],
)
def test_with_one_person_or_too_few_items_it_says_why_it_has_no_answer(
    people: Mapping[str, Mapping[str, Answer]], reason: str
) -> None:
    found = alternative_test(answers(*["a"] * 40), people)
    assert (found.winning_rate, found.advantage, found.passed) == (None, None, None)
    assert reason in (found.reason or "")


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.sampled_from([0.01, 0.05, 0.2]))
def test_benjamini_yekutieli_rejects_what_scipy_adjusts_below_q(p_values: list[float], q: float) -> None:
    adjusted = false_discovery_control(p_values, method="by")
    clear = np.abs(adjusted - q) > 1e-9
    assert (benjamini_yekutieli(p_values, q) == (adjusted <= q))[clear].all()


def test_benjamini_yekutieli_steps_up() -> None:
    # q (1 + 1/2 + 1/3)^-1 / 3 = .05/5.5 = .00909: thresholds .0091, .0182, .0273; the third passes and takes all along
    assert benjamini_yekutieli([0.027, 0.019, 0.0095], 0.05).all()
    assert not benjamini_yekutieli([0.028, 0.019, 0.0095], 0.05).any()


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000))
def test_the_order_of_people_and_items_does_not_matter(seed: int) -> None:
    model, *people = random_people(seed, 4)
    named = {f"person {number}": each for number, each in enumerate(people)}
    turned = {name: dict(reversed(each.items())) for name, each in reversed(named.items())}
    first, second = alternative_test(model, named), alternative_test(model, turned)
    assert first.advantage == pytest.approx(second.advantage)
    assert first.winning_rate == second.winning_rate


def test_options_and_answers_that_make_no_sense_are_refused() -> None:
    everyone = answers(*["a"] * 40)
    people = {"x": everyone, "y": everyone}
    for options in ({"min_people": 1}, {"epsilon": 2.0}, {"scoring": "neg_rmse"}, {"scoring": "masi"}):
        with pytest.raises(ValueError, match=r"people|shares|numbers|sets"):
            alternative_test(everyone, people, **options)  # type: ignore[arg-type]
