"""Hand and model codes of a dimension as indicators, with the sample of the usable ones and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coder.agreement.tables import FloatArray, IntArray
from coder.errors import InputError
from coder.inference.sampling import BoolArray, Sample

DIFFERENT = 1e-9
"""Above this, a hand code and a prediction differ (a prediction may be a fraction)."""
UNCODED = -1
"""A document that no person coded."""
UNDECIDABLE = -2
"""A document that a person read and could not decide."""
NO_ANSWER = -1
"""A document on which the model refused or failed."""


@dataclass(frozen=True, eq=False)
class Coded:
    """Hand and model codes as indicators (N, p), the usable sample, and what was left out."""

    gold: FloatArray
    predicted: FloatArray
    answered: BoolArray
    sample: Sample
    excluded: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def positives(self) -> IntArray:
        """Hand-coded documents with each indicator, shape (p,)."""
        return np.asarray(self.gold[self.sample.drawn].sum(axis=0).round(), dtype=np.int64)


def usable_codes(gold: IntArray, predicted: IntArray, size: int, sample: Sample) -> Coded:
    """Positions as indicators of `size` categories, with the sample of usable hand codes; see `estimate_shares`."""
    if not len(gold) == len(predicted) == sample.population:
        raise ValueError("gold, predicted and the sample need one value a document")
    if len(gold) and (
        max(gold.max(), predicted.max()) >= size or gold.min() < UNDECIDABLE or predicted.min() < NO_ANSWER
    ):
        raise ValueError(f"positions must lie in 0..{size - 1}, or be one of the named codes below 0")
    answered = np.asarray(predicted != NO_ANSWER, dtype=np.bool_)
    lost = {
        "undecidable": sample.drawn & (gold == UNDECIDABLE),
        "without a hand code": sample.drawn & (gold == UNCODED),
        "coded outside the sample": ~sample.drawn & (gold >= 0),
    }
    return usable(indicators(gold, size), filled(indicators(predicted, size), answered), answered, sample, lost)


def usable(
    gold: FloatArray, predicted: FloatArray, answered: BoolArray, sample: Sample, lost: Mapping[str, BoolArray]
) -> Coded:
    """The codes with the drawn documents in `lost` (by cause, each (N,)) taken out of gold and sample, and counted."""
    excluded = {cause: int(where.sum()) for cause, where in lost.items() if where.any()}
    unusable = np.logical_or.reduce([where & sample.drawn for where in lost.values()])
    notes = []
    if unusable.any():
        notes.append(
            f"{int(unusable.sum())} drawn documents have no usable hand code; the others of their stratum stand in for "
            "them, as if they were alike"
        )
    if not answered.all():
        notes.append(
            f"{int((~answered).sum())} documents without a model code stay in, predicted as the others usually are"
        )
    left = sample.without(unusable)
    if not left.n:
        raise InputError("no drawn document has a usable hand code", "code the documents of the sample by hand")
    return Coded(np.where(left.drawn[:, None], gold, 0.0), predicted, answered, left, excluded, tuple(notes))


def indicators(positions: IntArray, size: int) -> FloatArray:
    """A 0/1 column for each of `size` categories, shape (N, size); positions below 0 are rows of zeros."""
    return np.asarray(positions[:, None] == np.arange(size)[None, :], dtype=np.float64)


def filled(predicted: FloatArray, answered: BoolArray) -> FloatArray:
    """Rows without an answer take the mean of those with one (equal shares where there is none)."""
    size = predicted.shape[1]
    usual = predicted[answered].mean(axis=0) if answered.any() else np.full(size, 1 / size)
    return np.where(answered[:, None], predicted, usual)
