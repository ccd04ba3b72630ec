"""Cross-tables: cells, conditional shares and tests of independence, against values by hand."""

import numpy as np
import pytest
from scipy.stats import chi2, f

from coder.inference.coded import UNDECIDABLE
from coder.inference.crosstabs import cross_dimensions, cross_variable, pearson_independence, wald_independence
from coder.inference.estimates import Estimate
from coder.inference.sampling import draw_simple

ROW = np.repeat([0, 0, 1, 1], [30, 10, 20, 40])
COLUMN = np.repeat([0, 1, 0, 1], [30, 10, 20, 40])
TWO = (("a", "b"), ("x", "y"))


def census(row=ROW, column=COLUMN, categories=TWO):
    return cross_dimensions((row, column), (row, column), categories, draw_simple(len(row), len(row), seed=0))


def test_independence_by_hand():
    # p = .3 .1 / .2 .4, t = .3 - .4 * .5 = .1. Influences u = 1[cell 1] - .5 * 1[row 1] - .4 * 1[column 1]:
    # .1, -.5, -.4, 0; mean of u^2 = .003 + .025 + .032 = .06, mean -.1: var(t) = .05/100, W = .01/.0005 = 20.
    found = census()
    assert found.wald.statistic == pytest.approx(20)
    assert found.wald.df == 1
    assert found.wald.p == pytest.approx(f.sf(20, 1, 99))
    # Pearson: n (ad - bc)^2 / margins = 100 * 1000^2 / (40 * 60 * 50 * 50).
    assert found.naive.statistic == pytest.approx(100 / 6)
    assert found.naive.p == pytest.approx(chi2.sf(100 / 6, 1))


def test_cells_and_conditional_shares_of_a_census_are_those_of_the_table():
    found = census()
    cell = found.cells[0]
    assert (cell.row, cell.column, cell.value) == ("a", "x", pytest.approx(0.3))
    assert cell.conditional == pytest.approx(30 / 50)
    assert cell.given.se == pytest.approx(np.sqrt(0.6 * 0.4 / 50))
    assert cell.given_finite.se == pytest.approx(0)
    assert (cell.joint.se, cell.joint_finite.se) == (pytest.approx(np.sqrt(0.3 * 0.7 / 100)), pytest.approx(0))
    assert np.sum(found.covariance) == pytest.approx(0, abs=1e-12)


def test_a_cell_s_share_has_bounds_for_these_documents_alone():
    random = np.random.default_rng(5)
    gold = random.integers(2, size=400), random.integers(2, size=400)
    model = gold[0], np.where(random.random(400) < 0.2, 1 - gold[1], gold[1])
    sample = draw_simple(400, 100, seed=2)
    cell = cross_dimensions(gold, model, TWO, sample).cells[0]
    # (1 - n/N) s^2 / n of the model's errors in the cell: the difference estimator (Sarndal et al. 1992, 6.3)
    errors = ((gold[0] == 0) & (gold[1] == 0)) * 1.0 - ((model[0] == 0) & (model[1] == 0))
    assert cell.joint_finite.se == pytest.approx(np.sqrt(0.75 * errors[sample.drawn].var(ddof=1) / 100))


def test_the_test_does_not_depend_on_the_order_of_categories_or_dimensions():
    random = np.random.default_rng(0)
    row = random.integers(3, size=600)
    column = np.where(random.random(600) < 0.3, row, random.integers(3, size=600))
    names = (("a", "b", "c"), ("x", "y", "z"))
    swap = np.array([2, 0, 1])
    first = census(row, column, names).wald
    assert census(swap[row], column, names).wald.statistic == pytest.approx(first.statistic)
    assert census(column, row, names).wald.statistic == pytest.approx(first.statistic)


def test_errors_that_tie_two_dimensions_together_mislead_the_naive_test_and_not_the_corrected_one():
    # Independent dimensions; on a third of the documents the model gives both the same code (a halo).
    random = np.random.default_rng(4)
    gold = random.integers(2, size=2000), random.integers(2, size=2000)
    halo = random.random(2000) < 0.33
    predicted = gold[0], np.where(halo, gold[0], gold[1])
    found = cross_dimensions(gold, predicted, TWO, draw_simple(2000, 300, seed=1))
    assert found.naive.p < 1e-6
    assert found.wald.p > 0.05


