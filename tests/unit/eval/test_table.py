"""The tables in the README, made from result files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from coder.errors import InputError
from eval.ledger import write_json
from eval.table import BEGIN, END, read_records, render, update


def result(coder: str, **changes: Any) -> dict[str, Any]:
    mean = {"value": 0.5, "low": 0.4, "high": 0.6, "reason": None, "dimensions": ["tone"], "left_out": {}}
    figures = {
        "items": 60,
        "mean": mean,
        "dimensions": [
            {"dimension": "tone", "kind": "nominal", "value": 0.51, "mean_label_kappa": None},
            {"dimension": "topics", "kind": "multilabel", "value": 0.9, "mean_label_kappa": 0.42},
        ],
        "evidence": {"share": 0.75, "n": 40, "citations": 70},
        "cost": {"prompt_tokens": 812.4, "completion_tokens": 20.2, "seconds": 3.14159},
        "people": None,
    }
    header = {"dataset": "set", "half": "test", "coder": coder, "served_model": "tiny", "model": "tiny"}
    return {"kind": "result", "gold": "person", "header": header, "figures": figures | changes, "looks": 2}


def rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line[:1] == "|"]


def test_the_naive_peer_comes_first_and_people_last() -> None:
    alpha = {"dimension": "tone", "kappa": 0.8, "alpha": 0.7}
    people = {
        "coders": 3, "items": 90, "mean_kappa": 0.81, "mean_alpha": None,
        "dimensions": [alpha, {"dimension": "topics", "kappa": None, "alpha": 0.6}],
    }  # fmt: skip
    table = rows(render([result("aged", people=people), result("naive")]))
    assert [row[0] for row in table] == ["coder", "---", "naive", "aged", "people, pairs", "people, alpha"]
    assert table[4][:6] == ["people, pairs", "3 people", "90", "0.81", "0.80", "–"]
    assert table[5][:6] == ["people, alpha", "3 people", "90", "–", "0.70", "0.60"]


def test_people_who_never_differ_are_marked() -> None:
    agreeing = {"dimension": "tone", "kappa": 1.0, "alpha": 0.99}
    people = {"coders": 6, "items": 90, "mean_kappa": 1.0, "mean_alpha": 0.99, "dimensions": [agreeing]}
    table = rows(render([result("ours", people=people)]))
    assert table[3][3:5] == ["1.00 (all agree)", "1.00 (all agree)"]
    assert table[4][3:5] == ["0.99", "0.99"]


def test_a_row_holds_the_headlines_and_the_cost() -> None:
    row = rows(render([result("ours")]))[2]
    assert row == ["ours", "tiny", "60", "0.50 [0.40, 0.60]", "0.51", "0.42", "0.75 of 40", "812", "20", "3.1", "2"]


def test_each_half_of_each_data_set_has_its_table_and_names_its_reference() -> None:
    dev = result("ours")
    dev["header"]["half"] = "dev"
    text = render([result("ours"), dev])
    assert text.index("### set, dev half") < text.index("### set, test half")
    assert text.count("Reference: person.") == 2


def test_comparisons_on_the_same_model_stand_below_those_with_the_naive_peer_first() -> None:
    difference = {"value": 0.1, "low": -0.02, "high": 0.2, "reason": None}
    comparison = {
        "kind": "comparison", "dataset": "set", "half": "test", "coders": ["ours", "naive"],
        "models": ["tiny", "tiny"],
        "figures": {"items": 58, "mean": difference, "dimensions": [{"dimension": "tone", **difference}]},
    }  # fmt: skip
    others = [{**comparison, "coders": ["ours", "a peer"]}, {**comparison, "models": ["large", "tiny"]}]
    row = ["ours", "tiny", "58", "+0.10 [-0.02, +0.20]", "+0.10 [-0.02, +0.20]", "–"]
    head = ["model", "n", "mean [95% interval]", "tone", "topics"]
    assert rows(render([result("ours"), *others, comparison]))[3:] == [
        ["less naive", *head], ["---"] * 6, row,
        ["less a peer", *head], ["---"] * 6, row,
    ]  # fmt: skip


def test_a_coder_that_never_cites_has_no_share_of_evidence() -> None:
    silent = result("naive", evidence={"share": 0.0, "n": 40, "citations": 0})
    assert rows(render([silent]))[2][6] == "–"


def test_what_rounds_to_nothing_has_no_sign() -> None:
    mean = {"value": -0.001, "low": None, "high": None, "reason": "few"}
    assert rows(render([result("ours", mean=mean)]))[2][3] == "0.00"


def test_what_a_model_calls_itself_cannot_break_the_table() -> None:
    bad = result("ours")
    bad["header"]["served_model"] = "a | b\n<script>`\x1b[31m"
    row = render([bad]).splitlines()[6]
    assert "a \\| b &lt;script>' [31m" in row


def test_the_readme_changes_between_the_markers_only(tmp_path: Path) -> None:
    readme, folder = tmp_path / "README.md", tmp_path / "results"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_json(folder / "a.json", result("ours"))
    write_json(folder / "looks.json", {"set": {"ours": ["x"]}})
    update(readme, folder)
    text = readme.read_text()
    assert text.startswith(f"before\n{BEGIN}\n\n### set, test half\n")
    assert text.endswith(f"\n\n{END}\nafter\n")
    assert "old" not in text
    update(readme, folder)
    assert readme.read_text() == text


def test_without_results_the_table_says_so() -> None:
    assert render([]) == "No run is recorded yet."


@pytest.mark.parametrize("text", ["", BEGIN, f"{END} {BEGIN}", f"{BEGIN} {BEGIN} {END}"])
def test_missing_markers_are_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "README.md").write_text(text)
    with pytest.raises(InputError, match="markers"):
        update(tmp_path / "README.md", tmp_path)


def test_a_simulation_beside_the_results_is_no_row(tmp_path: Path) -> None:
    write_json(tmp_path / "simulate.json", {"coverage": []})
    write_json(tmp_path / "a.json", result("naive"))
    assert [record["kind"] for record in read_records(tmp_path)] == ["result"]
