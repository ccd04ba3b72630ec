"""Answers kept by a process beside this one: to make rows of them and write these takes nothing from the one that asks.

With hundreds of calls in flight that process works all the time, and rows and statements would be a fifth of it.
"""

from __future__ import annotations

import asyncio
import os
import pickle
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from typing import IO, Self, cast

from coder.child import framed, message_heard, open_child, pays
from coder.errors import StoreError
from coder.store.beside_child import KEPT
from coder.store.runs import Answer, RunRecords, answer_fields

PIPE = 1 << 20
"""Bytes that may be on their way, where the system lets us choose: else a batch goes over in parts, and each part waits
until this process has a moment."""
ENDING_S = 10.0
"""Seconds that the other process has to finish what it began."""


class KeepingBeside:
    """Keeps answers in a store by another process. Use as `async with`: it is started on entering.

    Where it cannot be started, or breaks, this process does the work itself. It ends when this one does.
    """

    ahead = 4  # a batch is on its way there, one on its way back, and the process has work all the while

    def __init__(self, store: RunRecords) -> None:
        self._store = store
        self._child: Process | None = None
        self._hearing = asyncio.Lock()  # who comes first is heard first

    async def __aenter__(self) -> Self:
        servers = {name: value for name, value in os.environ.items() if name.startswith("PG")}  # how to reach them
        taken, given = os.pipe()
        pipe = _widened(os.fdopen(given, "wb", buffering=0))
        try:
            self._child = await open_child("coder.store.beside_child", taken, servers)
        except OSError:
            pipe.close()
            return self
        finally:
            os.close(taken)
        self._given, _ = await asyncio.get_running_loop().connect_write_pipe(asyncio.BaseProtocol, pipe)
        self._send(pickle.dumps((self._store.location, self._store.wait)))
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._end()

    async def keep(self, answers: Sequence[Answer]) -> None:
        """Keep what calls brought: all or nothing, durable when it returns; callers need not wait for each other.

        Raises StoreError.
        """
        if self._child is not None:
            said = await self._said(self._child, pickle.dumps(answer_fields(answers), pickle.HIGHEST_PROTOCOL))
            if said == KEPT:
                return
            if said:
                raise StoreError(*pickle.loads(said))  # noqa: S301 - from our own process
            await self._end()
            if answers and self._store.has_call(answers[0][0].id):  # it broke after it had kept them
                return
        await asyncio.to_thread(self._store.save_answers, answers)

    async def _said(self, child: Process, message: bytes) -> bytes:
        """What the other process says to a message; nothing where it broke before it had said all."""
        self._send(message)
        async with self._hearing:
            return await message_heard(cast("asyncio.StreamReader", child.stdout))

    def _send(self, message: bytes) -> None:
        self._given.write(framed(message))

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        self._given.close()
        try:
            async with asyncio.timeout(ENDING_S):
                await child.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                child.kill()


@asynccontextmanager
async def keeping(store: RunRecords, texts: int, concurrency: int) -> AsyncIterator[KeepingBeside | None]:
    """What keeps the answers to so many texts with so many calls in flight; None where the store itself does."""
    if not pays(texts, concurrency) or find_spec("fcntl") is None:  # on Windows no loop writes to a pipe
        yield None
        return
    async with KeepingBeside(store) as beside:
        yield beside


def _widened(pipe: IO[bytes]) -> IO[bytes]:
    """The pipe, with room for what is on its way, where it can be had."""
    import fcntl  # noqa: PLC0415 - not on Windows

    with suppress(AttributeError, OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)
    return pipe
