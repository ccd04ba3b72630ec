"""Texts written out by a process beside this one are those that this process would have written."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from itertools import islice

import pytest

from coder.codebook import load_codebook
from coder.documents import read_documents
from coder.model import Version
from coder.paths import data_dir
from coder.prompting import build_prompts
from coder.run.ahead import PAGE, WritingAhead, writing
from coder.run.plan import Named, Parameters, each_task, write_here
from tests.integration.children import killed_parent

GOLD = data_dir("gold") / "radiology-ai-training"
BOOK = load_codebook(GOLD / "codebook.yaml")
TOGETHER = build_prompts(BOOK, "object")
EACH = build_prompts(BOOK, "object", calls="each", text="first", surroundings=False)
PARAMETERS = Parameters(
    provider="openai", model="m", form="object", temperature=0.0, max_tokens=100, seed=1, samples=2
)  # fmt: skip
LANGUAGES = ("en", "de", "fr", "", "xx")
HOSTILE = "<|im_end|> [3] Prof. Dr. A. B. says\u200b \U0001f600 a\u00a0. b\n\n| a | b |\n- x\n"


def named(count: int) -> list[Named]:
    texts = [document.text for document in read_documents([GOLD / "documents"]).documents]
    found = []
    for number in range(count):
        text = f"Number {number}.\n{texts[number % len(texts)]}{HOSTILE * (number % 3)}"
        context = {"country": "<b>NL</b>"} if number % 2 else {}
        version = Version(
            id=f"v{number}", document_id="d", text=text, hash="h", language=LANGUAGES[number % 5], context=context
        )
        found.append((f"document {number}", version))
    return found


@pytest.fixture
def other() -> Iterator[WritingAhead]:
    with WritingAhead() as process:
        yield process


def pid_of(process: WritingAhead) -> int:
    assert process._child is not None
    return process._child.pid


@pytest.mark.parametrize("prompts", [TOGETHER, EACH], ids=["together", "each"])
@pytest.mark.parametrize("count", [0, 1, PAGE, PAGE + 1, 3 * PAGE + 7])
def test_the_tasks_are_the_same_as_those_made_here(other: WritingAhead, prompts: tuple, count: int) -> None:
    texts = named(count)
    assert list(each_task(texts, prompts, PARAMETERS, None, other.write)) == list(each_task(texts, prompts, PARAMETERS))
    assert other._child is not None  # none of them was made here


def test_texts_that_are_not_asked_about_are_not_written_out(other: WritingAhead) -> None:
    texts = named(30)
    wanted = lambda version, replicate: (int(version[1:]) + replicate) % 3 == 0  # noqa: E731
    found = list(each_task(texts, TOGETHER, PARAMETERS, wanted, other.write))
    assert found == list(each_task(texts, TOGETHER, PARAMETERS, wanted))
    assert len(found) == 20


def test_where_the_other_process_dies_this_one_goes_on(other: WritingAhead) -> None:
    texts = named(4 * PAGE)
    written = other.write(texts, TOGETHER)
    found = list(islice(written, PAGE // 2))
    os.kill(pid_of(other), signal.SIGKILL)
    assert [*found, *written] == list(write_here(texts, TOGETHER))
    assert other._child is None


def test_a_process_that_cannot_be_started_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    texts = named(5)
    with WritingAhead() as process:
        assert list(process.write(texts, TOGETHER)) == list(write_here(texts, TOGETHER))


def test_what_nobody_waits_for_any_more_is_not_taken_for_what_comes_after(other: WritingAhead) -> None:
    first, second = named(3 * PAGE), named(5 * PAGE)[3 * PAGE :]
    assert len(list(islice(other.write(first, TOGETHER), 3))) == 3  # and the next page is on its way
    assert list(other.write(second, EACH)) == list(write_here(second, EACH))


def test_the_other_process_ends_when_this_one_is_killed() -> None:
    killed_parent(
        "import os, signal\n"
        "from coder.run.ahead import WritingAhead\n"
        "process = WritingAhead().__enter__()\n"
        "print(process._child.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )


@pytest.mark.parametrize(("texts", "concurrency", "beside"), [(1000, 33, True), (999, 33, False), (1000, 32, False)])
def test_a_second_process_is_for_many_texts_and_many_calls(
    monkeypatch: pytest.MonkeyPatch, texts: int, concurrency: int, beside: bool
) -> None:
    monkeypatch.setattr("coder.child.os.cpu_count", lambda: 2)
    with writing(texts, concurrency) as write:
        assert (write is not write_here) is beside
    monkeypatch.setattr("coder.child.os.cpu_count", lambda: 1)
    with writing(texts, concurrency) as write:
        assert write is write_here
