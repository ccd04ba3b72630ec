"""The measurement of speed: what is asked, what is kept. Nothing is timed here."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import click
import pytest

from coder.store import Store
from eval import speed
from eval.__main__ import _load_of
from eval.speed import Load, Measured

ROW = Measured("ours", 1000, 50, seconds=4.4, ratio=1.1, command_seconds=6.0, cpu_ms=2.5, peak_mb=120)


def test_the_ideal_is_what_the_endpoint_alone_would_take() -> None:
    assert Load(10_000, 200).ideal_s == pytest.approx(10.0)  # 50 rounds of 0.2 seconds
    assert Load(1_000, 50).ideal_s == pytest.approx(4.0)


def test_no_two_texts_are_the_same() -> None:
    texts = list(islice(speed.texts(500), 500))
    assert len(set(texts)) == 500
    assert texts[0].splitlines()[1:] == texts[100].splitlines()[1:]  # there are a hundred descriptions


def test_every_client_is_given_the_same_questions(tmp_path: Path) -> None:
    speed.make_project(tmp_path, 3, "http://127.0.0.1:1/v1")
    with Store.open(str(tmp_path / "intercoder.db")) as store:
        stored = [version.text.splitlines()[0] for _, version in store.current_versions()]
    file = tmp_path / "questions.jsonl"
    speed.write_questions(file, 3)
    shared, *asked = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert len(shared["schema"]["properties"]) == 10
    assert (
        [text.split("[1] ")[1].splitlines()[0] for text in asked]
        == stored
        == [f"Programme number {n}." for n in range(3)]
    )


def test_a_figure_replaces_the_one_of_its_client_and_load_and_leaves_the_others(tmp_path: Path) -> None:
    file = tmp_path / "bench-speed.json"
    other = Measured("raw aiohttp", 1000, 50, seconds=4.2, ratio=1.05, command_seconds=4.5, cpu_ms=0.4, peak_mb=40)
    speed.record(file, [ROW, other])
    better = Measured("ours", 1000, 50, seconds=4.1, ratio=1.02, command_seconds=5.0, cpu_ms=2.0, peak_mb=110)
    speed.record(file, [better])
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert [(row["client"], row["ratio"]) for row in kept["rows"]] == [("ours", 1.02), ("raw aiohttp", 1.05)]
    assert kept["latency_s"] == 0.2


def test_the_table_has_a_line_a_figure() -> None:
    assert speed.table([ROW]).splitlines()[2] == "| ours | 1,000 / 50 | 1.10 | 2.5 | 120 |"


@pytest.mark.parametrize("words", ["1000", "a/b", "0/5", "5/0", "1/2/3"])
def test_a_load_that_cannot_be_read_is_said(words: str) -> None:
    with pytest.raises(click.BadParameter, match="DOCUMENTS/CONCURRENCY"):
        _load_of(words)
