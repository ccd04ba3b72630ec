"""`python -m eval` as a person types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from coder.errors import InputError
from eval.answers import AnswerFile, AnswerLine
from eval.coders import get_coder
from eval.datasets import DataSet, load
from eval.naive import Naive
from eval.runs import HOME, answers_path
from tests.unit.eval.scene import header, headlines

CODES = {"b": "bad", "g": "good"}


def command(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "eval", "--home", str(home), *arguments],
        cwd=HOME.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "README.md").write_text("<!-- results: begin -->\n<!-- results: end -->\n")
    return tmp_path


def recorded(data: DataSet, path: Path, said: str) -> Path:
    """Answers of the naive peer, as letters for the items of the test half in their order."""
    items = data.sample("test", seed=2021)
    coder = Naive()
    head = header(
        data, coder="naive", shape=dict(coder.shape), prompt_hash=coder.prompt_hash(data), half="test", model=path.stem
    )
    with AnswerFile.open(path, head) as file:
        for item, code in zip(items, said, strict=True):
            file.record(AnswerLine(item=item.name, raw=json.dumps({"tone": CODES[code]})))
    return path


def test_scoring_again_changes_no_byte_and_counts_no_look(home: Path) -> None:
    folder = headlines(home / "set", "bbgg" * 3)
    path = recorded(load(folder), home / "set-test-naive.jsonl", "bgbgbg")
    done = command(home, "score", str(folder), str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "6 items, mean " in done.stdout
    files = {path: path.read_bytes() for path in (home / "results").iterdir()}
    assert {path.name for path in files} == {"set-test-naive.json", "looks.json"}
    assert command(home, "score", str(folder), str(path)).returncode == 0
    assert {path: path.read_bytes() for path in (home / "results").iterdir()} == files
    assert "### set, test half" in (home / "README.md").read_text()


def test_comparing_writes_a_file_and_tells_the_difference(home: Path) -> None:
    data = load(headlines(home / "set", "bbgg" * 3))
    gold = "".join(data.gold_of(item.name)["tone"].codes[0][0] for item in data.sample("test", seed=2021))
    right = recorded(data, home / "right.jsonl", gold)
    wrong = recorded(data, home / "wrong.jsonl", gold.translate(str.maketrans("bg", "gb")))
    done = command(home, "compare", str(data.path), str(right), str(wrong))
    assert done.returncode == 0
    assert "6 items, difference " in done.stdout
    assert json.loads((home / "results" / "right--wrong.json").read_text())["kind"] == "comparison"


def test_an_error_is_one_line_with_a_remedy(home: Path) -> None:
    done = command(home, "run", str(home / "nowhere"), "--coder", "naive")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"error: {home / 'nowhere'}: no data set here",
        "  name a folder with a dataset.yaml, or 'gold' for the shipped one",
    ]


def test_a_wrong_option_exits_with_1(home: Path) -> None:
    done = command(home, "run", "gold", "--coder", "naive", "--half", "both")
    assert done.returncode == 1
    assert "'both' is not one of 'dev', 'test'" in done.stderr


def test_coders_are_listed(home: Path) -> None:
    done = command(home, "list")
    assert done.returncode == 0
    assert done.stdout.startswith("naive  {'mode': 'JSON_SCHEMA'")


def test_an_unknown_coder_is_told_the_names() -> None:
    with pytest.raises(InputError, match="no coder 'nobody'") as caught:
        get_coder("nobody")
    assert "naive" in caught.value.hint


def test_answers_that_may_quote_texts_of_others_stay_out_of_the_checkout(home: Path) -> None:
    data = load(headlines(home / "set", "bg"))
    assert not answers_path(data, "dev", "naive", None).is_relative_to(HOME.parent)
    assert answers_path(data, "dev", "naive", home / "x.jsonl") == home / "x.jsonl"
    with pytest.raises(InputError, match="lies in the checkout"):
        answers_path(data, "dev", "naive", HOME / "answers" / "x.jsonl")
