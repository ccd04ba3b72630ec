"""Agreement weights over a declared scale, and the distances of Krippendorff's alpha."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from coder.agreement.tables import FloatArray

WeightName = Literal["unweighted", "linear", "quadratic", "ordinal", "radical", "ratio", "circular", "bipolar"]
Level = Literal["nominal", "ordinal", "interval", "ratio"]
"""The level of measurement of alpha; `ordinal` takes its distances from the margins, see coder.agreement.alpha."""


def weight_matrix(name: WeightName, values: FloatArray) -> FloatArray:
    """Agreement weights between categories with these values, shape (categories, categories): 1 on the diagonal.

    linear, quadratic (Cohen 1968; Fleiss & Cohen 1973), radical, ratio, circular, bipolar and ordinal as in Gwet,
    Handbook of Inter-Rater Reliability, 4th edition 2014, section 3.5. `ordinal` counts the categories in between by
    their places, 1 - C(|k - l| + 1, 2) / C(q, 2), and like `unweighted` does not look at the values. ValueError where
    the values cannot carry the weights: two that are equal, or a sum of 0 for `ratio`.
    """
    if name == "unweighted" or len(values) == 1:
        return np.eye(len(values))
    if len(np.unique(values)) != len(values):
        raise ValueError("weights need a value of its own for each category")
    disagreement = DISAGREEMENT[name](values)
    return np.asarray(1 - disagreement / disagreement.max(), dtype=np.float64)


def check_weights(weights: FloatArray, size: int) -> FloatArray:
    """Weights given as a matrix: square, symmetric, 1 on the diagonal, at most 1. ValueError otherwise."""
    if weights.shape != (size, size):
        raise ValueError(f"weights of shape {weights.shape} do not fit a scale of {size} categories")
    if not np.allclose(np.diag(weights), 1):
        raise ValueError("agreement weights are 1 on the diagonal (were these disagreement weights?)")
    if not np.allclose(weights, weights.T) or not np.isfinite(weights).all() or weights.max() > 1 + 1e-12:
        raise ValueError("agreement weights are symmetric and at most 1")
    return weights


def level_distances(level: Level, values: FloatArray) -> FloatArray:
    """Krippendorff's squared differences between values, shape (categories, categories).

    nominal 0 or 1; interval (c - k)^2; ratio ((c - k) / (c + k))^2, values from 0 up (Krippendorff 2011, Computing
    Krippendorff's Alpha-Reliability). ValueError for `ordinal`, whose distances depend on the answers.
    """
    if level == "nominal":
        return np.ones((len(values), len(values))) - np.eye(len(values))
    if level == "interval":
        return np.subtract.outer(values, values) ** 2
    if level == "ordinal":
        raise ValueError("ordinal distances depend on the answers")
    if (values < 0).any():
        raise ValueError("a ratio scale has no values below 0")
    return _ratio(values)


def _steps(values: FloatArray) -> FloatArray:
    return np.abs(np.subtract.outer(values, values))


def _between(values: FloatArray) -> FloatArray:
    apart = _steps(np.arange(len(values), dtype=np.float64))
    return apart * (apart + 1) / 2


def _ratio(values: FloatArray) -> FloatArray:
    total = np.add.outer(values, values)
    if ((total == 0) & (_steps(values) > 0)).any():
        raise ValueError("ratio weights need values that do not sum to 0")
    share = np.divide(_steps(values), total, out=np.zeros_like(total), where=total != 0)
    return np.asarray(share**2, dtype=np.float64)


def _circular(values: FloatArray) -> FloatArray:
    return np.asarray(np.sin(np.pi * _steps(values) / (np.ptp(values) + 1)) ** 2, dtype=np.float64)


def _bipolar(values: FloatArray) -> FloatArray:
    total = np.add.outer(values, values)
    room = (total - 2 * values.min()) * (2 * values.max() - total)
    share = np.divide(_steps(values) ** 2, room, out=np.zeros_like(total), where=_steps(values) > 0)
    return np.asarray(share, dtype=np.float64)


DISAGREEMENT: dict[str, Callable[[FloatArray], FloatArray]] = {
    "linear": _steps,
    "quadratic": lambda values: _steps(values) ** 2,
    "ordinal": _between,
    "radical": lambda values: np.sqrt(_steps(values)),
    "ratio": _ratio,
    "circular": _circular,
    "bipolar": _bipolar,
}
"""Disagreement between values by the name of the weights, before it is scaled to a largest value of 1."""
