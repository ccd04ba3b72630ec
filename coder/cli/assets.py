"""A report's figures and tables as files: SVG and PNG, CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from coder.errors import InputError
from coder.export.atomic import write_atomically
from coder.export.table_csv import cell
from coder.report.html.blocks import Report, Table


def asset_files(report: Report) -> Iterator[tuple[str, bytes]]:
    """Every file by its name: pictures in both forms, tables as CSV in full precision."""
    for picture in report.pictures:
        yield f"{_name(picture.id)}.svg", picture.draw("svg")
        yield f"{_name(picture.id)}.png", picture.draw("png")
    for table in report.tables:
        yield f"{_name(table.id)}.csv", as_csv(table)


def as_csv(table: Table) -> bytes:
    """A table as CSV in UTF-8; text that a spreadsheet would run gets an apostrophe in front."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([cell(heading) for heading in table.headings])
    writer.writerows([cell(value) for value in row] for row in table.values)
    return text.getvalue().encode("utf-8", errors="replace")


def write_assets(folder: Path, report: Report) -> int:
    """Write every file into the folder, made where there is none; how many. InputError where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}", "choose a folder you may write to") from error
    count = 0
    for name, content in asset_files(report):
        write_atomically(folder / name, lambda handle, content=content: handle.write(content) and None)  # type: ignore[misc]
        count += 1
    return count


def _name(id: str) -> str:
    return re.sub(r"[^\w.+-]", "-", id)
