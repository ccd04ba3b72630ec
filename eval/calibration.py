"""Whether a coder's confidence can be believed, and how agreement rises when the doubtful codes are left to people.

Pure. Single-choice dimensions only: a set of labels has no one confidence. An `absent` has none either, so all figures
here are about the items that the coder gave a code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np

from coder.agreement.proportions import proportion
from coder.model import Coding, Dimension
from eval.resample import Pair, measure

BINS = 10
SHARES = (100, 90, 80, 70, 60, 50)
"""Per cent of the codes kept, the surest first."""
Judged = tuple[float, bool]
"""A code's confidence, and whether it was the reference's."""


def calibration(
    dimension: Dimension, versions: Sequence[str], codings: Sequence[Coding], pairs: Sequence[Pair | None]
) -> dict[str, Any] | None:
    """The block of one dimension in a result file; None where no code carries a confidence.

    `versions` and `pairs` are those of the scored items, in one order, see `eval.resample.pairs_by_item`.
    """
    confidences = _confidences(dimension, codings)
    if not dimension.single or not confidences:
        return None
    known = [
        (confidences[version], pair)
        for version, pair in zip(versions, pairs, strict=True)
        if pair and version in confidences
    ]
    judged = [(confidence, pair[0] == pair[1]) for confidence, pair in known]

    def kappa(kept: Sequence[int]) -> float | None:
        measured = measure(dimension, [known[number][1] for number in kept])
        return float(measured.values(np.ones((1, len(kept))))[0]) if measured.kappas else None

    return {
        "dimension": dimension.id,
        "n": len(judged),
        "ece": expected_calibration_error(judged),
        "brier": brier_score(judged),
        "bins": reliability(judged),
        "kept": kappa_by_share([confidence for confidence, _ in judged], kappa),
    }


def _confidences(dimension: Dimension, codings: Sequence[Coding]) -> Mapping[str, float]:
    """By version; of several replicates the first counts, as in agreement."""
    found = {}
    for coding in sorted(codings, key=lambda coding: coding.replicate, reverse=True):
        if coding.dimension_id == dimension.id and coding.assignments:
            found[coding.version_id] = coding.assignments[0].confidence
    return {version: confidence for version, confidence in found.items() if confidence is not None}


def reliability(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """The bins that hold codes: bounds, `n`, mean confidence, share correct and its Wilson interval.

    Ten bins of equal width; a confidence on a bound belongs to the upper one, 1 to the last.
    """
    bins: dict[int, list[Judged]] = {}
    for one in judged:
        bins.setdefault(min(int(one[0] * BINS), BINS - 1), []).append(one)
    return [_bin(number, bins[number]) for number in sorted(bins)]


def _bin(number: int, judged: Sequence[Judged]) -> dict[str, Any]:
    n, correct = len(judged), sum(right for _, right in judged)
    low, high = wilson_interval(correct, n)
    return {
        "from": number / BINS,
        "to": (number + 1) / BINS,
        "n": n,
        "confidence": sum(confidence for confidence, _ in judged) / n,
        "correct": correct / n,
        "low": low,
        "high": high,
    }


def expected_calibration_error(judged: Sequence[Judged]) -> float | None:
    """The mean distance of a bin's share correct from its mean confidence, weighted by n (Naeini et al. 2015)."""
    if not judged:
        return None
    return float(sum(one["n"] * abs(one["correct"] - one["confidence"]) for one in reliability(judged))) / len(judged)


def brier_score(judged: Sequence[Judged]) -> float | None:
    """The mean squared distance of confidence from 1 (correct) or 0 (Brier 1950); lower is better."""
    return float(np.mean([(confidence - right) ** 2 for confidence, right in judged])) if judged else None


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927); ValueError where `n` is not at least 1."""
    found = proportion(successes, n, method="wilson")
    if found.low is None or found.high is None:
        raise ValueError("a share needs an item")
    return found.low, found.high


def kappa_by_share(
    confidences: Sequence[float], kappa: Callable[[Sequence[int]], float | None]
) -> list[dict[str, Any]]:
    """Kappa over the codes that the coder was surest of, share by share.

    Selective classification (El-Yaniv & Wiener 2010); the coefficient is the dimension's headline, see eval/README.md.
    `kappa` is given the positions of the codes kept; of equal confidences the earlier item is kept.
    """
    ranked = sorted(range(len(confidences)), key=lambda number: -confidences[number])
    kept = [ranked[: ceil(len(ranked) * share / 100)] for share in SHARES] if ranked else []
    return [
        {"share": share / 100, "n": len(chosen), "kappa": kappa(chosen)}
        for share, chosen in zip(SHARES, kept, strict=False)
    ]
