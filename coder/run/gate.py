"""Who may send a request now: the one place that every request to an endpoint passes, and that hears how it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from coder.run.protocols import Question

Kind = Literal["ok", "busy", "down", "failed", "lost"]
"""`busy`: too many at once (HTTP 429, 503); `down`: nobody listens; `failed`: another error; `lost`: cancelled."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one request: `wait` is what the endpoint asked for in seconds, `tokens` what it counted."""

    kind: Kind
    wait: float | None = None
    tokens: int = 0


class Gate(Protocol):
    """A limit on what is under way. Repeated attempts and repairs pass it as every request does."""

    async def enter(self, question: Question) -> None:
        """Return when this question may be sent. Raises CallFailed or ProviderError where it never may."""

    def leave(self, outcome: Outcome) -> None:
        """Hear of a request that entered: it is under way no more."""


class OpenGate:
    """No limit but the number of the runner's workers."""

    async def enter(self, question: Question) -> None:
        """At once."""

    def leave(self, outcome: Outcome) -> None:
        """Nothing is kept."""
