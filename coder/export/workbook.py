"""XLSX: the resolved codes first, one row a document, then documents, codings, decisions, agreement and codebook.

Text is always text: a cell that starts with `=` is no formula. Numbers, dates and times are typed; a variable becomes
a number or a date only where every value of it is one. What Excel cannot hold is not lost silently: characters that
XML forbids are removed, text beyond a cell's limit is cut with a note of how much is missing (CSV has it whole), and
rows beyond a sheet's limit go on in a further sheet.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain, islice
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.writer.excel import ExcelWriter

from coder.export.bundle import ExportBundle, ExportOptions
from coder.export.rows import (
    AGREEMENT,
    CODEBOOK,
    DECISIONS,
    DOCUMENTS,
    LONG,
    Value,
    about_rows,
    agreement_rows,
    codebook_rows,
    decision_rows,
    document_rows,
    long_rows,
    wide_headings,
    wide_rows,
)
from coder.export.variables import typed

MAX_CELL = 32_767
"""UTF-16 units that Excel keeps in a cell."""
MAX_ROWS = 1_048_576
"""Rows that Excel keeps in a sheet, the heading included."""
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TIME = 'yyyy-mm-dd hh:mm:ss "UTC"'
_DATE = "yyyy-mm-dd"
_WRAP = Alignment(wrap_text=True, vertical="top")
_HEADING = (Font(bold=True), PatternFill("solid", fgColor="FFE8EDF3"), Alignment(wrap_text=True, vertical="center"))
_WIDTHS = {
    "text": 60, "evidence": 60, "question": 40, "definition": 50, "include": 40, "exclude": 40, "examples": 50,
    "memo": 40, "reason": 50, "detail": 40, "document": 28, "created_at": 24, "imported_at": 24, "version": 28,
    "fact": 30, "content": 70, "codes": 24, "label": 24,
}  # fmt: skip
_UNWRAPPED = {"text"}
_WIDEST = 48


@dataclass(frozen=True)
class Sheet:
    """One sheet to be written; the first `frozen` columns stay in sight."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Value]]
    frozen: int = 0


def write(bundle: ExportBundle, options: ExportOptions, handle: BinaryIO) -> None:
    """Write the whole workbook, row by row. Raises OSError where the disk, or that of temporary files, is full."""
    book = Workbook(write_only=True)
    try:
        for sheet in _sheets(bundle, options):
            _write_sheet(book, sheet)
        # not book.save(): it leaves the archive open when the disk is full
        with ZipFile(handle, "w", ZIP_DEFLATED, allowZip64=True) as archive:
            ExcelWriter(book, archive).save()
    except Exception as error:
        _abandon(book)
        raise _system_error(error) from error


def _abandon(book: Workbook) -> None:
    """Close what openpyxl holds open; left to the garbage collector it would complain on the terminal."""
    for page in book.worksheets:
        for part in (page._rows, getattr(page._writer, "xf", None)):
            with contextlib.suppress(Exception):
                if part is not None:
                    part.close()


def _system_error(error: Exception) -> Exception:
    """The OSError behind an error of lxml, which openpyxl writes sheets with where it is installed: `IO_ENOSPC`."""
    if type(error).__name__ != "SerialisationError":
        return error
    number = getattr(errno, str(error).removeprefix("IO_"), errno.EIO)
    return OSError(number, os.strerror(number))


def _sheets(bundle: ExportBundle, options: ExportOptions) -> Iterator[Sheet]:
    wide = typed(wide_rows(bundle, labels=options.labels), bundle)
    yield Sheet(unit_title(bundle.codebook.unit), wide_headings(bundle), wide, frozen=1)
    yield Sheet("documents", DOCUMENTS, document_rows(bundle), frozen=1)
    yield Sheet("codings", LONG, long_rows(bundle), frozen=2)
    yield Sheet("decisions", DECISIONS, decision_rows(bundle), frozen=2)
    yield Sheet("agreement", AGREEMENT, agreement_rows(bundle), frozen=1)
    yield Sheet("codebook", CODEBOOK, codebook_rows(bundle), frozen=1)
    yield Sheet("about", ("fact", "content"), about_rows(bundle), frozen=1)


