"""Bring answers into the store in small batches, away from the loop that asks: many answers, one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from coder.model import Call, Coding

Answer = tuple[Call, Sequence[Coding]]
"""A call with the codings that it brought; they are kept together or not at all."""

LINGER_S = 0.015
"""Seconds that the first answer of a batch waits for others where many are under way and answers come fast."""
FEW, SLOW_MS = 32, 1000.0
"""Up to so many calls in flight, or where answers take as long on average, each call waits until its answer is kept:
that takes little beside what an answer takes."""
LEARNING = 0.02
"""Weight of one answer in how long answers take."""


class Sink(Protocol):
    """Where answers go: durable together when `save_answers` returns, none of them kept where it raises."""

    def save_answers(self, answers: Sequence[Answer]) -> None:
        """Store calls with their codings in one transaction."""


class Keeper(Protocol):
    """What keeps answers while the loop goes on, `ahead` batches of them at a time."""

    ahead: int

    async def keep(self, answers: Sequence[Answer]) -> None:
        """As `save_answers`."""


class OnThread:
    """Keeps answers in a sink by a thread of this process."""

    ahead = 1

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    async def keep(self, answers: Sequence[Answer]) -> None:
        """As the sink does."""
        await asyncio.to_thread(self._sink.save_answers, answers)


def room_for(concurrency: int, milliseconds: float = 0.0) -> int:
    """Answers that may wait for their commit beside as many calls in flight; 0 where a call counts until it is kept.

    `milliseconds` is what an answer takes on average.
    """
    return 0 if concurrency <= FEW or milliseconds >= SLOW_MS else concurrency // 2


def window_of(concurrency: int, milliseconds: float = 0.0) -> int:
    """Most calls that a killed run can have paid for and not kept: those in flight, and those waiting for a commit."""
    return concurrency + room_for(concurrency, milliseconds)


class Writer:
    """The commits of one run, a batch each. Use as `async with`; leaving commits what is left.

    `put` returns when the answer is kept where calls in flight are few or answers slow. Else it waits only while `room`
    answers are not committed yet, so that a slow store slows the asking. What the store raises is raised by each `put`
    that waits, by the next, and on leaving: nothing is taken after it.
    """

    def __init__(self, keeper: Keeper, concurrency: int) -> None:
        self._keeper = keeper
        self._under_way: set[asyncio.Task[None]] = set()
        self._concurrency = concurrency
        self._milliseconds = 0.0
        self._waiting: list[Answer] = []
        self._writing = 0
        self._closing = False
        self._error: Exception | None = None
        self._kept = asyncio.Event()
        self._came = asyncio.Event()
        self._full = asyncio.Event()
        self._freed = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._commit_all())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._came.set()
        self._full.set()
        await asyncio.shield(self._task)
        if self._error is not None and kind is None:
            raise self._error

    @property
    def _room(self) -> int:
        return room_for(self._concurrency, self._milliseconds)

    @property
    def uncommitted(self) -> int:
        """Answers taken and not yet durable."""
        return len(self._waiting) + self._writing

    async def put(self, answer: Answer) -> None:
        """Take an answer as soon as there is room. Raises what the store raised, StoreError as a rule."""
        took = answer[0].milliseconds
        self._milliseconds += ((took - self._milliseconds) * LEARNING) if self._milliseconds else took
        while self._room and self.uncommitted >= self._room and self._error is None:
            self._freed.clear()
            await self._freed.wait()
        if self._error is not None:
            raise self._error
        kept = self._kept
        self._waiting.append(answer)
        self._came.set()
        if len(self._waiting) >= self._room // self._keeper.ahead or self.uncommitted >= self._room:
            self._full.set()
        if not self._room:
            await kept.wait()
            if self._error is not None:
                raise self._error

    async def _commit_all(self) -> None:
        """Hand over batch after batch; ends when all that were handed over are kept."""
        while True:
            await self._came.wait()
            if self._room and not self._closing:
                await self._gather()
            while len(self._under_way) >= self._keeper.ahead:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            if self._error is not None or not self._waiting:
                break
            self._hand_over()
        if self._under_way:
            await asyncio.wait(self._under_way)
        self._kept.set()

    def _hand_over(self) -> None:
        batch, self._waiting = self._waiting, []
        kept, self._kept = self._kept, asyncio.Event()
        self._writing += len(batch)
        self._full.clear()
        if not self._closing:
            self._came.clear()
        task = asyncio.create_task(self._commit(batch, kept))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _gather(self) -> None:
        """Let the batch grow until there is no room for more or its first answer has waited long enough."""
        try:
            async with asyncio.timeout(LINGER_S):
                await self._full.wait()
        except TimeoutError:
            return

    async def _commit(self, batch: list[Answer], kept: asyncio.Event) -> None:
        try:
            await self._keeper.keep(batch)
        except Exception as error:
            self._error = error
            self._came.set()
        self._writing -= len(batch)
        self._freed.set()
        kept.set()
