"""What stands beside a headline: several coders, people, two coders compared, and figures withheld."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from coder.agreement import evaluate_dimension
from coder.agreement.beside import beside
from coder.agreement.comparison import compare_coders
from coder.agreement.intervals import Bootstrap
from coder.agreement.people import compare_people
from coder.agreement.several import alpha_of
from coder.agreement.withheld import withheld
from coder.model import Codebook, Status

Build = Callable[..., Any]
FEW = Bootstrap(replicates=200)
REFUSED, ABSENT, NOT_APPLICABLE = Status.REFUSED, Status.ABSENT, Status.NOT_APPLICABLE


def test_the_margins_of_two_categories_are_tested_exactly(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    gold, given = ["a"] * 40 + ["b"] * 20, ["a"] * 34 + ["b"] * 26
    found = beside(evaluate_dimension(asked, codings(asked, gold), codings(asked, given), replicates=10))
    # 6 change from a to b and none back: exact two-sided p = 2 / 2^6
    assert (found.margins_test, found.margins_p) == ("mcnemar", pytest.approx(2 / 64))


def test_refusals_have_an_exact_interval_and_no_part_in_the_margins(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b c")
    gold, given = ["a"] * 30 + ["b"] * 30, ["a"] * 28 + [REFUSED] * 2 + ["b"] * 30
    found = beside(evaluate_dimension(asked, codings(asked, gold), codings(asked, given), replicates=10))
    # Clopper & Pearson 1934 for 2 of 60: 0.00406 and 0.11529 (R binom.test)
    assert (found.refused_rate, found.refused_low, found.refused_high) == pytest.approx(
        (1 / 30, 0.00406, 0.11529), abs=1e-5
    )
    assert (found.margins_test, found.margins_statistic) == ("stuart_maxwell", None)  # who answered, agreed
    # AC1 over a, b and c: pi = (58, 60, 0) / 120, pe = sum pi (1 - pi) / 2, po = 58 / 60
    pi = np.array([58, 60, 0]) / 120
    chance = (pi * (1 - pi)).sum() / 2
    assert found.gwet_ac == pytest.approx((58 / 60 - chance) / (1 - chance))


def test_refusals_are_no_category_of_gwets_coefficient(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    gold = ["a"] * 28 + ["b"] * 24
    given = ["a"] * 20 + ["b"] * 5 + [REFUSED] * 3 + ["a"] * 4 + ["b"] * 18 + [REFUSED] * 2
    found = beside(evaluate_dimension(asked, codings(asked, gold), codings(asked, given), replicates=10))
    # po = 38 / 52; pi = (52, 47) / 104, pe = .25 + .2477 = .4977; (.7308 - .4977) / .5023
    assert found.gwet_ac == pytest.approx(0.464, abs=5e-4)


def test_the_analytic_interval_is_kappa_and_two_standard_errors(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    gold, given = ["a"] * 30 + ["b"] * 30, ["a"] * 25 + ["b"] * 5 + ["b"] * 25 + ["a"] * 5
    result = evaluate_dimension(asked, codings(asked, gold), codings(asked, given), replicates=200)
    found = beside(result)
    # at even margins the variance is (1 - k^2) / n; kappa 2/3
    reach = 1.959964 * ((1 - 4 / 9) / 60) ** 0.5
    assert (found.analytic_low, found.analytic_high) == pytest.approx((2 / 3 - reach, 2 / 3 + reach), abs=1e-6)


def test_alpha_over_three_coders_with_a_gap(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b", absent=True)
    given = {"one": ["a", "a", "b", ABSENT], "two": ["a", "b", "b", ABSENT], "three": ["a", REFUSED, None, ABSENT]}
    found = alpha_of(asked, {name: codings(asked, answers) for name, answers in given.items()}, FEW)
    # coincidences: v0 3 aa, v1 1 ab 1 ba, v2 2 bb, v3 3 absent; 10 codings of which a 4, b 3, absent 3
    # Do = 2 / 10, De = 2 (4*3 + 4*3 + 3*3) / (10 * 9) = 66 / 90, alpha = 1 - .2 * 90 / 66 = 8/11
    assert found.value == pytest.approx(8 / 11)
    assert (found.n, found.coders, found.gaps, found.distance) == (4, 3, 1, "nominal")
    assert found.low is None
    assert found.reason is not None


def test_alpha_counts_one_who_says_that_a_question_does_not_apply(dimension: Build, codings: Build) -> None:
    asked = dimension("multilabel", "x y", absent=True)
    both = {"one": [{"x"}, NOT_APPLICABLE, NOT_APPLICABLE], "two": [{"x"}, {"y"}, NOT_APPLICABLE]}
    found = alpha_of(asked, {name: codings(asked, answers) for name, answers in both.items()}, FEW)
    # v2 is out; distances 0 and 1; all answers of v0 and v1: x x - y; Do = 1/2, De = (6 - 1) / 6 * ... of 6 pairs 5 differ
    assert (found.n, found.distance) == (2, "masi")
    assert found.value == pytest.approx(1 - (1 / 2) / (5 / 6))


def test_two_people_with_few_common_items_have_no_coefficient(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    answers = ["a", "b"] * 20
    people = {"ada": codings(asked, answers), "ben": codings(asked, answers[:19]), "cas": codings(asked, answers[:25])}
    found = compare_people(asked, codings(asked, answers), people, replicates=10)
    assert [pair.first for pair in found.model] == ["ada", "cas"]
    assert [(pair.first, pair.second, pair.agreement.n) for pair in found.pairs] == [("ada", "cas", 25)]
    assert found.few == 1


def test_people_are_held_to_the_items_that_the_model_coded(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    answers = ["a", "b"] * 20
    people = {name: codings(asked, answers) for name in ("ada", "ben")}
    found = compare_people(asked, codings(asked, answers[:30]), people, replicates=10)
    assert [pair.agreement.n for pair in (*found.model, *found.pairs)] == [30, 30, 30]
    assert found.ceiling == 1.0


def test_a_person_who_coded_none_of_these_items_is_not_counted(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    found = compare_people(asked, codings(asked, ["a"] * 5), {"ada": [], "ben": []}, replicates=10)
    assert (found.few, found.ceiling) == (0, None)


def book(asked: Any) -> Codebook:
    return Codebook(name="b", version="1", dimensions=(asked,))


def test_two_coders_are_compared_on_the_items_that_both_have(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    gold = ["a", "b"] * 40
    better = [REFUSED, *gold[1:60], *("b" if one == "a" else "a" for one in gold[60:64])]
    worse = [*gold[:40], *("b" if one == "a" else "a" for one in gold[40:70])]
    (found,) = compare_coders(book(asked), *(codings(asked, answers) for answers in (gold, better, worse)), FEW)
    assert found.n == 64
    # of 64 items the first misses 4 and refuses 1, the second misses 24: kappa 2 po - 1 at even margins, less a
    # little for the refusal, which never agrees
    assert found.second == pytest.approx(2 * 40 / 64 - 1)
    assert found.first == pytest.approx(2 * 59 / 64 - 1, abs=0.01)
    assert found.low is not None
    assert found.low > 0
    assert found.p == found.p_holm < 0.001


def test_two_coders_of_sets_are_compared_by_alpha(dimension: Build, codings: Build) -> None:
    asked = dimension("multilabel", "x y", absent=True)
    gold: list[Any] = [{"x"}, {"y"}, {"x", "y"}] * 20
    worse = [{"x"}] * 20 + gold[20:]
    almost = [{"y"}, *gold[1:]]
    (found,) = compare_coders(book(asked), *(codings(asked, answers) for answers in (gold, almost, worse)), FEW)
    values = [
        evaluate_dimension(asked, codings(asked, gold), codings(asked, one), replicates=1).value
        for one in (almost, worse)
    ]
    assert (found.first, found.second) == pytest.approx(values)
    assert found.p is not None
    assert found.p < 0.01


@pytest.mark.parametrize("kind", ["nominal", "multilabel"])
def test_where_the_items_carry_no_interval_of_a_difference_there_is_no_p(
    dimension: Build, codings: Build, kind: str
) -> None:
    asked = dimension(kind, "a b")
    alike = ["a", "b"] * 10  # 20 items, fewer than an interval takes
    worse = [*alike[:10], *(["a"] * 10)]
    given = ([{one} for one in part] if kind == "multilabel" else part for part in (alike, alike, worse))
    (found,) = compare_coders(book(asked), *(codings(asked, answers) for answers in given), FEW)
    assert (found.low, found.p, found.p_holm) == (None, None, None)
    assert found.difference == pytest.approx(found.first - found.second)
    assert found.reason is not None
    assert "n = 20" in found.reason


@pytest.mark.parametrize("kind", ["nominal", "multilabel"])
def test_without_items_there_is_nothing_to_compare(dimension: Build, kind: str) -> None:
    (found,) = compare_coders(book(dimension(kind, "a b")), [], [], [], FEW)
    assert (found.n, found.difference, found.p) == (0, None, None)
    assert found.reason is not None
    assert "no item" in found.reason


def test_withheld_results_say_how_many_items_there_are_and_nothing_else(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    found = withheld(asked, codings(asked, ["a", "b"]), codings(asked, ["a", "a", "b"]), "selected", min_kappa=0.5)
    assert (found.n, found.value, found.percent_agreement, found.table) == (2, None, None, ())
    assert (found.reason, found.verdict) == ("selected", "not estimable")
    assert found.excluded["no_reference"] == 1


def test_scotts_pi_takes_the_mean_of_both_margins(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    gold, given = ["a"] * 30 + ["b"] * 30, ["a"] * 20 + ["b"] * 10 + ["b"] * 30
    result = evaluate_dimension(asked, codings(asked, gold), codings(asked, given), replicates=10)
    # po = 50 / 60, pi = (50, 70) / 120, pe = (25 + 49) / 144; kappa's pe is 1 / 2
    assert beside(result).scott_pi == pytest.approx((50 / 60 - 74 / 144) / (1 - 74 / 144))
    assert result.value == pytest.approx((50 / 60 - 0.5) / 0.5)


def test_scotts_pi_has_the_weights_of_the_headline(dimension: Build, codings: Build) -> None:
    asked = dimension("ordinal", "a b c")
    gold, given = ["a", "b", "c"] * 20, ["a", "b", "b"] * 20
    result = evaluate_dimension(asked, codings(asked, gold), codings(asked, given), replicates=10)
    # linear weights 1, .5, 0: po = (2 + .5) / 3; pi = (2, 3, 1) / 6, pe = 1 - sum_kl pi pi |k - l| / 2
    pi = np.array([2, 3, 1]) / 6
    expected = 1 - sum(pi[k] * pi[j] * abs(k - j) / 2 for k in range(3) for j in range(3))
    assert beside(result).scott_pi == pytest.approx((2.5 / 3 - expected) / (1 - expected))


def test_a_refusal_is_a_disagreement_for_scotts_pi(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    gold, given = ["a"] * 30 + ["b"] * 30, ["a"] * 27 + [REFUSED] * 3 + ["b"] * 30
    result = evaluate_dimension(asked, codings(asked, gold), codings(asked, given), replicates=10)
    # po = 57 / 60, pi = (57, 60) / 120 of all, the 3 / 120 refused add nothing to chance
    expected = (57**2 + 60**2) / 120**2
    assert beside(result).scott_pi == pytest.approx((57 / 60 - expected) / (1 - expected))


def test_scotts_pi_is_undefined_where_both_used_one_category(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    result = evaluate_dimension(asked, codings(asked, ["a"] * 60), codings(asked, ["a"] * 60), replicates=10)
    assert beside(result).scott_pi is None


def test_jaccard_alpha_stands_beside_masi(dimension: Build, codings: Build) -> None:
    asked = dimension("multilabel", "x y")
    gold, given = [{"x"}, {"x", "y"}], [{"x"}, {"x"}]
    result = evaluate_dimension(asked, codings(asked, gold), codings(asked, given), replicates=10)
    # three {x} and one {x, y}: Do = (0 + d) / 2, De = 2 * 3 d / (4 * 3) = d / 2, so alpha is 0 for any distance d
    assert result.jaccard is not None
    assert (result.value, result.jaccard.value) == (pytest.approx(0), pytest.approx(0))
    gold, given = [{"x"}, {"x", "y"}, {"y"}], [{"x"}, {"x"}, {"y"}]
    result = evaluate_dimension(asked, codings(asked, gold), codings(asked, given), replicates=10)
    # J({x}, {x, y}) = 1/2. Do = d / 3; pooled: 3 {x}, 1 {x, y}, 2 {y}: De = 2 (3 d + 6 * 1 + 2 d) / 30
    assert result.jaccard is not None
    assert result.jaccard.value == pytest.approx(1 - (0.5 / 3) / (2 * (5 * 0.5 + 6) / 30))
    assert result.value == pytest.approx(1 - (2 / 3 / 3) / (2 * (5 * 2 / 3 + 6) / 30))
