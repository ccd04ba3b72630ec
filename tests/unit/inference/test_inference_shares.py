"""Shares by four methods side by side: values, bounds, reasons, what is counted and what is assumed."""

import numpy as np
import pytest
from scipy.stats import beta, t

from coder.errors import InputError
from coder.inference.bounds import Spread, bounds
from coder.inference.coded import NO_ANSWER, UNCODED, UNDECIDABLE
from coder.inference.evidence import unseen_variance
from coder.inference.sampling import Sample, draw_clusters, draw_simple, draw_stratified
from coder.inference.shares import METHODS, estimate_labels, estimate_shares

CATEGORIES = ("a", "b", "c")


def coded(n=400, seed=1):
    """A model that takes one in five of b and c for a, and one in twenty of a for b."""
    random = np.random.default_rng(seed)
    gold = random.choice(3, size=n, p=[0.5, 0.3, 0.2])
    wrong = random.random(n)
    model = np.where(gold == 0, np.where(wrong < 0.05, 1, 0), np.where(wrong < 0.2, 0, gold))
    return gold, model


def values(report, method):
    return [share.value for share in getattr(report, method).shares]


def test_the_four_methods_stand_side_by_side_and_each_adds_up_to_one():
    gold, model = coded()
    report = estimate_shares(gold, model, CATEGORIES, draw_simple(400, 100, seed=2))
    assert (report.n, report.population, report.df, report.quantile) == (100, 400, 99, "t")
    for method in METHODS:
        assert sum(values(report, method)) == pytest.approx(1)
    assert values(report, "naive") == pytest.approx(np.bincount(model) / 400)


def test_a_census_gives_every_corrected_method_the_true_shares_exactly():
    gold, model = coded()
    report = estimate_shares(gold, model, CATEGORIES, draw_simple(400, 400, seed=2))
    truth = np.bincount(gold) / 400
    for method in ("human", "dsl", "ppi"):
        assert values(report, method) == pytest.approx(truth)
        share = getattr(report, method).shares[0]
        assert (share.finite.se, share.finite.low, share.finite.high) == pytest.approx((0, truth[0], truth[0]))
        # The documents as a sample of a stream: p (1 - p)/N.
        assert share.superpopulation.se == pytest.approx(np.sqrt(truth[0] * (1 - truth[0]) / 400))


def test_a_model_without_a_seen_error_keeps_its_share_but_not_an_interval_of_no_width():
    gold, _ = coded()
    report = estimate_shares(gold, gold, CATEGORIES, draw_simple(400, 100, seed=2))
    share = report.dsl.shares[0]
    assert share.value == pytest.approx((gold == 0).mean())
    assert share.finite.se == 0
    assert share.finite.widened
    # As if 3 of 100 differed: t(99) sqrt(3)/100 sqrt(1 - 100/400).
    assert share.finite.high - share.value == pytest.approx(t.ppf(0.975, 99) * np.sqrt(3) / 100 * np.sqrt(0.75))


def test_the_width_for_unseen_errors_is_about_the_exact_limit():
    # 0 of 100 differ: at most 3.6% do (Clopper & Pearson); 1.96 sqrt(3)/100 = 3.4%.
    stream, finite = unseen_variance(np.zeros((1000, 1)), draw_simple(1000, 100, seed=0))
    assert 1.96 * np.sqrt(stream[0]) == pytest.approx(beta.ppf(0.975, 1, 100), abs=0.003)
    assert finite[0] == pytest.approx(0.9 * stream[0])


def test_nothing_is_added_where_three_differ_nor_for_documents_drawn_for_certain():
    one_differs, three_differ = np.zeros((50, 1)), np.zeros((50, 1))
    one_differs[0], three_differ[:3] = 1, 1
    everyone = draw_simple(50, 50, seed=0)
    assert unseen_variance(three_differ, everyone)[0][0] == 0
    assert unseen_variance(one_differs, everyone)[0][0] == pytest.approx(2 / 50**2)
    assert unseen_variance(one_differs, everyone)[1][0] == 0


def test_each_stratum_may_hide_something_by_its_weight():
    # Stratum a: 10 of 80 drawn, nothing differs: (.8)^2 3/10^2; b: 10 of 20, five differ: nothing.
    names = ["a"] * 80 + ["b"] * 20
    sample = draw_stratified(names, {"a": 10, "b": 10}, seed=0)
    values_ = np.zeros((100, 1))
    values_[80:] = np.arange(20)[:, None] % 2
    values_[np.flatnonzero(sample.drawn)[10:13]] = 1
    values_[np.flatnonzero(sample.drawn)[13:16]] = 0
    stream, finite = unseen_variance(values_, sample)
    assert stream[0] == pytest.approx(0.64 * 3 / 100)
    assert finite[0] == pytest.approx(0.64 * 3 / 100 * (1 - 10 / 80))


