"""One request at a time to a host, with a pause between two."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class StayAwayError(Exception):
    """A host asked for a longer pause than is waited for; `seconds` are left of it."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the site asked for a pause; {seconds:.0f} s of it are left")
        self.seconds = seconds


class Pace:
    """When each host may be asked again. `longest` is the longest wait in seconds."""

    def __init__(self, longest: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._longest = longest
        self._clock = clock
        self._locks: dict[str, asyncio.Lock] = {}
        self._next: dict[str, float] = {}

    @asynccontextmanager
    async def turn(self, host: str, delay: float) -> AsyncIterator[None]:
        """The time in which the host may be asked once; StayAwayError where it is too far off."""
        async with self._locks.setdefault(host, asyncio.Lock()):
            wait = self._next.get(host, 0.0) - self._clock()
            if wait > max(self._longest, delay):
                raise StayAwayError(wait)
            if wait > 0:
                await asyncio.sleep(wait)
            try:
                yield
            finally:
                self.hold(host, delay)

    def hold(self, host: str, seconds: float) -> None:
        """Ask the host nothing for so many seconds from now."""
        self._next[host] = max(self._next.get(host, 0.0), self._clock() + seconds)
