"""`agreement FILE`: the figures of published tables and of scikit-learn, and every shape a table of codes can have."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import Workbook
from sklearn.metrics import cohen_kappa_score

from coder.cli import group
from coder.errors import InputError

COHEN_1960 = "88,10,2\n14,40,6\n18,10,12\n"
"""Cohen 1960, Educational and Psychological Measurement 20:37: he reports .492."""
FLEISS_COHEN_EVERITT_1969 = ",A,B,C\nA,106,10,4\nB,22,28,10\nC,2,12,6\n"
THEIR_WEIGHTS = "A,B,C\n1,0,0.4444\n0,1,0.6667\n0.4444,0.6667,1\n"
KRIPPENDORFF_2011 = """unit,A,B,C,D
1,1,1,,1
2,2,2,3,2
3,3,3,3,3
4,3,3,3,3
5,2,2,2,2
6,1,2,3,4
7,4,4,4,4
8,1,1,2,1
9,2,2,2,2
10,,5,5,5
11,,,1,1
12,,,3,
"""
"""Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, example C; also Gwet 2014 (irrCAC's cac.raw4raters)."""


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def run(path: Path, *arguments: str) -> Any:
    result = CliRunner().invoke(group, ["agreement", str(path), *arguments], env={"COLUMNS": "80"})
    if result.exception is not None:
        raise result.exception
    return json.loads(result.stdout) if "--json" in arguments else result.stdout


def figures(path: Path, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = run(path, *arguments, "--json")
    return found


def values(found: dict[str, Any]) -> dict[str, float | None]:
    return {name: one["value"] for name, one in found["coefficients"].items()}


def two_columns(path: Path, n: int = 120, seed: int = 5) -> tuple[Path, list[int], list[int]]:
    draw = random.Random(seed)
    first = [draw.choice([1, 2, 2, 3, 4]) for _ in range(n)]
    second = [code if draw.random() < 0.7 else draw.choice([1, 2, 3, 4]) for code in first]
    lines = [f"d{k},{a},{b}" for k, (a, b) in enumerate(zip(first, second, strict=True))]
    return written(path, "document,ada,bo\n" + "\n".join(lines) + "\n"), first, second


@pytest.mark.parametrize("weights", ["unweighted", "linear", "quadratic"])
def test_kappa_is_that_of_scikit_learn_on_the_same_columns(tmp_path: Path, weights: str) -> None:
    path, first, second = two_columns(tmp_path / "codes.csv")
    theirs = cohen_kappa_score(first, second, weights=None if weights == "unweighted" else weights)
    found = figures(path, "--weights", weights)
    assert found["coefficients"]["cohen_kappa"]["value"] == pytest.approx(theirs, abs=1e-12)
    assert (found["n"], found["coders"]) == (120, ["ada", "bo"])


def test_declared_categories_that_nobody_used_count_as_in_scikit_learn(tmp_path: Path) -> None:
    path, first, second = two_columns(tmp_path / "codes.csv")
    theirs = cohen_kappa_score(first, second, weights="linear", labels=[0, 1, 2, 3, 4, 5])
    found = figures(path, "--weights", "linear", "--categories", "0,1,2,3,4,5")
    assert found["coefficients"]["cohen_kappa"]["value"] == pytest.approx(theirs, abs=1e-12)


def test_a_table_of_counts_gives_what_cohen_reports(tmp_path: Path) -> None:
    found = figures(written(tmp_path / "cohen.csv", COHEN_1960), "--table")
    kappa = found["coefficients"]["cohen_kappa"]
    assert kappa["value"] == pytest.approx(0.492, abs=5e-4)
    # 1,000,000 multinomial replicates of this table: BCa .390 to .590
    assert (kappa["low"], kappa["high"]) == (pytest.approx(0.390, abs=0.012), pytest.approx(0.590, abs=0.012))
    assert found["diagnostics"]["expected_agreement"] == pytest.approx(0.41)


def test_weights_from_a_file_give_the_kappa_and_variances_of_fleiss_cohen_and_everitt(tmp_path: Path) -> None:
    table = written(tmp_path / "table.csv", FLEISS_COHEN_EVERITT_1969)
    weights = written(tmp_path / "weights.csv", THEIR_WEIGHTS)
    found = figures(table, "--table", "--weights", str(weights))
    kappa = found["coefficients"]["cohen_kappa"]
    assert kappa["value"] == pytest.approx(0.507, abs=5e-4)
    assert kappa["se"] ** 2 == pytest.approx(0.003248, abs=1e-6)
    assert found["diagnostics"]["kappa_null"]["se"] ** 2 == pytest.approx(0.004269, abs=1e-6)


def test_weights_without_a_heading_go_by_place_in_the_scale(tmp_path: Path) -> None:
    table = written(tmp_path / "table.csv", FLEISS_COHEN_EVERITT_1969)
    bare = written(tmp_path / "bare.csv", "1,0,0.4444\n0,1,0.6667\n0.4444,0.6667,1\n")
    found = figures(table, "--table", "--weights", str(bare))
    assert found["coefficients"]["cohen_kappa"]["value"] == pytest.approx(0.507, abs=5e-4)  # as with their names


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_alpha_of_four_coders_with_gaps_is_krippendorffs(tmp_path: Path, level: str, published: float) -> None:
    found = figures(written(tmp_path / "codes.csv", KRIPPENDORFF_2011), "--level", level)
    assert values(found)["krippendorff_alpha"] == pytest.approx(published, abs=6e-4)


def test_many_coders_with_gaps_have_the_values_and_standard_errors_of_irrcac(tmp_path: Path) -> None:
    # R package irrCAC 1.0 on cac.raw4raters, the same ratings as Krippendorff's
    published = {"gwet_ac": (0.77544, 0.14295), "fleiss_kappa": (0.76117, 0.15302), "conger_kappa": (0.76282, 0.14917)}
    found = figures(written(tmp_path / "codes.csv", KRIPPENDORFF_2011))
    for name, (value, se) in published.items():
        one = found["coefficients"][name]
        assert (one["value"], one["se"]) == (pytest.approx(value, abs=1e-4), pytest.approx(se, abs=1e-4))
        assert one["low"] is None
        assert "fewer than 50" in one["reason"]
    assert not {"cohen_kappa", "scott_pi"} & set(found["coefficients"])
    assert found["n"] == 11  # unit 12 has one code
    assert found["diagnostics"]["missing"] == {"A": 3, "B": 2, "C": 1, "D": 1}


def test_gaps_of_r_and_decimals_of_pandas_are_the_same_codes(tmp_path: Path) -> None:
    plain = figures(written(tmp_path / "plain.csv", KRIPPENDORFF_2011))
    lines = KRIPPENDORFF_2011.splitlines()
    rows = [line.split(",") for line in lines[1:]]
    pandas = [",".join([row[0], *(f"{cell}.0" if cell else "NA" for cell in row[1:4]), row[4]]) for row in rows]
    found = figures(written(tmp_path / "pandas.csv", "\n".join([lines[0], *pandas])))
    assert values(found) == values(plain)
    assert any("6 'NA'" in note for note in found["diagnostics"]["read"])


def test_a_declared_category_called_na_is_no_gap(tmp_path: Path) -> None:
    path = written(tmp_path / "codes.csv", "a,b\nNA,NA\nyes,NA\nyes,yes\n")
    assert figures(path, "--categories", "yes,NA")["n"] == 3
    assert figures(path)["n"] == 1
    assert figures(path, "--missing", "")["n"] == 3


def test_the_indices_beside_kappa_are_those_of_feinstein_and_cicchetti(tmp_path: Path) -> None:
    # Feinstein & Cicchetti 1990, Journal of Clinical Epidemiology 43:543; indices after Byrt, Bishop & Carlin 1993
    found = figures(written(tmp_path / "paradox.csv", "80,10\n5,5\n"), "--table")
    shown = found["diagnostics"]
    assert values(found)["cohen_kappa"] == pytest.approx(0.32, abs=0.005)
    assert shown["prevalence_index"] == pytest.approx(0.75)
    assert shown["bias_index"] == pytest.approx(0.05)
    assert shown["pabak"] == pytest.approx(0.70)
    assert shown["kappa_max"] == pytest.approx(0.772727, abs=1e-6)
    assert values(found)["gwet_ac"] == pytest.approx(0.808)


def test_equal_margins_are_tested_as_stuart_and_bhapkar_did(tmp_path: Path) -> None:
    # Stuart 1955: unaided vision of 7477 women; X2 = 11.957 on 3 df, Bhapkar 1966: 11.976
    rows = "1520,266,124,66\n234,1512,432,78\n117,362,1772,205\n36,82,179,492\n"
    tests = figures(written(tmp_path / "vision.csv", rows), "--table")["diagnostics"]["marginal_homogeneity"]
    assert tests["stuart_maxwell"]["statistic"] == pytest.approx(11.957, abs=6e-4)
    assert tests["bhapkar"]["statistic"] == pytest.approx(11.976, abs=6e-4)
    assert tests["stuart_maxwell"]["df"] == 3


def test_a_threshold_is_tested_with_the_non_null_standard_error(tmp_path: Path) -> None:
    # irrCAC's cont3x3abstractors: kappa .79641, se .05891, hence z = (.79641 - .667) / .05891 = 2.1967
    path = written(tmp_path / "abstractors.csv", "13,0,0\n0,20,7\n0,4,56\n")
    test = figures(path, "--table", "--threshold", "0.667")["diagnostics"]["threshold_tests"]["cohen_kappa"]
    assert test["z"] == pytest.approx(2.1967, abs=1e-4)
    assert test["p"] == pytest.approx(0.01402, abs=1e-5)


def test_sets_of_labels_have_alpha_with_masi_and_jaccard(tmp_path: Path) -> None:
    # coder 1: {1,2} {1,2} {1}, coder 2: {1} {1,2} {1}. MASI: Do = (1/3 * 2) / 3 = 2/9, De = 2/5 by hand: 1 - 5/9
    path = written(tmp_path / "sets.csv", "item,one,two\na,1;2,1\nb,1; 2,2;1\nc,1,1\n")
    found = figures(path, "--multilabel", ";")
    assert set(found["coefficients"]) == {"percent_agreement", "alpha_masi", "alpha_jaccard"}
    assert values(found)["alpha_masi"] == pytest.approx(4 / 9)
    # Jaccard: d({1,2},{1}) = 1/2: Do = (1/2) / 3 = 1/6; De = 9 of 15 pairs differ by 1/2 = 3/10: 1 - 5/9
    assert values(found)["alpha_jaccard"] == pytest.approx(4 / 9)
    assert values(found)["percent_agreement"] == pytest.approx(2 / 3)
    assert [one["given"] for one in found["diagnostics"]["labels"]] == [{"one": 3, "two": 3}, {"one": 2, "two": 1}]


def test_the_empty_set_is_a_cell_of_its_own_and_an_empty_cell_a_gap(tmp_path: Path) -> None:
    path = written(tmp_path / "sets.csv", "one,two\nnone,none\nx,\nx;y,y\n")
    found = figures(path, "--multilabel", ";", "--no-label", "none")
    assert found["n"] == 2
    assert found["diagnostics"]["missing"] == {"one": 0, "two": 1}
    assert found["diagnostics"]["categories"] == ["x", "y"]


def test_the_same_codes_in_every_shape_give_the_same_figures(tmp_path: Path) -> None:
    wide, first, second = two_columns(tmp_path / "wide.csv")
    rows = [f"{who}\t{k}\t{code}" for who, codes in (("ada", first), ("bo", second)) for k, code in enumerate(codes)]
    random.Random(1).shuffle(rows)
    long = written(
        tmp_path / "long.tsv",
        "rater\titem\tcode\n"
        + "\n".join(["ada\t0\t" + str(first[0]), *[r for r in rows if r != f"ada\t0\t{first[0]}"]]),
    )
    counts = [
        [sum(pair == (r, c) for pair in zip(first, second, strict=True)) for c in (1, 2, 3, 4)] for r in (1, 2, 3, 4)
    ]
    headed = "\n".join([";1;2;3;4", *(f"{k};" + ";".join(map(str, row)) for k, row in enumerate(counts, 1))])
    table = written(tmp_path / "table.csv", headed)
    book = Workbook()
    for row in [["", "ada", "bo"], *([k, a, b] for k, (a, b) in enumerate(zip(first, second, strict=True)))]:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "wide.xlsx")
    expected = figures(wide)["coefficients"]
    assert figures(long, "--long")["coefficients"] == expected
    assert figures(table, "--table")["coefficients"] == expected
    assert figures(tmp_path / "wide.xlsx")["coefficients"] == expected


def test_a_distribution_has_the_coefficients_that_need_not_know_who_coded(tmp_path: Path) -> None:
    # Wikipedia, "Fleiss' kappa": 14 raters, 10 subjects, kappa .210
    rows = ["0,0,0,0,14", "0,2,6,4,2", "0,0,3,5,6", "0,3,9,2,0", "2,2,8,1,1", "7,7,0,0,0", "3,2,6,3,0", "2,5,3,2,2",
            "6,5,2,1,0", "0,2,2,3,7"]  # fmt: skip
    path = written(tmp_path / "distribution.csv", "\n".join(["1,2,3,4,5", *rows]))
    found = figures(path, "--distribution")
    assert values(found)["fleiss_kappa"] == pytest.approx(0.210, abs=5e-4)
    assert not {"cohen_kappa", "conger_kappa"} & set(found["coefficients"])


def test_coders_who_took_turns_are_not_made_into_persons(tmp_path: Path) -> None:
    path = written(tmp_path / "long.csv", "item,worker,code\na,w1,x\na,w2,x\nb,w3,y\nb,w1,x\nc,w2,y\nc,w4,y\n")
    found = figures(path, "--long", "--rotating")
    assert "fleiss_kappa" in found["coefficients"]
    assert not {"cohen_kappa", "conger_kappa"} & set(found["coefficients"])
    assert "missing" not in found["diagnostics"]
    assert "not told apart" in run(path, "--long", "--rotating")


def test_clusters_are_resampled_whole(tmp_path: Path) -> None:
    path, _, _ = two_columns(tmp_path / "codes.csv", 120)
    lines = path.read_text().splitlines()
    lines = [lines[0] + ",source", *(f"{line},s{k // 4}" for k, line in enumerate(lines[1:]))]
    clustered = figures(written(tmp_path / "clusters.csv", "\n".join(lines)), "--cluster", "source")
    alone = figures(path)
    assert clustered["diagnostics"]["clusters"] == 30
    assert values(clustered) == values(alone)
    one, other = clustered["coefficients"]["cohen_kappa"], alone["coefficients"]["cohen_kappa"]
    assert (one["low"], one["se"]) != (other["low"], other["se"])


def test_a_seed_gives_the_same_interval_again(tmp_path: Path) -> None:
    path, _, _ = two_columns(tmp_path / "codes.csv")
    first, again, other = (figures(path, "--seed", seed, "--replicates", "500") for seed in ("1", "1", "2"))
    assert first == again
    assert first["coefficients"]["cohen_kappa"]["low"] != other["coefficients"]["cohen_kappa"]["low"]


def test_the_analytic_interval_is_symmetric(tmp_path: Path) -> None:
    path, _, _ = two_columns(tmp_path / "codes.csv")
    kappa = figures(path, "--interval", "analytic")["coefficients"]["cohen_kappa"]
    # t with 119 degrees of freedom: 1.9801
    assert kappa["high"] - kappa["value"] == pytest.approx(1.9801 * kappa["se"], abs=1e-4)


def test_a_reference_gives_each_category_precision_and_recall(tmp_path: Path) -> None:
    path = written(tmp_path / "codes.csv", "model,gold\nx,x\nx,y\ny,y\nx,x\n")
    shown = figures(path, "--reference", "gold")
    assert shown["coders"] == ["gold", "model"]
    assert shown["diagnostics"]["precision"] == {"x": pytest.approx(2 / 3), "y": 1}
    assert shown["diagnostics"]["recall"] == {"x": 1, "y": 0.5}


def test_several_coders_are_compared_two_by_two(tmp_path: Path) -> None:
    found = figures(written(tmp_path / "codes.csv", KRIPPENDORFF_2011))["diagnostics"]["pairs"]
    assert [(one["coders"], one["n"]) for one in found] == [
        (["A", "B"], 9), (["A", "C"], 8), (["A", "D"], 9), (["B", "C"], 9), (["B", "D"], 10), (["C", "D"], 10),
    ]  # fmt: skip


def test_what_is_undefined_is_null_with_a_reason(tmp_path: Path) -> None:
    found = figures(written(tmp_path / "codes.csv", "ada,bo\n" + "a,a\n" * 5))
    kappa = found["coefficients"]["cohen_kappa"]
    assert (kappa["value"], kappa["se"], kappa["low"]) == (None, None, None)
    assert "undefined" in kappa["reason"]
    assert found["coefficients"]["percent_agreement"]["value"] == 1


def test_one_item_has_a_value_or_a_reason_and_no_interval(tmp_path: Path) -> None:
    found = figures(written(tmp_path / "codes.csv", "ada,bo\nx,y\n"))
    assert found["n"] == 1
    assert all(one["low"] is None and one["se"] is None and one["reason"] for one in found["coefficients"].values())


def test_without_an_item_of_two_codes_every_coefficient_says_so(tmp_path: Path) -> None:
    path = written(tmp_path / "g.csv", "id,a,b\n1,1,\n2,,2\n")
    found = figures(path, "--level", "ordinal", "--columns", "a,b")
    alpha = found["coefficients"]["krippendorff_alpha"]
    assert (alpha["value"], alpha["reason"]) == (None, "undefined: no unit has codings from two coders")
    assert "no unit has codings from two coders" in " ".join(run(path, "--level", "ordinal").split())


def test_a_column_beside_the_coders_is_refused_until_it_is_named(tmp_path: Path) -> None:
    codes = [(f"Herald {k}", "xy"[k % 2], "xy"[k % 3 % 2]) for k in range(30)]
    rows = [f"{k},{codes[k % 30][0]},{codes[k % 30][1]},{codes[k % 30][2]}" for k in range(60)]
    path = written(tmp_path / "codes.csv", "id,src,a,b\n" + "\n".join(rows) + "\n")
    with pytest.raises(InputError, match="column 'src' shares no code with another") as error:
        run(path)
    assert "--columns" in error.value.hint
    assert figures(path, "--columns", "a,b")["coders"] == ["a", "b"]
    assert figures(path, "--columns", "src,a,b", "--interval", "analytic")["coders"] == ["src", "a", "b"]


def test_codes_that_pandas_wrote_with_a_point_are_shared(tmp_path: Path) -> None:
    rows = [f"{k},{k % 2},{k % 2},{k % 2}.0" for k in range(20)]
    path = written(tmp_path / "codes.csv", "id,a,b,c\n" + "\n".join(rows) + "\n")
    found = figures(path)
    assert found["coders"] == ["a", "b", "c"]
    assert not any("shares no code" in note for note in found["diagnostics"]["read"])


def test_measurements_may_share_no_number(tmp_path: Path) -> None:
    rows = [f"{k},{k}.1,{k}.2,{k}.3" for k in range(20)]
    path = written(tmp_path / "codes.csv", "id,a,b,c\n" + "\n".join(rows) + "\n")
    assert figures(path, "--level", "interval", "--interval", "analytic")["n"] == 20