def unit_title(unit: str) -> str:
    """The unit in the plural as a sheet's title; `wide` where Excel or another sheet stands against it."""
    name = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", _ILLEGAL.sub("", unit)).strip(" '")
    if re.search(r"[^aeiou]y$", name):
        plural = f"{name[:-1]}ies"
    else:
        plural = f"{name}{'es' if re.search(r'(s|x|z|ch|sh)$', name) else 's'}"
    ours = {"documents", "codings", "decisions", "agreement", "codebook", "about", "history"}
    return plural if name and len(plural) <= 26 and plural.casefold() not in ours else "wide"


def _write_sheet(book: Workbook, sheet: Sheet) -> None:
    """Write a sheet, going on in `title (2)` and so forth where Excel's rows run out."""
    rows = iter(sheet.rows)
    for part in range(1, 1000):
        title = sheet.title if part == 1 else f"{sheet.title} ({part})"
        count = _write_part(book, title, sheet, islice(rows, MAX_ROWS - 1))
        following = next(rows, None) if count == MAX_ROWS - 1 else None
        if following is None:
            return
        rows = chain([following], rows)


def _write_part(book: Workbook, title: str, sheet: Sheet, rows: Iterable[Sequence[Value]]) -> int:
    page = book.create_sheet(title)
    widths = [_width(heading) for heading in sheet.headings]
    wrapped = [width if heading not in _UNWRAPPED else 0 for heading, width in zip(sheet.headings, widths, strict=True)]
    for column, width in enumerate(widths, 1):
        page.column_dimensions[get_column_letter(column)].width = width
    page.freeze_panes = f"{get_column_letter(sheet.frozen + 1)}2"
    page.append([_heading(page, heading) for heading in sheet.headings])
    count = 0
    for row in rows:
        page.append([_cell(page, value, width) for value, width in zip(row, wrapped, strict=True)])
        count += 1
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.headings))}{count + 1}"
    return count


def _width(heading: str) -> int:
    return _WIDTHS.get(heading, min(max(12, len(heading) + 4), _WIDEST))


def _heading(page: WriteOnlyWorksheet, text: str) -> Cell:
    cell = _text(page, text)
    cell.font, cell.fill, cell.alignment = _HEADING
    return cell


def _cell(page: WriteOnlyWorksheet, value: Value, width: int) -> Cell | str | int | float | None:
    """What openpyxl writes for a value; text wider than `width` wraps, unless that is 0."""
    if isinstance(value, str):
        if width and (len(value) > width or "\n" in value):
            cell = _text(page, value)
            cell.alignment = _WRAP
            return cell
        text = fitting(_ILLEGAL.sub("", value))
        # a plain string is several times faster; only these starts are taken for anything but text
        return _text(page, text) if text.startswith(("=", "#")) else text or None
    if isinstance(value, datetime):
        cell = WriteOnlyCell(page, value=value.astimezone(UTC).replace(tzinfo=None, microsecond=0))
        cell.number_format = _TIME
        return cell
    if isinstance(value, date):
        cell = WriteOnlyCell(page, value=value)
        cell.number_format = _DATE
        return cell
    return value


def _text(page: WriteOnlyWorksheet, text: str) -> Cell:
    """A cell that is text whatever it looks like: openpyxl would make a formula of `=1`, an error of `#N/A`."""
    cell = WriteOnlyCell(page, value=fitting(_ILLEGAL.sub("", text)))
    cell.data_type = "s"
    return cell


def fitting(text: str) -> str:
    """Text as far as a cell holds it; where it is cut, how many characters are missing stands at the end."""
    if len(text) <= MAX_CELL // 2 or _units(text) <= MAX_CELL:
        return text
    room = MAX_CELL - len(_note(len(text)))
    kept = text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", errors="ignore")
    return kept + _note(len(text) - len(kept))


def _note(missing: int) -> str:
    return f"… [cut: {missing:,} characters]"


def _units(text: str) -> int:
    """Length in UTF-16 units, by which Excel counts: characters beyond the basic plane are two."""
    return len(text) + sum(1 for character in text if character > "\uffff")
