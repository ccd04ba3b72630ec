"""Which format belongs to which file ending. A new format is a module with `write` and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from coder.errors import InputError
from coder.export.atomic import write_atomically
from coder.export.bundle import ExportBundle, ExportOptions


class Writer(Protocol):
    """What a format's module offers as `write`: the bundle, whole, into a binary file that is open for writing."""

    def __call__(self, bundle: ExportBundle, options: ExportOptions, handle: BinaryIO) -> None: ...


@dataclass(frozen=True)
class Format:
    """A file format: its ending, what it holds, and the module that writes it, imported when first needed."""

    ending: str
    holds: str
    module: str

    @property
    def write(self) -> Writer:
        """The function that writes this format."""
        return cast(Writer, import_module(self.module).write)


_FORMATS = (
    Format(".csv", "one row a coding, or with --wide one row a document", "coder.export.table_csv"),
    Format(".xlsx", "a workbook: resolved codes, documents, codings, decisions, agreement", "coder.export.workbook"),
)


def exporters() -> Mapping[str, Format]:
    """Every format by its ending, in the order they are listed to people."""
    return {format_.ending: format_ for format_ in _FORMATS}


def export(
    path: Path,
    bundle: ExportBundle,
    *,
    wide: bool = False,
    labels: bool = False,
    text: bool = False,
    bom: bool = False,
) -> None:
    """Write the bundle to `path` in the format of its ending; the options are those of ExportOptions.

    Raises InputError for an ending that has no format and where the file cannot be written; a file that was there
    before is replaced only by a whole new one.
    """
    found = exporters().get(path.suffix.lower())
    if found is None:
        endings = ", ".join(exporters())
        raise InputError(f"{path}: no export has the ending '{path.suffix}'", f"the endings are {endings}")
    options = ExportOptions(wide=wide, labels=labels, text=text, bom=bom)
    write_atomically(path, partial(found.write, bundle, options))
