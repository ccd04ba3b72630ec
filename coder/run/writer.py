"""Bring answers into the store away from the loop that asks; those that come during a commit share the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Protocol, Self

from coder.model import Call, Run
from coder.run.answers import Answer, answer_of_reply, read
from coder.run.plan import Task
from coder.run.protocols import Reply


class Sink(Protocol):
    """Where answers go: durable together when `save_answers` returns, none of them kept where it raises."""

    def save_answers(self, answers: Sequence[Answer]) -> None:
        """Store calls with their codings in one transaction."""


class Told(Protocol):
    """Who hears what became of replies."""

    def kept(self, task: Task, status: str, error: str, counts: Call | Reply, cost: float | None) -> None:
        """An answer is kept; `counts` has its tokens."""

    def unread(self, task: Task, reply: Reply) -> None:
        """A reply cannot be read, and is not kept: its question is to be asked once more."""


class Keeper(Protocol):
    """What replies are given to. Of what it was given nothing is paid again where the program is killed then.

    What the store raises, StoreError as a rule, is raised by each call that waits, by the next, and on leaving.
    """

    async def read(self, task: Task, reply: Reply, cost: float | None) -> None:
        """Read a reply and keep what it says, or give it back as unread. It cost so many USD."""

    async def keep(self, task: Task, answer: Answer) -> None:
        """Keep an answer that was read."""

    async def settle(self) -> None:
        """Return when all that was given is kept or given back, or cannot be."""


Keeping = Callable[[Run, Told], AbstractAsyncContextManager[Keeper]]
"""Opens what keeps the answers of a run; leaving it keeps what is left."""


class Writer:
    """Keeps the answers of a run by a thread of this process, commit after commit. Use as `async with`.

    It returns when an answer is on disk: until then its call counts as in flight.
    """

    def __init__(self, sink: Sink, run: Run, told: Told) -> None:
        self._sink, self._run, self._told = sink, run, told
        self._waiting: list[Answer] = []
        self._closing = False
        self._error: Exception | None = None
        self._kept = asyncio.Event()
        self._came = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._commit_all())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._came.set()
        await asyncio.shield(self._task)
        if self._error is not None and kind is None:
            raise self._error

    async def read(self, task: Task, reply: Reply, cost: float | None) -> None:
        """As `Keeper` says."""
        reading = read(reply, task.asked, task.prompt, task.segments)
        if reading is not None and reading.problem:
            self._told.unread(task, reply)
        else:
            await self.keep(task, answer_of_reply(self._run, task.asked, task.prompt, reply, reading, cost))

    async def keep(self, task: Task, answer: Answer) -> None:
        """As `Keeper` says."""
        if self._error is None:
            kept = self._kept
            self._waiting.append(answer)
            self._came.set()
            await kept.wait()
        if self._error is not None:
            raise self._error
        self._told.kept(task, answer[0].status, answer[0].error, answer[0], answer[0].cost_usd)

    async def settle(self) -> None:
        """Nothing to wait for: each call has waited until its answer was kept."""

    async def _commit_all(self) -> None:
        while self._error is None and not (self._closing and not self._waiting):
            await self._came.wait()
            self._came.clear()
            if self._waiting:
                await self._commit()

    async def _commit(self) -> None:
        batch, self._waiting = self._waiting, []
        kept, self._kept = self._kept, asyncio.Event()
        try:
            await asyncio.to_thread(self._sink.save_answers, batch)
        except Exception as error:
            self._error = error
            self._kept.set()  # those that came meanwhile
        kept.set()
