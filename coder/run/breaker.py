"""When an endpoint is down, when to look again, and when it is gone for good. Pure: time is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

State = Literal["closed", "open", "trying", "gone"]
"""closed: it works; open: nobody is asked; trying: one call finds out; gone: given up."""

IN_A_ROW = 5
"""Failures one after the other, with no answer between them, that make an outage of bad luck (2 % failing: 3e-9)."""
FIRST_LOOK = 0.5
LONGEST_LOOK = 30.0


@dataclass(slots=True)
class Breaker:
    """A circuit breaker: one refused connection, or `IN_A_ROW` failures of any kind, open it.

    While it is open the endpoint is looked at after `FIRST_LOOK` seconds, then twice as long and so on up to
    `LONGEST_LOOK`. A look that somebody answers lets one call through; its answer closes the breaker, its failure opens
    it again. After `give_up_after` seconds without one answered call the endpoint is gone.
    """

    give_up_after: float
    state: State = "closed"
    reason: str = ""
    since: float = 0.0
    in_a_row: int = 0
    looks: int = 0
    look_at: float = field(default=0.0)

    def answered(self) -> None:
        """A call was answered, whatever the answer: the endpoint works."""
        self.in_a_row = 0
        if self.state != "gone":
            self.state, self.looks = "closed", 0

    def failed(self, now: float, reason: str, *, down: bool) -> None:
        """A call failed for the endpoint's sake; `down` where no connection could be made."""
        self.in_a_row += 1
        if self.state == "closed" and (down or self.in_a_row >= IN_A_ROW):
            self.since = now
            self._open(now, reason)
        elif self.state == "trying":
            self._open(now, reason)

    def looked(self, now: float, reason: str) -> None:
        """What a look came to: '' where somebody answered, else why not."""
        if self.state != "open":
            return
        if not reason:
            self.state = "trying"
        else:
            self._open(now, reason)

    def _open(self, now: float, reason: str) -> None:
        self.state, self.reason = "open", reason
        left = self.since + self.give_up_after - now
        if left <= 0:
            self.state = "gone"
            return
        self.look_at = now + min(LONGEST_LOOK, FIRST_LOOK * 2.0**self.looks, left)
        self.looks += 1
