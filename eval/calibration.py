"""The block of calibration in a result file: what coder.agreement.calibration computes, as the harness records it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from coder.agreement import calibration as computed
from coder.agreement.calibration import (
    Judged,
    brier_score,
    confidence_by_version,
    expected_calibration_error,
    wilson_interval,
)
from coder.model import Coding, Dimension
from eval.resample import Pair, measure

__all__ = [
    "brier_score",
    "calibration",
    "expected_calibration_error",
    "kappa_by_share",
    "reliability",
    "wilson_interval",
]


def calibration(
    dimension: Dimension, versions: Sequence[str], codings: Sequence[Coding], pairs: Sequence[Pair | None]
) -> dict[str, Any] | None:
    """The block of one dimension in a result file; None where no code carries a confidence.

    `versions` and `pairs` are those of the scored items, in one order, see `eval.resample.pairs_by_item`.
    """
    confidences = confidence_by_version(dimension, codings)
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


def reliability(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """The bins that hold codes, with the keys of a result file."""
    return [
        {
            "from": one.from_,
            "to": one.to,
            "n": one.n,
            "confidence": one.confidence,
            "correct": one.correct,
            "low": one.low,
            "high": one.high,
        }
        for one in computed.reliability(judged)
    ]


def kappa_by_share(
    confidences: Sequence[float], kappa: Callable[[Sequence[int]], float | None]
) -> list[dict[str, Any]]:
    """Kappa over the codes that the coder was surest of, with the keys of a result file."""
    return [{"share": share, "n": n, "kappa": value} for share, n, value in computed.kappa_by_share(confidences, kappa)]
