"""The rows of a CSV or XLSX file of codings, as text, with the line or row each stands on."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from openpyxl import load_workbook

from coder.documents.encoding import decode, read_bytes
from coder.documents.records import MAX_TEXT, Row, Table
from coder.documents.tables import row_cells, unique_columns
from coder.documents.xlsx_file import written
from coder.errors import InputError

ENDINGS = ".csv, .tsv, .txt, .xlsx, .jsonl, .qdpx, .json"
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
Line = tuple[str, list[str]]


def read_grid(path: Path, sheet: str | None = None) -> Table:
    """The table in a CSV, TSV or XLSX file, there in its first sheet or the one named.

    Raises InputError where there is none, naming the line where it can.
    """
    ending = path.suffix.lower()
    if ending not in (".csv", ".tsv", ".txt", ".xlsx"):
        raise InputError(f"{path}: codings are not read from '{path.suffix}'", f"the endings are {ENDINGS}")
    if sheet is not None and ending != ".xlsx":
        raise InputError(f"{path}: has no sheets", "--sheet goes with .xlsx")
    lines, found = _xlsx(path, sheet) if ending == ".xlsx" else _csv(path)
    filled = [(place, cells) for place, cells in lines if any(cell.strip() for cell in cells)]
    if len(filled) < 2:
        raise InputError(f"{path}: there is no row below the column names", "the first row must name the columns")
    place, header = filled[0]
    columns = unique_columns(header, f"{path}, {place}")
    rows = (Row(place, row_cells(columns, _padded(cells, columns), f"{path}, {place}")) for place, cells in filled[1:])
    return Table(columns, tuple(rows), found)


def _padded(cells: list[str], columns: Sequence[str]) -> list[str]:
    """A row as long as the heading where only empty cells are missing or too many."""
    while len(cells) > len(columns) and not cells[-1].strip():
        cells = cells[:-1]
    return cells + [""] * (len(columns) - len(cells))


def _csv(path: Path) -> tuple[list[Line], str]:
    text, encoding = decode(read_bytes(path), str(path))
    header = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=header.count)
    return list(_lines(text, delimiter, path)), f"{_DELIMITERS[delimiter]}-separated, {encoding}"


def _lines(text: str, delimiter: str, path: Path) -> Iterator[Line]:
    csv.field_size_limit(MAX_TEXT + 1)  # of the whole process, and 128 KB unless told otherwise
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        place = f"line {reader.line_num + 1}"
        try:
            yield place, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(f"{path}, {place}: {error}", "check the double quotes of this row") from None


def _xlsx(path: Path, wanted: str | None) -> tuple[list[Line], str]:
    raw = read_bytes(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of styles and rules it does not keep
            book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
            if wanted is not None and wanted not in book.sheetnames:
                raise InputError(f"{path}: has no sheet '{wanted}'", f"it has {', '.join(book.sheetnames)}")
            sheet = book.worksheets[0] if wanted is None else book[wanted]
            sheet.reset_dimensions()  # the size that a file claims may be wrong
            rows = [[written(value) for value in values] for values in sheet.iter_rows(values_only=True)]
    except InputError:
        raise
    except Exception as error:  # a damaged part raises whatever openpyxl or the XML parser stumbles over
        raise InputError(f"{path}: is no workbook that can be read", "save it again as .xlsx, or as CSV") from error
    return [(f"row {number}", cells) for number, cells in enumerate(rows, 1)], f"Excel, sheet '{sheet.title}'"
