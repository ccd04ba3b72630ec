"""Cross-tables of a project's dimensions, with each other and with a variable of the documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from coder.agreement.tables import IntArray
from coder.cli.population import Frame, Intervals, Population
from coder.errors import InputError
from coder.inference.analysis import DimensionCross, NaiveCross, Together
from coder.inference.answers import View, views
from coder.inference.association import association
from coder.inference.crosstabs import cross_dimensions, cross_variable
from coder.model import Dimension


def cross_with(
    population: Population, rows: Sequence[Dimension], other: Dimension, intervals: Intervals
) -> tuple[DimensionCross, ...]:
    """Each of `rows` by another dimension; of multi-label ones each label."""
    return tuple(cross for row in rows for cross in _with_dimension(population, row, other, intervals))


def _with_dimension(
    population: Population, row: Dimension, other: Dimension, intervals: Intervals
) -> Iterator[DimensionCross]:
    frame, second = population.frame(row.id), population.frame(other.id)
    first_views = views(row, frame.versions, frame.gold, frame.model)
    other_views = views(other, frame.versions, second.gold, second.model)
    reason, remedy = _blocked(frame, second)
    clusters = None if reason else intervals.clusters(frame)
    for one, two in product(first_views, other_views):
        naive = _naive(one, two.predicted, two.categories)
        if reason or frame.sample is None:
            yield DimensionCross(one.name, two.name, None, reason, remedy, naive)
            continue
        codes = (one.gold, two.gold), (one.predicted, two.predicted), (one.categories, two.categories)
        try:
            table = cross_dimensions(*codes, frame.sample, cluster=clusters, level=intervals.level)
            yield DimensionCross(one.name, two.name, table, naive=naive)
        except InputError as error:
            yield DimensionCross(one.name, two.name, None, error.message, error.hint, naive)


def _blocked(frame: Frame, second: Frame) -> tuple[str | None, str | None]:
    """Why two dimensions have no corrected table, and what to do."""
    if frame.sample is None or second.sample is None:
        without = frame if frame.sample is None else second
        return without.reason, without.remedy
    if not np.array_equal(frame.sample.probability, second.sample.probability):
        return "the two dimensions were coded on different samples", "name one that has both: --sample"
    return None, None


def _naive(one: View, column: IntArray, names: Sequence[str]) -> NaiveCross:
    """The model's codes counted by row and column; a document without an answer to one of the two is left out."""
    counts = np.zeros((len(one.categories), len(names)), dtype=np.int64)
    both = (one.predicted >= 0) & (column >= 0)
    np.add.at(counts, (one.predicted[both], column[both]), 1)
    rows = tuple(tuple(int(count) for count in row) for row in counts)
    return NaiveCross(one.categories, tuple(names), rows, association(counts))


def cross_by(
    population: Population, rows: Sequence[Dimension], variable: str, intervals: Intervals
) -> tuple[DimensionCross, ...]:
    """Each of `rows` by a variable known of every document; of multi-label ones each label."""
    return tuple(cross for row in rows for cross in _by_variable(population.frame(row.id), row, variable, intervals))


def _by_variable(frame: Frame, row: Dimension, variable: str, intervals: Intervals) -> Iterator[DimensionCross]:
    values, clusters = [value or "(none)" for value in frame.values(variable)], intervals.clusters(frame)
    names = sorted(set(values))
    place = {value: number for number, value in enumerate(names)}
    column = np.array([place[value] for value in values], dtype=np.int64)
    for view in views(row, frame.versions, frame.gold, frame.model):
        naive = _naive(view, column, names)
        if frame.sample is None:
            yield DimensionCross(view.name, variable, None, frame.reason, frame.remedy, naive)
            continue
        codes = view.gold, view.predicted, view.categories, values
        try:
            table = cross_variable(*codes, frame.sample, cluster=clusters, level=intervals.level)
            yield DimensionCross(view.name, variable, table, naive=naive)
        except InputError as error:
            yield DimensionCross(view.name, variable, None, error.message, error.hint, naive)


def together(population: Population, dimensions: Sequence[Dimension]) -> tuple[Together, ...]:
    """How often the labels of each multi-label dimension come together in the model's codes.

    InputError where none of them takes several labels.
    """
    several = [dimension for dimension in dimensions if not dimension.single]
    if not several:
        raise InputError("--together: no dimension here takes several labels", "name a multi-label dimension")
    return tuple(_together(population.frame(dimension.id), dimension) for dimension in several)


def _together(frame: Frame, dimension: Dimension) -> Together:
    labels = tuple(category.id for category in dimension.codes)
    by_label = [view.predicted for view in views(dimension, frame.versions, frame.gold, frame.model)[: len(labels)]]
    given = np.array([column == 0 for column in by_label], dtype=np.int64)
    counts = given @ given.T
    answered = int(((by_label[0] == 0) | (by_label[0] == 1)).sum())
    return Together(dimension.id, labels, tuple(tuple(int(one) for one in row) for row in counts), answered)
