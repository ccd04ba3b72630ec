"""Answers on their way into the store: committed together, slowed by a slow store, stopped by a broken one."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from coder.errors import StoreError
from coder.prompting import build_prompts
from coder.providers.openai_compatible import OpenAIProvider
from coder.run.answers import Answer
from coder.run.execute import Job, Progress, execute
from coder.run.plan import Prices, each_task
from coder.run.session import start_run
from coder.run.writer import Writer
from coder.store import Store
from tests.integration.run.replies import BAD, Heard, Scene, reply, scene
from tests.integration.run.test_going_on import CODEBOOK, ONCE, add_texts, texts
from tests.mock_openai import Config, serving


class Slow:
    """The store, whose commits wait until they are let through; remembers their sizes."""

    def __init__(self, store: Store) -> None:
        self.store, self.sizes = store, list[int]()
        self.open = threading.Event()

    def save_answers(self, answers: Sequence[Answer]) -> None:
        assert self.open.wait(30)
        self.store.save_answers(answers)
        self.sizes.append(len(answers))


async def settle() -> None:
    """Let everything that can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0)


def give(writer: Writer, here: Scene, *numbers: int) -> list[asyncio.Task[None]]:
    return [asyncio.create_task(writer.read(here.tasks[number], reply(), 0.5)) for number in numbers]


async def test_answers_that_come_while_others_are_committed_share_the_next_commit(store: Store) -> None:
    here, slow, heard = scene(store, 4), Slow(store), Heard()
    async with Writer(slow, here.run, heard) as writer:
        calls = give(writer, here, 0)
        await settle()  # the first is being committed
        calls += give(writer, here, 1, 2, 3)
        await settle()
        assert heard.answers == []
        slow.open.set()
        await asyncio.gather(*calls)
    assert slow.sizes == [1, 3]
    assert here.kept() == [task.name for task in here.tasks]
    assert len(store.codings(run_id=here.run.id)) == 8
    assert sorted(heard.answers) == [(task.name, "ok", "") for task in here.tasks]
    assert (heard.tokens, heard.usd) == (4 * 110, 4 * 0.5)


async def test_each_call_waits_until_its_answer_is_on_disk(store: Store) -> None:
    here, slow = scene(store, 40), Slow(store)
    async with Writer(slow, here.run, Heard()) as writer:
        calls = give(writer, here, *range(40))
        await settle()
        assert not any(call.done() for call in calls)
        slow.open.set()
        for task, call in zip(here.tasks, calls, strict=True):
            await call
            assert task.name in here.kept()


async def test_a_reply_that_cannot_be_read_is_given_back_and_not_kept(store: Store) -> None:
    here, heard = scene(store, 2), Heard()
    bad = reply(BAD)
    async with Writer(store, here.run, heard) as writer:
        await writer.read(here.tasks[0], bad, None)
        await writer.keep(here.tasks[1], here.answer(here.tasks[1]))
    assert heard.back == [(here.tasks[0], bad)]
    assert heard.answers == [(here.tasks[1].name, "failed", "HTTP 500")]
    assert here.kept() == [here.tasks[1].name]


async def test_a_store_that_breaks_is_told_to_every_call_that_waits_for_it_and_to_the_next(store: Store) -> None:
    here, slow = scene(store, 4), Slow(store)
    twice = here.answer(here.tasks[0], reply())
    store.save_answers([twice])
    told: list[BaseException | None] = []

    async def work() -> None:
        async with Writer(slow, here.run, Heard()) as writer:
            calls = [asyncio.create_task(writer.keep(here.tasks[0], twice))]
            await settle()  # that one is being committed, and fails; the others wait for the next commit
            calls += give(writer, here, 1, 2)
            await settle()
            slow.open.set()
            told.extend(await asyncio.gather(*calls, return_exceptions=True))
            told.extend(await asyncio.gather(*give(writer, here, 3), return_exceptions=True))

    with pytest.raises(StoreError, match="it holds such a record already"):
        await work()
    assert [type(error) for error in told] == [StoreError] * 4
    assert here.kept() == [here.tasks[0].name]


async def test_of_one_call_at_a_time_every_answer_is_committed_by_itself(store: Store) -> None:
    here, slow = scene(store, 3), Slow(store)
    slow.open.set()
    async with Writer(slow, here.run, Heard()) as writer:
        for task in here.tasks:
            await writer.read(task, reply(), None)
    assert slow.sizes == [1, 1, 1]


async def test_an_interrupted_run_commits_what_was_answered(store: Store) -> None:
    here, slow = scene(store, 5), Slow(store)
    given = asyncio.Event()

    async def work() -> None:
        async with Writer(slow, here.run, Heard()) as writer:
            calls = give(writer, here, *range(5))
            await settle()
            given.set()
            await asyncio.gather(*calls)

    running = asyncio.create_task(work())
    await given.wait()
    running.cancel()
    slow.open.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(here.kept()) == 5


async def test_a_full_store_stops_the_run_with_a_clear_word_and_keeps_what_was_committed(tmp_path: Path) -> None:
    prompts = build_prompts(CODEBOOK, "object")
    with Store.create(str(tmp_path / "run.db")) as store:
        add_texts(store, 400)
        run = start_run(store, prompts, ONCE)
        with store._engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0

        def narrow(connection: sqlite3.Connection, *_rest: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages + 30}")  # 120 KB more

        event.listen(store._engine, "checkout", narrow)
        async with serving(Config(latency=0)) as (url, mock):
            provider = OpenAIProvider(url, key="k")
            tasks = each_task(texts(store), prompts, ONCE)
            with pytest.raises(StoreError, match="there is no space left on the disk") as error:
                await execute(Job(run, provider, store, Prices(), 10), tasks, lambda _: None)
            await provider.close()
        assert "free some space" in error.value.hint
        kept = store.calls(run.id)
        assert 0 < len(kept) < 400
        assert mock.stats.requests <= len(kept) + 10
        assert len(store.codings(run_id=run.id)) == 2 * len(kept)


async def test_a_locked_store_stops_the_run_and_names_the_cause(tmp_path: Path) -> None:
    prompts, path = build_prompts(CODEBOOK, "object"), tmp_path / "run.db"
    with Store.create(str(path), wait=0.1) as store:
        add_texts(store, 200)
        run = start_run(store, prompts, ONCE)
        with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:

            def lock(progress: Progress) -> None:
                if progress.done == 50:
                    other.execute("PRAGMA busy_timeout = 10000")
                    other.execute("BEGIN IMMEDIATE")

            async with serving(Config(latency=0)) as (url, _):
                provider = OpenAIProvider(url, key="k")
                tasks = each_task(texts(store), prompts, ONCE)
                with pytest.raises(StoreError, match="another program is writing to it"):
                    await execute(Job(run, provider, store, Prices(), 4), tasks, lock)
                await provider.close()
            other.execute("ROLLBACK")
        assert 0 < len(store.calls(run.id)) < 200
