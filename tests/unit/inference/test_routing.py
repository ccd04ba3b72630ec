"""Thresholds with a guarantee: by hand, at their limits, and the honest answer at small n."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from coder.inference.conformal import Batch, conformal_p_values, joint_loss_route, select
from coder.inference.routing import error_free_minimum, route
from coder.model import Assignment, Coding, Status


def items(*groups: tuple[float, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Calibration items from (confidence, items, of these wrong)."""
    confidence = np.concatenate([np.full(count, value) for value, count, _ in groups])
    agrees = np.concatenate([np.arange(count) >= wrong for _, count, wrong in groups])
    return confidence, agrees


def test_the_loosest_threshold_that_passes_is_chosen() -> None:
    # P(Bin(100, .05) <= 1) = .037, P(Bin(200, .05) <= 5) = .062 pass delta = .1; P(Bin(300, .05) <= 25) = .998 does not
    found = route(*items((0.9, 100, 1), (0.8, 100, 4), (0.7, 100, 20)))
    assert (found.threshold, found.accepted, found.errors, found.n) == (0.71, 200, 5, 300)
    assert found.accepted_share == pytest.approx(2 / 3)
    assert found.steps[-1].p == pytest.approx(binom.cdf(25, 300, 0.05))


def test_testing_stops_at_the_first_failure_though_a_looser_threshold_would_pass() -> None:
    # 100 items with 5 wrong fail (p = .62); all 500 with 5 wrong would pass (p < .001): the order was fixed beforehand
    found = route(*items((0.9, 100, 5), (0.8, 400, 0)))
    assert found.threshold is None
    assert len(found.steps) == 1


def test_testing_begins_where_60_items_and_a_fifth_of_all_are_accepted() -> None:
    assert route(*items((0.9, 59, 0), (0.5, 100, 50))).steps[0].threshold == 0.5
    assert route(*items((0.9, 60, 0), (0.5, 100, 50))).steps[0].threshold == 0.9
    assert route(*items((0.9, 60, 0), (0.5, 241, 50))).steps[0].threshold == 0.5  # 60 < 301/5


def test_a_start_fixed_beforehand_is_kept() -> None:
    assert route(*items((0.9, 50, 0), (0.5, 100, 50)), start=0.8).steps[0].threshold == 0.8


@pytest.mark.parametrize(("target", "delta", "least"), [(0.95, 0.10, 45), (0.90, 0.05, 29)])
def test_the_error_free_minimum(target: float, delta: float, least: int) -> None:
    # .95^45 = .0994 <= .10 < .95^44 = .1047; .90^29 = .0471 <= .05 < .90^28 = .0523
    assert error_free_minimum(target, delta) == least
    assert binom.cdf(0, least, 1 - target) <= delta < binom.cdf(0, least - 1, 1 - target)


def test_items_of_equal_confidence_go_together() -> None:
    confidence, agrees = items((1.0, 80, 0), (0.6, 80, 40))
    assert route(confidence, agrees).accepted == 80
    mixed = np.random.default_rng(1).permutation(160)
    assert route(confidence[mixed], agrees[mixed]) == route(confidence, agrees)


def test_items_without_confidence_are_never_accepted_and_counted() -> None:
    found = route(*items((0.9, 100, 0), (np.nan, 20, 0)))
    assert (found.threshold, found.accepted, found.missing, found.n) == (0.0, 100, 20, 120)


def test_too_few_items_are_answered_with_how_many_more() -> None:
    # 40 items, none wrong, all accepted: testing begins at 60
    found = route(*items((0.9, 40, 0)))
    assert found.threshold is None
    assert found.further is not None
    assert (found.further.error_free, found.further.at_observed_rate) == (20, 20)
    assert "code 20 more documents" in (found.reason or "")
    assert found.guarantee == "None: every code goes to a person."


def test_how_many_more_at_the_observed_rate() -> None:
    # 100 accepted of 200, 3 wrong: P(Bin(100, .05) <= 3) = .258. Error-free: P(Bin(N, .05) <= 3) <= .1 first at N = 132,
    # so 32 accepted or 64 documents. At 3%: the first N with P(Bin(N, .05) <= ceil(.03 N)) <= .1 is found by search.
    found = route(*items((0.9, 100, 3), (0.5, 100, 50)))
    first = next(n for n in range(100, 2000) if binom.cdf(np.ceil(0.03 * n - 1e-9), n, 0.05) <= 0.1)
    assert binom.cdf(3, 131, 0.05) > 0.1 >= binom.cdf(3, 132, 0.05)
    assert found.further is not None
    assert (found.further.error_free, found.further.at_observed_rate) == (64, 2 * (first - 100))


def test_more_coding_is_not_advised_where_the_rate_is_no_better_than_the_target_allows() -> None:
    found = route(*items((0.9, 100, 5)))
    assert found.further is not None
    assert found.further.at_observed_rate is None
    assert "no better than the target allows" in (found.reason or "")


@pytest.mark.parametrize("confidence", [np.full(100, np.nan), np.array([])])
def test_without_any_confidence_there_is_no_threshold(confidence: np.ndarray) -> None:
    found = route(confidence, np.ones(len(confidence), dtype=bool))
    assert found.threshold is None
    assert "no calibration item has a confidence" in (found.reason or "")


