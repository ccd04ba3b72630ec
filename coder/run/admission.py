"""The gate of a run that keeps to limits: what may be asked now, what must wait, when nothing more is asked.

The provider enters before each request, a retry too, and says what came of it when it leaves. Limits, outages, pauses
that the endpoint asked for and the deadline thus hold for requests, wherever they come from. Where nothing has to wait,
entering costs a few comparisons.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from coder.run.breaker import Breaker
from coder.run.gate import Outcome
from coder.run.limits import Bucket, Concurrency
from coder.run.protocols import Halted, Question

ALL_WAIT = 3
"""Refusals one after the other, with no answer between them, after which the wait they ask for holds for every call."""
WORTH_SAYING = 30.0
"""Seconds of a pause from which on it is said."""
LEARNING = 0.05
"""Weight of one answer in what answers take beyond the tokens expected of them."""


Look = Callable[[], Awaitable[str]]
"""Asks the endpoint whether it is there, at no cost: '' or why not."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run keeps to. `ceiling` is the most calls in flight, `search` looks for fewer from below; 0 is no limit.

    `deadline` is in seconds from the start; after `give_up_after` seconds without an answer the endpoint is gone.
    """

    ceiling: int
    search: bool = False
    rpm: int = 0
    tpm: int = 0
    deadline: float = 0.0
    give_up_after: float = 3600.0


@dataclass(eq=False, slots=True)
class _Waiter:
    tokens: int
    admitted: asyncio.Future[int]


class RunGate:
    """Admits requests within `Limits`; made inside the running loop. `close` lets go of its timers.

    `say` is given a line for people when the run begins to wait and when it goes on; `count` says how many tokens a
    text takes, and is asked where tokens are limited.
    """

    patient = True

    def __init__(
        self, limits: Limits, host: str, look: Look, say: Callable[[str], None], count: Callable[[str], int] = len
    ) -> None:
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self.longest_wait = limits.give_up_after
        self.concurrency = Concurrency(limits.ceiling, limits.search)
        self.breaker = Breaker(limits.give_up_after)
        self.halted = ""
        self.note = ""
        self.in_flight = 0
        self._host, self._look, self._say, self._count = host, look, say, count
        self._requests = Bucket(limits.rpm, now) if limits.rpm else None
        self._tokens = Bucket(limits.tpm, now) if limits.tpm else None
        self._more = 0.0
        self._queue: deque[_Waiter] = deque()
        self._held: set[_Waiter] = set()
        self._refusals, self._pause, self._tried = 0, now, False
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None
        reached = f"the deadline of {span(limits.deadline)} is reached"
        self._deadline = self._loop.call_later(limits.deadline, self.halt, reached) if limits.deadline else None

    # requests

    async def enter(self, question: Question, after: float = 0.0) -> int:
        """Wait until the question may be sent, `after` seconds from now at the earliest; returns the tokens set aside.

        Raises Halted where nothing more is asked.
        """
        if self.halted:
            raise Halted(self.halted)
        tokens = self._expected(question) if self._tokens is not None else 0
        if not after and not self._queue and self._blocked() == 0:
            return self._admit(tokens)
        waiter = _Waiter(tokens, self._loop.create_future())
        self._held.add(waiter)
        later = self._loop.call_later(after, self._line_up, waiter) if after else None
        if later is None:
            self._line_up(waiter)
        try:
            return await waiter.admitted
        except asyncio.CancelledError:
            if waiter.admitted.done() and not waiter.admitted.cancelled():
                self.in_flight -= 1
                self._pump()
            raise
        finally:
            if later is not None:
                later.cancel()
            self._held.discard(waiter)

    def leave(self, entered: int, outcome: Outcome) -> None:
        """A request is over; `entered` are the tokens that were set aside for it."""
        self.in_flight -= 1
        if outcome.kind == "ok":
            self._answered(entered, outcome)
        elif outcome.kind == "busy":
            self._busy(outcome)
        elif outcome.kind == "lost":
            self._tried = False
        else:
            self._failed(outcome)
        self._pump()

    def halt(self, reason: str) -> None:
        """Nothing more is asked from now on; what is in flight may end. The first reason stays."""
        self.halted = self.halted or reason
        for waiter in tuple(self._held):
            if not waiter.admitted.done():
                waiter.admitted.set_exception(Halted(self.halted))

    async def close(self) -> None:
        """Let go of timers and of the look at the endpoint."""
        for handle in (self._timer, self._deadline):
            if handle is not None:
                handle.cancel()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    # who is next

    def _line_up(self, waiter: _Waiter) -> None:
        self._queue.append(waiter)
        self._pump()

    def _pump(self) -> None:
        while self._queue:
            if self._queue[0].admitted.done():
                self._queue.popleft()
                continue
            wait = self._blocked()
            if wait != 0:
                self._wake(wait)
                return
            waiter = self._queue.popleft()
            waiter.admitted.set_result(self._admit(waiter.tokens))

    def _blocked(self) -> float | None:
        """Seconds until the next may go, 0 if it may now, None where the end of something else decides."""
        trying = self.breaker.state == "trying"
        if self.breaker.state in ("open", "gone") or (trying and self._tried):
            return None
        if self.in_flight >= self.concurrency.calls:
            return None
        now = self._loop.time()
        buckets = (bucket.wait(now) for bucket in (self._requests, self._tokens) if bucket is not None)
        return max(self._pause - now, 0.0, *buckets)

    def _wake(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self._loop.call_later(seconds + 0.001, self._pump)

    def _expected(self, question: Question) -> int:
        return sum(self._count(message["content"]) for message in question.messages) + round(self._more)

    def _admit(self, tokens: int) -> int:
        self.in_flight += 1
        self._tried = self.breaker.state == "trying"
        if self._requests is not None:
            self._requests.take(1, self._loop.time())
        if self._tokens is not None:
            self._tokens.take(tokens, self._loop.time())
        return tokens

    # what came of it

    def _answered(self, entered: int, outcome: Outcome) -> None:
        self._refusals = 0
        self._works()
        self.concurrency.answered(outcome.seconds, self.in_flight + 1)
        if self._tokens is not None and outcome.tokens:
            self._tokens.take(outcome.tokens - entered, self._loop.time())
            self._more += (outcome.tokens - entered) * LEARNING

    def _busy(self, outcome: Outcome) -> None:
        self._refusals += 1
        self._works()
        self.concurrency.refused()
        wait = outcome.wait or 0.0
        if wait and self._refusals >= ALL_WAIT:
            until = self._loop.time() + wait
            if wait >= WORTH_SAYING and until > self._pause + WORTH_SAYING / 2:
                self._say(f"{self._host} asks to wait {span(wait)} ({outcome.reason}); the run goes on then")
            self._pause = max(self._pause, until)

    def _works(self) -> None:
        self.breaker.answered()
        if self.note:
            lasted = self._loop.time() - self.breaker.since
            self._say(f"{self._host} answers again after {span(lasted)}; the run goes on")
            self.note = ""

    def _failed(self, outcome: Outcome) -> None:
        tried = self.breaker.state == "trying"
        self.breaker.failed(self._loop.time(), outcome.reason, down=outcome.kind == "down")
        if tried:
            self._tell()
        if self.breaker.state == "open" and self._looking is None:
            self._looking = self._loop.create_task(self._look_until_back())
        self._gone()

    # outages

    async def _look_until_back(self) -> None:
        while self.breaker.state == "open":
            await asyncio.sleep(max(0.0, self.breaker.look_at - self._loop.time()))
            try:
                reason = await self._look()
            except Exception as error:  # whatever it is, it is no sign of life; and nobody else would end the wait
                reason = type(error).__name__
            self.breaker.looked(self._loop.time(), reason)
            if reason:
                self._tell()
            self._gone()
        self._looking, self._tried = None, False
        self._pump()

    def _tell(self) -> None:
        if not self.note:
            self._say(
                f"{self._host} does not answer ({self.breaker.reason}); the run waits for it, for at most "
                f"{span(self.breaker.give_up_after)}, and goes on when it is back"
            )
        self.note = f"waiting for {self._host}"

    def _gone(self) -> None:
        if self.breaker.state == "gone":
            lasted = self._loop.time() - self.breaker.since
            self.halt(f"{self._host} has not answered for {span(lasted)} ({self.breaker.reason})")


def span(seconds: float) -> str:
    """A length of time in words: 0.5 seconds, 90 seconds, 12 minutes, 3.5 hours."""
    if seconds < 100:
        return f"{seconds:.3g} seconds"
    return f"{seconds / 60:.3g} minutes" if seconds < 6000 else f"{seconds / 3600:.3g} hours"
