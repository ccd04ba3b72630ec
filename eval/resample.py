"""Kappas of many dimensions on the same resampled items, so that their mean has an interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coder.agreement.coefficients import EPSILON, Statistic, Weighting, agreement_weights, kappa_statistic
from coder.agreement.intervals import LEVEL, MAX_UNDEFINED, MIN_ITEMS, MIN_RARER, Interval
from coder.agreement.pairing import Answer, Mark, pair_answers
from coder.agreement.tables import FloatArray, IntArray, contingency_table
from coder.model import Coding, Dimension

SEED = 20210215
REPLICATES = 2000
MARKS = (Mark.NOT_APPLICABLE, Mark.REFUSED)
Pair = tuple[Answer, Answer]
"""The answers of reference and coder to one item."""


@dataclass(frozen=True, eq=False)
class Kappa:
    """One kappa: the cell of each item in its table, shape (items,), -1 where the item is out; `size` cells in all."""

    cells: IntArray
    size: int
    statistic: Statistic

    def values(self, weights: FloatArray) -> FloatArray:
        """Kappa under item weights of shape (replicates, items); NaN where it is undefined."""
        member = np.zeros((len(self.cells), self.size))
        inside = self.cells >= 0
        member[np.flatnonzero(inside), self.cells[inside]] = 1
        with np.errstate(divide="ignore", invalid="ignore"):  # a resample without an item that has both answers
            return self.statistic(weights @ member)


@dataclass(frozen=True, eq=False)
class Measure:
    """What one dimension puts into the mean: a kappa, or for labels the mean of several; none with the reason."""

    dimension: str
    kappas: tuple[Kappa, ...]
    reason: str | None = None

    def values(self, weights: FloatArray) -> FloatArray:
        """The mean of its kappas, shape (replicates,); NaN where one of them is undefined."""
        return np.asarray(np.mean([kappa.values(weights) for kappa in self.kappas], axis=0), dtype=np.float64)


def pairs_by_item(
    dimension: Dimension, versions: Sequence[str], reference: Sequence[Coding], coder: Sequence[Coding]
) -> tuple[Pair | None, ...]:
    """The two answers to each version, in order; None where it is out of every coefficient."""
    sides = [_by_version(dimension, codings) for codings in (reference, coder)]
    return tuple(_pair(dimension, *(side.get(version, []) for side in sides)) for version in versions)


def _by_version(dimension: Dimension, codings: Sequence[Coding]) -> dict[str, list[Coding]]:
    found: dict[str, list[Coding]] = {}
    for coding in codings:
        if coding.dimension_id == dimension.id:
            found.setdefault(coding.version_id, []).append(coding)
    return found


def _pair(dimension: Dimension, reference: list[Coding], coder: list[Coding]) -> Pair | None:
    pairs = pair_answers(dimension, reference, coder)
    return (pairs.answers[pairs.reference[0]], pairs.answers[pairs.coder[0]]) if pairs.n else None


def measure(dimension: Dimension, pairs: Sequence[Pair | None]) -> Measure:
    """The dimension's headline kappa; for sets of labels one a label that has 10 items on its rarer side.

    Without any such kappa the measure says why, and the dimension stays out of the mean.
    """
    if not dimension.single:
        return _labels(dimension, pairs)
    codes = [frozenset([category.id]) for category in dimension.codes]
    scale: list[Answer] = [*codes, frozenset()] if dimension.absent is not None else [*codes]
    place: dict[Answer, int] = {answer: number for number, answer in enumerate((*scale, *MARKS))}
    weighting: Weighting = "linear" if dimension.ordered and dimension.absent is None else "unweighted"
    kappa = _kappa([_places(pair, place) for pair in pairs], len(scale), weighting)
    if np.isnan(kappa.values(np.ones((1, len(pairs))))[0]):
        return Measure(dimension.id, (), "kappa is undefined: no item, or both always gave the same code")
    return Measure(dimension.id, (kappa,))


def _places(pair: Pair | None, place: Mapping[Answer, int]) -> tuple[int, int] | None:
    return None if pair is None else (place[pair[0]], place[pair[1]])


def _labels(dimension: Dimension, pairs: Sequence[Pair | None]) -> Measure:
    kappas = []
    for category in dimension.codes:
        states = [
            None if pair is None else (_given(category.id, pair[0]), _given(category.id, pair[1])) for pair in pairs
        ]
        margin = np.bincount([state[0] for state in states if state is not None], minlength=2)
        if min(margin[:2]) >= MIN_RARER:
            kappas.append(_kappa(states, 2, "unweighted"))
    reason = None if kappas else f"no label has {MIN_RARER} items on the reference's rarer side"
    return Measure(dimension.id, tuple(kappas), reason)


def _given(label: str, answer: Answer) -> int:
    """0 given, 1 not given, then the marks, as in a table of agreement."""
    if isinstance(answer, Mark):
        return 2 + MARKS.index(answer)
    return 0 if label in answer else 1


def _kappa(places: Sequence[tuple[int, int] | None], scale: int, weighting: Weighting) -> Kappa:
    known = np.array([place for place in places if place is not None], dtype=np.int64).reshape(-1, 2)
    table = contingency_table(known[:, 0], known[:, 1], scale, never_agree=len(MARKS))
    counts, statistic = kappa_statistic(table, agreement_weights(weighting, scale))
    rows, columns = np.nonzero(table.counts)
    cell = {(int(row), int(column)): number for number, (row, column) in enumerate(zip(rows, columns, strict=True))}
    cells = np.array([-1 if place is None else cell[place] for place in places], dtype=np.int64)
    return Kappa(cells, len(counts), statistic)


def resamples(items: int, seed: int = SEED, replicates: int = REPLICATES) -> FloatArray:
    """How often each item is drawn, shape (replicates, items): one draw of items for all dimensions."""
    return np.random.default_rng(seed).multinomial(items, np.full(items, 1 / items), size=replicates).astype(np.float64)


def mean_value(measures: Sequence[Measure], weights: FloatArray) -> FloatArray:
    """The unweighted mean over the dimensions, shape (replicates,); NaN where one of them is undefined."""
    return np.asarray(np.mean([measure.values(weights) for measure in measures], axis=0), dtype=np.float64)


def percentile_interval(values: FloatArray, items: int) -> Interval:
    """The percentile interval of replicates (Efron 1979); none, with the reason, where they cannot carry one."""
    if items < MIN_ITEMS:
        return Interval(reason=f"no interval: {items} items, fewer than {MIN_ITEMS}")
    defined = values[np.isfinite(values)]
    if len(defined) < (1 - MAX_UNDEFINED) * len(values):
        return Interval(reason="not estimable: a kappa is undefined in more than 5% of resamples")
    if np.ptp(defined) < EPSILON:
        return Interval(reason="not estimable: every resample gives the same value")
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high), float(defined.std(ddof=1)))
