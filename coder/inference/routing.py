"""Routing: the confidence above which a model's codes may stand without a person, with a stated guarantee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log
from typing import Literal

import numpy as np
from scipy.special import bdtr, betaincinv

from coder.agreement.tables import FloatArray, IntArray
from coder.inference.sampling import BoolArray

Method = Literal["fixed_sequence", "joint_loss"]

TARGET, DELTA = 0.95, 0.10
MIN_ACCEPTED, MIN_SHARE = 60, 0.2
"""Testing starts at the strictest threshold that accepts this many calibration items and this share of them."""
FARTHEST = 20_000
"""Accepted items beyond which no number is worked out."""
THRESHOLDS: tuple[float, ...] = (
    *(1.0, 0.9999, 0.9998, 0.9995, 0.999, 0.998, 0.997, 0.996, 0.995, 0.9925),
    *(round(1 - step / 100, 2) for step in range(1, 100)),
    0.0,
)
"""The default thresholds: written down here, hence before any data. Dense near 1, where log-probabilities crowd."""

EXCHANGEABLE = (
    "It holds if the calibration documents are a random sample of documents like those to be routed "
    "(exchangeable with them), none of them served to write the prompt, the examples or the codebook, and model, "
    "prompt and codebook stay as they were. It speaks of this dimension alone; an answer of several labels is right "
    "when the whole set is."
)


@dataclass(frozen=True)
class Step:
    """One tested threshold: of the calibration items, `accepted` reach it and `errors` of these are wrong."""

    threshold: float
    accepted: int
    errors: int
    p: float


@dataclass(frozen=True)
class Further:
    """How many more calibration documents, drawn at random, might be enough; a plan, no promise.

    `error_free` suffice if no further accepted code is wrong, `at_observed_rate` if the accepted codes go on being
    wrong at the rate seen (about even odds). None where more than 20,000 accepted items would be needed, or where
    the observed rate is no better than the target allows.
    """

    error_free: int | None
    at_observed_rate: int | None


@dataclass(frozen=True)
class Route:
    """The threshold for one dimension; None where the evidence does not carry one, with the reason and what to do.

    Codes with confidence >= `threshold` may stand. Of `n` calibration items `accepted` do, `errors` of them wrong;
    `missing` items had no confidence and are never accepted. `agreement_low` is the exact one-sided lower limit of the
    agreement among the accepted at confidence 1 - `delta`. `steps` holds what was tested, in order. For the method
    `joint_loss`, `target` is 1 - the bound on the share accepted and wrong, and `delta` is None.
    """

    method: Method
    threshold: float | None
    target: float
    delta: float | None
    n: int
    accepted: int
    errors: int
    missing: int
    steps: tuple[Step, ...] = ()
    further: Further | None = None
    reason: str | None = None

    @property
    def accepted_share(self) -> float | None:
        """The share of the calibration items whose code would stand; None without items."""
        return self.accepted / self.n if self.n else None

    @property
    def agreement_low(self) -> float | None:
        """The Clopper-Pearson lower limit (one-sided, 1 - delta) of agreement among the accepted."""
        if self.threshold is None or self.delta is None:
            return None
        right = self.accepted - self.errors
        return float(betaincinv(right, self.errors + 1, self.delta)) if right else 0.0

    @property
    def guarantee(self) -> str:
        """What is promised and on what assumptions, in words."""
        if self.threshold is None:
            return "None: every code goes to a person."
        if self.method == "joint_loss":
            return (
                f"On average over calibration sets, at most {100 * (1 - self.target):g}% of all documents are accepted "
                "with a wrong code. The share wrong among the accepted alone is not bounded by this. " + EXCHANGEABLE
            )
        return (
            f"With probability {100 * (1 - (self.delta or 0)):g}% or more over the draw of the calibration documents, "
            f"accepted codes agree with the reference at a rate of {100 * self.target:g}% or more (the rate in the "
            "long run: a small batch may fall short by chance). " + EXCHANGEABLE
        )


def route(
    confidence: FloatArray,
    agrees: BoolArray,
    *,
    target: float = TARGET,
    delta: float = DELTA,
    thresholds: Sequence[float] = THRESHOLDS,
    start: float | None = None,
) -> Route:
    """The loosest threshold with P(agreement among the accepted < target) <= delta, by fixed-sequence testing.

    `confidence`, shape (n,), is the model's, NaN where there is none, and `agrees`, shape (n,), says whether its code
    is the reference's, on the calibration items of one dimension (a code that was refused does not agree). Each
    threshold t tests H: agreement among the accepted < target, by the exact p = P(Bin(n_t, 1 - target) <= errors_t),
    from strict to loose, until the first p > delta (learn then test: Angelopoulos, Bates, Candès, Jordan & Lei 2021,
    arXiv 2110.01052). `thresholds` are to be fixed before the calibration items are seen. Testing begins at the
    first that accepts max(60, n/5) items, which is found from the confidences without looking at the codes; give
    `start` to fix that beforehand too. Items of equal confidence go together. ValueError where arguments do not fit.
    """
    confidence, agrees = checked(confidence, agrees)
    if not (0 < target < 1 and 0 < delta < 1 and len(thresholds)):
        raise ValueError(f"target {target} and delta {delta} lie between 0 and 1, and there are thresholds")
    grid = np.unique(np.asarray(thresholds, dtype=np.float64))[::-1]
    accepted, errors = _counts(confidence, agrees, grid)
    p_values = exact_p(accepted, errors, target)
    needed = least_accepted(len(agrees))
    begin, stop = tested_places(p_values, accepted >= needed if start is None else grid <= start, delta)
    columns = (column.tolist() for column in (grid, accepted, errors, p_values))
    steps = tuple(Step(*row) for row in zip(*columns, strict=True))
    chosen = steps[int(stop) - 1] if stop > begin else None
    strictest, further = (steps[-1], None) if chosen else _plan(steps[: int(begin) + 1], len(agrees), target, delta)
    return Route(
        method="fixed_sequence",
        threshold=chosen.threshold if chosen else None,
        target=target,
        delta=delta,
        n=len(agrees),
        accepted=chosen.accepted if chosen else 0,
        errors=chosen.errors if chosen else 0,
        missing=int(np.isnan(confidence).sum()),
        steps=steps[int(begin) : int(stop) + 1],
        further=further,
        reason=_not_enough(strictest, needed if start is None else 0, further) if further else None,
    )


def error_free_minimum(target: float = TARGET, delta: float = DELTA) -> int:
    """The fewest accepted items that, all right, show agreement >= target at `delta`: ln(delta) / ln(target), up."""
    return ceil(log(delta) / log(target) - 1e-12)


def checked(confidence: FloatArray, agrees: BoolArray) -> tuple[FloatArray, BoolArray]:
    """The two as arrays of one length; ValueError where they are not, or a confidence lies outside 0 to 1."""
    found, right = np.asarray(confidence, dtype=np.float64), np.asarray(agrees, dtype=np.bool_)
    if found.ndim != 1 or found.shape != right.shape:
        raise ValueError(f"confidences of shape {found.shape} and agreements of shape {right.shape}")
    if ((found < 0) | (found > 1)).any():
        raise ValueError("a confidence lies outside 0 to 1")
    return found, right


def exact_p(accepted: IntArray, errors: IntArray, target: float) -> FloatArray:
    """P(Bin(accepted, 1 - target) <= errors), elementwise; 1 where nothing is accepted."""
    return np.where(accepted > 0, bdtr(errors, np.maximum(accepted, 1), 1 - target), 1.0)


def least_accepted(n: int) -> int:
    """How many of `n` calibration items a threshold must accept for testing to begin with it."""
    return max(MIN_ACCEPTED, ceil(MIN_SHARE * n))


def tested_places(p_values: FloatArray, may_begin: BoolArray, delta: float) -> tuple[IntArray, IntArray]:
    """Where along the last axis testing begins and where it fails, both the axis's length where they never do."""
    begin = _first(may_begin)
    late = np.arange(p_values.shape[-1]) >= begin[..., None]
    return begin, _first((p_values > delta) & late)