def test_by_a_known_variable_conditional_shares_are_dsl_means_within_the_domain():
    random = np.random.default_rng(1)
    gold, variable = random.integers(2, size=400), np.array(["old", "new"])[random.integers(2, size=400)]
    model = np.where(random.random(400) < 0.2, 1 - gold, gold)
    sample = draw_simple(400, 200, seed=3)
    found = cross_variable(gold, model, TWO[0], variable, sample)
    inside = variable == "new"
    pseudo = (model == 0) + np.where(sample.drawn, 2.0, 0) * ((gold == 0) * 1.0 - (model == 0))
    cell = next(cell for cell in found.cells if (cell.row, cell.column) == ("a", "new"))
    assert cell.conditional == pytest.approx(pseudo[inside].mean())
    assert cell.given.se == pytest.approx(np.sqrt(pseudo[inside].var() / inside.sum()))


def test_a_document_undecidable_on_one_dimension_is_left_out_of_both():
    row, sample = ROW.copy(), draw_simple(100, 60, seed=0)
    row[np.flatnonzero(sample.drawn)[0]] = UNDECIDABLE
    found = cross_dimensions((row, COLUMN), (ROW, COLUMN), TWO, sample)
    assert found.n == 59
    assert found.excluded == {"without a usable hand code on both": 1}


def test_a_domain_with_few_hand_codes_gets_no_interval():
    variable = np.where(np.arange(400) < 360, "old", "new")
    gold = np.arange(400) % 2
    found = cross_variable(gold, gold, TWO[0], variable, draw_simple(400, 200, seed=3))
    new = next(cell for cell in found.cells if cell.column == "new")
    assert new.given.low is None
    assert "fewer than 30" in new.given.reason
    assert next(cell for cell in found.cells if cell.column == "old").given.low is not None


def test_no_test_where_independence_expects_next_to_nothing_in_a_cell_or_nothing_varies():
    rare = np.repeat([0, 1], [98, 2])
    assert "expected in a cell" in census(rare, COLUMN).wald.reason
    assert census(np.zeros(100, dtype=np.int64), COLUMN).wald.p is None
    assert pearson_independence(np.array([[5.0, 5.0], [0.0, 0.0]])).p is None
    single = cross_dimensions((ROW * 0, COLUMN), (ROW * 0, COLUMN), (("a",), TWO[1]), draw_simple(100, 50, seed=0))
    assert single.wald.reason == "no test: one row or one column"


@pytest.mark.parametrize("left", [0.0, 1e-17, -1e-17])
def test_no_test_where_what_is_left_of_the_covariance_is_rounding(left):
    # As where two clusters, drawn whole, are the columns: the terms cancel, and the machine decides on the rest.
    value = np.array([0.3, 0.2, 0.2, 0.3])
    covariance = np.array([[1, -1, 1, -1], [-1, 1, -1, 1], [1, -1, 1, -1], [-1, 1, -1, 1]]) * 0.06
    covariance = covariance + left * np.eye(4)
    found = wald_independence(Estimate(value, covariance, covariance), (2, 2), 100, 99)
    assert (found.statistic, found.p) == (None, None)
    assert "singular" in found.reason
    varying = covariance + 1e-3 * np.eye(4)
    assert 0 < wald_independence(Estimate(value, varying, varying), (2, 2), 100, 99).p < 1


def test_a_column_without_documents_has_no_conditional_share():
    found = census(categories=(TWO[0], ("x", "y", "z")))
    empty = next(cell for cell in found.cells if cell.column == "z")
    assert empty.conditional is None
    assert empty.given.reason.startswith("undefined")


def test_a_category_that_nobody_gave_does_not_stand_in_the_way_of_a_test():
    wide = census(ROW + 1, COLUMN, (("unused", "a", "b", "never"), ("x", "y", "neither")))
    found = census()
    assert (wide.wald.statistic, wide.wald.df, wide.wald.p) == pytest.approx(
        (found.wald.statistic, found.wald.df, found.wald.p)
    )
    assert len(wide.cells) == 12  # the table shows what the codebook has


def test_a_category_that_only_the_model_gave_stays_in_the_test():
    # the hand-coded sample corrects it to about 0: independence expects next to nothing there
    predicted = ROW.copy()
    predicted[:10] = 2
    found = cross_dimensions(
        (ROW, COLUMN), (predicted, COLUMN), (("a", "b", "c"), TWO[1]), draw_simple(100, 60, seed=0)
    )
    assert found.wald.p is None
    assert "expected in a cell" in found.wald.reason
