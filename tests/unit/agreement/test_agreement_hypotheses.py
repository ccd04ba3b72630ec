"""Tests of thresholds and of margins, Holm's adjustment, named levels, and intervals of shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from coder.agreement.benchmarks import CONVENTIONS, benchmark
from coder.agreement.coefficients import cohen_kappa, gwet_ac1, specific_agreement
from coder.agreement.homogeneity import bhapkar, mcnemar, stuart_maxwell
from coder.agreement.hypotheses import holm, threshold_test
from coder.agreement.proportions import proportion
from coder.agreement.tables import Table

# Stuart (1955), Biometrika 42: unaided distance vision of the right and the left eye of 7477 women
VISION = np.array([[1520, 266, 124, 66], [234, 1512, 432, 78], [117, 362, 1772, 205], [36, 82, 179, 492]])


def test_the_null_variance_and_z_of_kappa() -> None:
    # Fleiss, Cohen & Everitt (1969): .003082; with their weights .004269
    counts = Table(np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]]), 3)
    weights = np.array([[1, 0, 0.4444], [0, 1, 0.6667], [0.4444, 0.6667, 1]])
    plain, weighted = cohen_kappa(counts), cohen_kappa(counts, weights)
    assert plain.se_null is not None
    assert weighted.se_null is not None
    assert plain.se_null**2 == pytest.approx(0.003082, abs=5e-7)
    assert weighted.se_null**2 == pytest.approx(0.004269, abs=1e-6)
    # SAS PROC FREQ printout kept in statsmodels' tests: ASE under H0 .1484, z 3.2626
    sas = cohen_kappa(Table(np.array([[0, 4, 1], [0, 8, 0], [0, 1, 5]]), 3))
    assert (sas.se_null, sas.z) == pytest.approx((0.1484, 3.2626), abs=6e-5)


def test_a_threshold_is_tested_with_the_standard_error_that_is_not_for_zero() -> None:
    # irrCAC's cont3x3abstractors: (.7964094 - .667) / .05891072 = 2.19670
    kappa = cohen_kappa(Table(np.array([[13, 0, 0], [0, 20, 7], [0, 4, 56]]), 3))
    test = threshold_test(kappa.value, kappa.se, 0.667)
    assert test.z == pytest.approx(2.1967039, abs=1e-6)
    assert test.p == pytest.approx(norm.sf(2.1967039), abs=1e-8)


def test_the_three_sides_of_a_test() -> None:
    # z = -1
    assert threshold_test(0.5, 0.1, 0.6, side="less").p == pytest.approx(norm.cdf(-1))
    assert threshold_test(0.5, 0.1, 0.6).p == pytest.approx(norm.sf(-1))
    assert threshold_test(0.5, 0.1, 0.6, side="two-sided").p == pytest.approx(2 * norm.cdf(-1))


def test_without_a_standard_error_there_is_no_test() -> None:
    assert "is 0" in (threshold_test(1.0, 0.0, 0.6).reason or "")
    assert threshold_test(None, None, 0.6).p is None


def test_holm_multiplies_the_smallest_most_and_keeps_the_order() -> None:
    # Holm (1979): sorted .01, .013, .014, .06 by 4, 3, 2, 1 is .04, .039, .028, .06; made monotone .04, .04, .04, .06
    assert holm([0.06, 0.01, 0.014, 0.013]) == pytest.approx((0.06, 0.04, 0.04, 0.04))
    assert holm([0.9, 0.6]) == pytest.approx((1, 1))


def test_holm_does_not_count_tests_that_could_not_be_made() -> None:
    adjusted = holm([0.01, None, 0.04])
    assert adjusted[1] is None
    assert (adjusted[0], adjusted[2]) == pytest.approx((0.02, 0.04))
    assert holm([]) == ()


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_lies_between_the_p_values_and_bonferroni(p_values: list[float]) -> None:
    for p, adjusted in zip(p_values, holm(p_values), strict=True):
        assert adjusted is not None
        assert p <= adjusted <= min(1.0, p * len(p_values)) + 1e-15


def test_margins_of_the_vision_table_of_stuart_1955() -> None:
    # Stuart (1955): 11.957 with 3 degrees of freedom, p .00753; Bhapkar (1966): 11.976
    stuart, wald = stuart_maxwell(VISION), bhapkar(VISION)
    assert (stuart.statistic, wald.statistic) == pytest.approx((11.957, 11.976), abs=6e-4)
    assert (stuart.df, wald.df) == (3, 3)
    assert stuart.p == pytest.approx(0.00753, abs=1e-5)


def test_bhapkar_is_the_wald_statistic_of_the_differences_of_the_margins() -> None:
    # d' V^-1 d on the first three categories with V = n^2 times the covariance of the multinomial differences
    n = VISION.sum()
    d = (VISION.sum(axis=1) - VISION.sum(axis=0))[:3]
    v = (np.diag(VISION.sum(axis=1) + VISION.sum(axis=0)) - VISION - VISION.T)[:3, :3] - np.outer(d, d) / n
    assert bhapkar(VISION).statistic == pytest.approx(d @ np.linalg.inv(v) @ d)


def test_categories_on_which_nobody_differs_do_not_count() -> None:
    counts = np.array([[10, 0, 0, 0], [0, 20, 7, 0], [0, 4, 56, 0], [0, 0, 0, 0]])
    test = stuart_maxwell(counts)
    assert test.statistic == pytest.approx(9 / 11)  # (7 - 4)^2 / (7 + 4)
    assert test.df == 1


def test_two_groups_between_which_no_item_moves_are_two_tests() -> None:
    # pairs 1, 2 and 3, 4: 9/11 + 4/6, two degrees of freedom
    counts = np.array([[5, 7, 0, 0], [4, 5, 0, 0], [0, 0, 5, 4], [0, 0, 2, 5]])
    test = stuart_maxwell(counts)
    assert test.statistic == pytest.approx(9 / 11 + 4 / 6)
    assert test.df == 2


def test_of_two_categories_stuart_and_maxwell_is_mcnemar() -> None:
    counts = np.array([[101, 33], [7, 59]])
    test = mcnemar(counts)
    assert test.statistic == pytest.approx(26**2 / 40)
    assert stuart_maxwell(counts).statistic == pytest.approx(test.statistic)
    assert mcnemar(counts, correction=True).statistic == pytest.approx(25**2 / 40)


@pytest.mark.parametrize(("more", "less"), [(33, 7), (5, 0), (4, 4), (1, 0)])
def test_the_exact_p_of_mcnemar_is_that_of_the_binomial(more: int, less: int) -> None:
    exact = binomtest(more, more + less, 0.5).pvalue
    assert mcnemar(np.array([[9, more], [less, 9]])).exact == pytest.approx(exact)
    assert mcnemar(np.array([[9, less], [more, 9]])).exact == pytest.approx(exact)


def test_without_disagreement_or_with_a_moved_table_there_is_no_test() -> None:
    assert "agree on every item" in (stuart_maxwell(np.diag([3, 4])).reason or "")
    assert "agree on every item" in (mcnemar(np.diag([3, 4])).reason or "")
    assert "two categories" in (mcnemar(VISION).reason or "")
    # every item moves from the first to the second category: V - d d' / n is 0
    assert "singular" in (bhapkar(np.array([[0, 8], [0, 0]])).reason or "")


@settings(max_examples=30)
@given(st.lists(st.lists(st.integers(0, 20), min_size=3, max_size=3), min_size=3, max_size=3))
def test_margins_are_tested_alike_whoever_comes_first(cells: list[list[int]]) -> None:
    one, other = stuart_maxwell(np.array(cells)), stuart_maxwell(np.array(cells).T)
    assert one.statistic == pytest.approx(other.statistic)
    assert one.df == other.df


def test_a_level_is_reached_only_with_the_probability_asked_for() -> None:
    # kappa .75, se .05: P(>= .61) = P(Z >= -2.8) = .997, P(>= .81) = P(Z >= 1.2) = .115
    found = benchmark(0.75, 0.05, "landis_koch")
    assert found.level == "substantial"
    assert found.probability == pytest.approx(norm.cdf(2.8))
    assert found.at_least["almost perfect"] == pytest.approx(norm.cdf(-1.2))
    # with se .10 P(>= .61) = P(Z >= -1.4) = .919 is too little
    assert benchmark(0.75, 0.10, "landis_koch").level == "moderate"


def test_krippendorffs_levels_are_his_limits() -> None:
    # the lower limit of a one-sided 95% interval: .80 + 1.645 x .03 = .849
    assert benchmark(0.850, 0.03, "krippendorff").level == "reliable"
    assert benchmark(0.848, 0.03, "krippendorff").level == "tentative conclusions only"
    assert benchmark(0.700, 0.03, "krippendorff").level == "not reliable"


def test_every_convention_names_its_source() -> None:
    for name, levels in CONVENTIONS.items():
        assert benchmark(0.5, 0.1, name).source == levels.source
        assert len(levels.names) == len(levels.bounds) + 1
        assert list(levels.bounds) == sorted(levels.bounds)
    with pytest.raises(ValueError, match="above 0"):
        benchmark(1.0, 0.0, "mchugh")


@pytest.mark.parametrize(("count", "n"), [(0, 40), (1, 40), (20, 40), (40, 40)])
def test_the_interval_of_a_share_equals_that_of_scipy(count: int, n: int) -> None:
    for method, name in (("clopper_pearson", "exact"), ("wilson", "wilson")):
        expected = binomtest(count, n).proportion_ci(0.95, method=name)
        found = proportion(count, n, method=method)  # type: ignore[arg-type]
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_a_share_of_nothing_is_undefined() -> None:
    assert proportion(0, 0).share is None
    assert "no item" in (proportion(0, 0).reason or "")
    with pytest.raises(ValueError, match="is no share"):
        proportion(3, 2)


def test_specific_agreement_is_that_of_each_category() -> None:
    # 2 x 80 / (90 + 85) and 2 x 5 / (10 + 15): Cicchetti & Feinstein's positive and negative agreement
    assert specific_agreement(Table(np.array([[80, 10], [5, 5]]), 2)) == pytest.approx((160 / 175, 10 / 25))
    assert specific_agreement(Table(np.array([[5, 0], [0, 0]]), 2)) == (1, None)


def test_ac1_of_the_second_table_of_feinstein_and_cicchetti() -> None:
    # pi = (.875, .125): pe = 2 x .875 x .125 = .21875; (.85 - .21875) / .78125 = .808
    assert gwet_ac1(Table(np.array([[80, 10], [5, 5]]), 2)) == pytest.approx(0.808)
    assert gwet_ac1(Table(np.array([[3]]), 1)) is None
