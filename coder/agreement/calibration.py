"""Whether a coder's confidence can be believed, and how agreement rises when the doubtful codes are left to people.

Pure. Single-choice dimensions only: a set of labels has no one confidence. An `absent` has none either, so all figures
here are about the items that the coder gave a code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from coder.agreement.evaluate import REPLICATES, SEED, evaluate_dimension
from coder.agreement.pairing import Mark, pair_answers
from coder.agreement.proportions import proportion
from coder.model import Coding, Dimension
from coder.model.agreement import DimensionAgreement

BINS = 10
SHARES = (100, 90, 80, 70, 60, 50)
"""Per cent of the codes kept, the surest first."""
Judged = tuple[float, bool]
"""A code's confidence, and whether it was the reference's."""


@dataclass(frozen=True)
class ReliabilityBin:
    """The codes whose confidence lies in [from_, to): mean confidence, share correct and its Wilson interval."""

    from_: float
    to: float
    n: int
    confidence: float
    correct: float
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """One dimension's confidences held against a reference, over the `n` codes that have both.

    `kept` holds, for each share of the surest codes, the agreement on these alone; the others would go to people.
    """

    dimension: str
    n: int
    ece: float | None
    brier: float | None
    bins: tuple[ReliabilityBin, ...]
    kept: tuple[tuple[float, DimensionAgreement], ...]


def calibrate(
    dimension: Dimension,
    reference: Sequence[Coding],
    coder: Sequence[Coding],
    *,
    seed: int = SEED,
    replicates: int = REPLICATES,
) -> Calibration | None:
    """Calibration of one dimension; None where no code that the reference also judges carries a confidence."""
    confidences = confidence_by_version(dimension, coder)
    if not dimension.single or not confidences:
        return None
    gold, mine = (_by_version(dimension, codings) for codings in (reference, coder))
    known = [version for version in gold if version in confidences]
    judged = {version: _agrees(dimension, gold[version], mine[version]) for version in known}
    versions = [version for version, same in judged.items() if same is not None]
    if not versions:
        return None
    given = [(confidences[version], bool(judged[version])) for version in versions]
    kept = tuple(
        (
            share,
            evaluate_dimension(
                dimension,
                [gold[versions[place]] for place in places],
                [mine[versions[place]] for place in places],
                seed=seed,
                replicates=replicates,
            ),
        )
        for share, places in surest([confidence for confidence, _ in given])
    )
    return Calibration(
        dimension.id, len(given), expected_calibration_error(given), brier_score(given), reliability(given), kept
    )


def confidence_by_version(dimension: Dimension, codings: Sequence[Coding]) -> Mapping[str, float]:
    """The confidence of each code; of several replicates the first counts, as in agreement."""
    found = {}
    for coding in sorted(codings, key=lambda coding: coding.replicate, reverse=True):
        if coding.dimension_id == dimension.id and coding.assignments:
            found[coding.version_id] = coding.assignments[0].confidence
    return {version: confidence for version, confidence in found.items() if confidence is not None}


def _by_version(dimension: Dimension, codings: Sequence[Coding]) -> dict[str, Coding]:
    ordered = sorted(codings, key=lambda coding: coding.replicate, reverse=True)
    return {coding.version_id: coding for coding in ordered if coding.dimension_id == dimension.id}


def _agrees(dimension: Dimension, gold: Coding, coding: Coding) -> bool | None:
    """Whether the two answers are the same; None where the item is out of every coefficient."""
    pairs = pair_answers(dimension, [gold], [coding])
    if not pairs.n:
        return None
    first, second = pairs.answers[pairs.reference[0]], pairs.answers[pairs.coder[0]]
    return first == second and not isinstance(first, Mark)


def reliability(judged: Sequence[Judged]) -> tuple[ReliabilityBin, ...]:
    """The bins that hold codes: ten of equal width; a confidence on a bound belongs to the upper one, 1 to the last."""
    bins: dict[int, list[Judged]] = {}
    for one in judged:
        bins.setdefault(min(int(one[0] * BINS), BINS - 1), []).append(one)
    return tuple(_bin(number, bins[number]) for number in sorted(bins))


def _bin(number: int, judged: Sequence[Judged]) -> ReliabilityBin:
    n, correct = len(judged), sum(right for _, right in judged)
    low, high = wilson_interval(correct, n)
    mean = sum(confidence for confidence, _ in judged) / n
    return ReliabilityBin(number / BINS, (number + 1) / BINS, n, mean, correct / n, low, high)


def expected_calibration_error(judged: Sequence[Judged]) -> float | None:
    """The mean distance of a bin's share correct from its mean confidence, weighted by n (Naeini et al. 2015)."""
    if not judged:
        return None
    return float(sum(one.n * abs(one.correct - one.confidence) for one in reliability(judged))) / len(judged)


def brier_score(judged: Sequence[Judged]) -> float | None:
    """The mean squared distance of confidence from 1 (correct) or 0 (Brier 1950); lower is better."""
    return float(np.mean([(confidence - right) ** 2 for confidence, right in judged])) if judged else None


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927); ValueError where `n` is not at least 1."""
    found = proportion(successes, n, method="wilson")
    if found.low is None or found.high is None:
        raise ValueError("a share needs an item")
    return found.low, found.high


def surest(confidences: Sequence[float]) -> list[tuple[float, list[int]]]:
    """For each share the positions of the surest codes; of equal confidences the earlier is kept."""
    ranked = sorted(range(len(confidences)), key=lambda number: -confidences[number])
    return [(share / 100, ranked[: ceil(len(ranked) * share / 100)]) for share in SHARES] if ranked else []


def kappa_by_share(
    confidences: Sequence[float], kappa: Callable[[Sequence[int]], float | None]
) -> list[tuple[float, int, float | None]]:
    """Share, n and kappa of the codes that the coder was surest of (selective classification, El-Yaniv & Wiener 2010).

    `kappa` is given the positions of the codes kept.
    """
    return [(share, len(chosen), kappa(chosen)) for share, chosen in surest(confidences)]
