"""What an analysis of a project found, its shares, and all of it as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isnan
from typing import Any

import numpy as np

from coder.cli.population import Frame, Intervals, Population
from coder.errors import InputError
from coder.inference.analysis import BatchDrift, Corrected, DimensionCross, DimensionShares, Together, Universe
from coder.inference.answers import NOT_APPLICABLE, View, dimension_shares, model_shares, views
from coder.inference.bounds import Bounds
from coder.inference.crosstabs import CrossTable
from coder.inference.shares import METHODS, MethodShares
from coder.model import Dimension

EMPTY = "the dimension has no categories to count"


@dataclass(frozen=True)
class Analysis:
    """All that one call of the command found."""

    population: Population
    shares: tuple[DimensionShares, ...] = ()
    crosses: tuple[DimensionCross, ...] = ()
    batches: tuple[BatchDrift, ...] = ()
    together: tuple[Together, ...] = ()


def share_dimensions(
    population: Population, dimensions: Sequence[Dimension], intervals: Intervals
) -> tuple[DimensionShares, ...]:
    """The shares of each dimension, with the reason where they cannot be corrected."""
    return tuple(_shares(dimension, population.frame(dimension.id), intervals) for dimension in dimensions)


def _shares(dimension: Dimension, frame: Frame, intervals: Intervals) -> DimensionShares:
    shown = views(dimension, frame.versions, frame.gold, frame.model)
    model = {} if not shown else model_shares(shown[0]) if dimension.single else _label_shares(shown)
    report, reason, remedy = None, frame.reason, frame.remedy
    clusters = intervals.clusters(frame)
    if not dimension.codes:
        reason, remedy = EMPTY, "give it bins or categories in the codebook"
    elif frame.sample is not None:
        try:
            report = dimension_shares(
                dimension,
                frame.versions,
                frame.gold,
                frame.model,
                frame.sample,
                cluster=clusters,
                level=intervals.level,
            )
        except InputError as error:
            reason, remedy = error.message, error.hint
    return DimensionShares(
        dimension.id,
        dimension.kind,
        frame.basis,
        len(frame.versions),
        int((shown[0].predicted >= 0).sum()) if shown else 0,
        model,
        report,
        frame.outside,
        _inapplicable(shown[0], frame) if shown else (0, 0),
        reason,
        remedy,
    )


def _label_shares(shown: Sequence[View]) -> dict[str, float | None]:
    """The naive share of each label: the first category of its view."""
    return {view.categories[0]: model_shares(view)[view.categories[0]] for view in shown}


def _inapplicable(view: View, frame: Frame) -> tuple[int, int]:
    if view.not_applicable is None:
        return 0, 0
    out = view.categories.index(NOT_APPLICABLE)
    drawn = frame.sample.drawn if frame.sample is not None else np.ones(len(view.gold), dtype=np.bool_)
    return int((drawn & (view.gold == out)).sum()), int((view.predicted == out).sum())


def record(found: Analysis, universe: Universe, method: Corrected) -> dict[str, Any]:
    """The keys of `analyze --json`."""
    population = found.population
    return {
        "run": population.run.id,
        "gold": population.reference.record() if population.reference else None,
        "examples_left_out": population.examples,
        "population": universe,
        "method": method,
        "dimensions": [_shares_record(one) for one in found.shares],
        "crosses": [
            {"row": one.row, "column": one.column, "reason": one.reason, "remedy": one.remedy}
            | {"table": None if one.table is None else _table(one.table)}
            | {"model": None if one.naive is None else asdict(one.naive)}
            for one in found.crosses
        ],
        "together": [asdict(one) for one in found.together],
        "drift": [asdict(one) for one in found.batches],
    }


def _shares_record(one: DimensionShares) -> dict[str, Any]:
    report = one.report
    return {
        "dimension": one.dimension,
        "kind": one.kind,
        "sample": one.basis,
        "population": one.population,
        "outside": one.outside,
        "model_answered": one.answered,
        "not_applicable": {"hand": one.inapplicable[0], "model": one.inapplicable[1]},
        "n": report.n if report else 0,
        "excluded": dict(report.excluded) if report else {},
        "level": report.level if report else None,
        "quantile": report.quantile if report else None,
        "df": report.df if report else None,
        "model_shares": dict(one.model),
        "methods": {name: _method_record(getattr(report, name)) for name in METHODS} if report else {},
        "notes": list(report.notes) if report else [],
        "reason": one.reason,
        "remedy": one.remedy,
    }


def _table(table: CrossTable) -> dict[str, Any]:
    """A cross-table with null where a covariance cannot be estimated: NaN is no JSON."""
    rows = [[None if isnan(cell) else cell for cell in row] for row in table.covariance]
    return {**asdict(table), "covariance": rows}


def _method_record(made: MethodShares) -> dict[str, Any]:
    return {
        "reason": made.reason,
        "tuning": made.tuning,
        "shares": [
            {
                "category": share.category,
                "value": share.value,
                "superpopulation": _bounds(share.superpopulation),
                "finite": _bounds(share.finite),
                "effective_n": share.effective_n,
            }
            for share in made.shares
        ],
    }


def _bounds(bounds: Bounds) -> dict[str, Any]:
    return asdict(bounds)
