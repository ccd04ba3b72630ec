"""How much reading an order of texts saves: recall at cut-offs, work saved over sampling, area under the curve.

Pure. Texts may be a sample, drawn at random from the included and from the excluded ones: each side then weighs as much
as it has texts in the whole set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from coder.agreement.tables import FloatArray
from eval.resample import REPLICATES, SEED, percentile_interval, resamples

RECALL = 0.95
Statistic = Callable[[FloatArray, FloatArray], FloatArray]
CUTS = (0.1, 0.2, 0.3, 0.5, 0.7)
"""Shares of the texts read at which recall is given."""


def design_weights(included: Sequence[bool], of: tuple[int, int]) -> FloatArray:
    """How many texts of the whole set each one stands for; `of` are the included and the excluded ones in it."""
    kept = np.asarray(included, dtype=bool)
    sides = kept.sum(), (~kept).sum()
    return np.where(kept, of[0] / max(int(sides[0]), 1), of[1] / max(int(sides[1]), 1))


def resampled(included: Sequence[bool]) -> FloatArray:
    """How often each text is drawn, shape (replicates, texts): each side is drawn from on its own."""
    kept = np.asarray(included, dtype=bool)
    drawn = np.zeros((REPLICATES, len(kept)))
    for place, side in enumerate((kept, ~kept)):
        if side.any():
            drawn[:, side] = resamples(int(side.sum()), seed=SEED + place)
    return drawn


def read_to_reach(included: FloatArray, weights: FloatArray, recall: float = RECALL) -> FloatArray:
    """How many texts are read in this order until so large a share of the included ones is found.

    `included`, 1 or 0, has the shape (texts,) and is in the order of reading; `weights`, shape (replicates, texts), say
    how often each text is there. NaN where none is included.
    """
    found = np.cumsum(weights * included, axis=1)
    total = found[:, -1:]
    reached = found >= recall * total - 1e-9
    first = np.argmax(reached, axis=1)
    read = np.take_along_axis(np.cumsum(weights, axis=1), first[:, None], axis=1)[:, 0]
    return np.where(total[:, 0] > 0, read, np.nan)


def work_saved(included: FloatArray, weights: FloatArray, recall: float = RECALL) -> FloatArray:
    """Work saved over sampling at a recall (Cohen et al. 2006): the share left unread, less 1 - recall.

    (TN + FN) / N - (1 - R), R the recall that is asked for; what a random order would leave unread is taken off.
    """
    read = read_to_reach(included, weights, recall)
    return np.asarray(1 - read / weights.sum(axis=1) - (1 - recall), dtype=np.float64)


def recall_at(included: FloatArray, weights: FloatArray, share: float) -> FloatArray:
    """The share of the included texts among the first so large a share of all; a text on the cut counts in part."""
    most = share * weights.sum(axis=1, keepdims=True)
    before = np.cumsum(weights, axis=1) - weights
    taken = np.clip(most - before, 0, weights)
    total = (weights * included).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((taken * included).sum(axis=1) / total, dtype=np.float64)


def auc(scores: FloatArray, included: FloatArray) -> float:
    """The chance that an included text scores above an excluded one, ties counted half (Mann & Whitney 1947)."""
    kept = included == 1
    n, rest = int(kept.sum()), int((~kept).sum())
    return float((rankdata(scores)[kept].sum() - n * (n + 1) / 2) / (n * rest))


def _auc_of_order(included: FloatArray, weights: FloatArray) -> FloatArray:
    """The same under weights; texts in the order of their scores, none of which are equal."""
    kept, rest = weights * included, weights * (1 - included)
    behind = rest.sum(axis=1, keepdims=True) - np.cumsum(rest, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((kept * behind).sum(axis=1) / (kept.sum(axis=1) * rest.sum(axis=1)), dtype=np.float64)


def figures(scores: Sequence[float], included: Sequence[bool], of: tuple[int, int]) -> dict[str, Any]:
    """AUC, work saved at 95 % recall and recall at cut-offs, each with a percentile interval over resampled texts.

    `of` are the included and the excluded texts of the whole set. Of equal scores the first text is read first.
    """
    ranks, kept = np.asarray(scores, dtype=np.float64), np.asarray(included, dtype=np.float64)
    order = np.argsort(-ranks, kind="stable")
    sorted_ = kept[order]
    whole = design_weights(included, of)[None, order]
    drawn = resampled(included)[:, order] * whole

    def estimate(value: float, statistic: Statistic) -> dict[str, Any]:
        interval = percentile_interval(statistic(sorted_, drawn), len(kept))
        return {"value": value, "low": interval.low, "high": interval.high, "reason": interval.reason}

    def at(share: float) -> Statistic:
        return lambda included, weights: recall_at(included, weights, share)

    saved = estimate(float(work_saved(sorted_, whole)[0]), work_saved)
    return {
        "auc": estimate(auc(ranks, kept), _auc_of_order),
        "wss_95": saved | {"read": float(read_to_reach(sorted_, whole)[0])},
        "recall_at": {f"{share:g}": estimate(float(recall_at(sorted_, whole, share)[0]), at(share)) for share in CUTS},
    }
