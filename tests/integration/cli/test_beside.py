"""Replies read and kept by a process beside this one: as this one would have, and safe once they are handed over."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest

from coder.cli.beside import Beside, OtherProcess, beside
from coder.errors import StoreError
from coder.model import CodeProbability
from coder.prompting import build_prompts
from coder.providers.openai_compatible import OpenAIProvider
from coder.run.execute import Job, execute
from coder.run.plan import Prices, Task, each_task
from coder.run.session import start_run
from coder.run.writer import Keeper, Writer
from coder.store import Store
from tests.integration.children import killed_parent
from tests.integration.run.replies import BAD, GOOD, Heard, Scene, reply, scene
from tests.integration.run.test_execute import ClosingGate
from tests.integration.run.test_going_on import CODEBOOK, ONCE, add_texts, texts
from tests.mock_openai import Config, serving

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no loop writes to a pipe there")

LIKELY = CodeProbability(dimension="tone", code="warm", probability=0.75)
REPLIES = (
    reply(),
    reply("", refusal="I may not"),
    reply(GOOD.replace("warm", "cold"), probabilities=(LIKELY, LIKELY)),
    reply('{"tone": {"evidence": [2], "code": "warm"}, "parts": []}', fingerprint="\0 \ud800"),
    reply(BAD),
    reply("not JSON"),
)


@asynccontextmanager
async def keeping(here: Scene, heard: Heard, concurrency: int = 200) -> AsyncIterator[Beside]:
    async with OtherProcess(here.store, concurrency) as other, other.keeping(here.run, heard) as keeper:
        yield keeper


def child_of(keeper: Beside) -> int:
    assert keeper._other.child is not None
    return keeper._other.child.pid


def window(task: Task, part: int) -> Task:
    """The task as one window of three, whose sentences are numbered from 7 on."""
    segments = tuple(one._replace(number=one.number + 6) for one in task.segments)
    return replace(task, part=part, parts=3, key=f"{task.key}{part}", segments=segments)


async def give_all(keeper: Keeper, tasks: list[Task]) -> None:
    """A reply of each kind, also to windows of long texts, and a call that failed."""
    for number, task in enumerate(tasks[:-1]):
        await keeper.read(task, REPLIES[number % len(REPLIES)], 0.25)
    for part, cited in ((1, 7), (2, 900)):
        content = GOOD.replace("[1]", f"[{cited}]").replace("[1, 2]", "[8]")
        await keeper.read(window(tasks[-1], part), reply(content), None)
    await keeper.settle()


async def test_what_is_kept_and_told_is_what_this_process_would_have_kept_and_told(tmp_path: Path) -> None:
    said = []
    for there in (False, True):
        with Store.create(str(tmp_path / f"{there}.db")) as store:
            here, heard = scene(store, 20), Heard()
            async with keeping(here, heard) if there else Writer(store, here.run, heard) as keeper:
                await give_all(keeper, here.tasks)
                await keeper.keep(here.tasks[4], here.answer(here.tasks[4]))
            back = sorted((task.name, given.content) for task, given in heard.back)
            said.append((here.said(), sorted(heard.answers), heard.tokens, heard.usd, back))
            assert not isinstance(keeper, Beside) or keeper._here is None  # the other process has kept them
    assert said[0] == said[1]
    records, _, _, _, back = said[0]
    assert (len(records), len(back)) == (15 + 2 * 14, 7)


async def test_calls_and_codings_are_those_of_their_texts(store: Store) -> None:
    here, heard = scene(store, 90), Heard()
    async with keeping(here, heard, concurrency=20) as keeper:
        for task in here.tasks:
            await keeper.read(task, reply(), 0.5)
    expected = {task.version.id: here.answer(task, reply()) for task in here.tasks}
    calls = store.calls(here.run.id)
    assert [call.version_id for call in calls] == list(expected)
    codings = {(one.version_id, one.dimension_id): one for one in store.codings(run_id=here.run.id)}
    assert len(codings) == 180
    for call in calls:
        wanted, parts = expected[call.version_id]
        assert call == wanted.model_copy(update={"id": call.id, "created_at": call.created_at})
        for part in parts:
            found = codings[part.version_id, part.dimension_id]
            own = {"id": found.id, "created_at": found.created_at, "call_id": call.id}
            assert found == part.model_copy(update=own)
    assert len(heard.answers) == 90


async def test_what_is_told_is_on_disk(store_url: str) -> None:
    with Store.create(store_url) as store:
        here, heard = scene(store, 1), Heard()
        async with keeping(here, heard) as keeper:
            await keeper.read(here.tasks[0], reply(), None)
            await keeper.settle()
            os.kill(child_of(keeper), signal.SIGKILL)
            assert heard.answers == [(here.tasks[0].name, "ok", "")]
            with Store.open(store_url) as other:
                assert len(other.calls(here.run.id)) == 1


def test_what_was_handed_over_is_kept_though_this_process_is_killed_at_once(tmp_path: Path) -> None:
    program = (
        "import asyncio, os, signal\n"
        "from coder.cli.beside import OtherProcess\n"
        "from coder.store import Store\n"
        "from tests.integration.run.replies import Heard, reply, scene\n"
        "async def main():\n"
        f"    here = scene(Store.create({str(tmp_path / 'run.db')!r}), 60)\n"
        "    other = await OtherProcess(here.store, 200).__aenter__()\n"
        "    keeper = await other.keeping(here.run, Heard()).__aenter__()\n"
        "    for task in here.tasks:\n"
        "        await keeper.read(task, reply(), None)\n"
        "    print(other.child.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    killed_parent(program)
    with Store.open(str(tmp_path / "run.db")) as store:
        (run,) = store.runs()
        assert len(store.calls(run.id)) == 60


async def test_an_error_of_the_store_is_the_one_this_process_would_have_raised(store: Store) -> None:
    here = scene(store, 3)
    twice = here.answer(here.tasks[0], reply())
    store.save_answers([twice])
    with pytest.raises(StoreError) as shown:
        store.save_answers([twice])

    async def keep_it_there() -> None:
        async with keeping(here, Heard()) as keeper:
            await keeper.keep(here.tasks[0], twice)
            await keeper.settle()
            with pytest.raises(StoreError):
                await keeper.read(here.tasks[1], reply(), None)

    with pytest.raises(StoreError) as there:
        await keep_it_there()
    assert (there.value.message, there.value.hint) == (shown.value.message, shown.value.hint)
    assert here.kept() == [here.tasks[0].name]


async def test_a_locked_database_is_reported_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "intercoder.db"
    with Store.create(str(path), wait=0.05) as store:
        here = scene(store, 1)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match=r"intercoder\.db: another program is writing to it") as error:
                async with keeping(here, Heard()) as keeper:
                    await keeper.read(here.tasks[0], reply(), None)
            other.execute("ROLLBACK")
        assert error.value.hint.startswith("wait for that program")
        assert here.kept() == []


@pytest.mark.parametrize("kept", [False, True], ids=["before it kept them", "after it kept some"])
async def test_where_the_other_process_dies_this_one_goes_on_and_nothing_is_kept_twice(
    store: Store, kept: bool
) -> None:
    here, heard = scene(store, 6), Heard()
    async with keeping(here, heard) as keeper:
        await keeper.read(here.tasks[0], reply(), None)
        await keeper.settle()
        os.kill(child_of(keeper), signal.SIGSTOP)
        await keeper.read(here.tasks[1], reply(), None)
        await keeper.read(here.tasks[2], reply(BAD), None)
        await keeper.read(here.tasks[3], reply(), None)
        await keeper.keep(here.tasks[4], here.answer(here.tasks[4]))
        if kept:  # as the other would have, without time left to say so
            store.save_answers([here.answer(here.tasks[1], reply(), id=keeper._given[0].id)])
        os.kill(child_of(keeper), signal.SIGKILL)
        await keeper.settle()
        await keeper.read(here.tasks[5], reply(), None)
        assert keeper._other.child is None
    assert [task.name for task, _ in heard.back] == [here.tasks[2].name]
    assert here.kept() == [here.tasks[number].name for number in (0, 1, 3, 4, 5)]
    assert sorted(name for name, _, _ in heard.answers) == here.kept()


async def test_a_process_that_cannot_be_started_is_done_without(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    here, heard = scene(store, 2), Heard()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    async with keeping(here, heard) as keeper:
        await keeper.read(here.tasks[0], reply(), None)
        await keeper.read(here.tasks[1], reply(BAD), None)
        await keeper.settle()
    assert (here.kept(), len(heard.answers), len(heard.back)) == ([here.tasks[0].name], 1, 1)


async def test_a_slow_store_slows_the_asking_once_half_as_many_answers_wait(store: Store) -> None:
    here, heard = scene(store, 11), Heard()
    async with keeping(here, heard, concurrency=20) as keeper:
        os.kill(child_of(keeper), signal.SIGSTOP)
        for task in here.tasks[:10]:
            await keeper.read(task, reply(), None)
        waiting = asyncio.create_task(keeper.read(here.tasks[10], reply(), None))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not waiting.done()
        os.kill(child_of(keeper), signal.SIGCONT)
        await waiting
    assert len(here.kept()) == 11


def test_the_other_process_ends_when_this_one_is_killed(tmp_path: Path) -> None:
    killed_parent(
        "import asyncio, os, signal\n"
        "from coder.cli.beside import OtherProcess\n"
        "from coder.store import Store\n"
        "async def main():\n"
        f"    process = await OtherProcess(Store.create({str(tmp_path / 'intercoder.db')!r}), 200).__aenter__()\n"
        "    print(process.child.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )


async def test_no_password_is_among_the_words_it_is_started_with(store: Store) -> None:
    async with OtherProcess(store, 200) as other:
        assert other.child is not None
        shown = await asyncio.create_subprocess_exec(
            "ps", "-o", "args=", "-p", str(other.child.pid), stdout=asyncio.subprocess.PIPE
        )
        words, _ = await shown.communicate()
    assert words.strip().endswith(b"-m coder.cli.beside_child")


@pytest.mark.parametrize(("texts", "concurrency", "pays"), [(1000, 33, True), (999, 33, False), (1000, 32, False)])
async def test_another_process_is_for_many_texts_and_many_calls(
    store: Store, monkeypatch: pytest.MonkeyPatch, texts: int, concurrency: int, pays: bool
) -> None:
    monkeypatch.setattr("coder.child.os.cpu_count", lambda: 2)
    async with beside(store, texts, concurrency) as other:
        assert (other is not None) is pays
    monkeypatch.setattr("coder.child.os.cpu_count", lambda: 1)
    async with beside(store, texts, concurrency) as other:
        assert other is None


@pytest.mark.parametrize("stops", [False, True], ids=["to its end", "until the deadline"])
async def test_a_run_asks_again_for_what_the_other_process_could_not_read(tmp_path: Path, stops: bool) -> None:
    prompts = build_prompts(CODEBOOK, "object")
    script = ("ok", "malformed", "ok", "malformed")
    with Store.create(str(tmp_path / "run.db")) as store:
        add_texts(store, 12)
        run = start_run(store, prompts, ONCE)
        async with (
            serving(Config(latency=0, script=script, malformed=("prose",))) as (url, mock),
            OtherProcess(store, 4) as other,
        ):
            gate = ClosingGate(12 if stops else 100)
            provider = OpenAIProvider(url, key="k", gate=gate)
            job = Job(run, provider, store, Prices(1.0, 1.0, 1.0), 4, signal=gate, keeping=other.keeping)
            progress = await execute(job, each_task(texts(store), prompts, ONCE), lambda _: None, 12)
            await provider.close()
        calls = store.calls(run.id)
        assert mock.stats.requests == (12 if stops else 14)
        assert len({call.version_id for call in calls}) == len(calls) == progress.done
        assert progress.completion_tokens == sum(call.completion_tokens for call in calls)
        assert progress.cost_usd == pytest.approx(sum(call.cost_usd or 0.0 for call in calls))
        failed = [call for call in calls if call.status != "ok"]
        if stops:
            assert all("not asked again: the deadline is reached" in call.error for call in failed)
            assert (progress.stopped, progress.failed) == ("the deadline is reached", len(failed))
            assert {call.raw for call in failed} <= {"I think the answer is yes."}
        else:
            assert (progress.stopped, progress.coded, failed) == ("", 12, [])
            assert sorted(call.attempts for call in calls)[-2:] == [2, 2]
