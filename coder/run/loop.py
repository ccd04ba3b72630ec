"""Run a piece of asking to its end, also where an event loop runs already, as in a notebook."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """What the coroutine returns; it runs in this thread, or in one of its own where this one has a running loop.

    An interrupt of the waiting thread cancels the work, waits until it has put away what it holds, and is raised again.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    return _beside(work)


def _beside(work: Coroutine[Any, Any, T]) -> T:
    outcome: Future[T] = Future()
    begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[T]]] = Future()

    async def held() -> T:
        task = asyncio.ensure_future(work)
        begun.set_result((asyncio.get_running_loop(), task))
        return await task

    def run() -> None:
        try:
            outcome.set_result(asyncio.run(held()))
        except BaseException as error:  # carried over to whoever waits
            outcome.set_exception(error)

    thread = Thread(target=run, name="intercoder-run")
    try:
        thread.start()
        return outcome.result()
    except KeyboardInterrupt:
        if thread.is_alive():
            loop, task = begun.result()
            loop.call_soon_threadsafe(task.cancel)
            thread.join()
        raise
