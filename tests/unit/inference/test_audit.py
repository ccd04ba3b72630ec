"""Accuracy after adjudication: estimates by hand, exact limits, and what selected items cannot tell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom
from sklearn.metrics import cohen_kappa_score

from coder.inference.audit import Audit, audit, draw_audit
from coder.inference.audit_estimates import Drawn, hypergeometric_limits

# 400 items: 300 agreements (150 on each of two codes), 100 disagreements, of which the coder is right on 40


def study(wrong: int = 0, audited: int = 60, probability: float = 0.2, settle: int = 100) -> Audit:
    """`audited` of the 300 agreements coded a second time, the first `wrong` of them settled otherwise."""
    reference = np.repeat([0, 1, 0, 1], [150, 150, 50, 50])
    coder = np.repeat([0, 1, 1, 0], [150, 150, 50, 50])
    settled = np.full(400, -1)
    settled[:audited] = np.where(np.arange(audited) < wrong, 1 - coder[:audited], coder[:audited])
    disputed = np.arange(300, 300 + settle)
    settled[disputed] = np.where(disputed < 340, coder[disputed], reference[disputed])
    return audit(coder, reference, settled, np.full(400, probability), 2)


def test_accuracy_counts_the_disagreements_and_estimates_the_agreements() -> None:
    # 6 of 60 audited wrong, each standing for 5: 30 of 300. Coder (40 + 270)/400, reference (60 + 270)/400,
    # resolved: 6 of the 30 are mended, 24 remain: 376/400
    found = study(wrong=6)
    assert (found.agreements, found.disagreements, found.audited, found.errors) == (300, 100, 60, 6)
    assert found.agreement == 0.75
    values = [each.value for each in (found.undisputed, found.coder, found.reference, found.resolved)]
    assert values == pytest.approx([270 / 300, 310 / 400, 330 / 400, 376 / 400])


def test_the_standard_error_is_that_of_a_simple_random_sample_with_its_correction() -> None:
    # Cochran 1977, 3.2: se = sqrt((1 - n/N) p q / (n - 1)) with n = 60, N = 300, p = .1
    expected = np.sqrt((1 - 60 / 300) * 0.1 * 0.9 / 59)
    assert study(wrong=6).undisputed.se == pytest.approx(expected)
    assert study(wrong=6).coder.se == pytest.approx(expected * 300 / 400)


def test_limits_are_exact_for_equal_probabilities() -> None:
    # the limits of M wrong of 300 are the last not rejected at .025 a side when 6 of 60 were found
    low, high = (round(300 * (1 - end)) for end in (study(wrong=6).undisputed.high, study(wrong=6).undisputed.low))  # type: ignore[operator]
    assert hypergeom.sf(5, 300, low, 60) > 0.025 >= hypergeom.sf(5, 300, low - 1, 60)
    assert hypergeom.cdf(6, 300, high, 60) > 0.025 >= hypergeom.cdf(6, 300, high + 1, 60)


def test_no_error_found_leaves_an_exact_bound_and_no_standard_error() -> None:
    # none of 60 found: P(X = 0) with M wrong of 300 exceeds .025 up to M = 16
    found = study(wrong=0).undisputed
    assert hypergeom.pmf(0, 300, 16, 60) > 0.025 >= hypergeom.pmf(0, 300, 17, 60)
    assert (found.value, found.low, found.high, found.se) == (1.0, pytest.approx(284 / 300), 1.0, None)


def test_a_full_second_coding_leaves_nothing_to_estimate() -> None:
    found = study(wrong=6, audited=300, probability=1.0)
    assert (found.coder.value, found.coder.low, found.coder.high, found.coder.se) == (
        334 / 400,
        334 / 400,
        334 / 400,
        0,
    )
    assert found.resolved.value == 1.0
    assert "every item was coded a second time" in (found.kappa.reason or "")


def test_flagged_agreements_count_as_they_are_and_do_not_stand_for_others() -> None:
    # 20 of the 300 were certain to come, 10 of them wrong; of the other 280, 56 were drawn and none is wrong
    coder = np.zeros(300, dtype=np.int64)
    settled = np.repeat([1, 0, 0, -1], [10, 10, 56, 224])
    found = audit(coder, coder, settled, np.repeat([1.0, 0.2, np.nan], [20, 56, 224]), 2)
    assert found.undisputed.value == pytest.approx(290 / 300)
    assert found.undisputed.high == pytest.approx(290 / 300)
    assert found.undisputed.low is not None
    assert found.undisputed.low < 290 / 300


def test_unequal_probabilities_are_weighted() -> None:
    # 10 wrong drawn at .5 and 10 right at .1: weights 2 and 10 scaled to 120 agreements: 20 wrong
    drawn = Drawn(np.repeat([True, False], 10), np.repeat([0.5, 0.1], 10), 120)
    assert drawn.errors == pytest.approx(20)
    low, high = drawn.error_limits()
    assert 10 <= low < 20 < high <= 110


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (study(audited=0), "not estimable: selected items"),
        (study(probability=np.nan), "60 audited codes have no inclusion probability"),
        (study(settle=90), "10 disagreements are not settled yet"),
    ],
)
def test_selected_or_unfinished_items_estimate_nothing(found: Audit, reason: str) -> None:
    for each in (found.coder, found.reference, found.resolved, found.kappa):
        assert each.value is None
        assert reason in (each.reason or "")
    assert found.agreement == 0.75
    assert found.kappa_before == pytest.approx(0.5)


def test_flagged_agreements_alone_are_selected_items() -> None:
    found = study(probability=1.0)
    assert found.undisputed.value is None
    assert "240 undisputed ones had no chance" in (found.undisputed.reason or "")


def test_kappa_after_a_full_second_coding_is_cohens_kappa_with_the_settled_codes() -> None:
    coder, settled = np.random.default_rng(3).integers(0, 3, (2, 200))
    found = audit(coder, np.zeros(200, dtype=np.int64), settled, np.ones(200), 3)
    assert found.kappa.value == pytest.approx(cohen_kappa_score(settled, coder))


def test_kappa_takes_the_audit_as_a_correction_of_the_known_table() -> None:
    # 12 of 60 found wrong, all coder 0 settled 1, each for 5: 60 move. Settled by coder: agreements 90|60 at coder 0,
    # 150 at coder 1; disagreements 40 right at coder 1, 10 and 50 wrong: [[90, 10], [110, 190]]
    found = study(wrong=12)
    assert found.kappa.value == pytest.approx((280 / 400 - 0.5) / 0.5)
    counts = np.array([[90, 10], [110, 190]])
    expected = (counts.sum(axis=1) @ counts.sum(axis=0)) / 400**2
    assert expected == pytest.approx(0.5)


def test_the_standard_error_of_kappa_is_that_of_its_linearisation() -> None:
    # the slope by finite difference: one more error moves kappa by d; its total varies with sd(errors) = 400 se(coder)
    found = study(wrong=12)

    def kappa(moved: float) -> float:
        counts = np.array([[150 - moved, 10], [50 + moved, 190]])
        expected = (counts.sum(axis=1) @ counts.sum(axis=0)) / 400**2
        return float((np.trace(counts) / 400 - expected) / (1 - expected))

    slope = (kappa(60.001) - kappa(59.999)) / 0.002
    assert found.coder.se is not None
    assert found.kappa.se == pytest.approx(abs(slope) * 400 * found.coder.se, rel=1e-4)
    assert found.kappa.low is not None
    assert found.kappa.value is not None
    assert found.kappa.low < found.kappa.value


def test_limits_of_kappa_follow_the_limits_of_the_errors_where_these_all_fall_alike() -> None:
    # every error moves an item the same way, so only their number is uncertain: the ends differ as those of accuracy do
    found = study(wrong=12)
    ends = [(each.low, each.value, each.high) for each in (found.coder, found.kappa)]
    (low, value, high), (kappa_low, kappa, kappa_high) = ends
    assert (kappa_high - kappa) / (kappa - kappa_low) == pytest.approx((high - value) / (value - low))  # type: ignore[operator]


def test_with_no_error_found_kappa_has_a_lower_limit_where_errors_would_hurt_it_most() -> None:
    found = study(wrong=0)
    assert (found.kappa.high, found.kappa.se) == (found.kappa.value, None)
    # up to 16 wrong of 300: at worst all at one code, which gives [[134, 10], [66, 190]] or [[190, 66], [10, 134]]
    counts = np.array([[134, 10], [66, 190]])
    expected = (counts.sum(axis=1) @ counts.sum(axis=0)) / 400**2
    worst = (np.trace(counts) / 400 - expected) / (1 - expected)
    assert found.kappa.low == pytest.approx(worst, abs=0.003)


def test_kappa_has_no_interval_from_fewer_than_50_items() -> None:
    coder = np.arange(40) % 2
    found = audit(coder, coder, np.where(np.arange(40) < 20, coder, -1), np.full(40, 0.5), 2)
    assert (found.kappa.value, found.kappa.low) == (1.0, None)
    assert "fewer than 50" in (found.kappa.reason or "")


def test_refused_codes_are_never_right() -> None:
    # the coder refused 50 of 100 items (position 2); the others agree and are all audited
    coder, reference = np.repeat([0, 2], 50), np.zeros(100, dtype=np.int64)
    found = audit(coder, reference, np.zeros(100, dtype=np.int64), np.ones(100), 2, never_agree=1)
    assert (found.coder.value, found.reference.value) == (0.5, 1.0)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 200), st.data())
def test_hypergeometric_limits_hold_what_was_found(population: int, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, population))
    found = data.draw(st.integers(0, n))
    low, high = hypergeometric_limits(found, n, population)
    assert found <= low <= high <= population - n + found
    assert low <= -(-found * population // n)
    assert hypergeometric_limits(n - found, n, population) == (population - high, population - low)


def test_no_items_give_no_estimates() -> None:
    nothing = np.array([], dtype=np.int64)
    found = audit(nothing, nothing, nothing, np.array([]), 2)
    assert (found.n, found.agreement, found.coder.value, found.kappa.value) == (0, None, None, None)


def test_an_audit_is_drawn_with_its_probability_and_not_by_the_order_of_documents() -> None:
    documents = [f"d{number}" for number in range(95)]
    drawn = draw_audit(documents, sample="audit", dimension_id="price", seed=7)
    assert len(drawn) == 10
    assert {each.probability for each in drawn} == {10 / 95}
    again = draw_audit(documents[::-1], sample="audit", dimension_id="price", seed=7)
    assert [each.document_id for each in again] == [each.document_id for each in drawn]
    other = draw_audit(documents, sample="audit", dimension_id="length", seed=7)
    assert {each.document_id for each in other} != {each.document_id for each in drawn}


def test_an_audit_draws_at_least_as_many_as_asked_and_all_where_there_are_fewer() -> None:
    few = draw_audit(["a", "b", "c"], sample="audit", dimension_id="price", seed=7, at_least=30)
    assert [(each.document_id, each.probability) for each in few] == [("a", 1.0), ("b", 1.0), ("c", 1.0)]
    assert draw_audit([], sample="audit", dimension_id="price", seed=7) == ()


def test_every_document_is_drawn_as_often_as_its_probability_says() -> None:
    # 1000 seeds, probability 2/20: each count is binomial with sd sqrt(1000 x .1 x .9) = 9.5; 4.5 sd for all 20
    counts = dict.fromkeys((f"d{number:02}" for number in range(20)), 0)
    for seed in range(1000):
        for each in draw_audit(list(counts), sample="audit", dimension_id="price", seed=seed):
            counts[each.document_id] += 1
    assert max(abs(count - 100) for count in counts.values()) < 43


def test_arrays_rates_and_repeated_documents_that_do_not_fit_are_refused() -> None:
    one = np.zeros(1, dtype=np.int64)
    for settled, probability in ((np.array([2]), np.ones(1)), (one, np.ones(2)), (one, np.zeros(1))):
        with pytest.raises(ValueError, match=r"settled|probabilities"):
            audit(one, one, settled, probability, 2)
    with pytest.raises(ValueError, match="audit rate"):
        draw_audit(["a"], sample="audit", dimension_id="price", seed=7, rate=0)
    with pytest.raises(ValueError, match="twice"):
        draw_audit(["a", "a"], sample="audit", dimension_id="price", seed=7)
