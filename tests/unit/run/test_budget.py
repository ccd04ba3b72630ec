"""A budget: set aside before a call is sent, settled after."""

from __future__ import annotations

import random

import pytest

from coder.run.budget import Budget, Spending
from coder.run.plan import Prices


def test_what_is_set_aside_counts_as_much_as_what_is_paid() -> None:
    budget = Budget(usd=1.0)
    first = budget.reserve(Spending(0.4, 10))
    assert first is not None
    assert budget.reserve(Spending(0.4, 10)) is not None
    assert budget.reserve(Spending(0.4, 10)) is None  # 0.8 aside and 0.4 more are over 1.0
    budget.settle(first, Spending(0.1, 10))
    assert budget.reserve(Spending(0.4, 10)) is not None  # 0.1 paid, 0.4 aside, 0.4 more


def test_tokens_are_a_budget_of_their_own_where_no_price_is_known() -> None:
    budget = Budget(tokens=100)
    one = budget.reserve(Spending(None, 60))
    assert one is not None
    assert budget.reserve(Spending(None, 60)) is None
    budget.settle(one, Spending(None, 30))
    assert budget.reserve(Spending(None, 60)) is not None


def test_earlier_passes_of_the_run_count() -> None:
    assert Budget(usd=1.0, before=Spending(0.9, 5)).reserve(Spending(0.2, 5)) is None


def test_a_call_of_which_nothing_is_known_counts_as_expected_and_one_that_was_not_sent_as_nothing() -> None:
    budget = Budget(usd=1.0)
    lost, unsent = budget.reserve(Spending(0.3, 10)), budget.reserve(Spending(0.3, 10))
    assert lost is not None
    assert unsent is not None
    budget.settle(lost, None)
    budget.release(unsent)
    assert (budget.paid, budget.in_flight) == (Spending(0.3, 10), 0)


def test_calls_that_cost_more_than_the_estimate_raise_what_is_expected_of_the_next() -> None:
    budget = Budget(usd=1.0)
    for _ in range(2):
        share = budget.reserve(Spending(0.01, 10))
        assert share is not None
        budget.settle(share, Spending(0.4, 400))
    assert budget.reserve(Spending(0.01, 10)) is None  # 0.8 paid, and calls cost 0.4


def test_without_a_limit_everything_fits() -> None:
    budget = Budget()
    assert not budget.limited
    assert budget.reserve(Spending(1e9, 10**12)) is not None


@pytest.mark.parametrize("seed", range(20))
def test_a_budget_is_never_overrun_by_more_than_what_was_in_flight(seed: int) -> None:
    # Calls end in any order and cost up to three times what is expected; whatever is paid beyond the budget must be
    # the excess of calls that were in flight together when the last one was let through.
    draw, budget, flying, cost = random.Random(seed), Budget(usd=5.0), list[Spending](), 0.0
    for _ in range(5000):
        share = budget.reserve(Spending(0.02, 20)) if len(flying) < 16 else None
        if share is not None:
            flying.append(share)
        elif flying:
            cost = 0.02 * draw.uniform(0.2, 3.0)
            budget.settle(flying.pop(draw.randrange(len(flying))), Spending(cost, 20))
        else:
            break
    assert budget.in_flight == 0
    assert budget.paid.usd is not None
    assert 5.0 - 0.06 <= budget.paid.usd <= 5.0 + 16 * 0.04


def test_spending_is_the_price_of_the_tokens() -> None:
    # (1000 - 400) * 2 + 400 * 0.5 + 100 * 8 = 1200 + 200 + 800 = 2,200 millionths
    assert Spending.of(Prices(2.0, 0.5, 8.0), 1000, 400, 100) == Spending(pytest.approx(0.0022), 1100)
    assert Spending.of(Prices(), 1000, 400, 100).usd is None
