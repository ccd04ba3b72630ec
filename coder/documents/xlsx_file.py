"""Read the first or the named sheet of an Excel workbook, with values as a person sees them."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

from coder.documents.encoding import MAX_FILE, read_bytes
from coder.documents.records import ImportOptions, ImportResult, Row, Table
from coder.documents.tables import documents_of, row_cells, unique_columns
from coder.errors import InputError

Value = str | int | float | bool | datetime | date | time | None
Line = tuple[int, list[str]]


def read_xlsx(path: Path, options: ImportOptions) -> ImportResult:
    """The documents of one sheet. Its first row that holds anything names the columns."""
    return documents_of(_table(path, options), path, options)


def xlsx_lines(path: Path, options: ImportOptions) -> tuple[list[Line], str]:
    """Each row of the sheet that holds anything, with its number, and in words what kind of file it is."""
    raw = read_bytes(path)
    _check_size(raw, path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of styles and rules it does not keep
            title, lines, sheets = _sheet(raw, path, options)
    except InputError:
        raise
    except Exception as error:  # a damaged part raises whatever openpyxl or the XML parser stumbles over
        raise InputError(f"{path}: the workbook is damaged ({error})", "open it in Excel and save it again") from None
    return lines, f"Excel, sheet '{title}' of {sheets}"


def written(value: Value) -> str:
    """A cell's value as text: `12` and not `12.0`, dates as YYYY-MM-DD, empty cells as empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _check_size(raw: bytes, path: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise InputError(
            f"{path}: this is no .xlsx workbook (damaged, locked by a password, or an old .xls)",
            "save it as .xlsx without a password, or as CSV",
        ) from None
    if size > MAX_FILE:
        raise InputError(
            f"{path}: unpacks to {size / 1e6:,.0f} MB, more than {MAX_FILE / 1e6:,.0f} MB",
            "split it, or save it as CSV",
        )


def _table(path: Path, options: ImportOptions) -> Table:
    lines, found = xlsx_lines(path, options)
    number, header = lines[0] if lines else (1, [])
    columns = unique_columns(header, f"{path}, row {number}")
    kept = tuple(Row(f"row {n}", row_cells(columns, _padded(c, columns), f"{path}, row {n}")) for n, c in lines[1:])
    if not kept:
        raise InputError(f"{path}: there is no row below the column names", "choose another sheet with --sheet")
    return Table(columns, kept, found)


def _sheet(raw: bytes, path: Path, options: ImportOptions) -> tuple[str, list[Line], int]:
    """The title of the sheet, its rows, and how many sheets there are."""
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to import, and most documents are no workbooks

    book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if options.sheet and options.sheet not in sheets:
        names = ", ".join(sheets)
        raise InputError(f"{path}: there is no sheet '{options.sheet}'; the sheets are {names}", "correct --sheet")
    if not sheets:
        raise InputError(f"{path}: the workbook has no sheet with cells", "save it again, or as CSV")
    title = options.sheet or next(iter(sheets))
    sheet = sheets[title]
    sheet.reset_dimensions()  # the size that a file claims may be a million rows too large or too small
    return title, list(_rows(sheet.iter_rows(values_only=True))), len(sheets)


def _rows(rows: Iterator[tuple[Value, ...]]) -> Iterator[Line]:
    """Each row that holds anything, with its number, without the empty cells at its end."""
    for number, values in enumerate(rows, start=1):
        cells = [written(value) for value in values]
        while cells and not cells[-1].strip():
            cells.pop()
        if cells:
            yield number, cells


def _padded(cells: list[str], columns: tuple[str, ...]) -> list[str]:
    return cells + [""] * (len(columns) - len(cells))
