"""Cross-tables of a project's dimensions, with each other and with a variable of the documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from coder.cli.population import Frame, Intervals, Population
from coder.errors import InputError
from coder.inference.analysis import DimensionCross
from coder.inference.answers import views
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
    if frame.sample is None or second.sample is None:
        blocked = frame if frame.sample is None else second
        yield DimensionCross(row.id, other.id, None, blocked.reason, blocked.remedy)
        return
    if not np.array_equal(frame.sample.probability, second.sample.probability):
        reason = "the two dimensions were coded on different samples"
        yield DimensionCross(row.id, other.id, None, reason, "name one that has both: --sample")
        return
    clusters = intervals.clusters(frame)
    first_views = views(row, frame.versions, frame.gold, frame.model)
    other_views = views(other, frame.versions, second.gold, second.model)
    for one, two in product(first_views, other_views):
        codes = (one.gold, two.gold), (one.predicted, two.predicted), (one.categories, two.categories)
        try:
            table = cross_dimensions(*codes, frame.sample, cluster=clusters, level=intervals.level)
            yield DimensionCross(one.name, two.name, table)
        except InputError as error:
            yield DimensionCross(one.name, two.name, None, error.message, error.hint)


def cross_by(
    population: Population, rows: Sequence[Dimension], variable: str, intervals: Intervals
) -> tuple[DimensionCross, ...]:
    """Each of `rows` by a variable known of every document; of multi-label ones each label."""
    return tuple(cross for row in rows for cross in _by_variable(population.frame(row.id), row, variable, intervals))


def _by_variable(frame: Frame, row: Dimension, variable: str, intervals: Intervals) -> Iterator[DimensionCross]:
    values, clusters = [value or "(none)" for value in frame.values(variable)], intervals.clusters(frame)
    if frame.sample is None:
        yield DimensionCross(row.id, variable, None, frame.reason, frame.remedy)
        return
    for view in views(row, frame.versions, frame.gold, frame.model):
        codes = view.gold, view.predicted, view.categories, values
        try:
            table = cross_variable(*codes, frame.sample, cluster=clusters, level=intervals.level)
            yield DimensionCross(view.name, variable, table)
        except InputError as error:
            yield DimensionCross(view.name, variable, None, error.message, error.hint)
