"""Answers kept by a process beside this one are kept as this one would have kept them."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from coder.errors import StoreError
from coder.model import Assignment, CodeProbability, Span, Status
from coder.run.writer import Writer, room_for
from coder.store import Store
from coder.store.beside import KeepingBeside, keeping
from coder.store.runs import Answer
from tests.integration.children import killed_parent
from tests.integration.store.records import World, populate

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no loop writes to a pipe there")


def answer(world: World, number: int) -> Answer:
    """An answer with all kinds of cells, some with characters that a database refuses."""
    likely = CodeProbability(dimension="delivery", code="online", probability=0.75)
    call = world.call(key=f"k{number}", raw=f'{{"a": "\0 {number}"}}', probabilities=(likely,) * (number % 3))
    given = (Assignment(category="online", evidence=(Span(start=0, end=4),), confidence=0.5),) * (number % 2)
    said = {"status": Status.CODED if given else Status.ABSENT, "assignments": given, "reason": "\ud800 why"}
    return call, [world.coding(run_id=world.run.id, call_id=call.id, **said)]


async def keep_all(store: Store, answers: Sequence[Answer]) -> None:
    """Each put by a call of its own, as a run does."""
    async with KeepingBeside(store) as keeper:
        async with Writer(keeper, concurrency=200) as writer:
            for one in answers:
                await writer.put(one)
        assert keeper._child is not None  # none was kept here


def child_of(keeper: KeepingBeside) -> int:
    assert keeper._child is not None
    return keeper._child.pid


async def test_calls_and_codings_are_those_that_were_given(store: Store) -> None:
    world = populate(store)
    answers = [answer(world, number) for number in range(room_for(200) * 3)]
    await keep_all(store, answers)
    assert store.calls(world.run.id) == [call for call, _ in answers]
    kept = {coding.id: coding for coding in store.codings(run_id=world.run.id)}
    assert kept == {coding.id: coding for _, codings in answers for coding in codings}


async def test_what_keep_returned_from_is_on_disk(store_url: str) -> None:
    with Store.create(store_url) as store:
        world = populate(store)
        async with KeepingBeside(store) as keeper:
            await keeper.keep([answer(world, 1)])
            os.kill(child_of(keeper), signal.SIGKILL)
            with Store.open(store_url) as other:
                assert [call.key for call in other.calls(world.run.id)] == ["k1"]


async def test_an_error_of_the_store_is_the_one_this_process_would_have_raised(store: Store) -> None:
    world = populate(store)
    twice = answer(world, 1)
    store.save_answers([twice])
    with pytest.raises(StoreError) as here:
        store.save_answers([answer(world, 2), twice])
    async with KeepingBeside(store) as keeper:
        with pytest.raises(StoreError) as there:
            await keeper.keep([answer(world, 2), twice])
        await keeper.keep([answer(world, 3)])
        assert keeper._child is not None
    assert (there.value.message, there.value.hint) == (here.value.message, here.value.hint)
    assert [call.key for call in store.calls(world.run.id)] == ["k1", "k3"]  # of two together none or both


async def test_a_locked_database_is_reported_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "intercoder.db"
    with Store.create(str(path), wait=0.05) as store:
        world = populate(store)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            async with KeepingBeside(store) as keeper:
                waiting = asyncio.create_task(keeper.keep([answer(world, 1)]))
                with pytest.raises(StoreError, match=r"intercoder\.db: another program is writing to it") as error:
                    await waiting
            other.execute("ROLLBACK")
        assert error.value.hint.startswith("wait for that program")
        assert store.calls(world.run.id) == []


@pytest.mark.parametrize("kept", [False, True], ids=["before it kept them", "after it kept them"])
async def test_where_the_other_process_dies_this_one_goes_on_and_nothing_is_kept_twice(
    store: Store, kept: bool
) -> None:
    world = populate(store)
    first, second, third = (answer(world, number) for number in range(3))
    async with KeepingBeside(store) as keeper:
        await keeper.keep([first])
        os.kill(child_of(keeper), signal.SIGSTOP)
        waiting = asyncio.create_task(keeper.keep([second]))
        await asyncio.sleep(0)
        if kept:
            store.save_answers([second])  # as the other would have, without time left to say so
        os.kill(child_of(keeper), signal.SIGKILL)
        await waiting
        await keeper.keep([third])
        assert keeper._child is None
    assert [call.key for call in store.calls(world.run.id)] == ["k0", "k1", "k2"]


async def test_a_process_that_cannot_be_started_is_done_without(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    world = populate(store)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    async with KeepingBeside(store) as keeper:
        await keeper.keep([answer(world, 1)])
    assert [call.key for call in store.calls(world.run.id)] == ["k1"]


async def test_what_was_begun_is_finished_before_it_ends(store: Store) -> None:
    world = populate(store)
    async with KeepingBeside(store) as keeper:
        waiting = asyncio.create_task(keeper.keep([answer(world, 1)]))
        await asyncio.sleep(0)  # it is on its way
    await waiting
    assert [call.key for call in store.calls(world.run.id)] == ["k1"]


def test_the_other_process_ends_when_this_one_is_killed(tmp_path: Path) -> None:
    killed_parent(
        "import asyncio, os, signal\n"
        "from coder.store import Store\n"
        "from coder.store.beside import KeepingBeside\n"
        "async def main():\n"
        f"    process = await KeepingBeside(Store.create({str(tmp_path / 'intercoder.db')!r})).__aenter__()\n"
        "    print(process._child.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )


async def test_no_password_is_among_the_words_it_is_started_with(store: Store) -> None:
    populate(store)
    async with KeepingBeside(store) as keeper:
        shown = await asyncio.create_subprocess_exec(
            "ps", "-o", "args=", "-p", str(child_of(keeper)), stdout=asyncio.subprocess.PIPE
        )
        words, _ = await shown.communicate()
    assert words.strip().endswith(b"-m coder.store.beside_child")


@pytest.mark.parametrize(("texts", "concurrency", "other"), [(2000, 64, True), (1999, 64, False), (2000, 63, False)])
async def test_another_process_is_for_many_texts_and_many_calls(
    store: Store, monkeypatch: pytest.MonkeyPatch, texts: int, concurrency: int, other: bool
) -> None:
    monkeypatch.setattr("coder.child.os.cpu_count", lambda: 2)
    async with keeping(store, texts, concurrency) as keeper:
        assert (keeper is not None) is other
    monkeypatch.setattr("coder.child.os.cpu_count", lambda: 1)
    async with keeping(store, texts, concurrency) as keeper:
        assert keeper is None
