"""The rows of a delimited or Excel file as text with their places, and the same under named columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coder.documents.csv_file import csv_lines
from coder.documents.records import ImportOptions
from coder.documents.tables import unique_columns
from coder.documents.xlsx_file import xlsx_lines
from coder.errors import InputError

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Grid:
    """Rows of trimmed cells, each with the number of its line or row; `found` says what kind of file it was."""

    path: Path
    rows: tuple[tuple[int, list[str]], ...]
    word: str
    found: str

    def place(self, number: int, column: object = "") -> str:
        """Where a row, or a cell of it, stands: `codes.csv, line 3, column 'ada'`."""
        return f"{self.path}, {self.word} {number}" + (f", column {column!r}" if column else "")


@dataclass(frozen=True)
class Columns:
    """The rows below the column names, every one with as many cells as there are names."""

    grid: Grid
    names: tuple[str, ...]
    rows: tuple[tuple[int, list[str]], ...]
    unnamed: frozenset[str]
    """Columns that have no heading and were given a name."""

    def position(self, name: str, option: str) -> int:
        """Where the column of this name stands; InputError, naming the option, where there is none."""
        if name not in self.names:
            raise InputError(
                f"{self.grid.path}: there is no column {name!r}", f"correct {option}: {listed(self.names)}"
            )
        return self.names.index(name)

    def values(self, name: str) -> list[str]:
        """The cells of a column."""
        position = self.names.index(name)
        return [cells[position] for _, cells in self.rows]


def read_grid(path: Path, sheet: str = "") -> Grid:
    """The rows that hold anything. Encoding and separator are found out; InputError where there is no table."""
    options = ImportOptions(sheet=sheet)
    excel = path.suffix.lower() in (".xlsx", ".xlsm")
    lines, found = xlsx_lines(path, options) if excel else csv_lines(path, options)
    rows = tuple((number, [cell.strip() for cell in cells]) for number, cells in lines)
    if not rows:
        raise InputError(f"{path}: there is nothing in the table", "export it again, or name another --sheet")
    return Grid(path, rows, "row" if excel else "line", found)


def named_columns(grid: Grid) -> Columns:
    """The grid with its first row as names; a column without a name and without content is left out.

    InputError where a row has more or fewer cells than there are names, or two columns have one name.
    """
    (number, header), *below = grid.rows
    width = len(header) if grid.word == "line" else max(len(cells) for _, cells in grid.rows)
    rows = [(line, _fitting(grid, line, cells, width)) for line, cells in below]
    if not rows:
        raise InputError(f"{grid.path}: there is no row below the column names", "the first row must name the columns")
    header = header + [""] * (width - len(header))
    kept = [k for k in range(width) if header[k] or any(cells[k] for _, cells in rows)]
    names = unique_columns(header, grid.place(number))
    unnamed = frozenset(names[k] for k in kept if not header[k])
    picked = tuple((line, [cells[k] for k in kept]) for line, cells in rows)
    return Columns(grid, tuple(names[k] for k in kept), picked, unnamed)


def _fitting(grid: Grid, line: int, cells: list[str], width: int) -> list[str]:
    """A row of Excel loses the empty cells at its end, one of a text file loses none."""
    if grid.word == "row":
        return cells + [""] * (width - len(cells))
    if len(cells) != width:
        raise InputError(
            f"{grid.place(line)}: {len(cells)} cells where the first row has {width}",
            "write a separator for an empty cell too, and put cells that hold the separator in double quotes",
        )
    return cells


def number_of(text: str) -> float | None:
    """The number a text is, written with a decimal point; None where it is none or not finite."""
    value = float(text) if _NUMBER.fullmatch(text) else None
    return value if value is not None and abs(value) < float("inf") else None


def listed(names: Sequence[object], most: int = 12) -> str:
    """Names with commas, a long list cut."""
    more = f", ... ({len(names)} in all)" if len(names) > most else ""
    return ", ".join(cut(name) for name in names[:most]) + more


def cut(value: object, most: int = 60) -> str:
    """A value as it may stand in an error: in quotes, a long one cut."""
    text = str(value)
    return repr(text if len(text) <= most else f"{text[: most - 1]}…")
