"""A square matrix from a file: cells with their places, and the names of its rows and columns where it has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from coder.agreement.tables import FloatArray
from coder.documents.codes.grid import Grid, cut, listed, number_of
from coder.errors import InputError


@dataclass(frozen=True)
class Square:
    """The cells row by row, each row with the number of its line; `names` of the columns, None without a heading."""

    grid: Grid
    names: tuple[str, ...] | None
    rows: tuple[tuple[int, list[str]], ...]

    def place(self, row: int, column: int) -> str:
        """File, line and column of a cell."""
        return self.grid.place(self.rows[row][0], column + 1 if self.names is None else self.names[column])

    def numbers(self, read: Callable[[str], float | None], wrong: str, hint: str) -> FloatArray:
        """The cells as numbers, shape (size, size); InputError, with what is `wrong`, at the first that is none."""
        for row, (_, cells) in enumerate(self.rows):
            for column, cell in enumerate(cells):
                if read(cell) is None:
                    raise InputError(f"{self.place(row, column)}: {cut(cell)} {wrong}", hint)
        return np.array([[read(cell) for cell in cells] for _, cells in self.rows], dtype=np.float64)


def read_square(grid: Grid, what: str) -> Square:
    """The matrix with or without a heading row, a heading column or both; columns are put in the order of the rows.

    A first row is a heading where there is one row too many, or where its first cell is no number and the first
    column is a heading too. InputError where what is left is not square or the headings do not match.
    """
    rows = [(number, list(cells)) for number, cells in grid.rows]
    width = max(len(cells) for _, cells in rows)
    if len(rows) > 1 and len(rows[0][1]) == width - 1 and all(len(cells) == width for _, cells in rows[1:]):
        rows[0] = (rows[0][0], ["", *rows[0][1]])  # R leaves the corner out
    rows = [(number, _filled(grid, number, cells, width)) for number, cells in rows]
    heading = all(number_of(cell) is None for cell in rows[0][1][1:])
    both = len(rows) == width and width > 1 and number_of(rows[0][1][0]) is None
    header = rows.pop(0)[1] if both or len(rows) == width + 1 else None
    named = len(rows) == width - 1 and (header is not None or not heading)
    left = [cells[0] for _, cells in rows] if named else None
    body = tuple((number, cells[1:] if named else cells) for number, cells in rows)
    top = header[1:] if header is not None and named else header
    if not body or any(len(cells) != len(body) for _, cells in body):
        raise InputError(
            f"{grid.path}: {what} is square, and this has {len(grid.rows)} rows of {width} cells",
            "give as many columns as rows, in the same order, without totals",
        )
    return _aligned(Square(grid, None if top is None else tuple(top), body), left)


def _filled(grid: Grid, number: int, cells: list[str], width: int) -> list[str]:
    if len(cells) != width and grid.word == "line":
        raise InputError(f"{grid.place(number)}: {len(cells)} cells where others have {width}", "complete the row")
    return cells + [""] * (width - len(cells))


def _aligned(square: Square, left: Sequence[str] | None) -> Square:
    """The square with its columns in the order of its rows."""
    names = square.names if square.names is not None else left and tuple(left)
    if not names:
        return square
    if not all(names) or len(set(names)) != len(names):
        raise InputError(
            f"{square.grid.path}: a category has no name, or two have one: {listed(names)}", "name each once"
        )
    if left is None or list(names) == list(left):
        return Square(square.grid, tuple(names), square.rows)
    if sorted(names) != sorted(left):
        raise InputError(
            f"{square.grid.path}: the rows are {listed(left)} and the columns {listed(names)}",
            "name the same categories in rows and columns",
        )
    order = [names.index(name) for name in left]
    return Square(square.grid, tuple(left), tuple((n, [cells[k] for k in order]) for n, cells in square.rows))
