"""Tables of counts: items by the category of each of two coders, or coders by item and category."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from coder.agreement.ratings import Ratings, from_distribution
from coder.agreement.tables import FloatArray, IntArray
from coder.documents.codes.columns import names_items
from coder.documents.codes.grid import Grid, cut, listed, named_columns
from coder.documents.codes.scale import Scale, ratings_of, scale_of
from coder.documents.codes.square import read_square
from coder.errors import InputError

_COUNT = re.compile(r"\d{1,12}(\.0*)?", re.ASCII)
_WRONG = "is not a count"
_HINT = "counts are whole numbers from 0 up; write 0 for an empty cell, and items instead of shares"


def read_counts(grid: Grid, declared: Sequence[str]) -> tuple[Scale, Ratings, str]:
    """Two coders' ratings from a square table of counts, the first coder's categories in rows; and how it was read.

    Categories are those of the heading, or `declared`, else 1, 2, 3 ...; declared ones that the heading lacks are
    unused. InputError where the table is not square, a cell is no count, or the last row and column are totals.
    """
    square = read_square(grid, "a table of counts")
    counts = square.numbers(_count, _WRONG, _HINT).astype(np.int64)
    _check_totals(grid, counts)
    names = square.names or tuple(declared) or tuple(str(k + 1) for k in range(len(counts)))
    if len(names) != len(counts):
        raise InputError(
            f"--categories: {len(names)} names for a table of {len(counts)} categories", "name every row of the table"
        )
    scale = _declared(grid, names, declared) if declared else scale_of(names, declared=True)
    at = [scale.categories.index(name) for name in names]
    cells = np.argwhere(counts)
    ratings = ratings_of(np.array(at, dtype=np.int64)[cells], scale.categories, counts[tuple(cells.T)])
    headed = "headings as its categories" if square.names else "no headings"
    return scale, ratings, f"{grid.path.name}: {grid.found}, a table of {len(counts)} categories with {headed}"


def read_distribution(grid: Grid, declared: Sequence[str], item: str = "") -> tuple[Scale, Ratings, str]:
    """Ratings of coders who are not told apart: one row an item, one column a category, cells count coders."""
    table = named_columns(grid)
    usual = [name for name in table.names if names_items(name) or name in table.unnamed]
    aside = table.names[table.position(item, "--item")] if item else next(iter(usual), "")
    names = tuple(name for name in table.names if name != aside)
    at = [table.names.index(name) for name in names]
    for number, cells in table.rows:
        for k in at:
            if _count(cells[k]) is None:
                raise InputError(f"{grid.place(number, table.names[k])}: {cut(cells[k])} {_WRONG}", _HINT)
    counts = np.array([[_count(cells[k]) or 0 for k in at] for _, cells in table.rows], dtype=np.float64)
    scale = _declared(grid, names, declared) if declared else scale_of(names, declared=True)
    most = counts.sum(axis=1).max(initial=0)
    if most > 10_000 or most < 2:
        raise InputError(
            f"{grid.path}: an item has {most:,.0f} codings at most",
            "cells count the coders of an item; a square table of items is --table",
        )
    spread = np.zeros((len(counts), len(scale.categories)), dtype=np.int64)
    spread[:, [scale.categories.index(name) for name in names]] = counts
    said = f"{grid.path.name}: {grid.found}, {len(counts)} items by {len(names)} categories"
    return scale, from_distribution(spread, scale.categories), f"{said}; who coded is not known"


def _declared(grid: Grid, names: Sequence[str], declared: Sequence[str]) -> Scale:
    if unknown := [name for name in names if name not in declared]:
        raise InputError(
            f"{grid.path}: category {cut(unknown[0])} is not one of {listed(declared)}",
            "add it to --categories, or correct the heading",
        )
    return scale_of(declared, declared=True)


def _count(cell: str) -> float | None:
    return float(cell) if _COUNT.fullmatch(cell) else None


def _check_totals(grid: Grid, counts: IntArray | FloatArray) -> None:
    body = counts[:-1, :-1]
    sums = (counts[:-1, -1] == body.sum(axis=1)).all() and (counts[-1, :-1] == body.sum(axis=0)).all()
    if len(counts) > 2 and body.sum() and sums and counts[-1, -1] == body.sum():
        raise InputError(
            f"{grid.path}: the last row and the last column are the sums of the others", "leave totals out"
        )
