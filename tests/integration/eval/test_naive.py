"""The naive peer against a loopback endpoint: what it says, what is recorded, and what is read from it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from coder.errors import ProviderError
from coder.model import Status
from eval.answers import AnswerFile, AnswerLine, read_answers
from eval.datasets import DataSet, load
from eval.endpoints import reach
from eval.naive import Naive
from eval.runs import Wanted, keep, replay, run
from tests.mock_openai import Config, Mock, serving
from tests.unit.eval.scene import AREAS, TONE, benchmark, header, headlines

KINDS = """\
name: kinds
version: 1
unit: page
dimensions:
  - {id: price, kind: quantity, question: Price?, unit: EUR, absent: {}, bins: [{id: low, label: Cheap, to: 9}, {id: high, label: Dear, from: 9}]}
  - {id: begins, kind: date, question: When?, period: {from: 2020-01, to: 2020-12}, absent: {}}
  - {id: topics, kind: multilabel, question: Topics?, categories: [{id: x}, {id: y}]}
"""


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INTERCODER_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")


@asynccontextmanager
async def endpoint(*script: str, **settings: Any) -> AsyncIterator[tuple[Wanted, Mock]]:
    """A server whose first answer, to the question which model it is, is not part of the script."""
    async with serving(Config(latency=0.0, script=("ok", *script), **settings)) as (url, mock):
        yield Wanted(model="mock", base_url=url, seed=1), mock


@pytest.fixture
def data(tmp_path: Path) -> DataSet:
    return load(headlines(tmp_path / "set", "bg" * 4))


async def test_it_says_questions_and_labels_and_no_definition(tmp_path: Path) -> None:
    folder = benchmark(
        tmp_path / "set", columns=("id", "text", "before"), context='["before"]',
        items=[(name, f"Text {name}", f"Before {name}") for name in "ab"], gold=[("a", "tone", "bad"), ("b", "tone", "good")],
    )  # fmt: skip
    async with endpoint() as (wanted, mock):
        await run(load(folder), Naive(), wanted, tmp_path / "answers.jsonl")
    (request,) = list(mock.requests)[1:]
    name = request["messages"][-1]["content"][-1]
    assert request["messages"][-1]["content"] == (
        f"before: Before {name}\nClassify the following news headline: Text {name}"
    )
    assert request["temperature"] == 0
    schema = request["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["tone"]["enum"] == ["bad", "good"]
    assert schema["properties"]["tone"]["description"] == "Which tone does it have?"
    assert "SECRET-DEFINITION" not in json.dumps(request)


async def test_answers_are_recorded_with_their_tokens_and_read_again(tmp_path: Path, data: DataSet) -> None:
    path = tmp_path / "answers.jsonl"
    heard: list[AnswerLine] = []
    async with endpoint() as (wanted, _):
        await run(data, Naive(), wanted, path, heard.append)
    head, lines = read_answers(path)
    assert (head.coder, head.model, head.served_model, head.fingerprint) == ("naive", "mock", "mock", "mock")
    assert lines == tuple(heard)
    assert len(lines) == 4
    assert all(line.prompt_tokens > 0 and line.completion_tokens > 0 for line in lines)
    said = {line.item: json.loads(line.raw)["tone"] for line in lines}
    items = data.sample("dev", seed=1)
    read = {coding.version_id: coding.codes for coding in Naive().read(data, items, lines)}
    assert read == {item.version.id: (said[item.name],) for item in items}


async def test_an_answer_off_the_list_is_asked_again_twice_and_then_failed(tmp_path: Path, data: DataSet) -> None:
    path = tmp_path / "answers.jsonl"
    bad = ("malformed",) * 2
    async with endpoint(*bad, "ok", *bad, "malformed", malformed=("wrong_value",)) as (wanted, mock):
        await run(data, Naive(), wanted, path)
    first, second, *rest = read_answers(path)[1]
    assert (first.status, first.extra["attempts"]) == ("ok", 3)
    assert first.prompt_tokens > 2 * rest[0].prompt_tokens  # of all three attempts
    assert (second.status, second.extra["attempts"]) == ("failed", 3)
    assert "NOT_A_LABEL" in second.raw
    assert mock.stats.requests == 1 + 3 + 3 + 2
    item = next(item for item in data.items if item.name == second.item)
    (coding,) = Naive().read(data, [item], [second])
    assert coding.status is Status.FAILED


async def test_a_run_goes_on_and_asks_only_what_is_missing(tmp_path: Path, data: DataSet) -> None:
    path = tmp_path / "answers.jsonl"
    async with endpoint() as (wanted, mock):
        await run(data, Naive(), wanted, path)
        whole = path.read_bytes()
        path.write_bytes(b"".join(whole.splitlines(keepends=True)[:3]) + b'{"item": "torn')
        await run(data, Naive(), wanted, path)
        assert mock.stats.requests == (1 + 4) + (1 + 2)
    assert [line.call for line in read_answers(path)[1]] == [
        (item.name, "all", 0) for item in data.sample("dev", seed=1)
    ]


async def test_a_key_that_is_not_taken_ends_the_run_before_anything_is_recorded(tmp_path: Path, data: DataSet) -> None:
    async with endpoint(key="another-key") as (wanted, _):
        with pytest.raises(ProviderError) as caught:
            await run(data, Naive(), wanted, tmp_path / "answers.jsonl")
    assert "a-key" not in caught.value.message
    assert not (tmp_path / "answers.jsonl").exists()


async def test_an_endpoint_that_goes_away_ends_the_run_and_records_no_failure(tmp_path: Path, data: DataSet) -> None:
    async with endpoint() as (wanted, mock), reach(wanted.model, wanted.base_url) as there:
        with AnswerFile.open(tmp_path / "answers.jsonl", header(data)) as file:
            mock.config.key = "changed meanwhile"
            with pytest.raises(ProviderError, match="Incorrect API key"):
                await Naive().ask(there, data, data.items, (), file.done, file.record)
            assert file.lines == ()


async def test_a_text_that_is_refused_is_one_failure_and_a_missing_model_the_end(tmp_path: Path, data: DataSet) -> None:
    path = tmp_path / "answers.jsonl"
    async with endpoint("filtered", "ok", "no-model") as (wanted, _):
        with pytest.raises(ProviderError, match="does not exist"):
            await run(data, Naive(), wanted, path)
    assert [line.status for line in read_answers(path)[1]] == ["failed", "ok"]


def test_amounts_and_dates_are_asked_by_label_and_sets_as_a_list(tmp_path: Path) -> None:
    folder = benchmark(
        tmp_path / "set", codebook=KINDS, items=[("a", "Text")],
        gold=[("a", "price", "low"), ("a", "begins", "2020-H1"), ("a", "topics", "x")],
    )  # fmt: skip
    data = load(folder)
    raw = {"price": "Dear", "begins": "2020, 2nd half", "topics": ["y", "x", "y"]}
    codings = Naive().read(data, data.items, [AnswerLine(item="a", raw=f"```json\n{json.dumps(raw)}\n```")])
    assert [coding.codes for coding in codings] == [("high",), ("2020-H2",), ("y", "x")]
    silent = {"price": "unknown", "begins": "unknown", "topics": []}
    codings = Naive().read(data, data.items, [AnswerLine(item="a", raw=json.dumps(silent))])
    assert [coding.status for coding in codings] == [Status.ABSENT] * 3


def test_a_category_called_unknown_is_not_mistaken_for_silence(tmp_path: Path) -> None:
    book = TONE.replace("    categories:", "    absent: {}\n    categories:").replace("id: bad", "id: unknown")
    folder = benchmark(tmp_path / "set", codebook=book, items=[("a", "Text")], gold=[("a", "tone", "unknown")])
    data = load(folder)
    for said, codes in (("unknown", ("unknown",)), ("not_specified", ())):
        (coding,) = Naive().read(data, data.items, [AnswerLine(item="a", raw=json.dumps({"tone": said}))])
        assert coding.codes == codes


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (None, Status.FAILED),
        (AnswerLine(item="a", refusal="I will not"), Status.REFUSED),
        (AnswerLine(item="a", raw="no JSON"), Status.INVALID),
        (AnswerLine(item="a", raw='{"area": "elsewhere", "position": "left"}'), Status.INVALID),
        (AnswerLine(item="a", raw="{}", status="failed", error="gone"), Status.FAILED),
    ],
)
def test_what_is_no_answer_has_its_status_in_every_dimension(
    tmp_path: Path, line: AnswerLine | None, status: Status
) -> None:
    folder = benchmark(tmp_path / "set", codebook=AREAS, items=[("a", "Text")], gold=[("a", "area", "social")])
    data = load(folder)
    codings = Naive().read(data, data.items, [line] if line else [])
    assert [coding.status for coding in codings] == [status, status]


def test_its_own_answer_makes_a_dimension_not_applicable(tmp_path: Path) -> None:
    folder = benchmark(tmp_path / "set", codebook=AREAS, items=[("a", "Text")], gold=[("a", "area", "social")])
    data = load(folder)
    raw = json.dumps({"area": "social", "position": "left"})
    codings = Naive().read(data, data.items, [AnswerLine(item="a", raw=raw)])
    assert [coding.status for coding in codings] == [Status.CODED, Status.NOT_APPLICABLE]


async def test_a_replay_gives_the_same_file_byte_for_byte(tmp_path: Path) -> None:
    data = load(headlines(tmp_path / "set", "bggb" * 30))
    (tmp_path / "README.md").write_text("<!-- results: begin --><!-- results: end -->")
    path = tmp_path / "set-test-naive.jsonl"
    async with endpoint() as (wanted, _):
        await run(data, Naive(), Wanted("test", None, 1, None, wanted.model, wanted.base_url), path)
    written = keep(replay(data, path), path, tmp_path)
    first, table = written.read_bytes(), (tmp_path / "README.md").read_bytes()
    assert json.loads(first)["looks"] == 0
    assert json.loads(first)["figures"]["items"] == 60
    keep(replay(load(tmp_path / "set"), path), path, tmp_path)
    assert written.read_bytes() == first
    assert (tmp_path / "README.md").read_bytes() == table
