"""A coder without an endpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from coder.errors import InputError, ProviderError
from coder.model import CodeProbability
from coder.providers.recorded import RecordedProvider, Recorder, question_key
from coder.run.protocols import CallFailed, Question


def question(text: str = "a course of two hours", schema: dict[str, Any] | None = None) -> Question:
    messages = ({"role": "system", "content": "the codebook"}, {"role": "user", "content": text})
    return Question(messages, schema or {"type": "object"}, "m", 0.0, 100, None)


def recorded(path: Path, *lines: dict[str, Any]) -> RecordedProvider:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return RecordedProvider(path)


async def test_an_answer_is_found_by_the_hash_of_messages_and_schema(tmp_path: Path) -> None:
    provider = recorded(tmp_path / "a.jsonl", {"key": question_key(question()), "content": "[1]"})
    await provider.start()
    assert (await provider.ask(question())).content == "[1]"


async def test_another_schema_is_another_question(tmp_path: Path) -> None:
    provider = recorded(tmp_path / "a.jsonl", {"key": question_key(question()), "content": "[1]"})
    await provider.start()
    with pytest.raises(CallFailed, match=r"a\.jsonl holds no answer"):
        await provider.ask(question(schema={"type": "array"}))


async def test_an_answer_is_found_by_a_piece_of_the_document(tmp_path: Path) -> None:
    provider = recorded(tmp_path / "a.jsonl", {"document": "two hours", "content": "[2]", "prompt_tokens": 7})
    await provider.start()
    reply = await provider.ask(question())
    assert (reply.content, reply.prompt_tokens, reply.finish_reason) == ("[2]", 7, "stop")


async def test_answers_to_one_question_come_in_order_and_the_last_stays(tmp_path: Path) -> None:
    provider = recorded(
        tmp_path / "a.jsonl", {"document": "hours", "content": "[1]"}, {"document": "hours", "content": "[2]"}
    )
    await provider.start()
    assert [(await provider.ask(question())).content for _ in range(3)] == ["[1]", "[2]", "[2]"]


async def test_what_a_recorder_wrote_can_be_played_back_repairs_included(tmp_path: Path) -> None:
    source = recorded(tmp_path / "a.jsonl", {"document": "hours", "content": "bad"}, {"document": "", "content": ""})
    source._lines = [{"document": "not valid", "content": "[3]"}, {"document": "hours", "content": "bad"}]
    recorder = Recorder(source, tmp_path / "b.jsonl")
    bad = await recorder.ask(question())
    repaired = await recorder.repair(question(), bad, "no number", BaseModel)
    replay = RecordedProvider(tmp_path / "b.jsonl")
    await replay.start()
    assert await replay.ask(question()) == bad
    assert await replay.repair(question(), bad, "no number", BaseModel) == repaired
    assert (bad.content, repaired.content) == ("bad", "[3]")


async def test_the_probabilities_of_codes_are_played_back_as_recorded(tmp_path: Path) -> None:
    known = {"dimension": "tone", "code": "warm", "probability": 0.75, "distribution": {"warm": 0.75, "cold": 0.25}}
    source = recorded(tmp_path / "a.jsonl", {"document": "hours", "content": "[]", "probabilities": [known]})
    await source.start()
    reply = await Recorder(source, tmp_path / "b.jsonl").ask(question())
    assert reply.probabilities == (CodeProbability.model_validate(known),)
    replay = RecordedProvider(tmp_path / "b.jsonl")
    await replay.start()
    assert await replay.ask(question()) == reply


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not a JSON object"),
        ('{"key": "x"}', "no `content`"),
        ('{"content": "x"}', "neither `key` nor `document`"),
        ('{"key": "x", "content": "y", "probabilities": [1]}', "`probabilities` cannot be read"),
        (
            '{"key": "x", "content": "y", "probabilities": [{"dimension": "d", "code": "c", "probability": 2}]}',
            "`probabilities` cannot be read",
        ),
    ],
)
async def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"key": "x", "content": "y"}\n\n' + line)
    with pytest.raises(InputError, match=f"a.jsonl, line 3: {problem}"):
        await RecordedProvider(path).start()


async def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"none\.jsonl: the recorded answers cannot be read"):
        await RecordedProvider(tmp_path / "none.jsonl").start()
