"""Corrections for many tests at once: which p-values fall at a false discovery rate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coder.agreement.tables import FloatArray
from coder.inference.sampling import BoolArray


def benjamini_yekutieli(p_values: Sequence[float], q: float) -> BoolArray:
    """Which hypotheses fall at false discovery rate `q` under any dependence (Benjamini & Yekutieli 2001).

    With m p-values in ascending order, those up to the last p_(k) <= k q / (m (1 + 1/2 + ... + 1/m)).
    """
    return step_up(np.asarray(p_values, dtype=np.float64), q / float((1 / np.arange(1, len(p_values) + 1)).sum() or 1))


def step_up(p_values: FloatArray, q: float) -> BoolArray:
    """Which of m p-values, shape (m,), fall at the step-up rule of Benjamini & Hochberg 1995: p_(k) <= k q / m."""
    m = len(p_values)
    passing = np.flatnonzero(np.sort(p_values) <= np.arange(1, m + 1) * q / m) if m else np.array([], dtype=np.int64)
    limit = np.sort(p_values)[passing[-1]] if len(passing) else -np.inf
    return np.asarray(p_values <= limit, dtype=np.bool_)
