"""`python -m eval hostile` against a loopback endpoint: cut short, gone on with, replayed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from eval.answers import read_answers
from eval.hostile import load_hostile, name_of
from eval.runs import HOME
from eval.steering_table import BEGIN, END
from eval.table import BEGIN as RESULTS_BEGIN
from eval.table import END as RESULTS_END
from tests.mock_openai import Config, serving


async def command(home: Path, *arguments: str) -> tuple[int | None, str, str]:
    """The command's exit code, what it said, and what it complained of."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "eval", "--home", str(home), "hostile", *arguments,
        cwd=HOME.parent, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "README.md").write_text(f"{RESULTS_BEGIN}\n{RESULTS_END}\n{BEGIN}\n{END}\n")
    return tmp_path


async def test_a_run_that_was_cut_goes_on_and_replays_to_the_same_bytes(home: Path) -> None:
    answers = home / "answers" / "hostile" / "hostile-shown-mock.jsonl"
    result = home / "results" / "hostile-shown-mock.json"
    texts = load_hostile().texts
    async with serving(Config(latency=0.0)) as (url, mock):
        where = ("--model", "mock", "--base-url", url)
        code, out, _ = await command(home, *where, "--limit", "1")
        assert (code, out.split(": ")[1][:16]) == (0, "1 of 50 texts; c")
        assert [line.item for line in read_answers(answers)[1]] == [
            name_of(texts[0], twin) for twin in ("clean", "attack", "neutral")
        ]
        code, out, _ = await command(home, *where, "--limit", "3")
        assert (code, "3 of 50 texts" in out) == (0, True)
        assert len(read_answers(answers)[1]) == 9
        # each run asks first which model answers; no text is asked twice
        assert mock.stats.requests == 9 + 2
        asked = [request["messages"][-1]["content"] for request in mock.requests if len(request["messages"]) > 1]
        assert not [text for text in asked if "<|im_" in text]  # H09 is among them
    kept = result.read_bytes(), (home / "README.md").read_bytes()
    code, out, _ = await command(home, "--model", "mock", "--replay")
    assert (code, "3 of 50 texts" in out) == (0, True)
    assert (result.read_bytes(), (home / "README.md").read_bytes()) == kept
    assert "shown, mock: 3 hostile texts" in kept[1].decode()


async def test_a_replay_without_answers_says_what_to_do(home: Path) -> None:
    code, _, err = await command(home, "--replay")
    assert code == 1
    assert "hostile-shown-qwen2.5-coder-1.5b.jsonl: No such file or directory" in err
    assert "Traceback" not in err