def _first(holds: BoolArray) -> IntArray:
    return np.asarray(np.where(holds.any(axis=-1), holds.argmax(axis=-1), holds.shape[-1]), dtype=np.int64)


def _counts(confidence: FloatArray, agrees: BoolArray, grid: FloatArray) -> tuple[IntArray, IntArray]:
    """The items at or above each threshold, and the wrong ones among them; shape (thresholds,) each."""
    known = ~np.isnan(confidence)
    every, wrong = np.sort(confidence[known]), np.sort(confidence[known & ~agrees])
    return len(every) - np.searchsorted(every, grid), len(wrong) - np.searchsorted(wrong, grid)


def _plan(steps: Sequence[Step], n: int, target: float, delta: float) -> tuple[Step, Further]:
    """The step that the fewest more documents might carry, of those not looser than where testing begins.

    With more documents testing begins at a stricter one, which may be better than what had to be tested with `n`.
    """
    plans = [(step, _further(n, step, target, delta)) for step in reversed(steps)]
    most = float("inf")

    def more(plan: tuple[Step, Further]) -> tuple[float, float]:
        needed = (plan[1].at_observed_rate, plan[1].error_free)
        return (most if needed[0] is None else needed[0], most if needed[1] is None else needed[1])

    return min(plans, key=more)


def _further(n: int, strictest: Step, target: float, delta: float) -> Further:
    """What would be enough at the threshold where testing begins, or the loosest where it cannot begin."""
    share = strictest.accepted / n if n else 0.0
    if share < MIN_SHARE:
        return Further(None, None)
    rate = strictest.errors / strictest.accepted
    more = np.arange(strictest.accepted, FARTHEST + 1)

    def documents(wrong: FloatArray) -> int | None:
        passing = np.flatnonzero((more >= MIN_ACCEPTED) & (bdtr(wrong, more, 1 - target) <= delta))
        return ceil((int(more[passing[0]]) - strictest.accepted) / share - 1e-9) if len(passing) else None

    at_observed_rate = documents(np.ceil(rate * more - 1e-9)) if rate < 1 - target else None
    return Further(documents(np.full(len(more), float(strictest.errors))), at_observed_rate)


def _not_enough(strictest: Step, needed: int, further: Further) -> str:
    if not strictest.accepted:
        return f"not enough evidence: no calibration item has a confidence that reaches {strictest.threshold:g}"
    seen = f"of the {strictest.accepted} most confident codes {strictest.errors} are wrong"
    if strictest.accepted < needed:
        seen += f", and testing begins at {needed} accepted codes"
    if further.error_free is None:
        return f"not enough evidence: {seen}; more coding is unlikely to change that"
    if further.at_observed_rate is None:
        return f"not enough evidence: {seen}, no better than the target allows; more coding is unlikely to help"
    if further.at_observed_rate == further.error_free:
        return f"not enough evidence: {seen}; code {further.error_free} more documents"
    return (
        f"not enough evidence: {seen}; code {further.at_observed_rate} more documents "
        f"({further.error_free} if no further error is found)"
    )
