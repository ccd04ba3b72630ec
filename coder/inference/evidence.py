"""What hand codes can and cannot show: how many carry an interval, and what so many may have missed."""

from __future__ import annotations

import numpy as np

from coder.agreement.tables import FloatArray, IntArray
from coder.inference.sampling import Sample

MIN_CODED = 30
"""Fewest hand-coded documents for any interval."""
MIN_DIFFERING = 3
"""How many hand-coded documents of a stratum are taken to differ from its commonest value, at the least."""


def too_few_coded(n: int) -> str | None:
    """Why `n` hand-coded documents carry no interval; None where they do."""
    return f"no interval: {n} hand-coded documents, fewer than {MIN_CODED}" if n < MIN_CODED else None


def unseen_variance(values: FloatArray, sample: Sample) -> tuple[FloatArray, FloatArray]:
    """What to add to the variances of the means of `values` (N, p) where next to nothing differs; each of shape (p,).

    `values` are what is averaged: hand codes, or the model's errors on them. Where none or one of a stratum's drawn
    units differs from the commonest value, the variance is estimated as next to nothing, though others will differ
    that were not drawn: for a good model and 50 hand codes the plain interval holds a share with 0.76 and not 0.95.
    So an interval is made as if at least three of the m units drawn from a stratum with the share W of all documents
    differed, by 1: W^2 max(0, 3 - d)/m^2 is added for the d that do, and 1 - pi times that for the finite population.
    The half-width then is at least 1.96 sqrt(3)/m = 3.4/m, about the exact limit when none of m differs (3.7/m,
    Clopper & Pearson 1934; the "rule of three" of Hanley & Lippman-Hand 1983). `eval/simulate_shares.py` shows the
    coverage with and without. First for the superpopulation, then for the finite population.
    """
    stream, finite = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for stratum in np.unique(sample.stratum[sample.drawn]):
        inside = sample.stratum == stratum
        drawn = sample.drawn & inside
        unit = sample.unit[drawn] if sample.has_clusters else None
        units = int(drawn.sum()) if unit is None else len(np.unique(unit))
        missing = np.maximum(0, MIN_DIFFERING - _differing(values[drawn], unit))
        added = inside.mean() ** 2 * missing / units**2
        stream += added
        finite += added * (1 - sample.probability[drawn].mean())
    return stream, finite


def _differing(values: FloatArray, unit: IntArray | None) -> IntArray:
    """Units (documents where None) with a value that is not the commonest, for each column of (n, p), shape (p,)."""
    found = []
    for column in values.T:
        levels, member, counts = np.unique(column.round(9), return_inverse=True, return_counts=True)
        commonest = int(counts.argmax()) if len(levels) else 0
        rest = len(column) - int(counts.max(initial=0))
        found.append(rest if unit is None else len(np.unique(unit[member != commonest])))
    return np.array(found, dtype=np.int64)
