"""A budget in money and in tokens: a call's expected price is set aside before it is sent, and settled after."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from coder.run.plan import Prices


@dataclass(frozen=True, slots=True)
class Spending:
    """What calls take: USD (None where a price is not known) and tokens, both ways together."""

    usd: float | None = 0.0
    tokens: int = 0

    def __add__(self, other: Spending) -> Spending:
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return Spending(usd, self.tokens + other.tokens)

    @classmethod
    def of(cls, prices: Prices, prompt: int, cached: int, completion: int) -> Spending:
        """What so many tokens cost."""
        return cls(prices.cost(prompt, cached, completion), prompt + completion)


class Budget:
    """What a run may take, in USD and in tokens; 0 is no limit.

    `before` is what the run took in earlier passes. A call fits while everything paid, everything set aside and its own
    share are within the budget, so an overrun can only come from calls in flight that took more than was expected. A
    call is expected to take what the estimate says or what calls took so far on average, whichever is more. `paid` is
    what was settled, `in_flight` counts the calls that something is set aside for.
    """

    def __init__(self, usd: float = 0.0, tokens: int = 0, before: Spending | None = None) -> None:
        self.usd, self.tokens = usd, tokens
        self.paid = before or Spending()
        self.in_flight = 0
        self._aside, self._mean, self._settled = Spending(), Spending(), 0
        self._freed = asyncio.Event()

    @property
    def limited(self) -> bool:
        """Whether there is anything to keep to."""
        return bool(self.usd or self.tokens)

    def reserve(self, expected: Spending) -> Spending | None:
        """Set aside what a call is expected to take and return that; None where it does not fit now."""
        usd = max(expected.usd or 0.0, self._mean.usd or 0.0)
        tokens = max(expected.tokens, self._mean.tokens)
        share = Spending(usd, tokens)
        after = self.paid + self._aside + share
        if (self.usd and (after.usd or 0.0) > self.usd) or (self.tokens and after.tokens > self.tokens):
            return None
        self._aside += share
        self.in_flight += 1
        return share

    async def take(self, expected: Spending) -> Spending | None:
        """As `reserve`, waiting for calls in flight to settle where there is no room; None where none would ever be."""
        while (share := self.reserve(expected)) is None and self.in_flight:
            self._freed.clear()
            await self._freed.wait()
        return share

    def settle(self, reserved: Spending, actual: Spending | None) -> None:
        """A call is over: it took `actual`, or nothing is known of it (None) and what was set aside counts as paid."""
        self.release(reserved)
        took = actual or reserved
        self.paid = self.paid + took
        if took.tokens:
            self._settled += 1
            share = 1 / self._settled
            usd = (self._mean.usd or 0.0) * (1 - share) + (took.usd or 0.0) * share
            self._mean = Spending(usd, round(self._mean.tokens * (1 - share) + took.tokens * share))

    def release(self, reserved: Spending) -> None:
        """Nothing was sent: what was set aside is free again."""
        self.in_flight -= 1
        self._freed.set()
        self._aside = Spending(
            (self._aside.usd or 0.0) - (reserved.usd or 0.0) if self.in_flight else 0.0,  # no rounding stays behind
            self._aside.tokens - reserved.tokens,
        )

    def words(self) -> str:
        """Which limits there are, for people."""
        money = [f"{self.usd:.2f} USD" if self.usd >= 0.01 else f"{self.usd:g} USD"] if self.usd else []
        return " and ".join([*money, *([f"{self.tokens:,} tokens"] if self.tokens else [])])
