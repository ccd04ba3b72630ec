"""Read delimiter-separated files: find the delimiter, keep every cell as written, name the line of a ragged row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from coder.documents.encoding import decode, read_bytes
from coder.documents.records import MAX_TEXT, ImportOptions, ImportResult, Row, Table
from coder.documents.tables import documents_of, row_cells, unique_columns
from coder.errors import InputError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_NO_DELIMITER = "\x1f"  # stands in no text: the file has one column
_SAMPLE_ROWS = 200

Line = tuple[int, list[str]]


def read_csv(path: Path, options: ImportOptions) -> ImportResult:
    """The documents of a CSV or TSV file. Its first row names the columns."""
    lines, found = csv_lines(path, options)
    return documents_of(_table(lines, path, found), path, options)


def csv_lines(path: Path, options: ImportOptions) -> tuple[Iterator[Line], str]:
    """Each row that holds anything, with the number of its line, and in words what kind of file it is."""
    text, encoding = decode(read_bytes(path), str(path), stated=options.encoding)
    text, delimiter = _delimiter(text, path, options)
    found = f"{DELIMITERS.get(delimiter, repr(delimiter))}-separated, {encoding}"
    found = f"one column, {encoding}" if delimiter == _NO_DELIMITER else found
    return _lines(text, delimiter, str(path)), found


def _table(lines: Iterator[Line], path: Path, found: str) -> Table:
    line, header = next(lines, (1, []))
    columns = unique_columns(header, f"{path}, line {line}")
    rows = [Row(f"line {line}", row_cells(columns, cells, f"{path}, line {line}")) for line, cells in lines]
    if not rows:
        raise InputError(f"{path}: there is no row below the column names", "the first row must name the columns")
    return Table(columns, tuple(rows), found)


def _lines(text: str, delimiter: str, place: str) -> Iterator[Line]:
    """Each row that holds anything, with the number of the line it starts on."""
    csv.field_size_limit(MAX_TEXT + 1)  # of the whole process, and 128 KB unless told otherwise
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(f"{place}, line {line}: {error}", "check the double quotes of this row") from None
        if any(cell.strip() for cell in cells):
            yield line, cells


def _delimiter(text: str, path: Path, options: ImportOptions) -> tuple[str, str]:
    """The text below a `sep=;` line, which Excel writes, and the delimiter: stated, or the one that fits best."""
    if text[:4].casefold() == "sep=" and text[5:6] in {"\r", "\n"}:
        return text[5:].lstrip("\r\n"), options.delimiter or text[4]
    if options.delimiter:
        stated = {"tab": "\t", "\\t": "\t"}.get(options.delimiter, options.delimiter)
        if len(stated) != 1 or stated in '"\r\n':
            raise InputError(
                f"{path}: the delimiter '{options.delimiter}' is not one character",
                "correct --delimiter: ';' or tab, say",
            )
        return text, stated
    return text, max(DELIMITERS, key=lambda mark: _fit(text, mark)) if _divided(text) else _NO_DELIMITER


def _divided(text: str) -> bool:
    return any(_fit(text, mark) > (0, 0) for mark in DELIMITERS)


def _fit(text: str, delimiter: str) -> tuple[float, int]:
    """The share of the first rows with as many cells as the header, and that number; zero for a header of one cell."""
    widths: list[int] = []
    try:
        for (_, cells), _ in zip(_lines(text, delimiter, ""), range(_SAMPLE_ROWS), strict=False):
            widths.append(len(cells))
    except InputError:  # a quote that does not close under this delimiter; the rows before it count
        pass
    if not widths or widths[0] < 2:
        return (0, 0)
    return (sum(width == widths[0] for width in widths) / len(widths), widths[0])
