"""Coefficients for two and for many coders against published values, each other, and their own derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coder.agreement.coefficients import cohen_kappa, gwet_ac1, pabak
from coder.agreement.estimates import standard_error
from coder.agreement.measures import NAMES, NO_PAIRS, Name, measure
from coder.agreement.ratings import Ratings, from_columns, from_distribution, from_rows, from_table
from coder.agreement.tables import Table
from coder.agreement.weights import Level, WeightName, weight_matrix

# Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition: two abstractors of 100 records of pregnant women
ABSTRACTORS = np.array([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
# the same: two neurologists' diagnoses of 223 patients
DIAGNOSES = np.array([[40, 6, 4, 15], [4, 25, 1, 5], [4, 2, 21, 9], [17, 13, 12, 45]])
# Krippendorff (2011), examples C and D: four coders, twelve units, with gaps
FOUR_CODERS = [
    [1, 1, None, 1],
    [2, 2, 3, 2],
    [3, 3, 3, 3],
    [3, 3, 3, 3],
    [2, 2, 2, 2],
    [1, 2, 3, 4],
    [4, 4, 4, 4],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [None, 5, 5, 5],
    [None, None, 1, 1],
    [None, None, 3, None],
]
# Fleiss, Measuring nominal scale agreement: the first 15 subjects as kept in irrCAC, six raters, five diagnoses
SIX_RATERS = """
    0 0 0 6 0 / 0 3 0 0 3 / 0 1 4 0 1 / 0 0 0 0 6 / 0 3 0 3 0 / 2 0 4 0 0 / 0 0 4 0 2 / 2 0 3 1 0 / 2 0 0 4 0 /
    0 0 0 0 6 / 1 0 0 5 0 / 1 1 0 4 0 / 0 3 3 0 0 / 1 0 0 5 0 / 0 2 0 3 1"""
# Wikipedia, Fleiss' kappa: 14 raters, ten subjects
WIKIPEDIA = """
    0 0 0 0 14 / 0 2 6 4 2 / 0 0 3 5 6 / 0 3 9 2 0 / 2 2 8 1 1 / 7 7 0 0 0 / 3 2 6 3 0 / 2 5 3 2 2 / 6 5 2 1 0 /
    0 2 2 3 7"""


def distribution(text: str) -> Ratings:
    return from_distribution(np.array([[int(count) for count in row.split()] for row in text.split("/")]))


def found(ratings: Ratings, name: Name, ddof: int, weights: WeightName = "unweighted") -> tuple[float, float]:
    one = measure(ratings, name, weights=weights)
    assert one.value is not None
    return one.value, standard_error(one, ddof=ddof)


@pytest.mark.parametrize(
    ("name", "value", "se"),
    # R irrCAC 1.0, vignette "overview": cont3x3abstractors
    [
        ("cohen", 0.7964094, 0.05891072),
        ("scott", 0.7962397, 0.05905473),
        ("gwet", 0.8493305, 0.04321747),
        ("brennan_prediger", 0.835, 0.04693346),
        ("alpha", 0.7972585, 0.05905473),
        ("percent", 0.89, 0.03128898),
    ],
)
def test_two_coders_as_irrcac_gives_them(name: Name, value: float, se: float) -> None:
    assert found(from_table(ABSTRACTORS), name, 0) == pytest.approx((value, se), abs=1e-6)


@pytest.mark.parametrize(
    ("name", "value", "se"),
    # irrCAC for Python, its tests against R: cont4x4diagnosis with ordinal weights, three places
    [("cohen", 0.39, 0.062), ("gwet", 0.324, 0.069), ("brennan_prediger", 0.273, 0.076)],
)
def test_ordinal_weights_as_irrcac_gives_them(name: Name, value: float, se: float) -> None:
    assert found(from_table(DIAGNOSES), name, 0, "ordinal") == pytest.approx((value, se), abs=6e-4)


@pytest.mark.parametrize(
    ("name", "value", "se"),
    # R irrCAC 1.0, vignette "overview": cac.raw4raters
    [
        ("gwet", 0.77544, 0.14295),
        ("fleiss", 0.76117, 0.15302),
        ("alpha", 0.74342, 0.14557),
        ("conger", 0.76282, 0.14917),
        ("brennan_prediger", 0.77273, 0.14472),
    ],
)
def test_many_coders_with_gaps_as_irrcac_gives_them(name: Name, value: float, se: float) -> None:
    ratings = from_rows(FOUR_CODERS, [1, 2, 3, 4, 5], [1, 2, 3, 4, 5])
    assert found(ratings, name, 1) == pytest.approx((value, se), abs=1e-5)


@pytest.mark.parametrize(
    ("name", "value", "se"),
    # R irrCAC 1.0, vignette "overview": distrib.6raters; alpha's standard error is that of the same data as rows,
    # which is fleiss' since every unit has six codings
    [
        ("gwet", 0.4448007, 0.08418757),
        ("fleiss", 0.4139265, 0.08119291),
        ("alpha", 0.4204384, 0.08119291),
        ("brennan_prediger", 0.4388889, 0.08312142),
    ],
)
def test_counts_of_coders_by_category_as_irrcac_gives_them(name: Name, value: float, se: float) -> None:
    assert found(distribution(SIX_RATERS), name, 1) == pytest.approx((value, se), abs=1e-6)


def test_fleiss_kappa_of_the_example_of_wikipedia() -> None:
    # .210; p_j = (.143, .200, .279, .150, .229), Pe = .213, P = .378
    one = measure(distribution(WIKIPEDIA), "fleiss")
    assert (one.value, one.observed, one.expected) == pytest.approx((0.210, 0.378, 0.213), abs=6e-4)


@pytest.mark.parametrize("name", NAMES)
def test_a_single_category_used_is_undefined_where_chance_is_then_one(name: Name) -> None:
    one = measure(from_columns([["a"] * 5, ["a"] * 5], "ab"), name)
    if name in ("percent", "gwet", "brennan_prediger"):
        assert one.value == pytest.approx(1)
    else:
        assert one.value is None
        assert "chance alone" in (one.reason or "")
        with pytest.raises(ValueError, match="chance alone"):
            standard_error(one)


@pytest.mark.parametrize("name", NAMES)
def test_units_coded_once_compare_nobody(name: Name) -> None:
    one = measure(from_rows([["a", None], [None, "b"]], "ab"), name)
    assert one.value is None
    assert one.reason == "undefined: no unit has codings from two coders"


@pytest.mark.parametrize("name", ["gwet", "brennan_prediger"])
def test_one_declared_category_leaves_nothing_to_agree_on(name: Name) -> None:
    assert "single category is declared" in (measure(from_rows([["a", "a"]], "a"), name).reason or "")


@pytest.mark.parametrize("name", ["cohen", "conger"])
def test_coders_who_are_not_told_apart_have_no_margins_of_their_own(name: Name) -> None:
    assert "whose" in (measure(distribution("2 0 / 1 1"), name).reason or "")


def test_cohen_and_scott_compare_two_coders() -> None:
    ratings = from_rows([["a", "a", "b"], ["b", "b", "b"]], "ab")
    assert {measure(ratings, name).reason for name in ("cohen", "scott")} == {"undefined: it compares two coders"}


def test_a_coder_who_coded_nothing_leaves_conger_undefined() -> None:
    assert "coded nothing" in (measure(from_rows([["a", "a", None], ["b", "a", None]], "ab"), "conger").reason or "")


def test_cohen_and_scott_leave_out_what_one_coder_did_not_code() -> None:
    gaps = from_rows([["a", "a"], ["b", "b"], ["a", "b"], ["a", None], [None, "b"]], "ab")
    whole = from_rows([["a", "a"], ["b", "b"], ["a", "b"]], "ab")
    for name in ("cohen", "scott"):
        one = measure(gaps, name)
        assert one.value == pytest.approx(measure(whole, name).value)
        assert one.n == 3
        assert [row < 0 for row in one.of_row] == [False, False, False, True, True]


rows = st.integers(2, 4).flatmap(
    lambda coders: st.lists(
        st.lists(st.sampled_from([0, 1, 2, None]), min_size=coders, max_size=coders), min_size=3, max_size=20
    )
)
whole = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=40)


@settings(max_examples=25)
@given(rows, st.sampled_from(["unweighted", "quadratic"]), st.randoms(use_true_random=False))
def test_no_coefficient_depends_on_the_order_of_coders_or_units(
    given_rows: list[list[int | None]], weights: WeightName, random: object
) -> None:
    order = list(range(len(given_rows[0])))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = [[row[place] for place in order] for row in reversed(given_rows)]
    for name in NAMES:
        one, other = (measure(from_rows(each, range(3)), name, weights=weights) for each in (given_rows, shuffled))
        assert one.value == pytest.approx(other.value, abs=1e-12)
        assert one.reason == other.reason


@settings(max_examples=25)
@given(rows, st.permutations([0, 1, 2]))
def test_no_unweighted_coefficient_depends_on_the_order_of_categories(
    given_rows: list[list[int | None]], order: list[int]
) -> None:
    for name in NAMES:
        one, other = (measure(from_rows(given_rows, declared), name) for declared in (range(3), order))
        assert one.value == pytest.approx(other.value, abs=1e-12)


@settings(max_examples=25)
@given(rows)
def test_one_exactly_where_every_pair_of_codings_agrees(given_rows: list[list[int | None]]) -> None:
    ratings = from_rows(given_rows, range(3))
    perfect = all(len({code for code in row if code is not None}) <= 1 for row in given_rows)
    for name in ("conger", "fleiss", "gwet", "brennan_prediger", "alpha"):
        value = measure(ratings, name).value
        if value is not None:
            assert value <= 1 + 1e-12
            assert (value > 1 - 1e-9) == perfect


@settings(max_examples=25)
@given(whole, st.sampled_from(["unweighted", "linear", "ordinal"]))
def test_for_two_coders_without_gaps_the_many_coder_coefficients_are_the_two_coder_ones(
    pairs: list[tuple[int, int]], weights: WeightName
) -> None:
    ratings, n = from_rows(pairs, range(3)), len(pairs)
    values = {name: measure(ratings, name, weights=weights).value for name in NAMES}
    assert values["fleiss"] == pytest.approx(values["scott"])
    assert values["conger"] == pytest.approx(values["cohen"])
    if values["scott"] is not None:
        # alpha = 1 - (1 - pi) (2n - 1) / 2n, hence pi + (1 - pi) / 2n
        assert values["alpha"] == pytest.approx(values["scott"] + (1 - values["scott"]) / (2 * n))


@settings(max_examples=25)
@given(whole, st.sampled_from(["unweighted", "linear", "quadratic"]))
def test_the_linearised_standard_error_of_kappa_is_that_of_fleiss_cohen_and_everitt(
    pairs: list[tuple[int, int]], weights: WeightName
) -> None:
    ratings = from_rows(pairs, range(3))
    counts = np.zeros((3, 3), dtype=np.int64)
    np.add.at(counts, tuple(np.array(pairs).T), 1)
    kappa = cohen_kappa(Table(counts, 3), weight_matrix(weights, np.arange(3.0)))
    one = measure(ratings, "cohen", weights=weights)
    assert one.value == pytest.approx(kappa.value)
    if one.value is not None:
        assert standard_error(one, ddof=0) == pytest.approx(kappa.se, abs=1e-7)


@settings(max_examples=30)
@given(whole)
def test_brennan_and_prediger_is_the_pabak_of_the_table(pairs: list[tuple[int, int]]) -> None:
    counts = np.zeros((3, 3), dtype=np.int64)
    np.add.at(counts, tuple(np.array(pairs).T), 1)
    assert measure(from_table(counts), "brennan_prediger").value == pytest.approx(pabak(Table(counts, 3)))


@settings(max_examples=25)
@given(rows, st.sampled_from(["unweighted", "quadratic"]))
def test_the_influence_is_the_derivative_of_the_coefficient(
    given_rows: list[list[int | None]], weights: WeightName
) -> None:
    # of n times the value along the count of each pattern; units coded once are left out, whose number Gwet's
    # linearisation takes as fixed, and the counts are large, so that small-sample factors do not show
    ratings = from_rows([row for row in given_rows if sum(code is not None for code in row) >= 2], range(3))
    assume(ratings.units > 0)
    codings = (ratings.codes >= 0).sum(axis=1)
    for name in NAMES:
        one = measure(ratings, name, weights=weights)
        if one.value is None or one.influence is None:
            continue
        if name == "alpha" and (codings != codings[0]).any():
            continue  # irrCAC's term of order 1 / N
        large = one.counts * 1e6
        step = np.eye(len(large)) * large.sum() * 1e-6
        slope = (one.statistic(large + step) - one.statistic(large - step)) / 2e-6
        assert one.influence == pytest.approx(slope, abs=1e-3, rel=1e-3)
        assert one.counts @ one.influence == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_without_a_unit_of_two_codes_is_undefined_at_every_level(level: Level) -> None:
    found = measure(from_columns([[1, None], [None, 2]], (1, 2)), "alpha", distance=level)
    assert (found.value, found.reason) == (None, NO_PAIRS)


@pytest.mark.parametrize("weights", ["unweighted", "linear", "quadratic"])
def test_gwets_coefficient_of_a_table_is_that_of_the_ratings(weights: WeightName) -> None:
    matrix = weight_matrix(weights, np.arange(4, dtype=np.float64))
    expected = measure(from_table(DIAGNOSES), "gwet", weights=matrix).value
    assert gwet_ac1(Table(DIAGNOSES, 4), matrix) == pytest.approx(expected)
