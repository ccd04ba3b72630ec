"""Screening sets are read, asked in an order that keeps any beginning a sample, and scored from answers alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coder.errors import InputError
from coder.model import CodeProbability
from eval.answers import AnswerFile, AnswerLine
from eval.asreview import record
from eval.coders import get_coder
from eval.endpoints import Endpoint
from eval.runs import Wanted, make_header
from eval.screened import replay
from eval.screening import ScreeningSet, answers_file, load_screening
from eval.screening_table import render, summary
from tests.unit.eval.scene import TONE, benchmark

CRITERIA = """\
name: kept
version: 1
unit: abstract
criteria:
  - {id: about, question: Is it about AI?}
  - {id: meant, question: For radiologists?}
"""


@pytest.fixture
def kept(tmp_path: Path) -> ScreeningSet:
    """12 texts, 3 of them included."""
    names = [f"t{number:02d}" for number in range(12)]
    gold = [(name, "included", "include" if number < 3 else "exclude") for number, name in enumerate(names)]
    texts = [(name, f"Text {name}.") for name in names]
    return load_screening(str(benchmark(tmp_path / "set", items=texts, gold=gold, codebook=CRITERIA)))


def answer(kept: ScreeningSet, path: Path, count: int) -> None:
    """Included texts are answered yes twice, every other one no to the second, with 0.9 on what was said."""
    coder = get_coder("screen-together")
    header = make_header(kept.data, coder, Wanted(half="test"), Endpoint(None, "", "", "told"), ())  # type: ignore[arg-type]
    with AnswerFile.open(path, header) as file:
        for item in kept.ordered(2021)[:count]:
            codes = {"about": "yes", "meant": "yes" if kept.included[item.name] else "no"}
            chances = tuple(
                CodeProbability(
                    dimension=name,
                    code=code,
                    probability=0.9,
                    distribution={one: 0.9 if one == code else 0.05 for one in ("yes", "no", "absent")},
                )
                for name, code in codes.items()
            )
            raw = json.dumps({name: [code] for name, code in codes.items()})
            file.record(
                AnswerLine(item=item.name, part="about+meant", raw=raw, probabilities=chances, milliseconds=500)
            )


def test_of_three_texts_asked_one_is_included_until_all_are(kept: ScreeningSet) -> None:
    order = [kept.included[item.name] for item in kept.ordered(2021)]
    assert order == [True, False, False] * 3 + [False] * 3
    assert [item.name for item in kept.ordered(1)] != [item.name for item in kept.ordered(2)]


def test_a_run_that_was_cut_short_is_scored_and_weighed_back(kept: ScreeningSet, tmp_path: Path) -> None:
    path = tmp_path / "kept-screen.jsonl"
    answer(kept, path, 6)  # 2 of 3 included, 4 of 9 excluded
    found = replay(kept, path)["figures"]
    assert (found["items"], found["included"], found["of"]) == (6, 2, [12, 3])
    said = found["as_said"]
    assert (said["decision"]["recall"]["share"], said["decision"]["precision"]["value"]) == (1.0, 1.0)
    assert said["decision"]["excluded"]["value"] == pytest.approx(9 / 12)
    # Both included ones first: 3 of 12 read.
    assert said["ranking"]["wss_95"]["value"] == pytest.approx(9 / 12 - 0.05)
    assert said["ranking"]["auc"]["value"] == 1.0
    assert said["reasons"]["given"] == {"meant": 4}


def test_replaying_gives_the_same_figures_and_a_limit_fewer_texts(kept: ScreeningSet, tmp_path: Path) -> None:
    path = tmp_path / "kept-screen.jsonl"
    answer(kept, path, 12)
    assert replay(kept, path) == replay(kept, path)
    assert replay(kept, path, limit=3)["figures"]["items"] == 3
    assert "12 texts" in summary(replay(kept, path))[0]


def test_a_text_counts_once_each_of_its_criteria_was_answered(kept: ScreeningSet, tmp_path: Path) -> None:
    """Asked one criterion a call, two answers a text, ten times as sure of each as of the other: the third text has
    one, so two are scored. With fewer than 20 texts no "no" is borne out, and the order is told all the same."""
    path, coder = tmp_path / "kept-screen.jsonl", get_coder("screen")
    header = make_header(kept.data, coder, Wanted(half="test"), Endpoint(None, "", "", "told"), ())  # type: ignore[arg-type]
    asked = [(item, name) for item in kept.ordered(2021)[:3] for name in ("about", "meant")][:5]
    with AnswerFile.open(path, header) as file:
        for item, name in asked:
            code = "yes" if kept.included[item.name] else "no"
            chances = {one: 0.9 if one == code else 0.05 for one in ("yes", "no", "absent")}
            one = CodeProbability(dimension=name, code=code, probability=0.9, distribution=chances)
            raw = json.dumps({name: {"code": code, "evidence": [1]}})
            file.record(AnswerLine(item=item.name, part=name, raw=raw, probabilities=(one,), milliseconds=500))
    found = replay(kept, path)["figures"]
    assert (found["items"], found["cost"]["seconds"]) == (2, 1.0)
    assert found["as_said"]["decision"]["states"] == {"included": 1, "excluded": 1}
    assert found["confirmed"]["decision"]["states"] == {"included": 1, "unclear": 1}
    assert found["confirmed"]["ranking"]["auc"]["value"] == 1.0


def test_a_text_that_failed_is_read_first_and_not_lost(kept: ScreeningSet, tmp_path: Path) -> None:
    path = tmp_path / "kept-screen.jsonl"
    coder = get_coder("screen-together")
    header = make_header(kept.data, coder, Wanted(half="test"), Endpoint(None, "", "", "told"), ())  # type: ignore[arg-type]
    with AnswerFile.open(path, header) as file:
        for item in kept.ordered(2021)[:2]:
            file.record(AnswerLine(item=item.name, part="about+meant", status="failed", error="gone"))
    decision = replay(kept, path)["figures"]["as_said"]["decision"]
    assert decision["states"] == {"unclear": 2}
    assert decision["recall"]["share"] == 1.0


def test_the_shipped_set_has_the_twelve_texts_with_their_reasons() -> None:
    shipped = load_screening("gold")
    assert sorted(shipped.reasons) == [f"S{number:02d}" for number in range(1, 13)]
    assert sum(shipped.included.values()) == 40
    assert shipped.criteria[0] == "about_ai"


def test_a_set_that_people_coded_is_no_screening_set(tmp_path: Path) -> None:
    folder = benchmark(tmp_path / "set", items=[("a", "Text")], gold=[("a", "tone", "bad")], codebook=TONE)
    with pytest.raises(InputError, match="no screening set"):
        load_screening(str(folder))


def test_answers_to_other_peoples_texts_stay_out_of_the_checkout(kept: ScreeningSet) -> None:
    with pytest.raises(InputError, match="lies in the checkout"):
        answers_file(kept, "screen", Path("eval/answers/x.jsonl").resolve())


def test_an_order_of_asreview_is_held_to_the_same_measures(kept: ScreeningSet, tmp_path: Path) -> None:
    best = sorted(kept.included, key=lambda name: not kept.included[name])
    found = record(kept, [best, best[::-1]], [1, 2], "3.0")
    # 3 of 12 read, and all of them: 0.7 and -0.05.
    assert found["figures"]["wss_95"] == pytest.approx({"mean": 0.325, "least": -0.05, "most": 0.7})
    path = tmp_path / "kept-screen.jsonl"
    answer(kept, path, 12)
    table = render([replay(kept, path), found])
    assert "ASReview 3.0" in table
    assert "codes as said" in table
    with pytest.raises(ValueError, match="every text once"):
        record(kept, [best[:-1]], [1], "3.0")
