"""Where statsmodels computes the same thing, it is computed the same: an oracle of another hand, on random tables."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import SquareTable
from statsmodels.stats.contingency_tables import mcnemar as sm_mcnemar
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from coder.agreement import bhapkar, holm, mcnemar, measure, proportion, stuart_maxwell
from coder.agreement.clusters import cluster_robust_se, cluster_rows
from coder.agreement.coefficients import Weighting, agreement_weights, cohen_kappa
from coder.agreement.ratings import from_distribution
from coder.agreement.tables import IntArray, Table

few = settings(max_examples=40, deadline=None)


def tables(size: int, least: int = 0) -> st.SearchStrategy[IntArray]:
    cells = st.lists(st.integers(least, 30), min_size=size * size, max_size=size * size)
    return cells.map(lambda values: np.array(values, dtype=np.int64).reshape(size, size) + 5 * np.eye(size, dtype=int))


@pytest.mark.parametrize(
    ("weighting", "theirs"), [("unweighted", None), ("linear", "linear"), ("quadratic", "quadratic")]
)
@few
@given(counts=tables(4, 1))
def test_kappa_and_both_of_its_standard_errors(weighting: Weighting, theirs: str | None, counts: IntArray) -> None:
    ours = cohen_kappa(Table(counts, 4), agreement_weights(weighting, 4))
    other = cohens_kappa(counts, wt=theirs)
    assert ours.value == pytest.approx(other.kappa)
    assert ours.se == pytest.approx(other.std_kappa)
    assert ours.se_null == pytest.approx(other.std_kappa0)


@few
@given(counts=tables(4, 1))
def test_marginal_homogeneity(counts: IntArray) -> None:
    square = SquareTable(counts, shift_zeros=False)
    for ours, method in ((stuart_maxwell(counts), "stuart_maxwell"), (bhapkar(counts), "bhapkar")):
        theirs = square.homogeneity(method=method)
        assert (ours.statistic, ours.df) == pytest.approx((theirs.statistic, theirs.df), abs=1e-9)
        assert ours.p == pytest.approx(theirs.pvalue, abs=1e-9)


@few
@given(counts=tables(2, 1))
def test_mcnemar_with_and_without_correction_and_exact(counts: IntArray) -> None:
    for correction in (False, True):
        if correction and counts[0, 1] == counts[1, 0]:
            continue  # statsmodels corrects a difference of 0 into one of 1; R's mcnemar.test leaves it 0, as we do
        theirs = sm_mcnemar(counts, exact=False, correction=correction)
        assert mcnemar(counts, correction=correction).statistic == pytest.approx(theirs.statistic)
    assert mcnemar(counts).exact == pytest.approx(sm_mcnemar(counts, exact=True).pvalue)


@few
@given(rows=st.lists(st.integers(0, 34), min_size=5, max_size=40))
def test_fleiss_kappa_and_that_with_free_margins(rows: list[int]) -> None:
    # every way to spread four coders over four categories, numbered
    ways = [(a, b, c, 4 - a - b - c) for a in range(5) for b in range(5 - a) for c in range(5 - a - b)]
    given_by = np.array([ways[row] for row in [*rows, 0, 34]], dtype=np.int64)
    ratings = from_distribution(given_by, "abcd")
    assert measure(ratings, "fleiss").value == pytest.approx(fleiss_kappa(given_by, method="fleiss"))
    # Brennan & Prediger's coefficient of several coders is Randolph's free-marginal kappa
    assert measure(ratings, "brennan_prediger").value == pytest.approx(fleiss_kappa(given_by, method="randolph"))


@few
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm(p: list[float]) -> None:
    assert holm(p) == pytest.approx(tuple(multipletests(p, method="holm")[1]))


@pytest.mark.parametrize(("ours", "theirs"), [("clopper_pearson", "beta"), ("wilson", "wilson")])
@pytest.mark.parametrize(("count", "n"), [(0, 20), (3, 57), (20, 20)])
def test_intervals_of_a_share(ours: str, theirs: str, count: int, n: int) -> None:
    found = proportion(count, n, method=ours)  # type: ignore[arg-type]
    assert (found.low, found.high) == pytest.approx(proportion_confint(count, n, method=theirs), abs=1e-12)


def test_a_cluster_robust_standard_error_is_that_of_a_regression_on_a_constant() -> None:
    random = np.random.default_rng(2)
    source = random.integers(0, 30, 200)
    influence = random.normal(size=200) + random.normal(size=30)[source]
    influence -= influence.mean()
    theirs = sm.OLS(influence, np.ones(200)).fit(cov_type="cluster", cov_kwds={"groups": source})
    clusters = cluster_rows(source.tolist(), np.arange(200), np.ones(200, dtype=np.int64), 200)
    # both with C / (C - 1); theirs has (n - 1) / (n - 1) besides
    assert cluster_robust_se(influence, clusters) == pytest.approx(theirs.bse[0])
