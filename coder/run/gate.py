"""Who may send a request now: the one place that every request to an endpoint passes, and that hears how it went."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from coder.run.protocols import Question

Kind = Literal["ok", "busy", "down", "failed", "lost"]
"""`ok`: an answer, be it a refusal or that the request was wrong; `busy`: too much is asked (HTTP 429); `down`: nobody
listens; `failed`: no use, such as HTTP 500, a drop or a timeout; `lost`: broken off from our side."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one request, after so many `seconds` (0 where it was no completion, which says nothing of its pace).

    `wait` is what the endpoint asked for in seconds, `tokens` what it counted, `reason` why it failed, keys taken out.
    """

    kind: Kind
    wait: float | None = None
    tokens: int = 0
    seconds: float = 0.0
    reason: str = ""


class Gate(Protocol):
    """A limit on what is under way. Repeated attempts and repairs pass it as every request does.

    `patient`: outages are waited out here, so that a call to an endpoint that is down may enter again as often as it
    takes. A wait of more than `longest_wait` seconds is not worth it.
    """

    patient: bool
    longest_wait: float

    async def enter(self, question: Question, after: float = 0.0) -> int:
        """Return when this question may be sent, `after` seconds from now at the earliest.

        What it returns is given back to `leave`. Raises Halted where nothing more is asked.
        """
        ...

    def leave(self, entered: int, outcome: Outcome) -> None:
        """Hear of a request that entered: it is under way no more."""
        ...


class OpenGate:
    """No limit but the number of the runner's workers; a wait before another attempt is kept."""

    patient = False
    longest_wait = 120.0

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep

    async def enter(self, question: Question, after: float = 0.0) -> int:
        """After the wait."""
        if after:
            await self._sleep(after)
        return 0

    def leave(self, entered: int, outcome: Outcome) -> None:
        """Nothing is kept."""


@runtime_checkable
class Gated(Protocol):
    """A provider whose requests pass a gate that can be set."""

    gate: Gate

    async def look(self) -> str:
        """Whether the endpoint is there, by a request that costs nothing: '' or why not."""
        ...