def test_fewer_than_thirty_hand_codes_give_points_without_intervals():
    gold, model = coded()
    share = estimate_shares(gold, model, CATEGORIES, draw_simple(400, 29, seed=2)).dsl.shares[0]
    assert share.value is not None
    assert share.superpopulation.low is None
    assert share.finite.reason == "no interval: 29 hand-coded documents, fewer than 30"


def test_naive_shares_have_no_finite_interval_since_no_variance_holds_the_models_errors():
    gold, model = coded()
    share = estimate_shares(gold, model, CATEGORIES, draw_simple(400, 100, seed=2)).naive.shares[0]
    assert share.finite.low is None
    assert "its errors are not in any variance" in share.finite.reason


def test_a_category_nobody_used_has_share_zero_and_an_interval_that_is_not_empty():
    gold, model = coded()
    report = estimate_shares(gold, model, (*CATEGORIES, "d"), draw_simple(400, 100, seed=2))
    share = report.human.shares[3]
    assert share.value == 0
    assert share.effective_n is None
    low, high = share.superpopulation.shown
    assert low == 0
    assert high == pytest.approx(t.ppf(0.975, 99) * np.sqrt(3) / 100)


def test_refused_documents_stay_and_are_counted():
    gold, model = coded()
    model[:40] = NO_ANSWER
    report = estimate_shares(gold, model, CATEGORIES, draw_simple(400, 100, seed=2))
    assert report.refused == 40
    assert report.n == 100
    assert any("40 documents without a model code stay in" in note for note in report.notes)
    assert values(report, "naive") == pytest.approx(np.bincount(model[40:]) / 360)
    assert sum(values(report, "dsl")) == pytest.approx(1)


def test_a_model_that_refused_everything_leaves_what_people_found():
    gold, _ = coded()
    report = estimate_shares(gold, np.full(400, NO_ANSWER), CATEGORIES, draw_simple(400, 100, seed=2))
    assert values(report, "dsl") == pytest.approx(values(report, "human"))
    assert report.ppi.tuning == 0


def test_hand_codes_that_cannot_be_used_are_counted_by_cause():
    gold, model = coded()
    sample = draw_simple(400, 100, seed=2)
    places = np.flatnonzero(sample.drawn)
    gold[places[:3]], gold[places[3:5]] = UNDECIDABLE, UNCODED
    outside = int((~sample.drawn).sum())
    report = estimate_shares(gold, model, CATEGORIES, sample)
    assert report.excluded == {"undecidable": 3, "without a hand code": 2, "coded outside the sample": outside}
    assert report.n == 95
    assert any("5 drawn documents have no usable hand code" in note for note in report.notes)


def test_codes_outside_the_sample_change_nothing():
    gold, model = coded()
    sample = draw_simple(400, 100, seed=2)
    blind = np.where(sample.drawn, gold, UNCODED)
    assert values(estimate_shares(gold, model, CATEGORIES, sample), "dsl") == values(
        estimate_shares(blind, model, CATEGORIES, sample), "dsl"
    )


def test_shares_are_among_the_documents_to_which_the_dimension_applies():
    gold, model = coded()
    sample = draw_simple(400, 400, seed=2)
    report = estimate_shares(gold, model, CATEGORIES, sample, not_applicable="c")
    applies = gold != 2
    share = report.human.shares[0]
    assert report.human.shares[-1].category == "b"
    assert share.value == pytest.approx((gold[applies] == 0).mean())
    # A mean over a domain of m documents, N a census: p (1 - p)/m.
    assert share.superpopulation.se == pytest.approx(np.sqrt(share.value * (1 - share.value) / applies.sum()))


def test_a_dimension_that_applies_to_no_document_has_no_shares():
    gold = np.full(60, 1)
    report = estimate_shares(
        gold, gold, ("a", "not applicable"), draw_simple(60, 40, seed=0), not_applicable="not applicable"
    )
    assert report.dsl.shares[0].value is None
    assert report.dsl.shares[0].superpopulation.reason.startswith("undefined")


