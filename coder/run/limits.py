"""How much may be asked, at once and a minute: calls in flight that find their limit, buckets of requests and tokens.

Pure: time is given in seconds of any clock that does not go back.
"""

from __future__ import annotations

from dataclasses import dataclass, field

START = 8
"""Calls in flight that a search for the limit begins with; a slow answer alone never takes it below."""
SLOW = 2.0
"""Answers that take this many times as long as the quickest round's are waiting in a queue at the endpoint."""
FORGETTING = 1.002
"""By which the quickest round is forgotten a round: after some hundred rounds longer texts are the measure."""


class Bucket:
    """So many units a minute, spread over it: at most `per_minute` in any 60 seconds (of what was asked for).

    A second's worth, and at least one unit, may go at once. What was taken can be more than is there, and is then
    waited for afterwards; what was taken too much can be given back.
    """

    def __init__(self, per_minute: float, now: float) -> None:
        self._burst = max(1.0, per_minute / 60)
        self._rate = (per_minute - self._burst + 1.0) / 60
        self._level, self._at = self._burst, now

    def wait(self, now: float) -> float:
        """Seconds until one more may go; 0 where it may now."""
        self._fill(now)
        return max(0.0, (1.0 - self._level) / self._rate)

    def take(self, units: float, now: float) -> None:
        """Take what a request needs; negative gives back."""
        self._fill(now)
        self._level = min(self._burst, self._level - units)

    def _fill(self, now: float) -> None:
        self._level = min(self._burst, self._level + max(0.0, now - self._at) * self._rate)
        self._at = now


@dataclass(slots=True)
class Round:
    """What has come back since the last round: as many outcomes as there might be calls in flight when it began."""

    size: int
    answered: int = 0
    refused: int = 0
    timed: int = 0
    seconds: float = 0.0
    full: bool = False

    @property
    def outcomes(self) -> int:
        return self.answered + self.refused


@dataclass(slots=True)
class Concurrency:
    """Calls in flight: one more a round, less by half the share that was refused (Alizadeh et al. 2010, DCTCP).

    Weighing the cut by the share of a round that met a 429 finds a hard limit within a few rounds, and one refusal
    out of twenty, which is chance, does not halve a run. Until the first sign of a limit every answer adds one, so
    that the limit doubles a round (slow start). `ceiling` is never passed. With `search` the limit is looked for from
    `START`, also by the time answers take: an endpoint that queues instead of refusing answers later, not more, so
    the limit stops growing at `SLOW` times the quickest round and shrinks by a tenth beyond it. Without `search` it
    starts at the ceiling and goes down only where the endpoint refuses.
    """

    ceiling: int
    search: bool = False
    limit: float = field(init=False)
    starting: bool = field(init=False)
    quickest: float = field(init=False, default=0.0)
    round: Round = field(init=False)

    def __post_init__(self) -> None:
        self.limit = float(min(START, self.ceiling) if self.search else self.ceiling)
        self.starting = self.search
        self.round = Round(self.calls)

    @property
    def calls(self) -> int:
        """How many calls may be in flight."""
        return int(self.limit)

    def answered(self, seconds: float, in_flight: int) -> None:
        """An answer came after so many seconds, while so many calls (it among them) were in flight.

        Seconds of 0 are not known, or of a request that was turned down: they say nothing of the endpoint's pace.
        """
        now = self.round
        now.answered += 1
        now.timed += seconds > 0
        now.seconds += seconds
        now.full = now.full or in_flight >= self.calls
        if self.starting and now.full:
            self.limit = min(self.ceiling, self.limit + 1)
        self._turn()

    def refused(self) -> None:
        """The endpoint said that it is asked too much (429)."""
        self.starting = False
        self.round.refused += 1
        self._turn()

    def _turn(self) -> None:
        done = self.round
        if done.outcomes < done.size:
            return
        grown = self.limit + (1.0 if done.full and not self.starting else 0.0)
        if done.refused:
            grown *= 1 - done.refused / done.outcomes / 2
        if self.search and 2 * done.timed > done.outcomes:
            grown = self._by_time(done.seconds / done.timed, grown)
        self.limit = max(1.0, min(self.ceiling, grown))
        self.round = Round(self.calls)

    def _by_time(self, mean: float, grown: float) -> float:
        """No growth, or a tenth less, where the answers of the round were slow."""
        self.quickest = min(self.quickest * FORGETTING, mean) if self.quickest else mean
        if mean <= SLOW * self.quickest:
            return grown
        self.starting = False
        return min(grown, max(START, self.limit * 0.9))
