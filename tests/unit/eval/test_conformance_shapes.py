"""Conformance cases in awkward shapes: empty, with gaps, with refusals, of three coders, in other spellings."""

from __future__ import annotations

from typing import Any

import pytest

from eval.conformance.runner import check, find_kinds

TABLE = {"table": [[13, 0, 0], [0, 20, 7], [0, 4, 56]], "kappa0": 0.667}
EMPTY: tuple[dict[str, Any], ...] = (
    {"ratings": []},
    {"ratings": [[None, None]]},
    {"ratings": [[None, None, None]]},
    {"rater1": [], "rater2": []},
    {"ratings_by_coder": {}},
    {"counts": []},
    {"counts": [[0, 0]]},
    {"table": []},
)
CANTOR = {"kappa0": 0.7, "kappa1": 0.85, "alpha": 0.05, "power": 0.8}


def got(kind: str, data: dict[str, Any], *keys: str) -> list[Any]:
    """What the kind computes for these keys; a case that fails shows what is wrong instead."""
    case = {"id": "case", "kind": kind, "data": data, "expected": dict.fromkeys(keys, 0)}
    return [
        verdict.failure if verdict.key == "*" or verdict.failure == "not computed" else verdict.got
        for verdict in check(case, find_kinds())
    ]


def test_every_figure_beside_refusals_is_of_the_headline() -> None:
    data = {"rater1": ["a", "b", "a", "b"], "rater2": ["a", "b", None, "b"]}
    # one of four items refused: po 3/4, pe .5 x .25 + .5 x .5 = 3/8, PABAK 2 x 3/4 - 1, kappa max (3/4 - 3/8) / (5/8)
    found = got("edge_case", data, "n", "po", "pe", "kappa", "pabak", "kappa_max", "complete_case", "n_complete_case")
    assert found == pytest.approx([4, 0.75, 0.375, 0.6, 0.5, 0.6, 1, 3])
    # pi .375 .5: pe of AC1 = .375 x .625 + .5 x .5 = .484375, and of Scott's pi .375^2 + .5^2 = .390625
    assert got("edge_case", data, "ac1", "scott") == pytest.approx([17 / 33, 0.359375 / 0.609375])
    # 3 of 4 by Clopper & Pearson; the complete case has no interval and would carry the flag
    assert got("edge_case", data, "po_low", "flag") == [pytest.approx(0.19412, abs=1e-5), None]
    low, high = got("edge_case", data, "ci")[0]
    assert low < 0.6 < high


def test_an_edge_case_takes_its_level() -> None:
    ci, low, high = got("edge_case", {"table": [[9, 1], [2, 8]], "level": 0.9}, "ci", "ci_low", "ci_high")
    assert ci == pytest.approx([0.439, 0.961], abs=5e-4)
    assert [low, high] == ci
    assert got("edge_case", {"table": [[9, 1], [2, 8]], "level": 90}, "ci") == [ci]


@pytest.mark.parametrize("data", EMPTY)
@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("krippendorff_alpha", ("alpha", "nominal", "ordinal", "interval", "ratio", "se")),
        ("multi_rater_missing", ("gwet", "fleiss", "krippendorff", "conger", "bp", "gwet_ci_low")),
        ("fleiss_kappa", ("kappa", "se", "z", "p", "ci")),
        ("distribution", ("gwet", "krippendorff", "krippendorff_se")),
        ("edge_case", ("kappa", "po", "pe", "alpha", "ci", "se")),
    ],
)
def test_nothing_coded_is_null_in_every_shape(kind: str, keys: tuple[str, ...], data: dict[str, Any]) -> None:
    assert got(kind, data, *keys) == [None] * len(keys)


def test_nothing_paired_and_nothing_counted_is_null() -> None:
    nobody = {"gold": [], "llm1": [], "llm2": []}
    assert got("paired_kappa", nobody, "kappa1", "kappa2", "diff", "ci", "p") == [None] * 5
    counts = {"counts": {}, "unlabeled": {"F1": 3, "F0": 2}}
    assert got("ppi_mean", counts, "lam1", "lam0_ci", "tuned", "tuned_lam") == [None] * 4
    assert got("edge_case", {"ratings": []}, "flag", "n") == ["undefined: no items", 0]


