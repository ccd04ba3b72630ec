"""Means of indicators: unbiased over every possible sample, with variances that are right by hand."""

from itertools import combinations

import numpy as np
import pytest

from coder.inference.coded import NO_ANSWER, usable_codes
from coder.inference.estimates import design_covariance, dsl_means, human_means, influence_covariance, naive_means
from coder.inference.ppi import ppi_means, ppi_sample_means, ppi_tuning
from coder.inference.sampling import Sample

GOLD = np.array([0, 0, 1, 1, 2, 0])
MODEL = np.array([0, 1, 1, NO_ANSWER, 0, 0])
TRUTH = np.array([3, 2, 1]) / 6


def simple(drawn):
    drawn = np.asarray(drawn, dtype=bool)
    n = len(drawn)
    return Sample(drawn, np.full(n, drawn.mean()), np.zeros(n, dtype=np.int64), np.arange(n))


def every_sample(n=3):
    for chosen in combinations(range(len(GOLD)), n):
        yield usable_codes(GOLD, MODEL, 3, simple(np.isin(np.arange(len(GOLD)), chosen)))


def test_dsl_over_all_samples_is_unbiased_and_its_design_variance_is_the_true_one():
    # All 20 samples of 3 of 6 documents, one of which the model refused: no chance is left in this test.
    found = [dsl_means(coded.gold, coded.predicted, coded.sample) for coded in every_sample()]
    values = np.array([one.value for one in found])
    assert values.mean(axis=0) == pytest.approx(TRUTH)
    assert np.mean([one.covariance_finite for one in found], axis=0) == pytest.approx(np.cov(values.T, ddof=0))


def test_human_only_over_all_samples_is_unbiased_and_its_design_variance_is_the_true_one():
    found = [human_means(coded.gold, coded.sample) for coded in every_sample()]
    values = np.array([one.value for one in found])
    assert values.mean(axis=0) == pytest.approx(TRUTH)
    assert np.mean([one.covariance_finite for one in found], axis=0) == pytest.approx(np.cov(values.T, ddof=0))


def test_ppi_with_a_fixed_weight_over_all_samples_is_unbiased_with_the_true_design_variance():
    found = [ppi_sample_means(coded.gold, coded.predicted, coded.sample, tuning=0.5) for coded in every_sample()]
    values = np.array([one.value for one in found])
    assert values.mean(axis=0) == pytest.approx(TRUTH)
    assert np.mean([one.covariance_finite for one in found], axis=0) == pytest.approx(np.cov(values.T, ddof=0))


def test_dsl_by_hand():
    # yt = f + 2 (y - f) for the drawn: 1 + 2 (0 - 1) = -1 and 0; for the others f: 1 and 0. Mean 0.
    # Superpopulation: (1 + 0 + 1 + 0)/16. Finite: errors -1, 0 with s^2 = .5: (1 - 2/4) .5/2.
    gold, model = np.zeros((4, 1)), np.array([[1.0], [0], [1], [0]])
    found = dsl_means(gold, model, simple([1, 1, 0, 0]))
    assert found.value.tolist() == [0.0]
    assert found.covariance[0, 0] == pytest.approx(2 / 16)
    assert found.covariance_finite[0, 0] == pytest.approx(0.125)


def test_shares_add_up_to_one_and_so_covariances_to_zero_whatever_the_probabilities():
    random = np.random.default_rng(0)
    gold, model = random.integers(3, size=40), random.integers(-1, 3, size=40)
    sample = Sample(random.random(40) < 0.5, random.uniform(0.2, 0.9, 40), np.zeros(40, dtype=np.int64), np.arange(40))
    coded = usable_codes(gold, model, 3, sample)
    for found in (dsl_means(coded.gold, coded.predicted, sample), human_means(coded.gold, sample)):
        assert found.value.sum() == pytest.approx(1)
        assert found.covariance.sum(axis=1) == pytest.approx(np.zeros(3), abs=1e-12)
        assert found.covariance_finite.sum(axis=1) == pytest.approx(np.zeros(3), abs=1e-12)


def test_the_design_variance_of_a_stratified_sample_is_the_textbook_sum():
    # Stratum 0: 2 of 4, values 0, 1: s^2 = .5. Stratum 1: 3 of 6, values 1, 1, 0: s^2 = 1/3.
    # sum (N_h/N)^2 (1 - f_h) s_h^2/n_h = .16 * .5 * .25 + .36 * .5 / 9.
    drawn = np.array([1, 1, 0, 0, 1, 1, 1, 0, 0, 0], dtype=bool)
    values = np.array([0.0, 1, 0, 0, 1, 1, 0, 0, 0, 0])[:, None]
    sample = Sample(drawn, np.full(10, 0.5), np.repeat([0, 1], [4, 6]), np.arange(10))
    assert design_covariance(values, sample)[0, 0] == pytest.approx(0.16 * 0.5 * 0.25 + 0.36 * 0.5 / 9)


def test_the_design_variance_of_whole_clusters_is_between_cluster_totals():
    # 2 of 4 clusters of 2; totals 2 and 0: M^2 (1 - m/M) s^2/m / N^2 = 16 * .5 * 2/2 / 64.
    drawn = np.repeat([True, True, False, False], 2)
    values = np.array([1.0, 1, 0, 0, 0, 0, 0, 0])[:, None]
    sample = Sample(drawn, np.full(8, 0.5), np.zeros(8, dtype=np.int64), np.repeat(np.arange(4), 2))
    assert design_covariance(values, sample)[0, 0] == pytest.approx(16 * 0.5 * 2 / 2 / 64)


