"""What an order of texts saves is what Cohen et al. 2006 say."""

from __future__ import annotations

import numpy as np
import pytest

from eval.ranking import auc, design_weights, figures, read_to_reach, recall_at, work_saved

ONE = np.ones((1, 10))


def test_work_saved_at_a_perfect_and_at_the_worst_order() -> None:
    # 2 of 10 included. Found first: 2 read, (10 - 2)/10 - 0.05 = 0.75. Found last: all read, -0.05.
    first, last = np.array([1, 1] + [0] * 8), np.array([0] * 8 + [1, 1])
    assert work_saved(first, ONE) == pytest.approx([0.75])
    assert work_saved(last, ONE) == pytest.approx([-0.05])


def test_95_percent_of_36_is_35_texts() -> None:
    # 34 of 36 are 94.4 %, 35 are 97.2 %.
    included = np.array([1] * 35 + [0] * 64 + [1])
    assert read_to_reach(included, np.ones((1, 100))) == pytest.approx([35])


def test_a_sample_of_a_side_weighs_as_much_as_the_side() -> None:
    # 2 of 4 included and 2 of 96 excluded were asked: weights 2 and 48.
    weights = design_weights([True, True, False, False], (4, 96))
    assert weights.tolist() == [2, 2, 48, 48]
    # Order: included, excluded, included, excluded. 95 % of 4 are reached at the third: 2 + 48 + 2 = 52 of 100.
    order = np.array([1, 0, 1, 0])
    assert read_to_reach(order, weights[None, [0, 2, 1, 3]]) == pytest.approx([52])
    assert work_saved(order, weights[None, [0, 2, 1, 3]]) == pytest.approx([0.43])


def test_recall_after_a_share_counts_a_text_on_the_cut_in_part() -> None:
    included = np.array([1, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    assert recall_at(included, ONE, 0.1) == pytest.approx([0.5])
    assert recall_at(included, ONE, 0.25) == pytest.approx([0.75])
    assert recall_at(included, ONE, 1.0) == pytest.approx([1.0])


def test_auc_counts_ties_half() -> None:
    # Pairs of included (0.9, 0.5) and excluded (0.5, 0.1): 1, 1, 1/2, 1 of 4.
    assert auc(np.array([0.9, 0.5, 0.5, 0.1]), np.array([1, 1, 0, 0])) == pytest.approx(3.5 / 4)


def test_figures_repeat_to_the_last_digit_and_have_no_interval_below_fifty() -> None:
    scores = [1 / (2 + place) for place in range(60)]
    included = [place % 7 == 0 for place in range(60)]
    found = figures(scores, included, (9, 51))
    assert found == figures(scores, included, (9, 51))
    assert found["wss_95"]["low"] < found["wss_95"]["value"] < found["wss_95"]["high"]
    few = figures(scores[:20], included[:20], (3, 17))
    assert few["wss_95"]["low"] is None
    assert "fewer than 50" in few["wss_95"]["reason"]