def test_a_third_coder_counts_for_alpha_and_leaves_no_kappa() -> None:
    data = {"ratings": [["a", "a", "b"], ["b", "b", "b"], ["a", "a", "a"]]}
    # 2 of 9 pairs differ: Do 2/9; 5 a and 4 b: De 2 x 5 x 4 / (9 x 8) = 5/9
    assert got("edge_case", data, "alpha", "kappa") == [pytest.approx(0.6), "not computed"]
    assert got("cohen_kappa", data, "kappa") == ["ValueError: kappa compares two coders; the case holds 3"]


def test_digits_as_text_are_numbers_in_their_order() -> None:
    text = {"ratings": [["1", "2"], ["1", "1"], ["10", "10"], ["2", "2"]]}
    numbers = {"ratings": [[1, 2], [1, 1], [10, 10], [2, 2]]}
    levels = ("nominal", "ordinal", "interval", "ratio")
    assert got("krippendorff_alpha", text, "interval", "ordinal") == pytest.approx([0.992, 0.790], abs=5e-4)
    assert got("krippendorff_alpha", text, *levels) == got("krippendorff_alpha", numbers, *levels)


@pytest.mark.parametrize("model", ["lm", "linear", "OLS", "gaussian"])
def test_a_linear_model_is_not_fitted_as_a_logistic_one(model: str) -> None:
    data = {
        "columns": ["y", "p", "x", "count"],
        "rows": [[0, 0, 0, 15], [1, 1, 0, 5], [0, 0, 1, 5], [1, 1, 1, 15]],
        "formula": "y ~ x",
        "predicted_var": "y",
        "prediction": "p",
    }
    # all are hand-coded: the shares of y are 1/4 and 3/4
    assert got("dsl_logit", data | {"model": model}, "coef")[0] == pytest.approx([0.25, 0.5])
    # ln(1/3), 2 ln(3)
    assert got("dsl_logit", data, "coef")[0] == pytest.approx([-1.0986, 2.1972], abs=1e-4)
    assert got("dsl_logit", data | {"model": "probit"}, "coef")[0].startswith("ValueError: no model is called 'probit'")


def test_a_label_that_is_not_declared_is_no_refusal() -> None:
    data = {"gold": [1, 2], "llm1": [1, 3], "llm2": [2, 1], "categories": [1, 2]}
    assert got("paired_kappa", data, "kappa1") == ["ValueError: first: 3 is not a declared category"]


def test_a_difference_of_kappas_may_exceed_1() -> None:
    data = {"gold": [0, 1, 0, 1, 0, 1], "llm1": [0, 1, 0, 1, 0, 1], "llm2": [1, 0, 1, 0, 0, 1]}
    difference, se, (low, high) = got("paired_kappa", data, "diff", "se_diff", "ci_diff")
    # kappas 1 and (1/3 - 1/2) / (1/2) = -1/3
    assert difference == pytest.approx(4 / 3)
    assert [low, high] == pytest.approx([4 / 3 - 1.959964 * se, 4 / 3 + 1.959964 * se])
    assert high > 1


def test_ratings_by_name_and_one_a_row_are_the_same_units() -> None:
    coders = {"c1": [1, 2, 2, 1], "c2": [1, 2, 1, 1]}
    pairs = [*zip(*coders.values(), strict=True)]
    shapes: tuple[list[Any] | dict[str, Any], ...] = (
        coders,
        [{"item": unit, "c1": one, "c2": two} for unit, (one, two) in enumerate(pairs)],
        [{"unit": unit, "coder": name, "value": codes[unit]} for name, codes in coders.items() for unit in range(4)],
    )
    for shape in shapes:
        # po 3/4, pe .5 x .75 + .5 x .25 = .5
        assert got("cohen_kappa", {"ratings": shape}, "kappa", "n") == pytest.approx([0.5, 4])
    twice = [{"unit": 1, "coder": "c1", "value": 1}] * 2
    assert got("cohen_kappa", {"ratings": twice}, "n") == ["ValueError: a coder has two codings of the same unit"]


