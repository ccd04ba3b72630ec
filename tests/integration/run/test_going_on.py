"""A run goes on: after the runner that built all tasks at once, after kill -9, beside texts that are alike."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from coder.codebook import parse_codebook
from coder.model import Document, Version
from coder.prompting import Calls, build_prompts
from coder.providers.openai_compatible import OpenAIProvider
from coder.run.execute import Job, execute
from coder.run.plan import Parameters, Prices, Task, each_task
from coder.run.session import find_run, left_to_ask, start_run
from coder.store import Store
from tests.integration.cli.scene import BOOK as SCENE_BOOK
from tests.integration.run.test_execute import BOOK
from tests.mock_openai import Config, Mock, serving

HALF = Path(__file__).parents[2] / "golden" / "half-a-run.sql"
"""A store dumped after the first half of two runs (a call for all dimensions, and one for each), by the runner that
held all tasks and committed each answer by itself: six texts asked twice. The second call of each run failed. A change
of the prompts' templates makes new runs by design; the dump is then made again from half a run of the changed program.
"""
CODEBOOK = parse_codebook(BOOK, "book.yaml")
PARAMETERS = Parameters("openai", "mock", "object", 0.0, 200, 1, 2)
ONCE = Parameters("openai", "mock", "object", 0.0, 200, 1, 1)


@pytest.fixture
def half(tmp_path: Path) -> Iterator[Store]:
    path = tmp_path / "half.db"
    with closing(sqlite3.connect(path)) as file:
        file.executescript(HALF.read_text(encoding="utf-8"))
    with Store.open(str(path)) as opened:
        yield opened


def texts(store: Store) -> list[tuple[str, Version]]:
    return [(document.name, version) for page in store.pages(size=4) for document, version in page]


@pytest.mark.parametrize("calls", ["together", "each"])
async def test_a_run_of_the_runner_before_goes_on_in_its_order_and_pays_nothing_twice(
    half: Store, calls: Calls
) -> None:
    prompts = build_prompts(CODEBOOK, "object", calls=calls)
    run = find_run(half, prompts, PARAMETERS)
    assert run is not None
    tasks = list(each_task(texts(half), prompts, PARAMETERS))
    stored = half.calls(run.id)
    asked = [call.key for call in stored]
    assert [task.key for task in tasks[: len(asked)]] == asked  # the same keys in the same order as were asked
    left = list(left_to_ask(half, run, tasks))
    assert [task.key for task in left] == [stored[1].key, *(task.key for task in tasks[len(asked) :])]
    async with serving(Config(latency=0)) as (url, mock):
        provider = OpenAIProvider(url, key="k")
        await execute(Job(run, provider, half, Prices(), 4), left_to_ask(half, run, tasks), lambda _: None)
        await provider.close()
    assert mock.stats.requests == len(left) == len(tasks) // 2 + 1
    assert half.whole(run.id, 2 * len(prompts)) == 6
    assert list(left_to_ask(half, run, tasks)) == []


async def test_two_documents_with_the_same_text_are_both_coded_when_a_run_goes_on(tmp_path: Path) -> None:
    prompts = build_prompts(CODEBOOK, "object")
    with Store.create(str(tmp_path / "run.db")) as store:
        for number in range(2):
            document = Document(name=f"d{number}")
            store.add_documents([(document, Version(document_id=document.id, text="The same text.", hash="h"))])
        run = start_run(store, prompts, ONCE)
        tasks = list(each_task(texts(store), prompts, ONCE))
        assert tasks[0].key == tasks[1].key
        async with serving(Config(latency=0)) as (url, _):
            provider = OpenAIProvider(url, key="k")
            job = Job(run, provider, store, Prices(), 1)
            await execute(job, tasks[:1], lambda _: None)
            left = list(left_to_ask(store, run, tasks))
            assert [task.name for task in left] == ["d1"]
            await execute(job, left, lambda _: None)
            await provider.close()
        assert store.whole(run.id, 1) == 2


async def test_tasks_are_taken_no_further_ahead_than_they_are_asked(tmp_path: Path) -> None:
    """A call in flight holds a task until its answer is kept."""
    prompts = build_prompts(CODEBOOK, "object")
    taken = 0
    with Store.create(str(tmp_path / "run.db")) as store:
        add_texts(store, 300)
        run = start_run(store, prompts, ONCE)

        def tasks() -> Iterator[Task]:
            nonlocal taken
            for task in each_task(texts(store), prompts, ONCE):
                taken += 1
                yield task

        async with serving(Config(latency=0.001)) as (url, mock):
            provider = OpenAIProvider(url, key="k")
            ahead = []
            await execute(
                Job(run, provider, store, Prices(), 10), tasks(), lambda progress: ahead.append(taken - progress.done)
            )
            await provider.close()
        assert mock.stats.requests == taken == 300
        assert max(ahead) <= 10  # one a worker, which takes the next when its answer is kept


def add_texts(store: Store, count: int) -> None:
    for number in range(count):
        document = Document(name=f"d{number}")
        text = f"Sentence one of {number}. Sentence two."
        store.add_documents([(document, Version(document_id=document.id, text=text, hash=str(number)))])


CONCURRENCY = 12
DOCUMENTS = 120


async def killed_after(project: Path, url: str, mock: Mock, answers: int | None) -> int:
    """Start the program on the project; SIGKILL once the endpoint has given so many answers more. The exit code."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "coder.cli", "--project", str(project), "code", "--provider", "openai", "--model", "mock",
        "--base-url", url, "--concurrency", str(CONCURRENCY), "--json", stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    until = mock.stats.ok + (answers or 0)
    while answers is not None and mock.stats.ok < until and process.returncode is None:  # noqa: ASYNC110 - a counter
        await asyncio.sleep(0.002)
    if answers is not None:
        process.send_signal(signal.SIGKILL)
    return await process.wait()


async def test_kill_9_pays_twice_for_one_window_at_most_and_every_text_is_coded_once(tmp_path: Path) -> None:
    project = tmp_path / "study"
    project.mkdir()
    (project / "codebook.yaml").write_text(SCENE_BOOK)
    (project / "intercoder.toml").write_text("")
    with Store.create(str(project / "intercoder.db")) as store:
        add_texts(store, DOCUMENTS)
    async with serving(Config(latency=0.03)) as (url, mock):
        for answers in (20, 35):
            assert await killed_after(project, url, mock, answers) == -signal.SIGKILL
        assert await killed_after(project, url, mock, None) == 0
        assert mock.stats.duplicates <= 2 * CONCURRENCY
        assert mock.stats.requests <= DOCUMENTS + 2 * CONCURRENCY
    with Store.open(str(project / "intercoder.db")) as store:
        (run,) = store.runs()
        assert set(Counter(call.version_id for call in store.calls(run.id)).values()) == {1}
        assert len(store.calls(run.id)) == DOCUMENTS
        assert len(store.codings(run_id=run.id)) == 2 * DOCUMENTS
