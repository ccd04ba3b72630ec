"""How many items to code: against published and derived figures, and against the variance it rests on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from coder.agreement.coefficients import cohen_kappa
from coder.agreement.planning import (
    Margins,
    half_width_of,
    implied_table,
    items_for_count,
    items_for_half_width,
    items_for_share,
    items_for_test,
    variance_per_item,
    with_minima,
)
from coder.agreement.tables import Table

FIVE = (0.2, 0.2, 0.2, 0.2, 0.2)
SKEWED = (0.85, 0.09, 0.04, 0.02)


@pytest.mark.parametrize(
    ("shares", "interval", "test"),
    [
        ((0.5,), (196, 139), (170, 283)),
        ((0.2,), (314, 222), (271, 452)),
        ((0.1,), (569, 401), (491, 819)),
        ((0.05,), (1091, 768), (940, 1569)),
        (FIVE, (110, 81), (95, 160)),
        (SKEWED, (374, 266), (323, 540)),
    ],
)
def test_the_figures_computed_apart_are_reached(
    shares: tuple[float, ...], interval: tuple[int, int], test: tuple[int, int]
) -> None:
    # for a 95% interval of +-0.10 at kappa 0.70 and 0.80; for a test of 0.667 and 0.70 where the truth is 0.80,
    # one-sided 0.05 with power 0.80: computed apart from the variance of Fleiss, Cohen & Everitt 1969
    margins = Margins.same(shares)
    assert tuple(items_for_half_width(margins, kappa, 0.1) for kappa in (0.7, 0.8)) == interval
    tests = (items_for_test(margins, null, 0.8, alpha=0.05, power=0.8) for null in (0.667, 0.7))
    assert tuple(tests) == test


@pytest.mark.parametrize(("null", "truth", "items"), [(0.7, 0.85, 117), (0.85, 0.7, 96)])
def test_the_sample_size_of_cantor_1996(null: float, truth: float, items: int) -> None:
    # at rates of a half V = 1 - k^2, so n = ((1.6449 sqrt(1 - k0^2) + 0.8416 sqrt(1 - k1^2)) / 0.15)^2: 116.4 and 95.2
    assert items_for_test(Margins.same((0.5,)), null, truth, alpha=0.05, power=0.8) == items


def test_a_two_sided_test_takes_half_of_alpha_on_each_side() -> None:
    margins = Margins.same((0.3,))
    two_sided = items_for_test(margins, 0.4, 0.6, alpha=0.1, power=0.8, sides=2)
    assert two_sided == items_for_test(margins, 0.4, 0.6, alpha=0.05, power=0.8)


def test_two_equal_kappas_cannot_be_told_apart() -> None:
    with pytest.raises(ValueError, match="equal kappas"):
        items_for_test(Margins.same((0.5,)), 0.7, 0.7, alpha=0.05, power=0.8)


@pytest.mark.parametrize(
    ("margins", "kappa"),
    [(Margins.same((0.2,)), 0.7), (Margins((0.3, 0.7), (0.4, 0.6)), 0.6), (Margins.same(SKEWED), 0.55)],
)
def test_the_implied_table_has_the_margins_and_the_kappa(margins: Margins, kappa: float) -> None:
    table = implied_table(margins, kappa)
    assert table.sum(axis=1) == pytest.approx(margins.reference)
    assert table.sum(axis=0) == pytest.approx(margins.coder)
    counts = Table(np.rint(table * 10_000_000).astype(np.int64), len(table))
    found = cohen_kappa(counts)
    assert found.value == pytest.approx(kappa, abs=1e-6)
    assert found.se is not None
    assert found.se**2 * counts.n == pytest.approx(variance_per_item(margins, kappa), rel=1e-5)


@pytest.mark.parametrize("weighting", ["linear", "quadratic"])
def test_the_implied_table_has_the_same_kappa_under_weights(weighting: str) -> None:
    # with p = k diag(r) + (1 - k) r r', po = k + (1 - k) pe whatever the weights (1 on the diagonal), hence kappa = k
    table, shares = implied_table(Margins.same(SKEWED), 0.6), np.array(SKEWED)
    apart = np.abs(np.subtract.outer(np.arange(4), np.arange(4))) / 3
    weight = 1 - (apart if weighting == "linear" else apart**2)
    expected = shares @ weight @ shares
    assert ((table * weight).sum() - expected) / (1 - expected) == pytest.approx(0.6)


def test_margins_that_do_not_allow_the_kappa_are_refused() -> None:
    # rates .1 and .4: at most .1 + .6 agree, pe = .04 + .54 = .58, so kappa is at most .12 / .42 = .29
    with pytest.raises(ValueError, match=r"kappa of 0\.3"):
        implied_table(Margins((0.1, 0.9), (0.4, 0.6)), 0.3)
    assert implied_table(Margins((0.1, 0.9), (0.4, 0.6)), 0.28).min() >= 0


@pytest.mark.parametrize(
    ("reference", "coder", "words"),
    [
        ((0.5, 0.6), (0.5, 0.5), "sum to 1"),
        ((1.2, -0.2), (0.5, 0.5), "between 0 and 1"),
        ((1.0, 0.0), (1.0, 0.0), "one category alone"),
        ((0.5, 0.3, 0.2), (0.4, 0.4, 0.2), "two categories only"),
        ((0.5, 0.5), (0.4, 0.4, 0.2), "same categories"),
    ],
)
def test_margins_that_are_none_are_named(reference: tuple[float, ...], coder: tuple[float, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Margins(reference, coder)


def test_the_half_width_of_the_planned_items_is_the_one_asked_for() -> None:
    margins = Margins.same((0.2,))
    assert half_width_of(314, margins, 0.7) <= 0.1 < half_width_of(313, margins, 0.7)


@pytest.mark.parametrize(("least", "share"), [(10, 0.2), (10, 0.05), (5, 0.5), (1, 0.001)])
def test_the_items_for_a_count_are_the_fewest_that_are_sure_enough(least: int, share: float) -> None:
    items = items_for_count(least, share)
    assert binom.sf(least - 1, items, share) >= 0.95 > binom.sf(least - 1, items - 1, share)


def test_a_category_that_never_occurs_is_never_found() -> None:
    with pytest.raises(ValueError, match="never occurs"):
        items_for_count(1, 0.0)


@pytest.mark.parametrize(
    ("share", "wanted", "n", "minimum"),
    [
        (0.5, 30, 50, "50 items"),
        (0.2, 60, 76, "10 on the reference's rarer side"),  # P(Bin(76, .2) >= 10) = .951, of 75 .946
        (0.2, 80, 80, None),
    ],
)
def test_the_minimum_that_binds_is_named(share: float, wanted: int, n: int, minimum: str | None) -> None:
    found = with_minima(wanted, Margins.same((share,)))
    assert (found.n, found.wanted, found.minimum) == (n, wanted, minimum)


def test_a_coder_who_hardly_uses_a_category_sets_the_minimum() -> None:
    assert with_minima(60, Margins((0.5, 0.5), (0.02, 0.98))).minimum == "5 on the coder's"


def test_a_share_takes_385_documents_and_fewer_of_a_small_population() -> None:
    # 1.96^2 / 4 / .05^2 = 384.1; of 1,000: 384.15 / (1 + 383.15 / 1000) = 277.7 (Cochran 1977, section 4.4)
    assert items_for_share(0.05) == 385
    assert items_for_share(0.05, population=1_000) == 278
    assert items_for_share(0.01, population=20) == 20
    assert items_for_share(0.05, share=0.1) == 139  # 3.8415 * .09 / .0025 = 138.3
