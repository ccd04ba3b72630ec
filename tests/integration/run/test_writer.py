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
from coder.run.execute import Job, Progress, execute
from coder.run.plan import Prices, each_task
from coder.run.session import start_run
from coder.run.writer import FEW, Answer, OnThread, Writer, room_for, window_of
from coder.store import Store
from tests.integration.run.test_going_on import CODEBOOK, ONCE, add_texts, texts
from tests.integration.store.records import World, populate
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


def answer(world: World, number: int) -> Answer:
    call = world.call(key=f"k{number}")
    return call, [world.coding(run_id=world.run.id, call_id=call.id)]


async def put_all(store: Store, answers: Sequence[Answer]) -> None:
    async with Writer(OnThread(store), concurrency=1) as writer:
        for one in answers:
            await writer.put(one)


async def settle() -> None:
    """Let everything that can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_answers_that_come_while_others_are_committed_share_the_next_commit(store: Store) -> None:
    world, slow = populate(store), Slow(store)
    async with Writer(OnThread(slow), concurrency=8) as writer, asyncio.TaskGroup() as calls:
        calls.create_task(writer.put(answer(world, 0)))
        await settle()  # the first is being committed
        for number in (1, 2, 3):
            calls.create_task(writer.put(answer(world, number)))
        await settle()
        slow.open.set()
    assert slow.sizes == [1, 3]
    assert [call.key for call in store.calls(world.run.id)] == ["k0", "k1", "k2", "k3"]
    assert len(store.codings(run_id=world.run.id)) == 4


async def test_where_few_calls_are_under_way_each_counts_as_one_until_its_answer_is_kept(store: Store) -> None:
    world, slow = populate(store), Slow(store)
    async with Writer(OnThread(slow), concurrency=FEW) as writer:
        calls = [asyncio.create_task(writer.put(answer(world, number))) for number in range(FEW)]
        await settle()
        assert not any(call.done() for call in calls)
        slow.open.set()
        for number, call in enumerate(calls):
            await call
            assert f"k{number}" in {kept.key for kept in store.calls(world.run.id)}
    assert (room_for(FEW), window_of(FEW)) == (0, FEW)


async def test_where_many_are_a_slow_store_slows_the_asking_once_half_as_many_answers_wait(store: Store) -> None:
    world, slow = populate(store), Slow(store)
    async with Writer(OnThread(slow), concurrency=40) as writer:
        for number in range(20):
            await writer.put(answer(world, number))
        waiting = asyncio.create_task(writer.put(answer(world, 20)))
        await settle()
        assert not waiting.done()
        assert writer.uncommitted == 20 == room_for(40)
        slow.open.set()
        await waiting
    assert len(store.calls(world.run.id)) == 21
    assert window_of(40) == 60


async def test_where_answers_take_long_each_call_waits_until_its_answer_is_kept_however_many_there_are(
    store: Store,
) -> None:
    world, slow = populate(store), Slow(store)
    async with Writer(OnThread(slow), concurrency=40) as writer:
        calls = []
        for number in range(40):
            call, codings = answer(world, number)
            calls.append(asyncio.create_task(writer.put((call.model_copy(update={"milliseconds": 2000}), codings))))
        await settle()
        assert not any(call.done() for call in calls)
        slow.open.set()
    assert all(call.done() for call in calls)
    assert window_of(40, 2000.0) == 40


async def test_a_store_that_breaks_is_told_to_every_call_that_waits_for_it(store: Store) -> None:
    world, slow = populate(store), Slow(store)
    twice = answer(world, 0)
    store.save_answers([twice])
    told: list[BaseException | None] = []

    async def work() -> None:
        async with Writer(OnThread(slow), concurrency=8) as writer:
            calls = [asyncio.create_task(writer.put(twice))]
            await settle()  # that one is being committed, and fails; the others wait for the next commit
            calls += [asyncio.create_task(writer.put(answer(world, number))) for number in (1, 2)]
            await settle()
            slow.open.set()
            told.extend(await asyncio.gather(*calls, return_exceptions=True))

    with pytest.raises(StoreError, match="it holds such a record already"):
        await work()
    assert [type(error) for error in told] == [StoreError] * 3
    assert [call.key for call in store.calls(world.run.id)] == ["k0"]


async def test_of_one_call_at_a_time_every_answer_is_committed_by_itself(store: Store) -> None:
    world, slow = populate(store), Slow(store)
    slow.open.set()
    async with Writer(OnThread(slow), concurrency=1) as writer:
        for number in range(3):
            await writer.put(answer(world, number))
    assert slow.sizes == [1, 1, 1]


async def test_an_interrupted_run_commits_what_was_answered(store: Store) -> None:
    world, slow = populate(store), Slow(store)
    put = asyncio.Event()

    async def work() -> None:
        async with Writer(OnThread(slow), concurrency=50) as writer:
            for number in range(5):
                await writer.put(answer(world, number))
            put.set()
            await asyncio.Event().wait()

    running = asyncio.create_task(work())
    await put.wait()
    running.cancel()
    slow.open.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(store.calls(world.run.id)) == 5


async def test_a_failed_commit_is_told_to_whoever_puts_next_and_on_leaving(store: Store) -> None:
    world = populate(store)
    twice = answer(world, 0)
    store.save_answers([twice])
    with pytest.raises(StoreError, match="it holds such a record already"):
        await put_all(store, [twice])
    with pytest.raises(StoreError, match="it holds such a record already"):
        await put_all(store, [twice, *(answer(world, number) for number in range(1, 9))])
    assert [call.key for call in store.calls(world.run.id)] == ["k0"]


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
        assert mock.stats.requests <= len(kept) + window_of(10)
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
