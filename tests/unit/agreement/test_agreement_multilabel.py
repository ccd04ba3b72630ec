"""Sets of labels: distance, alpha, and a kappa for each label."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder.agreement import evaluate_dimension
from coder.agreement.intervals import Bootstrap
from coder.agreement.multilabel import alpha_value, label_table, masi_distance, masi_distances, set_alpha
from coder.agreement.pairing import EXCLUSIONS, Answer, Mark, Pairs
from coder.model import Status


def pairs(reference: list[Answer], coder: list[Answer]) -> Pairs:
    answers = list(dict.fromkeys([*reference, *coder]))
    sides = (np.array([answers.index(answer) for answer in side], dtype=np.int64) for side in (reference, coder))
    return Pairs(tuple(answers), *sides, np.ones(len(reference), dtype=np.int64), dict.fromkeys(EXCLUSIONS, 0))


def sets(*names: str) -> list[Answer]:
    return [frozenset(name) for name in names]


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    # Passonneau (2006), M of 1, 2/3, 1/3 and 0; the pairs are NLTK's examples, whose rounded .67 and .33 gave
    # .665 and .868 instead
    [
        ({"1", "2"}, {"1", "2", "3", "4"}, 1 - 2 / 4 * 2 / 3),
        ({"1", "2", "3", "4"}, {"3", "4", "5"}, 1 - 2 / 5 * 1 / 3),
        ({"a"}, {"a"}, 0),
        ({"a"}, {"b"}, 1),
        (set(), set(), 0),
        (set(), {"a"}, 1),
    ],
)
def test_masi_distance_by_its_definition(first: set[str], second: set[str], distance: float) -> None:
    assert masi_distance(first, second) == pytest.approx(distance)
    assert masi_distance(second, first) == pytest.approx(distance)


def test_an_answer_that_never_agrees_is_far_from_its_like() -> None:
    assert masi_distances([Mark.REFUSED, frozenset("a")]).tolist() == [[1, 1], [1, 0]]


def test_alpha_of_three_items_by_hand() -> None:
    # {12,1}, {12,12}, {1,1}: masi(12,1) = 1 - 1/2 x 2/3 = 2/3, Do = 2/9; three of each set pooled:
    # De = 2 x 3 x 3 x (2/3) / (6 x 5) = 2/5; alpha = 1 - 5/9 = 4/9
    assert alpha_value(pairs(sets("12", "12", "1"), sets("1", "12", "1"))) == pytest.approx(4 / 9)


def test_a_refusal_counts_as_full_disagreement_in_alpha() -> None:
    # {a,a}, {b,b}, {b,refused}: Do = 1/3; pooled 2 a, 3 b, 1 refused: ordered pairs of different answers
    # 2(2x3 + 2x1 + 3x1) = 22 of 30; alpha = 1 - (1/3)(30/22) = 6/11
    found = pairs(sets("a", "b", "b"), [*sets("a", "b"), Mark.REFUSED])
    assert alpha_value(found) == pytest.approx(6 / 11)
    # without it {a,a}, {b,b} agree in full
    assert alpha_value(found.complete) == pytest.approx(1)


def test_two_refusals_are_no_agreement_with_each_other() -> None:
    # {a,a}, {refused,refused}: Do = 1/2; of 12 ordered pairs only the 2 of a with a are at distance 0: De = 10/12
    found = pairs([frozenset("a"), Mark.REFUSED], [frozenset("a"), Mark.REFUSED])
    assert alpha_value(found) == pytest.approx(1 - (1 / 2) / (10 / 12))


def test_alpha_is_undefined_where_every_answer_is_the_same_set() -> None:
    found = set_alpha(pairs(sets("a", "a"), sets("a", "a")), Bootstrap(replicates=10))
    assert found.value is None
    assert "same set" in (found.reason or "")


def test_alpha_is_undefined_without_items() -> None:
    found = set_alpha(pairs([], []), Bootstrap(replicates=10))
    assert (found.value, found.n) == (None, 0)
    assert "no item" in (found.reason or "")


def test_perfect_agreement_on_sets_has_no_interval() -> None:
    found = set_alpha(pairs(sets("a", "ab") * 40, sets("a", "ab") * 40), Bootstrap(replicates=100))
    assert (found.value, found.low) == (1, None)
    assert "not estimable" in (found.reason or "")


def test_alpha_of_few_items_has_no_interval() -> None:
    found = set_alpha(pairs(sets("a", "ab") * 24, sets("a", "b") * 24), Bootstrap(replicates=100))
    assert found.value is not None
    assert found.reason == "no interval: n = 48, fewer than 50"


def test_the_interval_of_alpha_equals_one_from_items_resampled_one_by_one() -> None:
    random = np.random.default_rng(3)
    names = ["a", "ab", "b", "", "abc"]
    gold = [names[code] for code in random.integers(0, 5, 80)]
    other = [name if random.random() < 0.7 else names[random.integers(0, 5)] for name in gold]
    draws = []
    for _ in range(400):
        picked = random.integers(0, 80, 80)
        draws.append(alpha_value(pairs(sets(*(gold[k] for k in picked)), sets(*(other[k] for k in picked)))))
    found = set_alpha(pairs(sets(*gold), sets(*other)), Bootstrap(replicates=4000))
    # 400 item-level replicates: the standard deviation is known to 3.5%, the ends to about a tenth of a width
    assert found.se == pytest.approx(np.std(np.array(draws, dtype=float)), rel=0.12)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(draws, [0.025, 0.975])), abs=0.03)


answers = st.lists(st.frozensets(st.sampled_from("abcd"), max_size=4), min_size=2, max_size=12)


@given(st.data(), answers)
def test_alpha_equals_its_definition_over_all_pairs_of_answers(data: st.DataObject, gold: list[frozenset[str]]) -> None:
    other = data.draw(st.lists(st.frozensets(st.sampled_from("abcd")), min_size=len(gold), max_size=len(gold)))
    pooled = [*gold, *other]
    within = np.mean([masi_distance(*item) for item in zip(gold, other, strict=True)])
    between = np.mean([masi_distance(*two) for two in combinations(pooled, 2)])
    value = alpha_value(pairs(list(gold), list(other)))
    swapped = alpha_value(pairs(list(other), list(gold)))
    assert value == pytest.approx(None if between == 0 else 1 - within / between)
    assert value == pytest.approx(swapped)


def test_a_label_table_counts_given_and_not_given() -> None:
    found = label_table(pairs(sets("a", "ab", "b", ""), [*sets("a", "b", "b"), Mark.REFUSED]), "a")
    # given by both 1, by the reference only 1, by neither 1; one item refused where the label was not given
    assert found.counts.tolist() == [[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert found.agreed == 2


def test_each_label_has_kappa_precision_and_recall(dimension: Callable[..., Any], codings: Callable[..., Any]) -> None:
    asked = dimension("multilabel", "x y")
    # x: both 12, reference only 4, coder only 3, neither 41, n = 60
    gold = [{"x"}] * 16 + [set()] * 44
    other = [{"x"}] * 12 + [set()] * 4 + [{"x"}] * 3 + [set()] * 41
    label = evaluate_dimension(asked, codings(asked, gold), codings(asked, other), replicates=500).labels[0]
    assert (label.label, label.n, label.positives, label.coder_positives) == ("x", 60, 16, 15)
    assert label.prevalence == pytest.approx(16 / 60)
    assert label.precision == pytest.approx(12 / 15)
    assert label.recall == pytest.approx(12 / 16)
    # po = 53/60, pe = (16 x 15 + 44 x 45) / 3600 = .61667
    assert label.value == pytest.approx((53 / 60 - 37 / 60) / (23 / 60))
    assert label.low is not None
    assert label.high is not None
    assert label.low < 16 / 23 < label.high


def test_a_rare_label_has_its_point_and_the_reason(dimension: Callable[..., Any], codings: Callable[..., Any]) -> None:
    asked = dimension("multilabel", "x y")
    gold, other = [{"x"}] * 9 + [set()] * 51, [{"x"}] * 6 + [set()] * 54
    found = evaluate_dimension(asked, codings(asked, gold), codings(asked, other), replicates=200)
    assert found.labels[0].value is not None
    assert found.labels[0].reason == "no interval: 9 items on the rarer side of the reference, fewer than 10"
    assert found.mean_label_kappa is not None
    assert (found.mean_label_kappa.value, found.mean_label_kappa.labels) == (None, 0)
    assert found.mean_label_kappa.reason is not None


def test_a_label_nobody_gave_is_undefined(dimension: Callable[..., Any], codings: Callable[..., Any]) -> None:
    asked = dimension("multilabel", "x y")
    given = codings(asked, [{"x"}, set()] * 30)
    label = evaluate_dimension(asked, given, given, replicates=200).labels[1]
    assert (label.value, label.precision, label.recall) == (None, None, None)
    assert "same single category" in (label.reason or "")


def test_the_mean_kappa_is_over_common_labels_only(dimension: Callable[..., Any], codings: Callable[..., Any]) -> None:
    asked = dimension("multilabel", "x y z")
    # x and y are given to 30 and 20 of 60, z to 2
    gold = [{"x"}] * 28 + [{"x", "z"}] * 2 + [{"y"}] * 20 + [set()] * 10
    other = [{"x"}] * 24 + [{"y"}] * 6 + [{"y"}] * 18 + [set()] * 12
    found = evaluate_dimension(asked, codings(asked, gold), codings(asked, other), replicates=200)
    assert found.mean_label_kappa is not None
    assert found.mean_label_kappa.labels == 2
    assert found.mean_label_kappa.value == pytest.approx(np.mean([label.value for label in found.labels[:2]]))


def test_a_refused_item_is_a_miss_for_its_labels(dimension: Callable[..., Any], codings: Callable[..., Any]) -> None:
    asked = dimension("multilabel", "x y")
    gold = codings(asked, [{"x"}, {"x"}, {"y"}])
    label = evaluate_dimension(asked, gold, codings(asked, [{"x"}, Status.REFUSED, {"y"}])).labels[0]
    assert (label.n, label.precision, label.recall) == (3, 1, 0.5)
    assert label.percent_agreement == pytest.approx(2 / 3)
    # of the two items with an answer from both one has the label in both, the other in neither
    assert (label.prevalence_index, label.bias_index) == (0, 0)
    # AC1: po 2/3, pi of given and not (2 + 1) / 6 and (1 + 1) / 6: pe = 1/2 x 1/2 + 1/3 x 2/3 = 17/36
    assert label.gwet_ac == pytest.approx((24 - 17) / (36 - 17))
    # of kappa: pe 2/3 x 1/3 + 1/3 x 1/3 = 1/3, and at most 1/3 + 1/3 agree
    assert label.kappa_max == pytest.approx(0.5)
