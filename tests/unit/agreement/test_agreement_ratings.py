"""Ratings from every shape they come in, and their distinct patterns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder.agreement.ratings import Ratings, from_columns, from_distribution, from_long, from_rows, from_table


def test_columns_rows_and_long_rows_of_the_same_codings_are_the_same_ratings() -> None:
    by_column = from_columns([["a", "b", None], ["a", "c", "b"]], "abc")
    by_row = from_rows([["a", "a"], ["b", "c"], [None, "b"]], "abc")
    long = from_long([(1, "x", "a"), (1, "y", "a"), (2, "x", "b"), (2, "y", "c"), (3, "y", "b")], "abc")
    for ratings in (by_column, by_row, long):
        assert ratings.codes.tolist() == [[0, 0], [1, 2], [-1, 1]]
        assert ratings.categories == ("a", "b", "c")
        assert not ratings.complete


def test_a_table_of_counts_stands_for_its_units_without_listing_them() -> None:
    ratings = from_table(np.array([[40_000, 10_000], [0, 50_000]]))
    assert ratings.units == 100_000
    assert ratings.codes.tolist() == [[0, 0], [0, 1], [1, 1]]


def test_a_distribution_does_not_say_who_gave_which_category() -> None:
    ratings = from_distribution(np.array([[2, 1, 0], [0, 0, 2]]))
    assert ratings.codes.tolist() == [[0, 0, 1], [2, 2, -1]]
    assert not ratings.identified
    assert ratings.patterns.tallies.tolist() in ([[2, 1, 0], [0, 0, 2]], [[0, 0, 2], [2, 1, 0]])


def test_rotating_coders_are_not_told_apart() -> None:
    rows = [("u", "worker 1", "a"), ("u", "worker 2", "b"), ("v", "worker 3", "a"), ("v", "worker 4", "a")]
    assert from_long(rows, "ab").coders == 4
    rotating = from_long(rows, "ab", rotating=True)
    assert (rotating.coders, rotating.identified) == (2, False)
    assert rotating.codes.tolist() == [[0, 1], [0, 0]]


def test_not_a_number_is_a_gap() -> None:
    assert from_columns([[1.0, float("nan")]], [1.0, 2.0]).codes.tolist() == [[0], [-1]]


def test_categories_that_nobody_used_stay_declared() -> None:
    assert from_columns([["a"], ["a"]], "abc").patterns.tallies.tolist() == [[2, 0, 0]]


def test_two_codings_of_a_unit_by_one_coder_are_an_error() -> None:
    with pytest.raises(ValueError, match="unit 7: coder 'x' has two codings"):
        from_long([(7, "x", "a"), (7, "x", "a")], "ab")


def test_a_label_that_is_not_declared_is_an_error_that_names_the_unit() -> None:
    with pytest.raises(ValueError, match="unit 1: 'z' is not a declared category"):
        from_columns([["a", "z"]], "ab")


def test_columns_of_different_length_are_an_error() -> None:
    with pytest.raises(ValueError, match="the coders have 1, 2 units"):
        from_columns([["a"], ["a", "b"]], "ab")


@pytest.mark.parametrize(
    ("codes", "counts", "categories", "match"),
    [
        ([[0, 2]], [1], "ab", "positions must lie in 0..1"),
        ([[0, 1]], [1, 1], "ab", "do not fit counts"),
        ([[0, 1]], [1], "aa", "each declared once"),
        ([[0, 1]], [-1], "ab", "cannot be negative"),
    ],
)
def test_ratings_that_do_not_fit_are_an_error(
    codes: list[list[int]], counts: list[int], categories: str, match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        Ratings(np.array(codes), np.array(counts), tuple(categories), np.arange(2.0))


def test_a_unit_that_nobody_coded_is_in_no_pattern() -> None:
    patterns = from_rows([[None, None], ["a", None], ["a", "b"], ["a", "b"]], "ab").patterns
    assert patterns.codes.tolist() == [[0, -1], [0, 1]]
    assert patterns.counts.tolist() == [1, 2]
    assert patterns.of_row.tolist() == [-1, 0, 1, 1]
    assert patterns.least(2).of_row.tolist() == [-1, -1, 0, 0]


codes = st.lists(st.lists(st.sampled_from([None, "a", "b", "c"]), min_size=3, max_size=3), min_size=1, max_size=25)


@settings(max_examples=50)
@given(codes)
def test_patterns_hold_every_coded_unit_once(rows: list[list[str | None]]) -> None:
    ratings = from_rows(rows, "abc")
    patterns = ratings.patterns
    for codes, pattern in zip(ratings.codes.tolist(), patterns.of_row, strict=True):
        assert codes == ([-1, -1, -1] if pattern < 0 else patterns.codes[pattern].tolist())
    assert patterns.counts.sum() == sum(any(row) for row in rows)
    assert len({tuple(row) for row in patterns.codes.tolist()}) == len(patterns.codes)


def test_more_coders_than_fit_into_one_number_give_the_same_patterns() -> None:
    # 80 columns of 2 categories and a gap are 3^80 rows; the sort is by rows instead
    rows = [["a"] * 80, ["b"] * 80, ["a"] * 80]
    patterns = from_rows(rows, "ab").patterns
    assert patterns.counts.tolist() == [2, 1]
    assert patterns.of_row.tolist() == [0, 1, 0]


def test_tallies_are_fewer_than_patterns_and_hold_the_same_codings() -> None:
    random = np.random.default_rng(4)
    codes = random.integers(-1, 5, (20_000, 4))
    ratings = Ratings(codes, np.ones(20_000, dtype=np.int64), tuple("abcde"), np.arange(5.0))
    # of 6^4 - 1 patterns those with 1 to 4 codings in five categories: 5 + 15 + 35 + 70
    assert len(ratings.tallied.counts) == 125
    assert len(ratings.patterns.counts) > 1_200
    assert (
        ratings.tallied.counts @ ratings.tallied.tallies == ratings.patterns.counts @ ratings.patterns.tallies
    ).all()
    row = 17
    assert (ratings.tallied.tallies[ratings.tallied.of_row[row]] == np.bincount(codes[row] + 1, minlength=6)[1:]).all()
