"""Intervals for every coefficient, over units and over clusters, and the cases in which none is given."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap, norm
from scipy.stats import t as student

from coder.agreement.clusters import cluster_robust_se
from coder.agreement.coefficients import agreement_weights, kappa_statistic
from coder.agreement.estimates import estimate, standard_error
from coder.agreement.intervals import Bootstrap, bca_interval, bootstrap_interval, fisher_z_interval, wald_interval
from coder.agreement.measures import NAMES, Name, measure
from coder.agreement.ratings import Ratings, from_columns, from_rows, from_table
from coder.agreement.tables import Table

COHEN_1960 = np.array([[88, 10, 2], [14, 40, 6], [18, 10, 12]])
FEW = Bootstrap(replicates=400)


def three_coders(units: int, seed: int = 3) -> Ratings:
    """Three coders who give the true one of three categories four times in five; each leaves out a tenth."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 3, units)
    codes = np.where(random.random((units, 3)) < 0.8, truth[:, None], random.integers(0, 3, (units, 3)))
    codes[random.random((units, 3)) < 0.1] = -1
    return Ratings(codes, np.ones(units, dtype=np.int64), ("a", "b", "c"), np.arange(3.0))


def coded_twice(ratings: Ratings) -> Ratings:
    kept = (ratings.codes >= 0).sum(axis=1) >= 2
    return Ratings(ratings.codes[kept], ratings.counts[kept], ratings.categories, ratings.values)


def test_cohens_kappa_has_the_same_interval_as_its_table() -> None:
    of_table = bca_interval(*kappa_statistic(Table(COHEN_1960, 3), agreement_weights("unweighted", 3)), Bootstrap())
    one = estimate(from_table(COHEN_1960), "cohen")
    assert (one.low, one.high) == pytest.approx((of_table.low, of_table.high), abs=1e-12)


def test_the_percentile_interval_of_the_table_of_cohen_1960() -> None:
    # a million multinomial replicates, computed apart: [.38963, .58981]
    one = estimate(from_table(COHEN_1960), "cohen", method="percentile")
    assert (one.low, one.high) == pytest.approx((0.38963, 0.58981), abs=0.006)


@pytest.mark.parametrize("name", NAMES)
def test_every_coefficient_of_two_coders_has_an_interval_that_holds_it(name: Name) -> None:
    one = estimate(from_table(COHEN_1960), name, bootstrap=FEW)
    assert one.reason is None
    assert one.value is not None
    assert one.low is not None
    assert one.high is not None
    assert one.low < one.value < one.high


@pytest.mark.parametrize("name", ["percent", "conger", "fleiss", "gwet", "brennan_prediger", "alpha"])
def test_resampling_and_linearisation_agree_for_many_coders_with_gaps(name: Name) -> None:
    # two roads to one standard error: the spread of 4,000 resamples (its own error 1%) and the influences
    one = measure(coded_twice(three_coders(300)), name)
    resampled = bootstrap_interval(one.counts, one.statistic, Bootstrap(replicates=4000)).sd
    assert standard_error(one, ddof=1) == pytest.approx(resampled, rel=0.04)


def test_the_linearised_standard_error_is_longer_where_units_are_coded_once() -> None:
    # Gwet and irrCAC take the number of units coded twice as fixed; of 300 units here 16 are coded once or by nobody
    one = measure(three_coders(300), "percent")
    resampled = bootstrap_interval(one.counts, one.statistic, Bootstrap(replicates=4000)).sd
    assert resampled is not None
    assert 1.05 < standard_error(one, ddof=1) / resampled < 1.2


def test_the_bca_interval_of_many_coders_equals_that_of_scipy_over_units() -> None:
    ratings = three_coders(120)
    one = measure(ratings, "fleiss")

    def fleiss(units: np.ndarray, axis: int) -> np.ndarray:
        counts = np.apply_along_axis(np.bincount, -1, np.atleast_2d(units), minlength=len(one.counts))
        return one.statistic(counts.astype(float)).reshape(units.shape[:-1])

    patterns = one.of_row[one.of_row >= 0]
    other = bootstrap(
        (patterns,), fleiss, n_resamples=4000, rng=np.random.default_rng(5), method="BCa", vectorized=True
    ).confidence_interval
    own = estimate(ratings, "fleiss")
    assert (own.low, own.high) == pytest.approx((other.low, other.high), abs=0.012)


def test_the_analytic_interval_takes_t_as_irrcac_does() -> None:
    # R irrCAC, cont3x3abstractors: Cohen's kappa .796, interval (.680, .913) with 99 degrees of freedom
    one = estimate(from_table(np.array([[13, 0, 0], [0, 20, 7], [0, 4, 56]])), "cohen", method="analytic")
    assert (one.low, one.high) == pytest.approx((0.680, 0.913), abs=5e-4)


def test_wald_takes_the_normal_where_no_degrees_of_freedom_are_given_and_is_cut_at_one() -> None:
    assert wald_interval(0.5, 0.1).low == pytest.approx(0.5 - norm.ppf(0.975) * 0.1)
    assert wald_interval(0.5, 0.1, df=9, level=0.9).high == pytest.approx(0.5 + student.ppf(0.95, 9) * 0.1)
    assert wald_interval(0.95, 0.1).high == 1
    assert "standard error is 0" in (wald_interval(1.0, 0.0).reason or "")