@pytest.mark.parametrize("shape", [{"prevalence": 0.5}, {"prevalence": [0.5, 0.5]}, {"margins": [[0.5, 0.5]] * 2}])
def test_a_sample_size_from_shares_is_that_from_rates(shape: dict[str, Any]) -> None:
    assert got("sample_size", CANTOR | shape, "n") == [117]  # Cantor 1996


@pytest.mark.parametrize("sided", [2, 2.0, "2", "two-sided", "two_sided", "two.sided", "Two", "both"])
def test_two_sides_in_any_spelling(sided: object) -> None:
    assert got("sample_size", CANTOR | {"rate1": 0.5, "sided": sided}, "n") == [151]
    # z 2.1967
    assert got("kappa_threshold", TABLE | {"sided": sided}, "p") == pytest.approx([0.0280416], abs=1e-6)


@pytest.mark.parametrize(
    ("sided", "p"), [("one", 0.0140208), ("right", 0.0140208), (1, 0.0140208), ("left", 0.9859792)]
)
def test_one_side_in_any_spelling(sided: object, p: float) -> None:
    assert got("kappa_threshold", TABLE | {"sided": sided}, "p") == pytest.approx([p], abs=1e-6)


def test_a_side_that_nobody_knows_fails_by_name() -> None:
    assert got("kappa_threshold", TABLE | {"sided": "sideways"}, "p")[0].startswith("ValueError: no side is called")


def test_proportions_of_nobody_knows_how_many_have_a_kappa_and_no_error() -> None:
    shares = {"table": [[0.4, 0.1], [0.2, 0.3]]}
    assert got("cohen_kappa", shares, "kappa", "po") == pytest.approx([0.4, 0.7])
    assert got("cohen_kappa", shares, "n", "se", "ci", "z", "p", "alpha", "se_linear") == [None] * 7
    assert got("marginal_homogeneity", shares, "p") == ["ValueError: the table holds no whole numbers of items"]


def test_there_is_no_ratio_of_amounts_below_0() -> None:
    data = {"ratings": [[-1, 2], [2, 2], [1, 1]]}
    assert got("krippendorff_alpha", data, "ratio", "ratio_se") == [None, None]
    assert got("krippendorff_alpha", data | {"level": "ratio"}, "alpha") == [None]
    assert got("krippendorff_alpha", data, "interval") != [None]


def test_counts_and_arrays_are_the_same_documents() -> None:
    arrays = {"Y": [1, 0, 1, 1, 0], "Yhat": [1, 0, 1, 0, 0], "Yhat_unlabeled": [1, 1, 0, 0, 0, 0]}
    counts = {"counts": {"Y1F1": 2, "Y1F0": 1, "Y0F0": 2}, "unlabelled": {"F1": 2, "F0": 4}}
    keys = ("lam1", "lam0", "lam0_ci", "tuned_ci_low")
    # 1/3 + mean(y - f) = 1/3 + 1/5
    assert got("ppi_mean", arrays, "lam1") == pytest.approx([8 / 15])
    assert got("ppi_mean", arrays, *keys) == got("ppi_mean", counts, *keys)


def test_answers_as_lists_and_digits_are_those_by_item() -> None:
    codes = {"one": [1, 2, 3, 2], "two": [1, 2, 2, 2], "three": [2, 2, 3, 1]}
    named = {name: {str(item): code for item, code in enumerate(row)} for name, row in codes.items()}
    shapes: tuple[dict[str, Any], ...] = (
        named,
        codes,
        {name: [[str(item), str(code)] for item, code in enumerate(row)] for name, row in codes.items()},
    )
    for people in shapes:
        data = {"humans": people, "llms": {"m": [3, 2, 1, 2]}, "scoring": "rmse", "min_instances_per_human": 2}
        # of four items the model does at least as well as `one` and as `two` on the second and the fourth, where the
        # answers are the same, and as `three` on the second, and on the fourth, where the others say 2 and 2
        assert got("alt_test", data, "m_ap") == [0.5]
        assert got("alt_test", data | {"llms": {"m": {"0": 3, "1": "2", "2": 1, "3": 2}}}, "m_ap") == [0.5]
