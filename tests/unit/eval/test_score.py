"""From recorded answers to figures, and the difference of two runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coder.errors import InputError
from coder.model import Assignment, Coding, Span
from eval.answers import AnswerLine
from eval.datasets import DataSet, Item, load
from eval.score import Result, compare, score
from tests.unit.eval.scene import AREAS, Told, benchmark, header, headlines, shipped, told

NAMES = {"b": "bad", "g": "good"}


def all_dev(data: DataSet) -> DataSet:
    """The same data with every item in the dev half."""
    return replace(data, places=dict.fromkeys((item.name for item in data.items), "calibration"))


def tones(folder: Path, gold: str, said: str, **changes: Any) -> Result:
    """A run on headlines, gold and answers as letters."""
    data = all_dev(load(headlines(folder, gold)))
    lines = told({f"h{number:02d}": {"tone": NAMES[code]} for number, code in enumerate(said)})
    return score(data, header(data, **changes), lines, Told())


def test_kappa_of_four_items_by_hand(tmp_path: Path) -> None:
    # po = 3/4; gold has 2 bad and 2 good, the coder 3 and 1: pe = 1/2 x 3/4 + 1/2 x 1/4 = 1/2; kappa = 1/2
    figures = tones(tmp_path / "set", "bbgg", "bbgb").figures
    (tone,) = figures["dimensions"]
    assert (tone["dimension"], tone["coefficient"], tone["value"], tone["n"]) == ("tone", "cohen_kappa", 0.5, 4)
    assert tone["percent_agreement"] == 0.75
    assert figures["mean"] == {
        "value": 0.5, "low": None, "high": None, "reason": "no interval: 4 items, fewer than 50",
        "dimensions": ["tone"], "left_out": {},
    }  # fmt: skip


def test_a_call_that_is_missing_is_an_answer_that_never_agrees(tmp_path: Path) -> None:
    # the fourth answer is missing: po = 3/4, pe = 1/2 x 1/2 + 1/2 x 1/4 = 3/8; kappa = (3/8) / (5/8) = 3/5
    figures = tones(tmp_path / "set", "bbgg", "bbg").figures
    assert figures["dimensions"][0]["refused"] == 1
    assert figures["dimensions"][0]["value"] == pytest.approx(3 / 5)
    assert figures["statuses"] == {"coded": 3, "failed": 1}


def test_the_mean_is_over_dimensions_and_a_condition_is_held_for_both_sides(tmp_path: Path) -> None:
    # area: 3 of 4 agree; gold 3 economic 1 social, coder 2 and 2: pe = 3/4 x 1/2 + 1/4 x 1/2 = 1/2, kappa = 1/2.
    # position: not applicable to both at d (out), said to be so by the coder at c (never agrees), a and b agree:
    # n = 3, po = 2/3; gold left, right, left: pe = 2/3 x 1/3 + 1/3 x 1/3 = 1/3; kappa = (1/3) / (2/3) = 1/2
    gold = [
        ("a", "area", "economic"), ("a", "position", "left"),
        ("b", "area", "economic"), ("b", "position", "right"),
        ("c", "area", "economic"), ("c", "position", "left"),
        ("d", "area", "social"),
    ]  # fmt: skip
    items = [(name, f"Text {name}") for name in "abcd"]
    data = all_dev(load(benchmark(tmp_path / "set", codebook=AREAS, items=items, gold=gold)))
    said = {
        "a": {"area": "economic", "position": "left"},
        "b": {"area": "economic", "position": "right"},
        "c": {"area": "social", "position": "left"},
        "d": {"area": "social", "position": "left"},
    }
    figures = score(data, header(data), told(said), Told()).figures
    assert [one["value"] for one in figures["dimensions"]] == pytest.approx([0.5, 0.5])
    assert figures["dimensions"][1]["n"] == 3
    assert figures["dimensions"][1]["excluded"] == {"not_applicable": 1}
    assert figures["mean"]["value"] == pytest.approx(0.5)


def test_a_dimension_without_a_kappa_is_left_out_with_the_reason(tmp_path: Path) -> None:
    figures = tones(tmp_path / "set", "bbb", "bbb").figures
    assert figures["mean"]["value"] is None
    assert figures["mean"]["reason"] == "no dimension has a coefficient"
    assert "undefined" in figures["mean"]["left_out"]["tone"]


def test_cost_is_a_mean_over_items(tmp_path: Path) -> None:
    # three of four items were answered: 100 and 10 tokens and half a second each
    cost = tones(tmp_path / "set", "bbgg", "bbg").figures["cost"]
    assert (cost["calls"], cost["prompt_tokens"], cost["completion_tokens"]) == (3, 75, 7.5)
    assert cost["seconds"] == pytest.approx(0.375)


def test_from_fifty_items_the_mean_has_an_interval_that_is_the_same_again(tmp_path: Path) -> None:
    gold, said = "bg" * 30, "bggbbgbgbg" * 6
    first, second = (tones(tmp_path / name / "set", gold, said).figures for name in "12")
    mean = first["mean"]
    assert mean["low"] < mean["value"] < mean["high"]
    assert first == second


def test_examples_are_not_scored(tmp_path: Path) -> None:
    assert tones(tmp_path / "set", "bbgg", "bbgb", examples=("h03",)).figures["items"] == 3
    with pytest.raises(InputError, match="no item is left"):
        tones(tmp_path / "none" / "set", "bg", "bg", examples=("h00", "h01"))


class Citing(Told):
    """Codes every document `bad` and cites the span it is told to."""

    def _item(self, data: DataSet, item: Item, answers: Mapping[str, Any] | None) -> list[Coding]:
        (coding,) = super()._item(data, item, {"tone": "bad"})
        cited = tuple(Span(start=start, end=end) for start, end in (answers or {}).get("cite", []))
        return [coding.model_copy(update={"assignments": (Assignment(category="bad", evidence=cited),)})]


def test_evidence_counts_the_codes_whose_sentences_touch_the_carrying_ones(tmp_path: Path) -> None:
    # the carrying sentence is [19, 33): touched from 0 to 20, not from 0 to 19; the third cites nothing, the fourth
    # cites it and a span beyond the text
    data = all_dev(load(shipped(tmp_path / "gold", dict.fromkeys(("1", "2", "3", "4"), "calibration"))))
    assert {len(item.version.text) for item in data.items} == {31}
    cites: dict[str, Sequence[tuple[int, int]]] = {"1": [(0, 18)], "2": [(0, 17)], "3": [], "4": [(17, 31), (31, 40)]}
    lines = tuple(AnswerLine(item=name, raw=json.dumps({"cite": spans})) for name, spans in cites.items())
    evidence = score(data, header(data), lines, Citing()).figures["evidence"]
    assert evidence == {"share": 0.5, "n": 4, "codes": 4, "citations": 4, "out_of_range": 0.25}


def test_evidence_of_sets_is_held_against_the_same_label(tmp_path: Path) -> None:
    folder = tmp_path / "gold"
    shipped(folder, {"1": "calibration"})
    book = (folder / "codebook.yaml").read_text().replace("kind: nominal", "kind: multilabel")
    (folder / "codebook.yaml").write_text(book)
    data = load(folder)

    class Both(Told):
        def _item(self, data: DataSet, item: Item, answers: Mapping[str, Any] | None) -> list[Coding]:
            (coding,) = super()._item(data, item, {"tone": ["bad", "good"]})
            given = [Assignment(category=code, evidence=(Span(start=20, end=25),)) for code in ("bad", "good")]
            return [coding.model_copy(update={"assignments": tuple(given)})]

    # the reference has evidence for `bad` only; `good` has nothing to be compared with
    evidence = score(data, header(data), told({"1": {}}), Both()).figures["evidence"]
    assert (evidence["share"], evidence["n"], evidence["codes"]) == (1.0, 1, 2)


def test_a_reference_without_evidence_has_no_such_figure(tmp_path: Path) -> None:
    assert tones(tmp_path / "set", "bg", "bg").figures["evidence"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("dataset_hash", "x"), ("codebook_hash", "x"), ("prompt_hash", "x"), ("shape", {"how": "else"}), ("coder", "x")],
)
def test_answers_that_belong_to_something_else_are_refused(tmp_path: Path, field: str, value: object) -> None:
    with pytest.raises(InputError, match="recorded with another"):
        tones(tmp_path / "set", "bg", "bg", **{field: value})


def test_the_number_of_examples_is_no_other_form_of_the_coder(tmp_path: Path) -> None:
    assert tones(tmp_path / "set", "bg", "bg", shape={"how": "told", "examples": 3}).figures["items"] == 2


def test_people_are_the_ceiling_on_the_whole_half(tmp_path: Path) -> None:
    items = [(f"i{number:02d}", f"Text {number}") for number in range(24)]
    gold = [(name, "tone", "bad" if number % 2 else "good") for number, (name, _) in enumerate(items)]
    codings = [(name, "tone", who, code) for name, _, code in gold for who in ("ann", "ben")]
    data = all_dev(load(benchmark(tmp_path / "set", items=items, gold=gold, codings=codings)))
    people = score(data, header(data, limit=3), told({}), Told()).figures["people"]
    assert (people["coders"], people["items"], people["mean_kappa"], people["mean_alpha"]) == (2, 24, 1.0, 1.0)


def test_a_difference_is_paired_and_turns_its_sign_with_the_order(tmp_path: Path) -> None:
    # of 60: the better coder errs on 6, the worse on 18, all within each category alike. kappa = 1 - 2 x share wrong:
    # 0.8 and 0.4
    gold = "bg" * 30
    wrong = {"b": "g", "g": "b"}
    better, worse = (
        tones(tmp_path / name / "set", gold, "".join(wrong[c] if i < errors else c for i, c in enumerate(gold)))
        for name, errors in (("1", 6), ("2", 18))
    )
    found, turned = compare(better, worse), compare(worse, better)
    assert found["mean"]["value"] == pytest.approx(0.4)
    assert 0 < found["mean"]["low"] < 0.4 < found["mean"]["high"]
    assert turned["mean"]["value"] == pytest.approx(-0.4)
    assert turned["mean"]["low"] == pytest.approx(-found["mean"]["high"])
    assert found["dimensions"][0]["value"] == pytest.approx(0.4)


def test_a_run_is_no_better_than_itself(tmp_path: Path) -> None:
    run = tones(tmp_path / "set", "bg" * 30, "bggbbgbgbg" * 6)
    mean = compare(run, run)["mean"]
    assert (mean["value"], mean["low"], mean["reason"]) == (
        0,
        None,
        "not estimable: every resample gives the same value",
    )


def test_only_items_that_both_coded_are_compared(tmp_path: Path) -> None:
    a, b = (tones(tmp_path / name / "set", "bgbgbg", "bgbggb", limit=limit) for name, limit in (("1", 3), ("2", None)))
    assert compare(a, b)["items"] == 3


def test_runs_on_other_data_or_halves_are_not_compared(tmp_path: Path) -> None:
    run, other = tones(tmp_path / "1" / "set", "bg", "bg"), tones(tmp_path / "2" / "set", "gb", "bg")
    with pytest.raises(InputError, match="differ in dataset_hash"):
        compare(run, other)


def test_failed_calls_are_counted(tmp_path: Path) -> None:
    data = all_dev(load(headlines(tmp_path / "set", "bg")))
    lines = (AnswerLine(item="h00", raw="null", status="failed", error="no"), *told({"h01": {"tone": "good"}}))
    figures = score(data, header(data), lines, Told()).figures
    assert (figures["cost"]["calls"], figures["cost"]["failures"]) == (2, 1)
    assert figures["statuses"] == {"failed": 1, "coded": 1}