def test_the_interval_on_fishers_scale_stays_within_one() -> None:
    interval = fisher_z_interval(0.9, 0.08)
    assert (interval.low, interval.high) == pytest.approx(
        tuple(np.tanh(np.arctanh(0.9) + np.array([-1, 1]) * norm.ppf(0.975) * 0.08 / 0.19))
    )
    assert fisher_z_interval(1.0, 0.0).low is None


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ([[40, 0], [0, 30]], "agree on every unit"),
        ([[40, 0], [30, 0]], "gave every unit the same category"),
        ([[20, 3], [3, 20]], "n = 46, fewer than 50"),
        ([[88, 3], [4, 5]], "9 units outside the commonest answer of both coders, fewer than 10"),
        ([[84, 4], [12, 0]], "4 units outside the commonest answer of a coder, fewer than 5"),
    ],
)
def test_an_interval_is_refused_with_the_reason_whoever_comes_first(counts: list[list[int]], reason: str) -> None:
    for table in (np.array(counts), np.array(counts).T):
        for method in ("bca", "analytic"):
            one = estimate(from_table(table), "cohen", bootstrap=FEW, method=method)  # type: ignore[arg-type]
            assert one.value is not None
            assert (one.low, one.high, one.se) == (None, None, None)
            assert reason in (one.reason or "")


def test_many_coders_need_units_outside_the_commonest_category_too() -> None:
    rows = [["a", "a", "a"]] * 60 + [["a", "b", "b"]] * 9
    assert "9 units outside" in (estimate(from_rows(rows, "ab"), "fleiss", bootstrap=FEW).reason or "")
    assert estimate(from_rows([*rows, ["b", "b", "a"]], "ab"), "fleiss", bootstrap=FEW).reason is None


def test_an_undefined_coefficient_has_its_reason_and_no_interval() -> None:
    one = estimate(from_columns([["a"] * 60, ["a"] * 60], "ab"), "alpha")
    assert (one.value, one.low, one.se) == (None, None, None)
    assert "chance alone" in (one.reason or "")


def test_clusters_of_one_unit_give_the_standard_error_of_units() -> None:
    ratings = three_coders(200)
    one = measure(ratings, "gwet")
    kinds = one.clusters(range(200), ratings.counts)
    assert one.influence is not None
    assert cluster_robust_se(one.influence, kinds) == pytest.approx(standard_error(one, ddof=1))


def test_every_unit_coded_twice_over_in_one_cluster_brings_no_new_information() -> None:
    # each unit stands twice in its cluster: as one unit more the standard error falls by sqrt 2, by cluster it stays
    ratings = three_coders(150)
    doubled = Ratings(
        np.repeat(ratings.codes, 2, axis=0), np.repeat(ratings.counts, 2), ("a", "b", "c"), np.arange(3.0)
    )
    single = estimate(ratings, "fleiss", bootstrap=FEW)
    clustered = estimate(doubled, "fleiss", bootstrap=FEW, clusters=[row // 2 for row in range(300)])
    pooled = estimate(doubled, "fleiss", bootstrap=FEW)
    assert single.se is not None
    assert single.low is not None
    assert single.high is not None
    assert clustered.se == pytest.approx(single.se)
    assert clustered.clusters == 150
    assert (clustered.low, clustered.high) == pytest.approx((single.low, single.high), abs=0.02)
    assert pooled.se == pytest.approx(single.se / np.sqrt(2), rel=0.01)


def test_the_order_of_units_does_not_change_a_cluster_interval() -> None:
    ratings, names = three_coders(200), [row // 4 for row in range(200)]
    turned = Ratings(ratings.codes[::-1], ratings.counts, ratings.categories, ratings.values)
    one, other = (
        estimate(each, "alpha", bootstrap=FEW, clusters=clusters)
        for each, clusters in ((ratings, names), (turned, names[::-1]))
    )
    assert (one.low, one.high) == pytest.approx((other.low, other.high))


def test_a_cluster_is_resampled_as_a_whole() -> None:
    # 30 clusters of 4 like units, half agreeing: percent agreement resamples as a share of 15 in 30 clusters
    rows = [["a", "a"] if row // 4 % 2 else ["a", "b"] for row in range(120)]
    one = measure(from_rows(rows, "ab"), "percent")
    kinds = one.clusters([row // 4 for row in range(120)], np.ones(120, dtype=np.int64))
    assert kinds.counts.tolist() == [15, 15]
    found = bootstrap_interval(one.counts, one.statistic, Bootstrap(), method="percentile", clusters=kinds)
    # binomial(30, 1/2): P(X <= 9) = .0214, P(X <= 10) = .0494
    assert (found.low, found.high) == pytest.approx((10 / 30, 20 / 30))


def test_fewer_than_twenty_clusters_carry_no_interval() -> None:
    one = estimate(three_coders(200), "fleiss", clusters=[row % 19 for row in range(200)])
    assert one.reason == "no interval: 19 clusters, fewer than 20"
    assert (one.low, one.se) == (None, None)


def test_clusters_that_do_not_fit_the_rows_are_an_error() -> None:
    with pytest.raises(ValueError, match="3 clusters do not fit 200 rows"):
        estimate(three_coders(200), "fleiss", clusters=[1, 2, 3])


@pytest.mark.parametrize("name", ["percent", "fleiss", "gwet", "brennan_prediger", "alpha"])
def test_who_gave_which_code_changes_nothing_where_it_does_not_matter(name: Name) -> None:
    ratings = three_coders(200)
    shuffled = np.random.default_rng(5).permuted(ratings.codes, axis=1)
    other = Ratings(shuffled, ratings.counts, ratings.categories, ratings.values, identified=False)
    one, two = (estimate(each, name, bootstrap=FEW) for each in (ratings, other))
    assert (one.value, one.se, one.low, one.high) == (two.value, two.se, two.low, two.high)
