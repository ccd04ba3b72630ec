"""What screening by a model missed and got wrong, from random samples that people screened themselves. Pure.

Each side, excluded and included, was drawn from on its own, so that counts of the whole follow with exact limits from
the hypergeometric distribution (Buonaccorsi 1987).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coder.agreement.intervals import LEVEL
from coder.inference.audit_estimates import Drawn
from coder.screening.audit import Side
from coder.screening.verdicts import State, Verdict


@dataclass(frozen=True)
class Audited:
    """One document of a side that was drawn from: with which chance, whether it was, and what people hold of it.

    `person` is None where people have not judged it whole: one criterion that is not met is enough, else all count.
    """

    side: Side
    probability: float
    drawn: bool
    person: State | None = None


@dataclass(frozen=True)
class Count:
    """How many documents of a side are wrong by people, of `population`; without a value `reason` says why.

    `judged` of the `drawn` are judged whole, `found` of them are wrong.
    """

    population: int
    drawn: int
    judged: int
    found: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = LEVEL
    reason: str | None = None

    @property
    def shares(self) -> dict[str, float | None]:
        """The same as shares of the population."""
        ends = {"share": self.value, "share_low": self.low, "share_high": self.high}
        return {name: None if end is None else end / self.population for name, end in ends.items()}


def judged(found: Verdict, said: Sequence[str]) -> State | None:
    """What people hold of a document as a whole, None while criteria are open that could still decide it.

    `said` are the criteria that people settled.
    """
    whole = found.state == "excluded" or set(said) >= {name for name, _ in found.answers}
    return found.state if whole and found.state != "unscreened" else None


def wrong(side: Side, person: State) -> bool:
    """Whether people would have done otherwise: nothing is excluded without a reason, so unclear is not excluded."""
    return (person == "excluded") != (side == "excluded")


def count(side: Side, documents: Sequence[Audited], of: int, level: float = LEVEL) -> Count:
    """The wrong ones among the documents of a side, from those judged; `of` is how many the side has by now.

    Documents that were drawn and not judged yet leave the sample: they are taken to be like the others. What no draw
    has seen is outside.
    """
    there = [one for one in documents if one.side == side]
    drawn = [one for one in there if one.drawn]
    seen = [one for one in drawn if one.person is not None]
    marked = np.array([wrong(side, one.person) for one in seen if one.person is not None], dtype=bool)
    facts = (len(there), len(drawn), len(seen), int(marked.sum()))
    if not of:
        return Count(*facts, reason=f"nothing is {side}")
    if not drawn:
        return Count(*facts, reason=f"not estimable: no document that is {side} was drawn for people")
    if not seen:
        return Count(*facts, reason=f"not estimable: none of the {len(drawn)} drawn is judged whole yet")
    sample = Drawn(marked, np.array([one.probability for one in seen]), len(there))
    low, high = sample.error_limits(level)
    return Count(*facts, value=sample.errors, low=low, high=high, level=level)


@dataclass(frozen=True)
class Recall:
    """Of the documents that belong in, the share that was kept: included, or left to people as unclear."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


def recall(documents: Sequence[Audited], sizes: Mapping[Side, int], unclear_in: int, unclear_open: int) -> Recall:
    """Sensitivity of the model's screening, with conservative limits.

    The right ones among the included, from their sample, and those people took in of the unclear are kept; the wrong
    ones among the excluded are lost. Each side's limits are at 1 - (1 - level) / 2, so that both hold together at least
    as often as the level says (Bonferroni).
    """
    if unclear_open:
        return Recall(reason=f"not estimable: {unclear_open} unclear documents wait for people")
    missed = count("excluded", documents, sizes["excluded"])
    false = count("included", documents, sizes["included"])
    if sizes["excluded"] and missed.value is None:
        return Recall(reason=missed.reason)
    if sizes["included"] and false.value is None:
        return Recall(reason=false.reason)
    both = 1 - (1 - LEVEL) / 2
    lost, taken = (count(side, documents, sizes[side], both) for side in ("excluded", "included"))
    kept = [unclear_in + taken.population - (end or 0.0) for end in (taken.value, taken.high, taken.low)]
    gone = [end or 0.0 for end in (lost.value, lost.high, lost.low)]
    value, low, high = (part / (part + out) if part + out > 0 else None for part, out in zip(kept, gone, strict=True))
    return Recall(value, low, high) if value is not None else Recall(reason="undefined: no document belongs in")
