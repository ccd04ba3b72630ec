"""Which coefficients apply to which ratings, and what stands beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coder.agreement.intervals import Bootstrap
from coder.agreement.overview import Method, overview, overview_of_sets
from coder.agreement.ratings import Ratings, from_columns, from_table

QUICK = Method(interval="analytic")
EVERY_ONE = {"percent_agreement", "gwet_ac", "brennan_prediger", "krippendorff_alpha", "fleiss_kappa"}


def two(counts: list[list[int]]) -> Ratings:
    return from_table(np.array(counts, dtype=np.int64), categories=("a", "b"))


def test_two_coders_have_all_that_applies_to_codes_and_three_lack_those_of_two() -> None:
    assert set(overview(two([[5, 1], [2, 7]]), ("x", "y"), QUICK).coefficients) == {
        *EVERY_ONE, "cohen_kappa", "scott_pi", "conger_kappa",
    }  # fmt: skip
    three = from_columns([["a", "b"], ["a", "a"], ["b", "b"]], ("a", "b"))
    assert set(overview(three, ("x", "y", "z"), QUICK).coefficients) == {*EVERY_ONE, "conger_kappa"}


def test_of_nobodys_codes_none_asks_who_gave_which() -> None:
    found = overview(replace(two([[5, 1], [2, 7]]), identified=False), ("1", "2"), QUICK)
    assert set(found.coefficients) == {*EVERY_ONE, "scott_pi"}
    assert (found.two, found.pairs) == (None, ())


def test_few_units_have_a_standard_error_and_no_interval() -> None:
    # po = 12/15, pe = (6 * 7 + 9 * 8) / 225 = 114/225: kappa = (180 - 114) / (225 - 114) = 22/37
    kappa = overview(two([[5, 1], [2, 7]]), ("x", "y"), QUICK).coefficients["cohen_kappa"]
    assert kappa.value == pytest.approx(22 / 37)
    assert kappa.se is not None
    assert kappa.se > 0
    assert (kappa.low, kappa.high) == (None, None)


def test_perfect_agreement_has_no_standard_error() -> None:
    kappa = overview(two([[30, 0], [0, 30]]), ("x", "y"), QUICK).coefficients["cohen_kappa"]
    assert (kappa.value, kappa.se, kappa.low) == (1.0, None, None)


def test_no_test_is_had_where_the_units_carry_no_interval() -> None:
    few = overview(two([[5, 1], [2, 7]]), ("x", "y"), QUICK, threshold=0.1).tests["cohen_kappa"]
    enough = overview(two([[50, 10], [20, 70]]), ("x", "y"), QUICK, threshold=0.1).tests["cohen_kappa"]
    assert (few.z, few.reason) == (None, "no interval: n = 15, fewer than 50")
    assert enough.p is not None
    assert enough.p < 0.001


def test_swapping_the_coders_swaps_precision_and_recall_and_nothing_else() -> None:
    one = overview(two([[50, 10], [20, 70]]), ("x", "y"), QUICK)
    other = overview(two([[50, 20], [10, 70]]), ("y", "x"), QUICK)
    assert one.two is not None
    assert other.two is not None
    assert one.two.precision == other.two.recall
    assert one.two.specific_agreement == other.two.specific_agreement
    for key, estimate in one.coefficients.items():
        assert estimate.value == pytest.approx(other.coefficients[key].value)


def test_a_reference_leaves_the_pairs_with_it() -> None:
    three = from_columns([["a", "b"], ["a", "a"], ["b", "b"]], ("a", "b"))
    every, with_first = (overview(three, ("x", "y", "z"), QUICK, reference=flag).pairs for flag in (False, True))
    assert [(pair.first, pair.second) for pair in every] == [(0, 1), (0, 2), (1, 2)]
    assert [(pair.first, pair.second) for pair in with_first] == [(0, 1), (0, 2)]


def test_a_level_is_reached_only_where_there_is_an_interval() -> None:
    assert overview(two([[5, 1], [2, 7]]), ("x", "y"), QUICK).benchmarks() == {}
    levels = overview(two([[80, 10], [10, 80]]), ("x", "y"), QUICK).benchmarks()
    assert levels["cohen_kappa"].convention == "landis_koch"
    assert levels["krippendorff_alpha"].convention == "krippendorff"


def test_labels_of_sets_have_kappa_for_two_coders_and_alpha_for_more() -> None:
    x, xy, none = frozenset({"x"}), frozenset({"x", "y"}), frozenset[str]()
    sets = [[x, xy, none, x], [x, x, none, None], [xy, xy, none, x]]
    of_two = overview_of_sets(sets[:2], ("a", "b"), ("x", "y"), QUICK)
    of_three = overview_of_sets(sets, ("a", "b", "c"), ("x", "y"), QUICK)
    assert [one.estimate.name for one in of_two.labels] == ["cohen", "cohen"]
    assert [one.estimate.name for one in of_three.labels] == ["alpha", "alpha"]
    assert [one.given for one in of_three.labels] == [(3, 2, 3), (1, 0, 2)]
    assert (of_two.n, of_three.n) == (3, 4)


def test_where_items_share_sources_identical_codes_are_less_sure_and_margins_have_no_test() -> None:
    # errors fall on whole sources of four, and one unit lacks a code
    first = ["a", "b"] * 60
    second: list[str | None] = [*first[:96], *["a"] * 23, None]
    ratings = from_columns([first, second], "ab")
    sources = [unit // 4 for unit in range(120)]
    plain, clustered = (
        overview(ratings, ["one", "two"], Method(bootstrap=Bootstrap(replicates=200), clusters=clusters)).two
        for clusters in (None, sources)
    )
    assert plain is not None
    assert clustered is not None
    assert clustered.identical.share == plain.identical.share
    assert clustered.identical.low < plain.identical.low
    assert clustered.table.clusters is not None
    assert clustered.table.clusters.n == 30
    assert plain.mcnemar.p is not None
    assert (plain.kappa.se_null is None, clustered.kappa.se_null) == (False, None)
    assert {test.reason for test in (clustered.mcnemar, clustered.bhapkar, clustered.stuart_maxwell)} == {
        "no test: it takes items for independent, and these share sources"
    }


def test_fleiss_test_against_chance_takes_units_for_independent() -> None:
    rows = [["a", "a", "b"], ["b", "b", "b"], ["a", "a", "a"]] * 30
    ratings = from_columns(list(zip(*rows, strict=True)), "ab")
    few = Bootstrap(replicates=200)
    plain = overview(ratings, ["one", "two", "three"], Method(bootstrap=few))
    clustered = overview(ratings, ["one", "two", "three"], Method(bootstrap=few, clusters=[k // 3 for k in range(90)]))
    assert plain.fleiss is not None
    assert clustered.fleiss is not None
    assert plain.fleiss.z is not None
    assert (clustered.fleiss.kappa, clustered.fleiss.z) == (plain.fleiss.kappa, None)
    assert [one.kappa for one in clustered.by_category] == [one.kappa for one in plain.by_category]
