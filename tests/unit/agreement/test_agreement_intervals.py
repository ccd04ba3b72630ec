"""The bootstrap interval against a reference, and the cases in which none is given."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap

from coder.agreement.coefficients import agreement_weights, kappa_statistic
from coder.agreement.intervals import Bootstrap, bca_interval, clopper_pearson_low, too_few
from coder.agreement.kappa import kappa_coefficient
from coder.agreement.tables import Table

COHEN_1960 = Table(np.array([[88, 10, 2], [14, 40, 6], [18, 10, 12]]), 3)


def interval(table: Table, **options: int) -> tuple[float | None, float | None]:
    found = bca_interval(*kappa_statistic(table, agreement_weights("unweighted", table.scale)), Bootstrap(**options))
    return found.low, found.high


def test_the_bca_interval_of_the_table_of_cohen_1960() -> None:
    # a million multinomial replicates, computed apart: [.38982, .59000]; 10,000 replicates come within .006
    assert interval(COHEN_1960) == pytest.approx((0.38982, 0.59000), abs=0.006)


def test_the_bca_interval_equals_that_of_scipy_over_items() -> None:
    # scipy resamples the 60 items one by one with its own jackknife; the two differ by simulation error only
    asked = Table(np.array([[25, 5], [4, 26]]), 2)
    reference, coder = np.repeat([0, 0, 1, 1], asked.counts.ravel()), np.repeat([0, 1, 0, 1], asked.counts.ravel())

    def kappa(first: np.ndarray, second: np.ndarray, axis: int) -> np.ndarray:
        observed = (first == second).mean(axis=axis)
        p, q = first.mean(axis=axis), second.mean(axis=axis)
        expected = p * q + (1 - p) * (1 - q)
        return (observed - expected) / (1 - expected)

    other = bootstrap(
        (reference, coder), kappa, paired=True, n_resamples=10_000, rng=np.random.default_rng(4), method="BCa"
    ).confidence_interval
    assert interval(asked) == pytest.approx((other.low, other.high), abs=0.02)


def test_resamples_tied_with_the_value_count_half_below_it() -> None:
    # a share of 13 in 26: binomial and symmetric, P(X <= 7) = .0145, P(X <= 8) = .0378, so the limits are 8/26 and 18/26.
    # 15% of resamples tie with the value; ties counted whole would give z0 = .20 and the lower limit 9/26.
    found = bca_interval(np.array([13, 13]), lambda counts: counts[:, 0] / counts.sum(axis=1), Bootstrap())
    assert (found.low, found.high) == pytest.approx((8 / 26, 18 / 26))


def test_the_same_seed_gives_the_same_interval() -> None:
    assert interval(COHEN_1960, seed=1, replicates=500) == interval(COHEN_1960, seed=1, replicates=500)
    assert interval(COHEN_1960, seed=1, replicates=500) != interval(COHEN_1960, seed=2, replicates=500)


def test_the_interval_narrows_with_the_root_of_the_items() -> None:
    # a hundred times the items, the same shares: a tenth of the width
    wide, narrow = interval(COHEN_1960), interval(Table(COHEN_1960.counts * 100, 3))
    assert (wide[1] - wide[0]) / (narrow[1] - narrow[0]) == pytest.approx(10, rel=0.05)  # type: ignore[operator]


def test_memory_bounded_resampling_gives_every_replicate(monkeypatch: pytest.MonkeyPatch) -> None:
    # chunks of 10 tables of 9 cells draw the same stream as one large chunk
    whole = interval(COHEN_1960, replicates=1001)
    monkeypatch.setattr("coder.agreement.intervals.CHUNK", 90)
    assert interval(COHEN_1960, replicates=1001) == whole


@pytest.mark.parametrize("weighting", ["unweighted", "linear", "quadratic"])
def test_perfect_agreement_has_no_interval(weighting: str) -> None:
    found = kappa_coefficient(Table(np.diag([30, 40]), 2), weighting, Bootstrap())  # type: ignore[arg-type]
    assert (found.value, found.low, found.high, found.se) == (1, None, None, None)
    assert "not estimable" in (found.reason or "")


def test_a_constant_coder_has_no_interval() -> None:
    found = kappa_coefficient(Table(np.array([[40, 0], [30, 0]]), 2), "unweighted", Bootstrap())
    assert (found.value, found.low) == (0, None)
    assert "every item the same code" in (found.reason or "")


def test_a_statistic_that_does_not_vary_has_no_interval() -> None:
    found = bca_interval(np.array([30, 40]), lambda counts: np.ones(len(counts)), Bootstrap(replicates=50))
    assert found.low is None
    assert "does not vary" in (found.reason or "")


def test_a_coefficient_often_undefined_has_no_interval() -> None:
    # about 13% of resamples of 60 items leave out two single ones and hold one category only
    found = bca_interval(*kappa_statistic(Table(np.array([[58, 1], [0, 1]]), 2), np.eye(2)), Bootstrap(replicates=500))
    assert found.low is None
    assert "undefined in more than 5%" in (found.reason or "")


def test_one_item_has_no_interval() -> None:
    found = bca_interval(np.array([1]), lambda counts: counts[:, 0], Bootstrap(replicates=50))
    assert "fewer than 2" in (found.reason or "")


def test_no_replicates_are_an_error() -> None:
    with pytest.raises(ValueError, match="at least one replicate"):
        Bootstrap(replicates=0)


def test_fewer_than_fifty_items_give_the_point_with_the_reason() -> None:
    found = kappa_coefficient(Table(np.array([[22, 3], [2, 22]]), 2), "unweighted", Bootstrap(replicates=200))
    assert found.value is not None
    assert (found.low, found.high, found.se) == (None, None, None)
    assert found.reason == "no interval: n = 49, fewer than 50"


def test_fifty_items_with_ten_on_the_rarer_side_carry_an_interval() -> None:
    found = kappa_coefficient(Table(np.array([[38, 2], [2, 8]]), 2), "unweighted", Bootstrap(replicates=200))
    assert found.reason is None
    assert found.low is not None
    assert found.value is not None
    assert found.low < found.value


def test_nine_on_the_rarer_side_of_the_reference_carry_none() -> None:
    found = kappa_coefficient(Table(np.array([[38, 3], [2, 7]]), 2), "unweighted", Bootstrap(replicates=200))
    assert found.reason == "no interval: 9 items on the rarer side of the reference, fewer than 10"


def test_a_third_category_that_nobody_uses_does_not_lift_the_rule_of_the_rarer_side() -> None:
    found = kappa_coefficient(
        Table(np.array([[38, 3, 0], [2, 7, 0], [0, 0, 0]]), 3), "unweighted", Bootstrap(replicates=200)
    )
    assert found.reason == "no interval: 9 items outside the commonest answer of the reference, fewer than 10"


def test_a_coder_who_gives_a_code_four_times_carries_none() -> None:
    assert too_few(np.array([80, 20]), np.array([96, 4]), 100) == (
        "no interval: 4 items on the rarer side of the coder, fewer than 5"
    )
    assert too_few(np.array([80, 20]), np.array([95, 5]), 100) is None


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (24, 24), (70, 80)])
def test_the_exact_lower_limit_equals_that_of_scipy(successes: int, n: int) -> None:
    expected = binomtest(successes, n).proportion_ci(0.95, method="exact").low
    assert clopper_pearson_low(successes, n) == pytest.approx(expected)


def test_the_exact_lower_limit_of_full_agreement_is_a_root() -> None:
    # all of 24 agree: p^24 = .025
    assert clopper_pearson_low(24, 24) == pytest.approx(0.025 ** (1 / 24))
    assert clopper_pearson_low(0, 0) is None
