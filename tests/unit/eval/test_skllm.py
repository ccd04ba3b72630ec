"""The second peer: what it is asked, how its answers become codings, and what happens without it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from coder.errors import InputError, ProviderError
from coder.model import Status
from coder.providers.openai_compatible import OpenAIProvider
from eval.answers import AnswerLine
from eval.coders import get_coder
from eval.datasets import DataSet, load
from eval.endpoints import Endpoint
from eval.skllm import PYTHON, _job
from tests.unit.eval.scene import benchmark

PAGES = """\
name: pages
version: 1
unit: page
dimensions:
  - {id: tone, kind: nominal, question: Tone?, absent: {}, categories: [{id: good}, {id: bad}]}
  - {id: topics, kind: multilabel, question: Topics?, absent: {}, categories: [{id: x}, {id: y}]}
"""


@pytest.fixture
def data(tmp_path: Path) -> DataSet:
    items = [("a", "Fine weather."), ("b", "Rain."), ("c", "Nothing.")]
    gold = [("a", "tone", "good"), ("a", "topics", "x"), ("a", "topics", "y"), ("b", "tone", "bad"), ("c", "tone", "")]
    return load(benchmark(tmp_path / "pages", codebook=PAGES, items=items, gold=gold))


def answer(part: str, label: object, status: str = "ok") -> AnswerLine:
    return AnswerLine.model_validate({"item": "a", "part": part, "status": status, "extra": {"label": label}})


def codes(data: DataSet, *lines: AnswerLine) -> dict[str, tuple[Status, tuple[str, ...]]]:
    items = [item for item in data.items if item.name == "a"]
    return {one.dimension_id: (one.status, one.codes) for one in get_coder("scikit-llm").read(data, items, lines)}


def test_a_label_is_its_category_and_the_word_for_silence_absent(data: DataSet) -> None:
    found = codes(data, answer("tone", "bad"), answer("topics", ["y", "x"]))
    assert found == {"tone": (Status.CODED, ("bad",)), "topics": (Status.CODED, ("y", "x"))}
    assert codes(data, answer("tone", "unknown"), answer("topics", []))["tone"] == (Status.ABSENT, ())


def test_a_word_that_is_no_label_is_invalid_and_a_broken_or_missing_call_failed(data: DataSet) -> None:
    assert codes(data, answer("tone", ""))["tone"][0] is Status.INVALID
    assert codes(data, answer("tone", None, "failed"))["tone"][0] is Status.FAILED
    assert codes(data)["topics"][0] is Status.FAILED


def endpoint() -> Endpoint:
    address = "http://127.0.0.1:9/v1"
    return Endpoint(OpenAIProvider(address, key="secret"), address, "secret", "some-model")


def test_it_is_shown_the_examples_with_the_labels_that_the_reference_gives_them(data: DataSet) -> None:
    tone, topics = data.codebook.dimensions
    job = _job(endpoint(), data, tone, data.items[:1], sorted(data.items, key=lambda item: item.name))
    assert job["examples"] == [("Fine weather.", "good"), ("Rain.", "bad"), ("Nothing.", "unknown")]
    assert job["labels"] == ["good", "bad", "unknown"]
    shown = _job(endpoint(), data, topics, data.items[:1], data.items)["examples"]
    assert ("Fine weather.", ["x", "y"]) in shown
    assert "secret" not in str(job)


def ask(data: DataSet) -> None:
    asyncio.run(get_coder("scikit-llm").ask(endpoint(), data, data.items[:1], (), (), lambda line: None))


def test_without_its_environment_the_error_says_how_to_make_one(data: DataSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PYTHON, raising=False)
    with pytest.raises(InputError, match=PYTHON):
        ask(data)


def test_a_python_that_lacks_it_is_said_and_not_taken_for_failed_answers(
    data: DataSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PYTHON, sys.executable)
    with pytest.raises(ProviderError, match="skllm"):
        ask(data)
