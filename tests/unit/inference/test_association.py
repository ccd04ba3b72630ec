"""Do two classifications go together: which test, how strongly, and when the test is not to be trusted."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy.stats import chi2_contingency
from scipy.stats.contingency import association as scipy_association

from coder.inference.association import association
from coder.inference.counted import ABSENT, by_value, cross
from coder.inference.difference import difference


def test_large_expected_counts_take_chi_square_with_cramers_v() -> None:
    counts = np.array([[30, 10], [10, 30]])
    found = association(counts)
    # Every expected count is 20: chi2 = 4 (10^2 / 20) = 20, V = sqrt(20 / 80) = 0.5.
    assert (found.test, found.statistic, found.df, found.n) == ("chi_square", pytest.approx(20), 1, 80)
    assert found.cramers_v == pytest.approx(0.5)
    assert found.p == pytest.approx(chi2_contingency(counts, correction=False).pvalue)
    assert (found.warning, found.reason) == (None, None)


def test_the_bias_of_v_is_taken_out_as_bergsma_does() -> None:
    found = association(np.array([[30, 10], [10, 30]]))
    # phi2 = .25 - 1/79; r = c = 2 - 1/79; V = sqrt(phi2 / (r - 1)).
    assert found.cramers_v_corrected == pytest.approx(sqrt((0.25 - 1 / 79) / (1 - 1 / 79)))


def test_v_is_that_of_scipy_on_a_larger_table() -> None:
    counts = np.array([[12, 30, 9], [25, 14, 22]])
    assert association(counts).cramers_v == pytest.approx(scipy_association(counts, method="cramer"))


def test_a_two_by_two_table_with_small_expected_counts_takes_fishers_exact_test() -> None:
    found = association(np.array([[3, 1], [1, 3]]))
    # Fisher's tea: of 70 ways 1 + 16 are as extreme on one side, twice that on both: 34/70.
    assert (found.test, found.statistic) == ("fisher", None)
    assert found.p == pytest.approx(34 / 70)


def test_a_larger_table_with_small_expected_counts_keeps_chi_square_and_warns() -> None:
    found = association(np.array([[3, 1, 0], [1, 3, 2]]))
    assert found.test == "chi_square"
    assert found.warning is not None
    assert found.warning.startswith("6 of 6 cells expect fewer than 5 documents (the least 0.8)")


@pytest.mark.parametrize("counts", [[[5, 7]], [[5, 0], [7, 0]], [[0, 0], [0, 0]]])
def test_one_row_or_column_that_is_used_gives_no_test(counts: list[list[int]]) -> None:
    found = association(np.array(counts))
    assert (found.test, found.p) == (None, None)
    assert "one row or one column" in (found.reason or "")


def test_a_difference_of_shares_has_newcombes_interval() -> None:
    # Newcombe 1998, table II, case (a): 56/70 - 48/80, method 10: 0.0524 to 0.3339.
    found = difference((56, 70), (48, 80))
    assert found is not None
    assert (found.value, found.low, found.high) == (
        pytest.approx(0.2), pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5),
    )  # fmt: skip


def test_no_documents_give_no_difference() -> None:
    assert difference((0, 0), (1, 2)) is None


def test_a_document_with_two_labels_is_in_two_rows_and_counts_once_in_a_total() -> None:
    rows = [("x", "y"), ("x",), (ABSENT,), None]
    columns, values = by_value(["old", "new", "", "old"])
    found = cross(rows, columns, ("x", "y", ABSENT), values)
    assert values == ("new", "old")
    assert found.counts.tolist() == [[1, 1], [0, 1], [0, 0]]
    assert (found.row_totals, found.column_totals, found.n) == ((2, 1, 0), (1, 1), 2)
