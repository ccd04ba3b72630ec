"""The conformance runner: what it reads, how it compares, what it says of a case it cannot run, and every kind here."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from coder.errors import InputError
from eval.__main__ import main
from eval.conformance.runner import check, difference, find_kinds, read_cases, report, tolerance

COHEN = {
    "id": "cohen1960",
    "kind": "cohen_kappa",
    "data": {"table": [[88, 10, 2], [14, 40, 6], [18, 10, 12]]},
    "expected": {"po": 0.7, "pe": 0.41, "kappa": 0.492},
    "tolerance": {"*": 0.0005},
}


def got(kind: str, data: dict[str, Any], *keys: str) -> list[Any]:
    """What the kind computes for these keys; a case that fails shows what is wrong instead."""
    case = {"id": "case", "kind": kind, "data": data, "expected": dict.fromkeys(keys, 0)}
    return [
        verdict.failure if verdict.key == "*" or verdict.failure == "not computed" else verdict.got
        for verdict in check(case, find_kinds())
    ]


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("wrap", [lambda case: [case], lambda case: {"public": [case], "holdout": []}])
def test_cases_that_agree_end_with_0(wrap: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(write(tmp_path / "cases.json", wrap(COHEN))) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "ok    cohen1960  cohen_kappa  kappa  expected 0.492  got 0.4915254237  tolerance 0.0005"
    assert lines[-1] == "3 of 3 values agree, in 1 cases"


def test_a_value_that_differs_ends_with_1_and_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "cases.json", {"holdout": [COHEN | {"expected": {"po": 0.7, "kappa": 0.5}}]})
    assert report(path) == 1
    out = capsys.readouterr().out
    assert (
        "FAIL  cohen1960  cohen_kappa  kappa  expected 0.5  got 0.4915254237  tolerance 0.0005  off by 0.00847" in out
    )
    assert "1 of 2 values agree" in out
    assert "failed: cohen1960" in out


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"other": []}', '["no case"]', '{"public": []}'])
def test_a_file_without_cases_is_an_error_of_its_own(text: str, tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"cases\.json: ") as error:
        read_cases(path)
    assert error.value.exit_code == 2


def test_a_file_that_is_not_there_is_the_same_error(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(InputError) as error:
            read_cases(path)
        assert error.value.exit_code == 2


@pytest.mark.parametrize(("cases", "code"), [([COHEN], 0), ([COHEN | {"kind": "unheard_of"}], 1), ("no cases", 2)])
def test_the_command_ends_with_the_verdict(
    cases: object, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["eval", "conformance", str(write(tmp_path / "cases.json", cases))])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == code


@pytest.mark.parametrize(
    ("case", "failure"),
    [
        (COHEN | {"kind": "unheard_of"}, "no such kind here; there are alpha_masi"),
        (COHEN | {"data": {}}, "ValueError: no codes under a name that is known here, only nothing"),
        ({"id": "empty", "kind": "cohen_kappa"}, "the case lacks data or expected values"),
    ],
)
def test_a_case_that_cannot_be_run_fails_by_name(case: dict[str, Any], failure: str) -> None:
    verdicts = list(check(case, find_kinds()))
    assert len(verdicts) == 1
    assert failure in verdicts[0].failure


def test_a_key_that_is_not_computed_fails_and_the_others_still_count() -> None:
    verdicts = list(check(COHEN | {"expected": {"kappa": 0.492, "unheard_of": 1}}, find_kinds()))
    assert [verdict.failure for verdict in verdicts] == ["", "not computed"]


@pytest.mark.parametrize(
    ("expected", "value", "failure"),
    [
        (0.5, 0.51, ""),
        (0.5, 0.5101, "off by 0.0101"),
        (None, None, ""),
        (None, 0.0, "differs"),
        (0.5, None, "no number"),
        (0.5, float("nan"), "no number"),
        (1, True, "no number"),
        (True, 1, "differs"),
        ("undefined: pe=1", "undefined: pe=1", ""),
        ([0.1, 0.2], (0.1, 0.21), ""),
        ([0.1, 0.2], [0.1, 0.3], "off by 0.1"),
        ([0.1, 0.2], [0.1], "not a list of this length"),
        ({"a": 1}, {"a": 1.005, "b": 2}, ""),
        ({"a": 1}, {}, "no number"),
    ],
)
def test_values_agree_within_the_tolerance(expected: Any, value: Any, failure: str) -> None:
    assert difference(expected, value, 0.01) == failure


def test_the_tolerance_is_of_the_key_or_of_the_rest_or_of_the_case() -> None:
    assert tolerance({"tolerance": {"kappa": 0.1, "*": 0.2}}, "kappa") == 0.1
    assert tolerance({"tolerance": {"kappa": 0.1, "*": 0.2}}, "se") == 0.2
    assert tolerance({"tolerance": 0}, "n") == 0
    assert tolerance({}, "n") == 1e-9


def test_kinds_of_every_module_beside_the_runner_are_found() -> None:
    assert {"cohen_kappa", "krippendorff_alpha", "sample_size"} <= set(find_kinds())


def test_a_table_columns_and_proportions_are_the_same_case() -> None:
    table = [[20, 5], [10, 15]]
    first = ["a"] * 25 + ["b"] * 25
    second = ["a"] * 20 + ["b"] * 5 + ["a"] * 10 + ["b"] * 15
    shapes = (
        {"table": table},
        {"rater1": first, "rater2": second},
        {"coder_2": second, "coder_1": first},
        {"ratings_by_coder": [first, second]},
        {"ratings": [list(pair) for pair in zip(first, second, strict=True)]},
        {"table": [[0.4, 0.1], [0.2, 0.3]], "n": 50},
        {"a": 20, "b": 5, "c": 10, "d": 15},
    )
    for shape in shapes:
        # po = .7, pe = .5 x .6 + .5 x .4 = .5
        assert got("cohen_kappa", shape, "kappa", "n") == pytest.approx([0.4, 50])


def test_declared_categories_make_the_scale() -> None:
    data = {"rater1": [1, 2, 4], "rater2": [1, 4, 4]}
    on_used = got("weighted_kappa", data | {"weights": "linear"}, "kappa")
    declared = got("weighted_kappa", data | {"declared_categories": [1, 2, 3, 4]}, "kappa_linear")
    # margins (1 1 1) and (1 0 2) thirds. On three places one step costs 1/2: po = (1 + 1/2 + 1) / 3 = 5/6,
    # pe = (1/9) (1 x (1 + 1/2 + 0) + 2 x (0 + 1/2 + 1)) = 1/2
    assert on_used == pytest.approx([2 / 3])
    # on four places from 2 to 4 are two steps of three, from 1 to 2 one: po = (1 + 1/3 + 1) / 3 = 7/9,
    # pe = (1/9) (1 x (1 + 2/3 + 0) + 2 x (0 + 1/3 + 1)) = 13/27
    assert declared == pytest.approx([4 / 7])


def test_an_undefined_kappa_is_null_with_its_flag() -> None:
    same = {"rater1": ["a"] * 5, "rater2": ["a"] * 5}
    assert got("edge_case", same, "po", "kappa", "flag") == [1, None, "undefined: pe=1"]
    assert got("edge_case", {"rater1": [], "rater2": []}, "kappa", "flag") == [None, "undefined: no items"]
    perfect = {"rater1": ["a", "b"], "rater2": ["a", "b"]}
    assert got("edge_case", perfect, "kappa", "ci", "flag") == [1, None, "kappa CI not estimable"]


def test_a_refusal_never_agrees_and_the_complete_case_stands_beside_it() -> None:
    # gold a 2, b 2, the model right on 1 and 2 and silent on one: po 3/4, pe .5 x .25 + .5 x .5 = 3/8
    data = {"rater1": ["a", "b", "a", "b"], "rater2": ["a", "b", None, "b"]}
    found = got("edge_case", data, "kappa", "kappa_complete_case", "refusal_rate")
    assert found == pytest.approx([0.6, 1, 0.25])


def test_counts_by_unit_and_rows_of_codings_are_the_same_units() -> None:
    rows = {"ratings": [[1, 1, 2], [2, 2, 2], [1, 2, 2], [1, 1, 1]]}
    counts = {"counts": [[2, 1], [0, 3], [1, 2], [3, 0]]}
    keys = ("fleiss", "fleiss_se", "gwet", "krippendorff")
    assert got("multi_rater_missing", rows, *keys) == pytest.approx(got("distribution", counts, *keys))
    assert got("fleiss_kappa", rows, "kappa", "z") == pytest.approx(got("fleiss_kappa", counts, "kappa", "z"))


def test_alpha_at_the_level_that_the_case_names() -> None:
    data = {"ratings": [[1, 1], [2, 3], [3, 3], [4, 1]]}
    named, each = got("krippendorff_alpha", data | {"level": "interval"}, "alpha", "interval")
    assert named == each
    assert got("krippendorff_alpha", data, "alpha") == got("krippendorff_alpha", data, "nominal")


def test_sets_may_be_empty_or_missing() -> None:
    assert got("masi_distance", {"pairs": [[[], []], [["a"], []]]}, "masi", "jaccard") == [[0, 1], [0, 1]]
    # {1, 2} {1}, {1, 2} {1, 2}, {1} {1}: Do = 2/9, De = 2/5 (MASI distance 2/3); a unit of one coding changes nothing
    data = {"coder1": [["1", "2"], ["1", "2"], ["1"], []], "coder2": [["1"], ["1", "2"], ["1"], None]}
    assert got("alpha_masi", data, "alpha_masi") == pytest.approx([4 / 9])


def test_a_test_of_two_sides_has_twice_the_p() -> None:
    data = {"table": [[13, 0, 0], [0, 20, 7], [0, 4, 56]], "kappa0": 0.667}
    z, p = got("kappa_threshold", data, "z", "p")
    assert got("kappa_threshold", data | {"sided": "two-sided"}, "z", "p") == pytest.approx([z, 2 * p])


def test_the_published_error_of_alpha_from_counts_is_another_formula_than_the_library_s() -> None:
    # R irrCAC 1.0, vignette "overview", distrib.6raters: .08243; as rows of codings .08119
    text = """0 0 0 6 0 / 0 3 0 0 3 / 0 1 4 0 1 / 0 0 0 0 6 / 0 3 0 3 0 / 2 0 4 0 0 / 0 0 4 0 2 / 2 0 3 1 0 / 2 0 0 4 0 /
        0 0 0 0 6 / 1 0 0 5 0 / 1 1 0 4 0 / 0 3 3 0 0 / 1 0 0 5 0 / 0 2 0 3 1"""
    counts = [[int(count) for count in row.split()] for row in text.split("/")]
    found = got("distribution", {"counts": counts}, "krippendorff_se", "krippendorff_se_linearised")
    assert found == pytest.approx([0.08243228, 0.08119291], abs=1e-6)


def test_intervals_of_the_bootstrap_and_of_the_two_formulas() -> None:
    data = {"table": [[88, 10, 2], [14, 40, 6], [18, 10, 12]], "level": 0.95}
    bca, percentile, wald, fisher = got("bootstrap_ci", data, "bca", "percentile", "wald", "fisher_z")
    # a million replicates computed apart; kappa .49153, standard error .05100
    assert bca == pytest.approx([0.38982, 0.59000], abs=0.006)
    assert percentile == pytest.approx([0.38963, 0.58981], abs=0.006)
    assert wald == pytest.approx([0.49153 - 1.96 * 0.0510018, 0.49153 + 1.96 * 0.0510018], abs=1e-4)
    assert wald[0] > fisher[0]


def test_two_runs_and_the_same_gold() -> None:
    data = {"gold": [0, 0, 1, 1, 0, 1], "llm1": [0, 0, 1, 1, 0, 0], "llm2": [0, 1, 1, 0, 0, 1]}
    # llm1: po 5/6, pe .5; llm2: po 4/6, pe .5
    assert got("paired_kappa", data, "kappa1", "kappa2", "diff") == pytest.approx([2 / 3, 1 / 3, 1 / 3])
