"""CSV: UTF-8, comma, quoted where needed, line ends as RFC 4180 has them. Long by default, wide on request.

Text that a spreadsheet would run as a formula gets an apostrophe in front (see coder.gold.apostrophe); numbers stay
numbers. Times are ISO 8601 in UTC.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import BinaryIO

from coder.export.bundle import ExportBundle, ExportOptions
from coder.export.rows import LONG, Value, long_rows, wide_headings, wide_rows
from coder.gold.apostrophe import guarded


def write(bundle: ExportBundle, options: ExportOptions, handle: BinaryIO) -> tuple[str, ...]:
    """Write the long table, or with `options.wide` the wide one, row by row."""
    headings: Iterable[str] = wide_headings(bundle, text=options.text) if options.wide else LONG
    rows = wide_rows(bundle, labels=options.labels, text=options.text) if options.wide else long_rows(bundle)
    encoding = "utf-8-sig" if options.bom else "utf-8"
    text = io.TextIOWrapper(handle, encoding=encoding, errors="replace", newline="", write_through=False)
    try:
        table = csv.writer(text)
        table.writerow([cell(heading) for heading in headings])
        table.writerows([cell(value) for value in row] for row in rows)
        text.flush()
    finally:
        text.detach()
    return ()


def cell(value: Value) -> str:
    """A value as the file has it. NUL, which no CSV reader takes, is dropped."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value.replace("\0", ""))
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else repr(value)
