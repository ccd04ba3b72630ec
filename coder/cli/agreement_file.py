"""What `agreement` compares: ratings from a file, on the scale and by the method that the options ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from coder.agreement.overview import MOST_PAIRED, Method, Overview, overview, overview_of_sets
from coder.agreement.ratings import MISSING, Ratings
from coder.agreement.weights import Level, weight_matrix
from coder.documents.codes import (
    Codes,
    Layout,
    Scale,
    Weights,
    label_sets,
    place_codes,
    read_counts,
    read_distribution,
    read_grid,
    read_long,
    read_weights,
    read_wide,
)  # fmt: skip
from coder.documents.codes.grid import Grid
from coder.errors import InputError

if TYPE_CHECKING:
    from coder.agreement.tables import FloatArray

Shape = Literal["wide", "long", "table", "distribution"]
WeightsByName = Literal["unweighted", "linear", "quadratic", "ordinal"]

_MOST_STEPS = 3 * 10**10
"""Minutes of resampling."""


@dataclass(frozen=True)
class Asked:
    """The options of one call, as given."""

    path: Path
    shape: Shape
    layout: Layout
    sheet: str = ""
    weights: str = "unweighted"
    level: Level | None = None
    multilabel: str | None = None
    no_label: str | None = None
    rotating: bool = False
    method: Method = field(default_factory=Method)
    threshold: float | None = None


@dataclass(frozen=True)
class Told:
    """The overview with what was decided on the way, in words."""

    overview: Overview
    weights: str
    level: str | None
    by_place: bool
    """Whether the weights go by place in the scale: those by name, and those of a file without a heading."""
    declared: bool
    reference: bool
    notes: tuple[str, ...]


def look_over(asked: Asked) -> Told:
    """Read the file and compute all that applies; InputError where the file or an option cannot be used."""
    return _of_counts(asked) if asked.shape in ("table", "distribution") else look_at(_grid(asked), asked)


def _grid(asked: Asked) -> Grid:
    return read_grid(asked.path, asked.sheet)


def look_at(grid: Grid, asked: Asked) -> Told:
    """Compute all that applies to codes that are read; InputError where they or an option cannot be used."""
    codes = read_long(grid, asked.layout) if asked.shape == "long" else read_wide(grid, asked.layout)
    asked = replace(asked, method=replace(asked.method, clusters=codes.clusters))
    if asked.multilabel is not None:
        return _of_sets(codes, asked)
    weights = _weights_file(asked.weights)
    declared = asked.layout.categories or (weights.categories if weights else ())
    numbers = f"--level {asked.level}" if asked.level in ("interval", "ratio") else ""
    scale, ratings = place_codes(codes, declared, numbers=numbers, from_zero=asked.level == "ratio")
    return _told(asked, scale, weights, turn_about(ratings) if asked.rotating else ratings, codes.coders, codes.notes)


def _of_counts(asked: Asked) -> Told:
    grid, weights = _grid(asked), _weights_file(asked.weights)
    if asked.shape == "table":
        scale, ratings, note = read_counts(grid, asked.layout.categories)
        return _told(asked, scale, weights, ratings, ("rows", "columns"), (note,))
    scale, ratings, note = read_distribution(grid, asked.layout.categories, asked.layout.item)
    return _told(asked, scale, weights, ratings, [f"coding {k + 1}" for k in range(ratings.coders)], (note,))


def _of_sets(codes: Codes, asked: Asked) -> Told:
    sets, labels = label_sets(codes, asked.multilabel or "", asked.layout.categories, asked.no_label)
    found = overview_of_sets(sets, codes.coders, labels, asked.method, threshold=asked.threshold)
    return Told(found, "unweighted", None, False, bool(asked.layout.categories), False, codes.notes)


def _told(
    asked: Asked, scale: Scale, weights: Weights | None, ratings: Ratings, coders: Sequence[str], notes: Sequence[str]
) -> Told:
    matrix = _matrix(asked, scale, weights)
    level = asked.level or ("nominal" if matrix is None else None)
    if level == "ordinal":
        scale.require_order("--level ordinal")
    if level in ("interval", "ratio"):
        ratings = replace(ratings, values=_numbers(scale, level))
    method = replace(asked.method, weights=matrix, distance=level)
    _check_work(ratings, method)
    found = overview(ratings, coders, method, threshold=asked.threshold, reference=bool(asked.layout.reference))
    reference = bool(asked.layout.reference)
    return Told(
        found, asked.weights, level, not (weights and weights.categories), scale.declared, reference, tuple(notes)
    )


def _check_work(ratings: Ratings, method: Method) -> None:
    """Resampling costs replicates x distinct rows of codes x categories, x coders where they are told apart."""
    rows, replicates = len(ratings.patterns.counts), method.bootstrap.replicates
    steps = replicates * rows * ratings.size * (ratings.coders if ratings.identified else 1)
    if method.interval != "analytic" and steps > _MOST_STEPS:
        turns = ", or --rotating if they took turns" if ratings.coders > MOST_PAIRED and ratings.identified else ""
        raise InputError(
            f"{rows:,} distinct rows of codes by {ratings.coders} coders over {ratings.size} categories take too long "
            f"to resample {replicates:,} times",
            f"take --interval analytic, or fewer --replicates{turns}",
        )


def _numbers(scale: Scale, level: Level) -> FloatArray:
    if scale.values is None:
        raise InputError(
            f"--level {level} needs numbers as categories", "take another --level, or name them by numbers"
        )
    if level == "ratio" and scale.values.min() < 0:
        raise InputError("--level ratio has no number below 0", "take --level interval")
    return scale.values


def _weights_file(given: str) -> Weights | None:
    if given in get_args(WeightsByName):
        return None
    if not Path(given).is_file():
        raise InputError(
            f"--weights {given}: there is no such file", f"name one, or give {', '.join(get_args(WeightsByName))}"
        )
    return read_weights(Path(given))


def _matrix(asked: Asked, scale: Scale, weights: Weights | None) -> FloatArray | None:
    """The weights by place in the scale, as scikit-learn and R's irr take them; None where unweighted."""
    if weights is not None:
        if not weights.categories:
            scale.require_order(f"--weights {asked.weights} without a heading")
        return weights.on(scale.categories)
    for name in get_args(WeightsByName):
        if name == asked.weights and name != "unweighted":
            scale.require_order(f"--weights {name}")
            return weight_matrix(name, np.arange(len(scale.categories), dtype=np.float64))
    return None


def turn_about(ratings: Ratings) -> Ratings:
    """The ratings of coders who took turns: a column is the first, second ... code of a unit, and nobody's."""
    order = np.argsort(ratings.codes == MISSING, axis=1, kind="stable")
    codes = np.take_along_axis(ratings.codes, order, axis=1)
    most = int((codes != MISSING).sum(axis=1).max(initial=0))
    return replace(ratings, codes=codes[:, :most], identified=False)