def test_the_lower_limit_of_agreement_reaches_the_target() -> None:
    # p <= delta and the exact one-sided limit at 1 - delta are the same statement
    found = route(*items((0.9, 100, 1), (0.8, 100, 4)))
    assert found.agreement_low is not None
    assert found.agreement_low >= 0.95
    assert binom.cdf(5, 200, 1 - found.agreement_low) == pytest.approx(0.1)


def test_the_guarantee_names_target_probability_and_assumptions() -> None:
    words = route(*items((0.9, 100, 1)), target=0.925, delta=0.25).guarantee
    for part in (
        "75% or more",
        "92.5% or more",
        "exchangeable",
        "none of them served to write the prompt",
        "whole set",
    ):
        assert part in words


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000))
def test_more_right_codes_never_tighten_the_threshold(seed: int) -> None:
    random = np.random.default_rng(seed)
    confidence = random.integers(0, 20, 150) / 20
    agrees = random.random(150) < 0.8 + 0.2 * confidence
    mended = agrees.copy()
    mended[: int(random.integers(1, 150))] = True
    before, after = route(confidence, agrees).threshold, route(confidence, mended).threshold
    assert before is None or (after is not None and after <= before)


@pytest.mark.parametrize(
    "arguments",
    [
        (np.array([1.2]), np.array([True])),
        (np.array([0.5, 0.5]), np.array([True])),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arguments: tuple[np.ndarray, np.ndarray]) -> None:
    for method in (route, joint_loss_route):
        with pytest.raises(ValueError, match="confidence"):
            method(*arguments)


def test_the_confidence_of_a_set_is_that_of_its_least_certain_label() -> None:
    def coding(*confidences: float | None, status: Status = Status.CODED) -> Coding:
        codes = tuple(Assignment(category=f"c{place}", confidence=each) for place, each in enumerate(confidences))
        return Coding(
            version_id="v",
            dimension_id="d",
            coder_id="m",
            status=status,
            assignments=codes,
            codebook_hash="h",
            dimension_hash="h",
        )

    assert coding(0.9, 0.6).confidence == 0.6
    assert coding(0.9, None).confidence is None
    assert coding(status=Status.ABSENT).confidence is None


def test_the_joint_loss_counts_wrong_accepted_codes_over_all_items() -> None:
    # n = 99, alpha = .05: (wrong accepted + 1)/100 <= .05 allows 4. The fifth most confident wrong item has .7: accept above
    confidence, agrees = items((0.9, 30, 2), (0.8, 30, 2), (0.7, 39, 1))
    found = joint_loss_route(confidence, agrees, alpha=0.05)
    assert (found.threshold, found.accepted, found.errors) == (0.8, 60, 4)
    assert "of all documents" in found.guarantee
    assert joint_loss_route(*items((0.9, 99, 4))).threshold == 0.0


def test_the_joint_loss_needs_as_many_items_as_one_over_alpha_less_one() -> None:
    assert joint_loss_route(*items((0.9, 19, 0)), alpha=0.05).threshold == 0.0
    found = joint_loss_route(*items((0.9, 17, 0)), alpha=0.05)
    assert (found.threshold, found.reason) == (None, "not enough evidence: code 2 more documents at least")


def test_conformal_p_values_by_hand() -> None:
    # wrong calibration items at .9 and .5 (and one without confidence); n = 6, 3 wrong
    batch = Batch(
        np.array([0.9, 0.5, np.nan, 0.9, 0.8, 0.7]),
        np.array([False, False, False, True, True, True]),
        np.array([0.95, 0.9, 0.6, 0.5, np.nan]),
    )
    assert conformal_p_values(batch).tolist() == [1 / 7, 2 / 7, 2 / 7, 3 / 7, 1.0]  # a tie at .9 counts against it
    assert conformal_p_values(batch, "wrong").tolist() == [1 / 4, 2 / 4, 2 / 4, 3 / 4, 1.0]


def test_selection_pools_the_items_of_all_dimensions() -> None:
    # dimension a: 99 right calibration items, p = 1/100 for each of 3 items. Dimension b: all 9 wrong and as confident:
    # p = 1 for each of 3. Of 6 p-values three are at most 3/6 x .05 = .025
    a = Batch(np.full(99, 0.9), np.ones(99, dtype=bool), np.array([0.9, 0.5, 0.1]))
    b = Batch(np.full(9, 0.9), np.zeros(9, dtype=bool), np.array([0.9, 0.5, 0.1]))
    found = select({"a": a, "b": b}, alpha=0.05)
    assert found.accepted["a"].all()
    assert not found.accepted["b"].any()
    assert found.thresholds == {"a": 0.1, "b": None}
    assert "19 are the fewest" in found.reasons["b"]
    # Benjamini-Yekutieli divides alpha by 1 + 1/2 + ... + 1/6 = 2.45: .025/2.45 = .0102 still holds p = .01
    assert select({"a": a, "b": b}, dependence="any").accepted["a"].all()
    assert not select({"a": a, "b": b}, alpha=0.045, dependence="any").accepted["a"].any()


def test_selecting_nothing_from_nothing() -> None:
    assert select({}).accepted == {}
    empty = Batch(np.array([]), np.array([], dtype=bool), np.array([0.9]))
    assert not select({"a": empty}).accepted["a"].any()
