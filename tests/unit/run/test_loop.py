"""Work runs to its end with and without a running event loop, and an interrupt lets it put away what it holds."""

from __future__ import annotations

import asyncio
import signal
import threading

import pytest

from coder.run.loop import run_to_end


async def answer() -> int:
    await asyncio.sleep(0)
    return 42


def test_without_a_loop_it_runs_here() -> None:
    assert run_to_end(answer()) == 42


async def test_with_a_loop_running_it_runs_beside() -> None:
    assert run_to_end(answer()) == 42


async def test_an_error_comes_back_to_whoever_waits() -> None:
    async def wrong() -> int:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        run_to_end(wrong())


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals of threads are not to be had here")
async def test_an_interrupt_cancels_the_work_and_waits_for_it() -> None:
    held = ["an answer"]

    async def endless() -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            held.clear()

    # asyncio's own runner takes SIGINT for its task; a notebook's kernel leaves Python's handler in place.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_to_end(endless())
    finally:
        signal.signal(signal.SIGINT, before)
    assert held == []
    assert not [thread for thread in threading.enumerate() if thread.name == "intercoder-run"]
