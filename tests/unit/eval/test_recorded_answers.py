"""The answers in the repository give the figures in the repository again, to the last digit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.datasets import SHIPPED, load
from eval.ledger import read_json, result_record, write_json
from eval.runs import HOME, replay

RECORDED = sorted((HOME / "answers").glob("*.jsonl"))


@pytest.mark.parametrize("answers", RECORDED, ids=lambda path: path.stem)
def test_a_replay_reproduces_every_figure(answers: Path, tmp_path: Path) -> None:
    kept = read_json(HOME / "results" / f"{answers.stem}.json")
    again = tmp_path / "again.json"
    write_json(again, result_record(replay(load(SHIPPED), answers), kept["looks"]))
    assert json.loads(again.read_text(encoding="utf-8")) == kept


def test_there_are_recorded_answers_of_our_coder_and_of_the_naive_peer() -> None:
    assert {path.stem.rsplit("-", 1)[-1] for path in RECORDED} >= {"naive", "shown"}
