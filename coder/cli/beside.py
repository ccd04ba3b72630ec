"""Replies read and kept by a process beside this one: that takes nothing from the process that asks.

With hundreds of calls in flight that process works all the time, and reading answers, making rows of them and writing
these would be half of it. What was handed over is kept even where this process is killed.
"""

from __future__ import annotations

import asyncio
import os
import pickle
from asyncio.subprocess import Process
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from types import TracebackType
from typing import IO, Self, cast

from coder.child import framed, message_heard, open_child, pays
from coder.cli.beside_child import Broken, Raw, Verdict, bare
from coder.errors import StoreError
from coder.model import Run, new_id
from coder.prompting import Prompt
from coder.run.answers import Answer
from coder.run.plan import Task
from coder.run.protocols import Reply
from coder.run.writer import Told, Writer
from coder.store.runs import RunRecords

PIPE = 1 << 20
"""Bytes that may be on their way, where the system lets us choose: what does not fit is not handed over yet."""
ENDING_S = 10.0
"""Seconds that the other process has to finish what it began."""


class OtherProcess:
    """The process that reads and keeps. Use as `async with`: it starts on entering, and ends when this one does."""

    def __init__(self, store: RunRecords, concurrency: int) -> None:
        self.store = store
        self.room = max(1, concurrency // 2)
        self.child: Process | None = None

    async def __aenter__(self) -> Self:
        servers = {name: value for name, value in os.environ.items() if name.startswith("PG")}  # how to reach them
        taken, given = os.pipe()
        pipe = _widened(os.fdopen(given, "wb", buffering=0))
        try:
            self.child = await open_child("coder.cli.beside_child", taken, servers)
        except OSError:
            pipe.close()
            return self
        finally:
            os.close(taken)
        self._given, _ = await asyncio.get_running_loop().connect_write_pipe(asyncio.BaseProtocol, pipe)
        self.send(pickle.dumps((self.store.location, self.store.wait)))
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.end()

    def send(self, message: bytes) -> None:
        """Hand a message over; it is there when this returns, unless the pipe is full."""
        self._given.write(framed(message))

    async def heard(self) -> bytes:
        """The next message; nothing where the other process broke."""
        return await message_heard(cast("asyncio.StreamReader", self.child.stdout)) if self.child else b""

    async def end(self) -> None:
        """Let it finish what it began; safe to call twice."""
        child, self.child = self.child, None
        if child is None:
            return
        self._given.close()
        try:
            async with asyncio.timeout(ENDING_S):
                await child.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                child.kill()

    def keeping(self, run: Run, told: Told) -> Beside:
        """What keeps the answers of a run, as `coder.run.writer.Keeping`."""
        return Beside(self, run, told)


@dataclass(frozen=True, slots=True)
class _Given:
    """What was handed over and not heard of yet, by the id of its call."""

    id: str
    task: Task
    came: Reply | Answer
    cost: float | None


class Beside:
    """Keeps the answers of a run by the other process. Where that breaks, this process does the work itself.

    A call waits only while half as many answers as there are calls in flight are not on disk yet: so a slow store slows
    the asking.
    """

    def __init__(self, other: OtherProcess, run: Run, told: Told) -> None:
        self._other, self._run, self._told = other, run, told
        self._given: deque[_Given] = deque()
        self._prompts: dict[int, tuple[int, Prompt]] = {}
        self._here: Writer | None = None
        self._error: Exception | None = None
        self._freed = asyncio.Event()

    async def __aenter__(self) -> Self:
        if self._other.child is None:
            await self._go_on_here()
        else:
            self._other.send(pickle.dumps(self._run))
        self._hearing = asyncio.create_task(self._hear())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.settle()
        self._hearing.cancel()
        await asyncio.gather(self._hearing, return_exceptions=True)
        if self._here is not None:
            await self._here.__aexit__(kind, error, trace)
        if self._error is not None and kind is None:
            raise self._error

    async def read(self, task: Task, reply: Reply, cost: float | None) -> None:
        """As `coder.run.writer.Keeper` says."""
        await self._room()
        if self._here is not None:
            await self._here.read(task, reply, cost)
            return
        given = _Given(new_id(), task, reply, cost)
        ends = [place for one in task.segments for place in (one.start, one.end)]
        first = task.segments[0].number if task.segments else 1
        raw = Raw(given.id, self._number(task.prompt), tuple(task.asked), bare(reply), cost, first, ends)
        self._hand_over(given, tuple(raw))

    async def keep(self, task: Task, answer: Answer) -> None:
        """As `coder.run.writer.Keeper` says."""
        await self._room()
        if self._here is not None:
            await self._here.keep(task, answer)
            return
        call, codings = answer
        self._hand_over(_Given(call.id, task, answer, call.cost_usd), (call, list(codings)))

    async def settle(self) -> None:
        """As `coder.run.writer.Keeper` says."""
        while self._given and self._error is None:
            await self._waited()

    async def _room(self) -> None:
        while len(self._given) >= self._other.room and self._error is None and self._here is None:
            await self._waited()
        if self._error is not None:
            raise self._error

    async def _waited(self) -> None:
        self._freed.clear()
        await self._freed.wait()

    def _number(self, prompt: Prompt) -> int:
        """The prompt's number; one that the other process does not know yet is sent."""
        known = self._prompts.get(id(prompt))
        if known is None:
            known = self._prompts[id(prompt)] = len(self._prompts), prompt
            self._other.send(pickle.dumps(prompt))
        return known[0]

    def _hand_over(self, given: _Given, message: object) -> None:
        self._given.append(given)
        self._other.send(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))

    async def _hear(self) -> None:
        try:
            while message := await self._other.heard():
                verdicts: list[Verdict] | Broken = pickle.loads(message)  # noqa: S301 - from our own process
                if isinstance(verdicts, tuple):
                    raise StoreError(*verdicts)
                for verdict in verdicts:
                    self._tell(self._given.popleft(), verdict)
                self._freed.set()
            if self._here is None:
                await self._go_on_here()
        except Exception as error:  # raised by whoever gives or leaves next
            self._error = error
        self._freed.set()

    def _tell(self, given: _Given, verdict: Verdict) -> None:
        counts = given.came if isinstance(given.came, Reply) else given.came[0]
        if verdict is not None:
            self._told.kept(given.task, *verdict, counts, given.cost)
        elif isinstance(counts, Reply):
            self._told.unread(given.task, counts)

    async def _go_on_here(self) -> None:
        """What the other process had kept when it broke is not kept again; all else is kept by this one."""
        await self._other.end()
        kept = await asyncio.to_thread(self._other.store.kept_calls, [one.id for one in self._given])
        here = self._here = await Writer(self._other.store, self._run, self._told).__aenter__()
        self._freed.set()
        for one in self._given:
            if one.id in kept:
                self._tell(one, kept[one.id])
        await asyncio.gather(*(self._again(here, one) for one in self._given if one.id not in kept))
        self._given.clear()

    async def _again(self, here: Writer, given: _Given) -> None:
        if isinstance(given.came, Reply):
            await here.read(given.task, given.came, given.cost)
        else:
            await here.keep(given.task, given.came)


@asynccontextmanager
async def beside(store: RunRecords, texts: int, concurrency: int) -> AsyncIterator[OtherProcess | None]:
    """The process that keeps the answers to so many texts with so many calls in flight; None where none pays."""
    if not pays(texts, concurrency) or find_spec("fcntl") is None:  # on Windows no loop writes to a pipe
        yield None
        return
    async with OtherProcess(store, concurrency) as other:
        yield other


def _widened(pipe: IO[bytes]) -> IO[bytes]:
    """The pipe, with room for what is on its way, where it can be had."""
    import fcntl  # not on Windows

    with suppress(AttributeError, OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)
    return pipe
