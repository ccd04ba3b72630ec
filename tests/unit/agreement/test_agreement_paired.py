"""Two coders against the same reference: the difference of their kappas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder.agreement.coefficients import agreement_weights, cohen_kappa, kappa_influence
from coder.agreement.intervals import Bootstrap
from coder.agreement.paired import paired_kappas, triples
from coder.agreement.tables import Table, contingency_table

FEW = Bootstrap(replicates=2000)


def simulated(items: int, first: float, second: float, seed: int = 11) -> list[np.ndarray]:
    """Gold in four categories and two coders who give it with these probabilities, else any category."""
    random = np.random.default_rng(seed)
    gold = random.choice(4, items, p=[0.4, 0.3, 0.2, 0.1])
    coders = [np.where(random.random(items) < right, gold, random.integers(0, 4, items)) for right in (first, second)]
    return [gold, *coders]


def test_the_difference_is_that_of_the_two_kappas() -> None:
    gold, first, second = simulated(200, 0.85, 0.6)
    found = paired_kappas(triples(gold, first, second, 4), bootstrap=FEW)
    one, two = (cohen_kappa(contingency_table(gold, coder, 4)).value for coder in (first, second))
    assert one is not None
    assert two is not None
    assert (found.first, found.second, found.difference) == pytest.approx((one, two, one - two))
    assert found.n == 200


@pytest.mark.parametrize("weighting", ["unweighted", "linear"])
def test_the_standard_error_is_that_of_the_jackknife_and_of_the_bootstrap(weighting: str) -> None:
    gold, first, second = simulated(200, 0.85, 0.6)
    weights = agreement_weights(weighting, 4)  # type: ignore[arg-type]
    found = paired_kappas(triples(gold, first, second, 4), weights, bootstrap=FEW)
    left_out = np.empty(200)
    for item in range(200):
        kept = np.arange(200) != item
        one, two = (cohen_kappa(contingency_table(gold[kept], c[kept], 4), weights).value for c in (first, second))
        assert one is not None
        assert two is not None
        left_out[item] = one - two
    jackknife = np.sqrt(199 / 200 * ((left_out - left_out.mean()) ** 2).sum())
    assert found.se == pytest.approx(jackknife, rel=0.02)
    assert found.low is not None
    assert found.high is not None
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(jackknife, rel=0.08)


def test_pairing_is_worth_having_where_the_coders_err_on_the_same_items() -> None:
    gold, first, _ = simulated(300, 0.7, 0.7)
    second = np.where(np.arange(300) % 20 == 0, gold, first)  # the same coder but for a twentieth of the items
    found = paired_kappas(triples(gold, first, second, 4), bootstrap=FEW)
    apart = [cohen_kappa(contingency_table(gold, coder, 4)).se or 0 for coder in (first, second)]
    assert found.se is not None
    assert found.se < 0.5 * np.hypot(*apart)


def test_a_coder_who_refuses_gains_nothing() -> None:
    gold, first, second = simulated(300, 0.8, 0.8)
    silent = np.where(second != gold, 4, second)  # refuses exactly where it would have erred
    found = paired_kappas(triples(gold, first, silent, 4, never_agree=1), bootstrap=FEW)
    complete = cohen_kappa(contingency_table(gold[silent < 4], silent[silent < 4], 4)).value
    assert complete == pytest.approx(1)
    assert found.second is not None
    assert found.second < 0.9


def test_two_coders_with_the_same_answers_cannot_be_told_apart() -> None:
    gold, first, _ = simulated(100, 0.8, 0.8)
    found = paired_kappas(triples(gold, first, first, 4), bootstrap=FEW)
    assert (found.difference, found.se, found.p, found.low) == (0, None, None, None)
    assert found.reason == "no test: the two coders gave the same answers"


def test_few_items_give_the_difference_and_its_test_without_an_interval() -> None:
    found = paired_kappas(triples(*simulated(40, 0.9, 0.6), 4), bootstrap=FEW)
    assert found.p is not None
    assert found.low is None
    assert found.reason == "no interval: n = 40, fewer than 50"


def test_an_undefined_kappa_leaves_no_difference() -> None:
    same = np.zeros(60, dtype=np.int64)
    found = paired_kappas(triples(same, same, np.arange(60) % 2, 2), bootstrap=FEW)
    assert (found.first, found.difference) == (None, None)
    assert "undefined" in (found.reason or "")


def test_no_items_leave_everything_undefined() -> None:
    nothing = np.array([], dtype=np.int64)
    assert paired_kappas(triples(nothing, nothing, nothing, 3)).difference is None


def test_items_that_do_not_fit_are_an_error() -> None:
    with pytest.raises(ValueError, match="not the same items"):
        triples(np.array([0]), np.array([0, 1]), np.array([0]), 2)
    with pytest.raises(ValueError, match=r"in 0\.\.1"):
        triples(np.array([0]), np.array([2]), np.array([0]), 2)


@settings(max_examples=30)
@given(
    st.lists(st.lists(st.integers(0, 20), min_size=3, max_size=3), min_size=3, max_size=3),
    st.sampled_from(["unweighted", "linear"]),
)
def test_the_influence_has_mean_zero_and_the_variance_of_kappa(cells: list[list[int]], weighting: str) -> None:
    table, weights = Table(np.array(cells), 3), agreement_weights(weighting, 3)  # type: ignore[arg-type]
    kappa = cohen_kappa(table, weights)
    if kappa.value is None:
        with pytest.raises(ValueError, match="undefined"):
            kappa_influence(table, weights)
        return
    influence = kappa_influence(table, weights)
    assert (table.counts * influence).sum() == pytest.approx(0, abs=1e-8)
    assert np.sqrt((table.counts * influence**2).sum()) / table.n == pytest.approx(kappa.se, abs=1e-7)