def test_a_census_has_no_design_variance_and_a_stratum_with_one_draw_has_an_unknown_one():
    values = np.array([[1.0], [0], [1], [0]])
    everyone = Sample(np.ones(4, dtype=bool), np.ones(4), np.zeros(4, dtype=np.int64), np.arange(4))
    assert design_covariance(values, everyone)[0, 0] == 0
    single = Sample(
        np.array([1, 0, 1, 1], dtype=bool), np.array([0.5, 0.5, 1, 1]), np.array([0, 0, 1, 1]), np.arange(4)
    )
    assert np.isnan(design_covariance(values, single)[0, 0])


def test_clusters_of_one_are_no_clusters_and_duplicates_add_no_evidence():
    # One each: only M/(M - 1). Every document twice, in one cluster: the same totals over twice the N.
    influence = (np.array([1.0, 0, 0, 1, 1]) - 0.6)[:, None] / 5
    plain = influence_covariance(influence)[0, 0]
    assert influence_covariance(influence, np.arange(5))[0, 0] == pytest.approx(plain * 5 / 4)
    doubled = np.repeat(influence, 2, axis=0) / 2
    assert influence_covariance(doubled, np.repeat(np.arange(5), 2))[0, 0] == pytest.approx(plain * 5 / 4)
    assert np.isnan(influence_covariance(influence, np.zeros(5, dtype=np.int64))[0, 0])


def test_naive_has_no_finite_variance():
    found = naive_means(np.array([[1.0], [0], [0], [0]]))
    assert found.value.tolist() == [0.25]
    assert found.covariance[0, 0] == pytest.approx(0.25 * 0.75 / 4)
    assert np.isnan(found.covariance_finite[0, 0])


def ppi_example():
    """200 hand codes: 52 right positives, 8 missed, 14 false; 4000 others, 33% positive."""
    gold = np.repeat([1.0, 0.0], [60, 140])[:, None]
    model = np.repeat([1.0, 0, 1, 0], [52, 8, 14, 126])[:, None]
    return gold, model, np.repeat([1.0, 0.0], [1320, 2680])[:, None]


def test_ppi_with_weight_one_by_hand():
    # .33 + (.30 - .33); var(f) = .33 * .67, var(y - f) = .11 - .03^2.
    found = ppi_means(*ppi_example(), tuning=1)
    assert found.value[0] == pytest.approx(0.30)
    assert found.covariance[0, 0] == pytest.approx(0.33 * 0.67 / 4000 + (0.11 - 0.0009) / 200)


def test_the_tuned_weight_is_the_covariance_over_the_variance():
    # cov = 52/200 - .3 * .33 = .161; all 4200 have 33% positives: .161 / (1.05 * .2211).
    assert ppi_tuning(*ppi_example()) == pytest.approx(0.161 / (1.05 * 0.2211))


def test_the_tuned_weight_leaves_no_weight_with_less_variance():
    best = ppi_means(*ppi_example())
    others = [ppi_means(*ppi_example(), tuning=weight).covariance[0, 0] for weight in np.linspace(0, 1, 21)]
    assert best.covariance[0, 0] <= min(others) + 1e-15


def test_constant_predictions_say_nothing_and_get_no_weight():
    gold = np.array([[1.0], [0], [1]])
    found = ppi_means(gold, np.ones((3, 1)), np.ones((5, 1)))
    assert found.tuning == 0
    assert found.value[0] == pytest.approx(2 / 3)


def test_ppi_on_a_census_is_the_mean_of_the_hand_codes():
    gold = np.array([[1.0], [0], [1], [0]])
    everyone = Sample(np.ones(4, dtype=bool), np.ones(4), np.zeros(4, dtype=np.int64), np.arange(4))
    found = ppi_sample_means(gold, 1 - gold, everyone)
    assert found.value.tolist() == [0.5]
    assert found.covariance_finite[0, 0] == 0


def test_ppi_with_unequal_probabilities_is_refused():
    sample = Sample(
        np.array([1, 1, 0], dtype=bool), np.array([0.5, 0.6, 0.5]), np.zeros(3, dtype=np.int64), np.arange(3)
    )
    with pytest.raises(ValueError, match="equal probabilities"):
        ppi_sample_means(np.zeros((3, 1)), np.zeros((3, 1)), sample)


def test_ppi_with_the_weight_of_the_difference_estimator_is_dsl():
    # mean_n(y) + b (mean f - mean_n f) with b = l (1 + n/N) = 1.
    random = np.random.default_rng(2)
    gold, model = random.integers(2, size=(30, 1)) * 1.0, random.integers(2, size=(30, 1)) * 1.0
    sample = simple(np.arange(30) < 10)
    dsl, ppi = dsl_means(gold, model, sample), ppi_sample_means(gold, model, sample, tuning=20 / 30)
    assert ppi.value == pytest.approx(dsl.value)
    assert ppi.covariance_finite == pytest.approx(dsl.covariance_finite)
