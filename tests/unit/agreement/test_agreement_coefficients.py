"""Percent agreement, kappa and its companions against published tables, scikit-learn and their own identities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from coder.agreement.coefficients import (
    Weighting,
    agreement_weights,
    bias_index,
    cohen_kappa,
    gwet_ac1,
    kappa_max,
    kappa_statistic,
    pabak,
    percent_agreement,
    prevalence_index,
)
from coder.agreement.tables import Table, contingency_table

COHEN_1960 = [[88, 10, 2], [14, 40, 6], [18, 10, 12]]
FLEISS_COHEN_EVERITT_1969 = [[106, 10, 4], [22, 28, 10], [2, 12, 6]]
FLEISS_COHEN_EVERITT_WEIGHTS = [[1, 0, 0.4444], [0, 1, 0.6667], [0.4444, 0.6667, 1]]


def table(counts: list[list[int]], scale: int | None = None) -> Table:
    return Table(np.array(counts), scale or len(counts))


def test_kappa_of_the_table_of_cohen_1960() -> None:
    # Cohen (1960), Educational and Psychological Measurement 20: po = .70, pe = .41, kappa = .492
    kappa = cohen_kappa(table(COHEN_1960))
    assert kappa.observed == pytest.approx(0.70)
    assert kappa.expected == pytest.approx(0.41)
    assert kappa.value == pytest.approx(0.492, abs=0.0005)


def test_unweighted_kappa_and_variance_of_fleiss_cohen_and_everitt_1969() -> None:
    # Fleiss, Cohen & Everitt (1969), Psychological Bulletin 72: kappa = .429, variance .002885
    kappa = cohen_kappa(table(FLEISS_COHEN_EVERITT_1969))
    assert kappa.value == pytest.approx(0.429, abs=0.0005)
    assert kappa.se is not None
    assert kappa.se**2 == pytest.approx(0.002885, abs=5e-7)


def test_kappa_with_the_weight_matrix_of_fleiss_cohen_and_everitt_1969() -> None:
    # the same paper, with their weights: kappa = .507, variance .003248
    kappa = cohen_kappa(table(FLEISS_COHEN_EVERITT_1969), np.array(FLEISS_COHEN_EVERITT_WEIGHTS))
    assert kappa.value == pytest.approx(0.507, abs=0.0005)
    assert kappa.se is not None
    assert kappa.se**2 == pytest.approx(0.003248, abs=1e-6)


def test_kappa_and_standard_error_where_one_coder_never_uses_a_category() -> None:
    # SAS PROC FREQ printout kept in statsmodels' tests (test_inter_rater.py): kappa .4842, ASE .1380
    kappa = cohen_kappa(table([[0, 4, 1], [0, 8, 0], [0, 1, 5]]))
    assert kappa.value == pytest.approx(0.4842, abs=6e-5)
    assert kappa.se == pytest.approx(0.1380, abs=6e-5)


@pytest.mark.parametrize(
    ("counts", "observed", "kappa", "prevalence", "bias"),
    # Feinstein & Cicchetti (1990), Journal of Clinical Epidemiology 43: po and kappa (to two places);
    # |a - d| / n and |b - c| / n by hand
    [
        ([[40, 9], [6, 45]], 0.85, 0.70, 0.05, 0.03),
        ([[80, 10], [5, 5]], 0.85, 0.32, 0.75, 0.05),
        ([[45, 15], [25, 15]], 0.60, 0.13, 0.30, 0.10),
    ],
)
def test_the_paradox_tables_of_feinstein_and_cicchetti_1990(
    counts: list[list[int]], observed: float, kappa: float, prevalence: float, bias: float
) -> None:
    asked = table(counts)
    value = cohen_kappa(asked).value
    assert percent_agreement(asked) == pytest.approx(observed)
    assert value == pytest.approx(kappa, abs=0.006)
    assert prevalence_index(asked) == pytest.approx(prevalence)
    assert bias_index(asked) == pytest.approx(bias)
    adjusted = 2 * observed - 1
    assert pabak(asked) == pytest.approx(adjusted)
    # Byrt, Bishop & Carlin (1993): kappa = (PABAK - PI^2 + BI^2) / (1 - PI^2 + BI^2)
    assert value == pytest.approx((adjusted - prevalence**2 + bias**2) / (1 - prevalence**2 + bias**2))


def test_kappa_max_is_bounded_by_the_margins() -> None:
    # rows (90, 10), columns (85, 15): sum of minima .95, pe = .9 x .85 + .1 x .15 = .78, (.95 - .78) / .22 = 17/22
    assert kappa_max(table([[80, 10], [5, 5]])) == pytest.approx(17 / 22)


def test_kappa_max_has_the_weights_of_kappa() -> None:
    # margins 60 36 24 and 52 37 31 of 120: with linear weights at most 1 - (|60 - 52| + |96 - 89|) / 2 / 120 = .9375 can
    # agree; pe = 1 - sum over steps of F (1 - G) + G (1 - F) / 2, kappa max (.9375 - pe) / (1 - pe)
    asked = table([[48, 7, 5], [2, 30, 4], [2, 0, 22]])
    steps = [(60 / 120, 52 / 120), (96 / 120, 89 / 120)]
    expected = 1 - sum(f * (1 - g) + g * (1 - f) for f, g in steps) / 2
    assert kappa_max(asked, agreement_weights("linear", 3)) == pytest.approx((0.9375 - expected) / (1 - expected))
    assert kappa_max(asked, np.eye(3)) == pytest.approx(kappa_max(asked))


def test_pabak_of_more_categories_is_that_of_brennan_and_prediger() -> None:
    # po = .7 over q = 3 categories: (3 x .7 - 1) / 2 = .55
    assert pabak(table(COHEN_1960)) == pytest.approx(0.55)


def test_two_by_two_indices_are_not_given_for_a_larger_table() -> None:
    assert prevalence_index(table(COHEN_1960)) is None
    assert bias_index(table(COHEN_1960)) is None


def test_weights_come_from_the_declared_scale_with_its_unused_categories() -> None:
    # a scale of five of which three are used: codes 0, 2, 4; one step on the used categories is two on the scale
    reference, coder = np.array([0, 0, 2, 2, 4, 4, 4, 0]), np.array([0, 2, 2, 4, 4, 2, 4, 0])
    asked = contingency_table(reference, coder, 5)
    for weighting in ("linear", "quadratic"):
        expected = cohen_kappa_score(reference, coder, labels=range(5), weights=weighting)
        assert cohen_kappa(asked, agreement_weights(weighting, 5)).value == pytest.approx(expected)


def test_an_unused_category_in_the_middle_changes_a_weighted_kappa() -> None:
    # codes 0, 1 and 3 of a scale 0..3 against the same codes squeezed to 0, 1, 2
    squeezed = np.array([[3, 1, 1], [0, 4, 2], [1, 0, 3]])
    declared = np.zeros((4, 4), dtype=np.int64)
    declared[np.ix_([0, 1, 3], [0, 1, 3])] = squeezed
    on_scale = cohen_kappa(Table(declared, 4), agreement_weights("linear", 4)).value
    observed_only = cohen_kappa(Table(squeezed, 3), agreement_weights("linear", 3)).value
    assert on_scale is not None
    assert abs(on_scale - (observed_only or 0)) > 0.01


def test_linear_and_quadratic_weights_fall_with_distance() -> None:
    assert agreement_weights("linear", 3).tolist() == [[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]]
    assert agreement_weights("quadratic", 3).tolist() == [[1, 0.75, 0], [0.75, 1, 0.75], [0, 0.75, 1]]
    assert agreement_weights("linear", 1).tolist() == [[1]]


def test_disagreement_weights_are_rejected() -> None:
    with pytest.raises(ValueError, match="1 on the diagonal"):
        cohen_kappa(table([[1, 0], [0, 1]]), np.array([[0.0, 1.0], [1.0, 0.0]]))


def test_weights_of_the_wrong_size_are_rejected() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        cohen_kappa(table([[1, 0], [0, 1]]), np.eye(3))


def test_codes_that_never_agree_stay_in_the_denominator() -> None:
    # gold 5 a, 5 b; the coder is right on 4 and 4 and silent on 2. po = 8/10, pe = .5 x .4 + .5 x .4 = .4,
    # kappa = .4 / .6; without the silent items kappa would be 1
    asked = table([[4, 0, 1], [0, 4, 1], [0, 0, 0]], scale=2)
    assert percent_agreement(asked) == pytest.approx(0.8)
    assert cohen_kappa(asked).value == pytest.approx(2 / 3)


def test_a_refusal_does_not_take_prevalence_and_bias_away() -> None:
    # of the 100 items with an answer from both 80 and 5 agree, 10 and 5 do not; 7 were refused
    asked = table([[80, 10, 4], [5, 5, 3], [0, 0, 0]], scale=2)
    assert (prevalence_index(asked), bias_index(asked)) == pytest.approx((0.75, 0.05))
    assert prevalence_index(table([[0, 0, 4], [0, 0, 3], [0, 0, 0]], scale=2)) is None


@pytest.mark.parametrize("weighting", ["linear", "quadratic"])
def test_codes_that_never_agree_earn_no_partial_credit(weighting: str) -> None:
    # three ordered categories and silence: po = (3 + 3 + 3) / 12 whatever the weights
    asked = table([[3, 0, 0, 1], [0, 3, 0, 1], [0, 0, 3, 1], [0, 0, 0, 0]], scale=3)
    assert cohen_kappa(asked, agreement_weights(weighting, 3)).observed == pytest.approx(0.75)  # type: ignore[arg-type]


def test_kappa_is_undefined_where_both_coders_use_one_category() -> None:
    kappa = cohen_kappa(table([[5, 0], [0, 0]]))
    assert (kappa.value, kappa.se) == (None, None)
    assert kappa.reason is not None
    assert "same single category" in kappa.reason
    assert percent_agreement(table([[5, 0], [0, 0]])) == 1
    assert kappa_max(table([[5, 0], [0, 0]])) is None


def test_kappa_is_undefined_without_items() -> None:
    empty = table([[0, 0], [0, 0]])
    assert cohen_kappa(empty).value is None
    assert "no item" in (cohen_kappa(empty).reason or "")
    assert percent_agreement(empty) is None
    assert pabak(empty) is None


def test_kappa_is_zero_where_one_coder_uses_one_category() -> None:
    # po = pe = .75
    assert cohen_kappa(table([[3, 0], [1, 0]])).value == 0


def test_pabak_is_undefined_for_a_single_category() -> None:
    assert pabak(table([[5]])) is None


counts = st.integers(2, 5).flatmap(
    lambda q: st.lists(st.lists(st.integers(0, 30), min_size=q, max_size=q), min_size=q, max_size=q)
)


@given(counts)
def test_unweighted_kappa_does_not_change_when_the_coders_swap(cells: list[list[int]]) -> None:
    swapped = Table(np.array(cells).T, len(cells))
    assert cohen_kappa(table(cells)).value == pytest.approx(cohen_kappa(swapped).value)
    assert cohen_kappa(table(cells)).se == pytest.approx(cohen_kappa(swapped).se, abs=1e-7)


@given(counts, st.randoms(use_true_random=False))
def test_unweighted_kappa_does_not_depend_on_the_order_of_categories(cells: list[list[int]], random: object) -> None:
    order = list(range(len(cells)))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = np.array(cells)[np.ix_(order, order)]
    assert cohen_kappa(Table(shuffled, len(cells))).value == pytest.approx(cohen_kappa(table(cells)).value)


@given(counts, st.sampled_from(["unweighted", "linear", "quadratic"]))
def test_kappa_reaches_one_only_with_full_agreement_and_never_passes_it(cells: list[list[int]], weighting: str) -> None:
    asked = table(cells)
    value = cohen_kappa(asked, agreement_weights(weighting, len(cells))).value  # type: ignore[arg-type]
    if value is not None:
        assert value <= 1 + 1e-12
        assert (value > 1 - 1e-9) == (asked.agreed == asked.n)


@pytest.mark.parametrize("weighting", [None, "linear", "quadratic"])
@given(counts)
def test_kappa_lies_between_minus_one_and_kappa_max(weighting: Weighting | None, cells: list[list[int]]) -> None:
    asked = table(cells)
    weights = None if weighting is None else agreement_weights(weighting, len(cells))
    value, most = cohen_kappa(asked, weights).value, kappa_max(asked, weights)
    assert (value is None) == (most is None)
    if value is not None and most is not None:
        assert value <= most + 1e-9
        assert weighting is not None or value >= -1 - 1e-12


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=60))
def test_kappa_equals_that_of_scikit_learn(items: list[tuple[int, int]]) -> None:
    reference, coder = (np.array(side) for side in zip(*items, strict=True))
    for name, weights in (("unweighted", None), ("linear", "linear"), ("quadratic", "quadratic")):
        value = cohen_kappa(contingency_table(reference, coder, 4), agreement_weights(name, 4)).value  # type: ignore[arg-type]
        if value is None:  # both constant and equal: scikit-learn says nan or warns
            assert len({*items}) == 1
            continue
        assert value == pytest.approx(cohen_kappa_score(reference, coder, labels=range(4), weights=weights), abs=1e-12)


@given(counts, st.sampled_from(["unweighted", "linear"]))
def test_the_vectorised_kappa_equals_the_plain_one(cells: list[list[int]], weighting: str) -> None:
    asked, weights = table(cells), agreement_weights(weighting, len(cells))  # type: ignore[arg-type]
    if asked.n:
        observed, statistic = kappa_statistic(asked, weights)
        plain = cohen_kappa(asked, weights).value
        found = statistic(np.stack([observed, 2 * observed]).astype(float))
        assert found == pytest.approx([np.nan if plain is None else plain] * 2, nan_ok=True)


@st.composite
def answers_and_refusals(draw: st.DrawFn) -> Table:
    """A table of 2 to 4 categories whose last column holds refusals."""
    scale = draw(st.integers(2, 4))
    rows = st.lists(st.integers(0, 30), min_size=scale + 1, max_size=scale + 1)
    counts = [*draw(st.lists(rows, min_size=scale, max_size=scale)), [0] * (scale + 1)]
    return Table(np.array(counts), scale)


@given(answers_and_refusals(), st.integers(0, 3), st.sampled_from(["unweighted", "linear"]))
def test_one_more_refusal_never_raises_gwets_coefficient(table: Table, row: int, weighting: Weighting) -> None:
    # Below 0 any kappa-like coefficient is drawn towards 0 by items without information, so what is at least 0 counts.
    weights, row = agreement_weights(weighting, table.scale), min(row, table.scale - 1)
    before = gwet_ac1(table, weights)
    assume(before is not None and before >= 0)
    assert before is not None
    one_more = table.counts.copy()
    one_more[row, -1] += 1
    after = gwet_ac1(Table(one_more, table.scale), weights)
    assert after is not None
    assert after <= before + 1e-12
    assume(table.counts[row, row] > 0)
    one_more[row, row] -= 1  # an agreement becomes a refusal
    instead = gwet_ac1(Table(one_more, table.scale), weights)
    assert instead is not None
    assert instead <= before + 1e-12
