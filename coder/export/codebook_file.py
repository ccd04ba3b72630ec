"""Codebooks as files of other programs, by ending: out, and in as a codebook of ours."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

from ruamel.yaml import YAML

from coder.codebook import load_codebook, validated
from coder.codebook.labelling import labelling_config
from coder.codebook.qdc import codebook_tree, codebook_xml
from coder.documents.encoding import read_bytes
from coder.errors import InputError
from coder.export.atomic import write_atomically
from coder.export.codebook_table import HEADINGS, table_rows, table_tree
from coder.export.spreadsheet import Spreadsheet
from coder.gold.apostrophe import guarded, unguarded
from coder.gold.grid import read_grid
from coder.model import Codebook

_WIDTHS = {"question": 40, "instructions": 40, "definition": 50, "include": 40, "exclude": 40, "examples": 50}


def save_codebook(path: Path, codebook: Codebook) -> None:
    """Write a codebook as `.yaml`, `.csv`, `.xlsx`, `.qdc` or as Label Studio's configuration, `.xml`.

    Raises InputError for another ending and where the file cannot be written.
    """
    make = _WRITERS.get(path.suffix.lower())
    if make is None:
        raise InputError(
            f"{path}: no codebook has the ending '{path.suffix}'", f"the endings are {', '.join(_WRITERS)}"
        )
    write_atomically(path, lambda handle: handle.write(make(codebook)))


def read_codebook(path: Path, kind: str = "nominal") -> Codebook:
    """The codebook in a `.yaml`, `.csv`, `.tsv`, `.xlsx` or `.qdc` file; `kind` where the file does not say of which.

    Raises InputError for another ending and where the file holds no sound codebook.
    """
    ending = path.suffix.lower()
    if ending in (".yaml", ".yml"):
        return load_codebook(path)
    if ending == ".qdc":
        return validated(codebook_tree(read_bytes(path), str(path), kind), str(path))
    if ending not in (".csv", ".tsv", ".xlsx"):
        raise InputError(
            f"{path}: codebooks are not read from '{path.suffix}'", "the endings are .yaml, .csv, .tsv, .xlsx, .qdc"
        )
    take = str if ending == ".xlsx" else unguarded
    table = read_grid(path)
    rows = [(row.place, {take(name): take(text) for name, text in row.cells.items()}) for row in table.rows]
    return validated(table_tree(rows, str(path), kind), str(path))


def codebook_yaml(codebook: Codebook) -> str:
    """The codebook as YAML; what is at its default is left out."""
    writer = YAML()
    writer.width, writer.allow_unicode = 110, True
    text = io.StringIO()
    writer.dump(codebook.canonical(), text)
    return text.getvalue()


def _yaml(codebook: Codebook) -> bytes:
    return codebook_yaml(codebook).encode()


def _csv(codebook: Codebook) -> bytes:
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(HEADINGS)
    table.writerows([guarded(cell.replace("\0", "")) for cell in row] for row in table_rows(codebook))
    return text.getvalue().encode("utf-8", errors="replace")


def _xlsx(codebook: Codebook) -> bytes:
    widths = [_WIDTHS.get(heading, 20) for heading in HEADINGS]
    handle = io.BytesIO()
    with Spreadsheet() as book:
        page = book.page("codebook", HEADINGS, widths, widths, frozen=1)
        for row in table_rows(codebook):
            page.append(row)
        book.save(handle, [page])
    return handle.getvalue()


def _qdc(codebook: Codebook) -> bytes:
    return codebook_xml(codebook).encode()


def _config(codebook: Codebook) -> bytes:
    return labelling_config(codebook).encode()


_WRITERS: dict[str, Callable[[Codebook], bytes]] = {
    ".yaml": _yaml, ".csv": _csv, ".xlsx": _xlsx, ".qdc": _qdc, ".xml": _config,
}  # fmt: skip
