"""How many documents to code by hand and by the model: the optimum, its bounds and what is refused."""

import numpy as np
import pytest

from coder.errors import InputError
from coder.inference.ppi import ppi_plan

PRICES = {"cost_gold": 1, "cost_prediction": 0.1}


def precision(n, total, correlation):
    return 1 / ((1 - correlation**2) / n + correlation**2 / total)


def test_the_published_example():
    # ppi_py, examples/power_analysis.ipynb.
    plan = ppi_plan(0.9, **PRICES, budget=1000)
    assert (plan.n, plan.unlabelled, plan.effective_n) == (605, 3345, 1926)
    assert plan.cost == pytest.approx(605 + 0.1 * 3950)


@pytest.mark.parametrize(
    ("correlation", "gold", "prediction", "text"), [(0.9, 1, 0.1, 0), (0.7, 5, 0.05, 0.2), (-0.95, 2, 0.5, 0)]
)
def test_no_other_division_of_the_budget_is_more_precise(correlation, gold, prediction, text):
    plan = ppi_plan(correlation, cost_gold=gold, cost_prediction=prediction, cost_text=text, budget=5000)
    n = np.arange(1, int(5000 / gold))
    total = (5000 - gold * n) / (prediction + text)
    best = precision(n[total >= n], total[total >= n], correlation).max()
    assert plan.effective_n == pytest.approx(best, rel=0.002)
    assert plan.cost == pytest.approx(5000, rel=0.002)


def test_the_cheapest_way_to_a_precision_is_the_most_precise_for_its_cost():
    cheapest = ppi_plan(0.9, **PRICES, effective_n=1926)
    assert (cheapest.n, cheapest.unlabelled) == pytest.approx((605, 3345), abs=2)


@pytest.mark.parametrize("correlation", [0.0, 0.2])
def test_a_model_that_says_too_little_for_its_price_is_left_out(correlation):
    # r = .2: s^2 = (sqrt(.96) + sqrt(.004))^2 = 1.09 a hand code's worth, dearer than 1 by hand alone.
    plan = ppi_plan(correlation, **PRICES, budget=1000)
    assert (plan.n, plan.unlabelled, plan.effective_n, plan.cost) == (1000, 0, 1000, 1000)


def test_where_documents_are_few_the_model_codes_them_all_and_the_rest_goes_to_hand_codes():
    # 2000 documents cost 200; 800 left for hand codes; 800 * 2000/(800 + .19 * 1200) = 1556.4.
    plan = ppi_plan(0.9, **PRICES, budget=1000, most=2000)
    assert (plan.n, plan.unlabelled, plan.effective_n) == (800, 1200, 1556)
    # Paid for by hand altogether.
    assert ppi_plan(0.9, **PRICES, budget=1000, most=900).n == 900


def test_a_precision_among_few_documents_takes_more_hand_codes():
    # n = 1000 * 2000 * .19/(2000 - .81 * 1000) = 319.3.
    plan = ppi_plan(0.9, **PRICES, effective_n=1000, most=2000)
    assert (plan.n, plan.unlabelled) == (319, 1681)
    assert plan.effective_n == pytest.approx(1000, abs=2)
    # More precise than coding all of them by hand cannot be.
    assert ppi_plan(0.9, **PRICES, effective_n=3000, most=2000).n == 2000


@pytest.mark.parametrize(
    "wrong",
    [
        {"correlation": 1.0, "budget": 10},
        {"correlation": 0.5},
        {"correlation": 0.5, "budget": -1},
        {"correlation": 0.5, "budget": 10, "cost_prediction": 0},
        {"correlation": 0.5, "budget": 10, "cost_gold": 0},
        {"correlation": 0.9, "budget": 0.1},
        {"correlation": 0.99, "budget": 100, "cost_prediction": 0.001, "most": 2, "cost_gold": 200},
    ],
)
def test_quantities_out_of_range_are_refused(wrong):
    options = {"cost_gold": 1, "cost_prediction": 0.1} | wrong
    with pytest.raises(InputError):
        ppi_plan(options.pop("correlation"), **options)
