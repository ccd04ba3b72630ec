"""The difference of two independent shares, with its interval. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from coder.agreement.intervals import LEVEL
from coder.agreement.proportions import proportion


@dataclass(frozen=True)
class Difference:
    """First share less the second, with limits at `level`."""

    value: float
    low: float
    high: float
    level: float = LEVEL


def difference(first: tuple[int, int], second: tuple[int, int], *, level: float = LEVEL) -> Difference | None:
    """Of (count, n) and (count, n): Newcombe's hybrid score interval (1998, method 10); None where an n is 0.

    low = d - sqrt((p1 - l1)^2 + (u2 - p2)^2), high = d + sqrt((u1 - p1)^2 + (p2 - l2)^2), with l, u Wilson's limits.
    """
    one, two = (proportion(*given, method="wilson", level=level) for given in (first, second))
    if one.share is None or two.share is None:
        return None
    l1, u1, l2, u2 = one.low or 0.0, one.high or 0.0, two.low or 0.0, two.high or 0.0
    apart = one.share - two.share
    below, above = (
        sqrt((one.share - l1) ** 2 + (u2 - two.share) ** 2),
        sqrt((u1 - one.share) ** 2 + (two.share - l2) ** 2),
    )
    return Difference(apart, apart - below, apart + above, level)