def test_a_sample_of_which_nothing_was_coded_is_refused():
    nobody = Sample(np.zeros(4, dtype=bool), np.full(4, 0.5), np.zeros(4, dtype=np.int64), np.arange(4))
    with pytest.raises(InputError, match="no drawn document has a usable hand code"):
        estimate_shares(np.zeros(4, dtype=np.int64), np.zeros(4, dtype=np.int64), CATEGORIES, nobody)


def test_unequal_probabilities_leave_ppi_out_with_the_reason():
    gold, model = coded()
    names = [CATEGORIES[code] for code in model]
    report = estimate_shares(gold, model, CATEGORIES, draw_stratified(names, dict.fromkeys(CATEGORIES, 30), seed=1))
    assert report.ppi.shares == ()
    assert "equal probabilities" in report.ppi.reason
    # Strata are the model's codes, within which the model's code says nothing more: people and dsl agree.
    assert values(report, "dsl") == pytest.approx(values(report, "human"))


def test_whole_clusters_count_as_clusters_in_both_variances():
    gold = np.repeat(np.random.default_rng(0).choice(3, size=100), 4)
    sample = draw_clusters([str(place // 4) for place in range(400)], 40, seed=1)
    model = np.where(np.arange(400) % 4 == 0, (gold + 1) % 3, gold)
    by_cluster = estimate_shares(gold, model, CATEGORIES, sample)
    alone = Sample(sample.drawn, sample.probability, sample.stratum, np.arange(400))
    assert by_cluster.df == 39
    human, alone_human = (
        found.human.shares[0] for found in (by_cluster, estimate_shares(gold, model, CATEGORIES, alone))
    )
    # All four of a cluster alike: the variance is about four times as large, the standard error twice.
    assert human.superpopulation.se / alone_human.superpopulation.se == pytest.approx(2, rel=0.05)
    assert human.finite.se / alone_human.finite.se == pytest.approx(2, rel=0.05)


def test_a_model_no_better_than_chance_is_said_to_cost_precision():
    gold, model = coded()
    shuffled = np.random.default_rng(0).permutation(model)
    sample = draw_simple(400, 100, seed=2)
    said = [estimate_shares(gold, codes, CATEGORIES, sample).notes for codes in (shuffled, model)]
    assert "less precise than people's codes alone" in said[0][0]
    assert said[1] == ()


def test_effective_n_is_the_number_of_hand_codes_that_would_be_as_precise():
    gold, model = coded()
    report = estimate_shares(gold, model, CATEGORIES, draw_simple(400, 100, seed=2))
    share = report.human.shares[0]
    assert share.effective_n == pytest.approx(100, rel=0.01)
    assert share.value * (1 - share.value) / share.superpopulation.se**2 == pytest.approx(share.effective_n)


def test_labels_are_judged_each_by_itself():
    gold = np.array([[1.0, 0], [1, 1], [0, 0], [0, 1]] * 20)
    model = gold.copy()
    model[::8, 0] = 0
    model[4] = np.nan
    sample = draw_simple(80, 80, seed=0)
    report = estimate_labels(gold, model, ("x", "y"), sample)
    assert values(report, "dsl") == pytest.approx([0.5, 0.5])
    assert report.refused == 1
    # Of 40 with label x the model missed ten and did not answer one; it answered 79.
    assert values(report, "naive")[0] == pytest.approx(29 / 79)


@pytest.mark.parametrize(
    ("gold", "model"), [([0, 3], [0, 0]), ([0, 0], [0, 3]), ([0, -3], [0, 0]), ([0, 0], [0, -2]), ([0], [0, 0])]
)
def test_positions_outside_the_categories_are_an_error(gold, model):
    with pytest.raises(ValueError, match=r"positions must lie|one value a document"):
        estimate_shares(np.array(gold), np.array(model), CATEGORIES, draw_simple(2, 2, seed=0))


def test_intervals_use_t_below_a_hundred_degrees_of_freedom_and_are_cut_only_for_display():
    assert Spread(10).factor == pytest.approx(t.ppf(0.975, 10))
    assert (Spread(99).quantile, Spread(100).quantile) == ("t", "z")
    assert Spread(100).factor == pytest.approx(1.959964, abs=1e-6)
    found = bounds(0.01, 0.01**2, Spread(500))
    assert found.low == pytest.approx(0.01 - 0.0195996, abs=1e-6)
    assert found.shown[0] == 0
    assert bounds(0.5, 0.01, Spread(0)).low is None
    assert bounds(0.5, float("nan"), Spread(50)).reason is not None
