"""Krippendorff's alpha at every level of measurement and over sets, against published values and derivations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder.agreement.alpha import ordinal_distances
from coder.agreement.measures import measure
from coder.agreement.multilabel import jaccard_distance, set_distances, set_ratings
from coder.agreement.ratings import Ratings, from_columns, from_rows
from coder.agreement.weights import Level, level_distances

GAPS = [
    "1 1 . 1",
    "2 2 3 2",
    "3 3 3 3",
    "3 3 3 3",
    "2 2 2 2",
    "1 2 3 4",
    "4 4 4 4",
    "1 1 2 1",
    "2 2 2 2",
    ". 5 5 5",
    ". . 1 1",
    ". . 3 .",
]


def ratings(rows: list[str], declared: int) -> Ratings:
    scale = list(range(1, declared + 1))
    return from_rows([[None if code == "." else int(code) for code in row.split()] for row in rows], scale, scale)


@pytest.mark.parametrize(
    ("level", "value"),
    # Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, examples C and D: unit 12 has one coding
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_alpha_with_gaps_at_every_level(level: Level, value: float) -> None:
    one = measure(ratings(GAPS, 5), "alpha", distance=level)
    assert one.value == pytest.approx(value, abs=6e-4)
    assert one.n == 11


@pytest.mark.parametrize(("level", "value"), [("nominal", 0.691), ("interval", 0.811)])
def test_alpha_of_the_example_of_wikipedia(level: Level, value: float) -> None:
    # Wikipedia, Krippendorff's alpha: three coders, fifteen units, of which twelve have two codings or more
    rows = [
        *(". 1 .", ". . .", ". 2 2", ". 1 1", ". 3 3", "3 3 4", "4 4 4", "1 3 ."),
        *("2 . 2", "1 . 1", "1 . 1", "3 . 3", "3 . 3", ". . .", "3 . 4"),
    ]
    assert measure(ratings(rows, 4), "alpha", distance=level).value == pytest.approx(value, abs=6e-4)


def test_alpha_of_two_coders_and_two_categories() -> None:
    # Krippendorff (2011), example A: Do = 4/10 of ten pairs, De = 2 x 14 x 6 / (20 x 19); 1 - .4 / (168 / 380) = 2/21
    first, second = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    one = measure(from_columns([first, second], [0, 1]), "alpha")
    assert one.value == pytest.approx(2 / 21)
    assert one.observed == pytest.approx(0.6)
    assert one.expected == pytest.approx(1 - 168 / 380)


def test_ordinal_distances_are_squared_differences_of_mean_ranks() -> None:
    # 4, 2 and 6 codings: from 1 to 2 it is 4 + 2 - (4 + 2) / 2 = 3, from 1 to 3 it is 12 - 10 / 2 = 7, from 2 to 3 4
    assert ordinal_distances(np.array([4.0, 2.0, 6.0])).tolist() == [[0, 9, 49], [9, 0, 16], [49, 16, 0]]


def test_a_category_that_nobody_used_does_not_change_ordinal_alpha() -> None:
    # no coding lies in it, so that the ranks are the same
    squeezed = from_rows([[1, 2], [2, 2], [4, 2], [4, 4]], [1, 2, 4])
    declared = from_rows([[1, 2], [2, 2], [4, 2], [4, 4]], [1, 2, 3, 4, 5])
    values = [measure(each, "alpha", distance="ordinal").value for each in (squeezed, declared)]
    assert values[0] == pytest.approx(values[1])


def test_distances_of_ones_own_take_the_place_of_a_level() -> None:
    distances = np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0)))
    one = measure(ratings(GAPS, 5), "alpha", distance=distances**2)
    assert one.value == pytest.approx(measure(ratings(GAPS, 5), "alpha", distance="interval").value)


def test_alpha_with_weights_has_distances_that_are_one_less_the_weights() -> None:
    # quadratic weights over values 1 to 5 are 1 - (c - k)^2 / 16: alpha does not change by a factor of the distances
    by_weights = measure(ratings(GAPS, 5), "alpha", weights="quadratic").value
    assert by_weights == pytest.approx(measure(ratings(GAPS, 5), "alpha", distance="interval").value)


def test_a_ratio_scale_has_nothing_below_zero_and_zero_equals_itself() -> None:
    assert level_distances("ratio", np.array([0.0, 1.0, 3.0])).tolist() == [[0, 1, 1], [1, 0, 0.25], [1, 0.25, 0]]
    with pytest.raises(ValueError, match="below 0"):
        level_distances("ratio", np.array([-1.0, 1.0]))


def test_jaccard_distance_is_one_less_the_shared_part() -> None:
    assert jaccard_distance({"1", "2"}, {"1", "2", "3", "4"}) == pytest.approx(1 / 2)
    assert jaccard_distance({"1", "2", "3", "4"}, {"3", "4", "5"}) == pytest.approx(1 - 2 / 5)
    assert jaccard_distance(set(), set()) == 0
    assert jaccard_distance(set(), {"a"}) == 1


def test_alpha_over_sets_of_three_coders_with_a_gap() -> None:
    # unit 1: {a} {a} {a, b}; unit 2: {b} - {b}; unit 3: {a} alone, left out. Jaccard distance {a} to {a, b} is 1/2,
    # {b} to {a, b} 1/2, {a} to {b} 1. Do = 4 x 1/2 / (3 - 1) over 5 codings = 1/5.
    # pooled: {a} 2, {a, b} 1, {b} 2: De = 2 (2 x 1 x 1/2 + 2 x 2 x 1 + 1 x 2 x 1/2) / (5 x 4) = 12 / 20; 1 - 1/3
    columns = [[{"a"}, {"b"}, {"a"}], [{"a"}, None, None], [{"a", "b"}, {"b"}, None]]
    given_sets = set_ratings(columns)
    sets = [answer for answer in given_sets.categories if isinstance(answer, frozenset)]
    assert measure(given_sets, "alpha", distance=set_distances(sets, "jaccard")).value == pytest.approx(2 / 3)


def test_many_sets_and_few_give_the_same_alpha() -> None:
    # distances within units are taken over pairs of coders where sets are many, over categories where they are few
    columns = [[{"a"}, {"b"}, {"a", "b"}, {"b"}], [{"a"}, {"a"}, {"b"}, None], [{"a"}, {"b"}, {"b"}, {"a"}]]
    few = set_ratings(columns)
    sets = [answer for answer in few.categories if isinstance(answer, frozenset)]
    more = [*sets, *(frozenset({f"unused {number}"}) for number in range(20))]
    many = from_columns([[None if each is None else frozenset(each) for each in column] for column in columns], more)
    one, other = (
        measure(each, "alpha", distance=set_distances(answers, "masi")) for each, answers in ((few, sets), (many, more))
    )
    assert one.value == pytest.approx(other.value)
    assert one.influence == pytest.approx(other.influence)


rows = st.lists(st.lists(st.sampled_from([1, 2, 4, None]), min_size=3, max_size=3), min_size=3, max_size=15)


@settings(max_examples=30)
@given(rows, st.sampled_from(["nominal", "ordinal", "interval", "ratio"]))
def test_alpha_equals_its_definition_over_pairs_of_codings(given_rows: list[list[int | None]], level: Level) -> None:
    units = [[code for code in row if code is not None] for row in given_rows]
    units = [unit for unit in units if len(unit) >= 2]
    pooled = [code for unit in units for code in unit]
    one = measure(from_rows(given_rows, [1, 2, 4], [1, 2, 4]), "alpha", distance=level)

    def apart(first: int, second: int) -> float:
        if level == "ordinal":
            inside = [code for code in pooled if min(first, second) <= code <= max(first, second)]
            return (len(inside) - (pooled.count(first) + pooled.count(second)) / 2) ** 2 if first != second else 0.0
        plain = {"nominal": float(first != second), "interval": (first - second) ** 2}
        return plain.get(level, ((first - second) / (first + second)) ** 2)

    within = sum(apart(a, b) / (len(unit) - 1) for unit in units for a in unit for b in unit)
    between = sum(apart(a, b) for a in pooled for b in pooled)
    if between == 0:
        assert one.value is None
    else:
        assert one.value == pytest.approx(1 - within * (len(pooled) - 1) / between)


@settings(max_examples=30)
@given(rows)
def test_the_influence_on_ordinal_alpha_counts_the_move_of_the_ranks(given_rows: list[list[int | None]]) -> None:
    one = measure(from_rows(given_rows, [1, 2, 4], [1, 2, 4]), "alpha", distance="ordinal")
    if one.value is not None and one.influence is not None:
        large = one.counts * 1e6
        step = np.eye(len(large)) * large.sum() * 1e-6
        slope = (one.statistic(large + step) - one.statistic(large - step)) / 2e-6
        # but for the term of irrCAC where units differ in their codings, which is of order 1 / N
        codings = (from_rows(given_rows, [1, 2, 4]).patterns.least(2).codes >= 0).sum(axis=1)
        if (codings == codings[0]).all():
            assert one.influence == pytest.approx(slope, abs=1e-3, rel=1e-3)
