"""The table holds the declared categories and loses nothing."""

from __future__ import annotations

import numpy as np
import pytest

from coder.agreement.tables import Table, contingency_table


def test_rows_are_the_reference_and_columns_the_coder() -> None:
    found = contingency_table(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    assert found.counts.tolist() == [[1, 1], [0, 1]]
    assert found.reference.tolist() == [2, 1]
    assert found.coder.tolist() == [1, 2]


def test_declared_categories_that_nobody_used_are_in_the_table() -> None:
    assert contingency_table(np.array([0]), np.array([0]), 3).counts.shape == (3, 3)


def test_positions_that_never_agree_follow_the_scale_and_count() -> None:
    found = contingency_table(np.array([0, 1]), np.array([0, 2]), 2, never_agree=1)
    assert (found.n, found.agreed, found.scale) == (2, 1, 2)


def test_the_same_item_without_an_answer_twice_is_no_agreement() -> None:
    assert contingency_table(np.array([2]), np.array([2]), 2, never_agree=1).agreed == 0


def test_counts_say_how_often_a_pair_occurs() -> None:
    found = contingency_table(np.array([0, 0]), np.array([1, 1]), 2, counts=np.array([3, 4]))
    assert found.counts.tolist() == [[0, 7], [0, 0]]


def test_no_items_make_an_empty_table() -> None:
    none = np.array([], dtype=np.int64)
    assert contingency_table(none, none, 2).counts.tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("position", [-1, 2])
def test_a_position_off_the_scale_is_an_error(position: int) -> None:
    with pytest.raises(ValueError, match=r"must lie in 0\.\.1"):
        contingency_table(np.array([0]), np.array([position]), 2)


def test_unequal_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="2 items and the coder 1"):
        contingency_table(np.array([0, 1]), np.array([0]), 2)


@pytest.mark.parametrize(("counts", "scale"), [([[1, 2]], 1), ([[1, 0], [0, 1]], 3), ([[1, -1], [0, 1]], 2)])
def test_a_table_that_is_none_is_an_error(counts: list[list[int]], scale: int) -> None:
    with pytest.raises(ValueError, match=r"square|does not fit|negative"):
        Table(np.array(counts), scale)


def test_leaving_out_a_category_leaves_out_its_items_on_both_sides() -> None:
    found = Table(np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]]), 2).without(2)
    assert found.counts.tolist() == [[1, 2], [4, 5]]
    assert found.scale == 2


def test_merging_keeps_every_item() -> None:
    # categories 0 and 1 become one; 2 the other; what never agrees stays apart
    asked = Table(np.array([[1, 2, 3, 1], [4, 5, 6, 0], [7, 8, 9, 2], [0, 0, 0, 0]]), 3)
    found = asked.merged([0, 0, 1, 2], 2)
    assert found.counts.tolist() == [[12, 9, 1], [15, 9, 2], [0, 0, 0]]
    assert found.n == asked.n
