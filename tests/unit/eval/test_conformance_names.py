"""Conformance cases under other names than the public ones use: they run, or fail by name and not by a default."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.eval.test_conformance_shapes import got

TABLE = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
FIRST, SECOND = ["a", "b", "a", "c", "b"], ["a", "b", "b", "c", "c"]
# po 3/5; pe (2 x 1 + 2 x 2 + 1 x 2) / 25 = 8/25, so that kappa is (15 - 8) / 17
KAPPA = 7 / 17


@pytest.mark.parametrize(
    "data",
    [
        {"coders": {"ann": FIRST, "bob": SECOND}},
        {"raters": [FIRST, SECOND]},
        {"codes": [FIRST, SECOND]},
        {"pairs": [list(pair) for pair in zip(FIRST, SECOND, strict=True)]},
        {"gold": FIRST, "llm": SECOND, "ids": [1, 2, 3, 4, 5]},
        {"confusion_matrix": [[1, 1, 0], [0, 1, 1], [0, 0, 1]]},
        {"counts": [[1, 1, 0], [0, 1, 1], [0, 0, 1]]},
        {"proportions": [[0.2, 0.2, 0], [0, 0.2, 0.2], [0, 0, 0.2]], "n": 5},
    ],
)
def test_two_coders_under_any_name_have_their_kappa(data: dict[str, Any]) -> None:
    assert got("cohen_kappa", data, "kappa", "n") == pytest.approx([KAPPA, 5])


@pytest.mark.parametrize(
    "data", [{"tp": 40, "fn": 9, "fp": 6, "tn": 45}, {"cells": {"a": 40, "b": 9, "c": 6, "d": 45}}]
)
def test_four_cells_are_a_table(data: dict[str, Any]) -> None:
    assert got("paradox_diagnostics", data, "po", "prevalence_index", "bias_index") == pytest.approx([0.85, 0.05, 0.03])


@pytest.mark.parametrize("kind", ["multi_rater_missing", "krippendorff_alpha", "edge_case"])
def test_codes_under_a_name_that_nobody_knows_are_not_taken_for_no_codes(kind: str) -> None:
    failure = "ValueError: no codes under a name that is known here, only observations"
    assert got(kind, {"observations": [[1, 2], [2, 2]]}, "alpha") == [failure]


def test_a_scale_by_any_name_counts_what_nobody_used() -> None:
    # 4 places: linear weights 1 - d/3; po (1 + 1 + 2/3 + 2/3 + 1) / 5, where 3 places have 1/2
    data = {"rater1": [1, 2, 2, 1, 3], "rater2": [1, 2, 3, 2, 3], "weights": "linear"}
    assert got("weighted_kappa", data | {"scale": [1, 2, 3, 4]}, "po") == pytest.approx([13 / 15])
    assert got("weighted_kappa", data, "po") == pytest.approx([0.8])


@pytest.mark.parametrize("name", ["weight", "wt", "weights_type", "weight_matrix", "cost"])
def test_weights_by_any_name_are_applied(name: str) -> None:
    matrices = {
        "weight_matrix": [[1, 0.75, 0], [0.75, 1, 0.75], [0, 0.75, 1]],
        "cost": [[0, 1, 4], [1, 0, 1], [4, 1, 0]],
    }
    # quadratic: sum w p = .89 + .75 x .11
    assert got("weighted_kappa", {"table": TABLE, name: matrices.get(name, "quadratic")}, "po") == pytest.approx(
        [0.9725]
    )


@pytest.mark.parametrize(
    ("name", "same"), [("Cicchetti-Allison", "linear"), ("Fleiss-Cohen", "quadratic"), ("linear weighted", "linear")]
)
def test_weights_have_the_names_of_other_programs(name: str, same: str) -> None:
    expected = got("weighted_kappa", {"table": TABLE, "weights": same}, "kappa", "se")
    assert got("weighted_kappa", {"table": TABLE, "weights": name}, "kappa", "se") == expected


def test_a_threshold_is_needed_and_not_taken_for_0() -> None:
    assert got("kappa_threshold", {"table": TABLE, "k0": 0.667}, "z") == pytest.approx([2.1967], abs=1e-4)
    (failure,) = got("kappa_threshold", {"table": TABLE}, "z")
    assert failure.startswith("ValueError: the case does not say the threshold")


def test_a_threshold_may_be_tested_from_kappa_and_its_error() -> None:
    # (.8 - .7) / .05 = 2, of which the upper tail is .02275
    assert got("kappa_threshold", {"kappa": 0.8, "se": 0.05, "kappa0": 0.7}, "z", "p") == pytest.approx(
        [2, 0.02275], abs=1e-5
    )


def test_units_by_categories_may_be_called_a_table() -> None:
    counts = [[3, 0, 0], [0, 2, 1], [0, 0, 3]]
    # pairs alike (1 + 1/3 + 1) / 3 = 7/9; shares 3, 2, 4 of 9: pe 29/81, kappa (63 - 29) / (81 - 29)
    assert got("fleiss_kappa", {"table": counts}, "kappa") == pytest.approx([34 / 52])
    assert got("distribution", {"table": counts}, "fleiss") == pytest.approx([34 / 52])


def test_gold_and_runs_may_be_named_or_stand_in_rows() -> None:
    gold, one, two = [0, 1, 0, 1, 0, 1], [0, 1, 0, 1, 0, 0], [1, 1, 0, 0, 0, 1]
    expected = got("paired_kappa", {"gold": gold, "llm1": one, "llm2": two}, "kappa1", "kappa2", "se_diff")
    for data in (
        {"gold": gold, "runs": {"x": one, "y": two}},
        {"ratings": [list(row) for row in zip(gold, one, two, strict=True)]},
        {"rater1": gold, "rater2": one, "rater3": two},
    ):
        assert got("paired_kappa", data, "kappa1", "kappa2", "se_diff") == expected
    (failure,) = got("paired_kappa", {"gold": gold, "llm1": one}, "kappa1")
    assert failure.startswith("ValueError: a gold and two coders are needed")


def test_a_word_is_one_label_and_not_its_letters() -> None:
    assert got("masi_distance", {"pairs": [["ab", "b"]]}, "masi") == [[1.0]]
    assert got("masi_distance", {"sets": [["a"], ["a", "b"]]}, "masi", "jaccard") == pytest.approx([2 / 3, 0.5])
    # one unit of two differs: Do 1/2; 3 a and 1 b: De 2 x 3 / (4 x 3) = 1/2
    assert got("alpha_masi", {"coder1": ["a", "b"], "coder2": ["a", "a"]}, "alpha_masi") == pytest.approx([0])


def test_two_empty_sets_are_no_distance_apart_in_an_edge_case_too() -> None:
    assert got("edge_case", {"set1": [], "set2": []}, "masi", "jaccard") == [0, 0]
    assert got("edge_case", {"coder1": [["a"], []], "coder2": [["a"], []]}, "alpha_masi", "kappa") == [1, 1]


@pytest.mark.parametrize("named", [{"categories": ["a", "b"]}, {"refusal": "none of these"}])
def test_an_invalid_code_never_agrees_and_is_no_category(named: dict[str, Any]) -> None:
    data = {"gold": ["a", "b", "a", "b"], "llm": ["a", "b", "none of these", "b"], **named}
    # as with a refused item: po 3/4, pe .5 x .25 + .5 x .5 = 3/8
    assert got("edge_case", data, "kappa", "complete_case", "refused") == pytest.approx([0.6, 1, 1])


@pytest.mark.parametrize("gap", [-1, "?"])
def test_a_gap_is_what_the_case_says(gap: object) -> None:
    data = {"ratings": [[0, 1, gap], [1, 1, 1], [0, 0, 0]], "missing": gap}
    plain = {"ratings": [[0, 1, None], [1, 1, 1], [0, 0, 0]]}
    assert got("multi_rater_missing", data, "gwet", "conger") == got("multi_rater_missing", plain, "gwet", "conger")


def test_a_level_of_measurement_that_nobody_knows_fails_by_name() -> None:
    data = {"ratings": [[1, 2], [2, 2], [3, 3]]}
    assert got("krippendorff_alpha", data | {"level": "polar"}, "alpha") == [
        "ValueError: no level is called 'polar'; there are nominal, ordinal, interval, ratio"
    ]
    alpha, interval = got("krippendorff_alpha", data | {"method": "interval"}, "alpha", "interval")
    assert alpha == interval


@pytest.mark.parametrize(
    "data",
    [
        {"p1": 0.5, "p2": 0.5, "k0": 0.7, "k1": 0.85, "alpha": 0.05, "power": 0.8, "twosided": False},
        {"rates": [0.5, 0.5], "kappa0": 0.7, "kappa1": 0.85},
    ],
)
def test_the_published_sample_size_under_other_names(data: dict[str, Any]) -> None:
    assert got("sample_size", data, "n") == [117]  # Cantor 1996


def test_a_width_is_twice_the_half_width() -> None:
    assert got("sample_size", {"prevalence": 0.2, "kappa": 0.7, "width": 0.2}, "n") == [314]  # as in docs/agreement.md


def test_shares_need_the_models_codes_of_both_kinds_of_documents() -> None:
    (failure,) = got("ppi_mean", {"gold": [1, 0], "pred": [1, 0]}, "lam1")
    assert failure.startswith("ValueError: the case does not say the model's codes of the documents without gold")
    (failure,) = got("ppi_mean", {"gold": [1, 0], "unlabeled": [1, 0]}, "lam1")
    assert failure.startswith("ValueError: the case does not say the model's codes of the same documents")
    # 3/4 of the others less the model's mean error of 0
    assert got("ppi_mean", {"y": [1, 0], "f": [1, 0], "f_unlabeled": [1, 1, 1, 0]}, "lam1") == pytest.approx([0.75])


def test_a_corrected_share_needs_no_groups() -> None:
    data = {"columns": ["pred", "gold", "count"], "rows": [[1, 1, 15], [0, 0, 5]]}
    assert got("dsl_category_proportions", data, "coef")[0] == pytest.approx([0.75])  # all are hand-coded


def test_one_model_may_stand_alone() -> None:
    answers = {str(item): item % 2 for item in range(40)}
    data = {"humans": {"a": answers, "b": answers, "c": answers}, "llm": answers}
    assert got("alt_test", data, "llm_wr", "winning_rate", "advantage_probability") == [1, 1, 1]
