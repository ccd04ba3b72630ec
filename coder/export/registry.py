"""Which format belongs to which file ending. A new format is a module with `write` and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from coder.errors import InputError
from coder.export.atomic import write_atomically
from coder.export.bundle import ExportBundle, ExportOptions


class Writer(Protocol):
    """What a format's module offers as `write`: the bundle, whole, into a binary file that is open for writing.

    It returns what had to be changed or left out, a sentence each, for people.
    """

    def __call__(self, bundle: ExportBundle, options: ExportOptions, handle: BinaryIO) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Format:
    """A file format: its ending, what it holds, and the module that writes it, imported when first needed.

    `loses` says what the format cannot carry. `needs` is a package outside the main dependencies and `extra` the extra
    that brings it.
    """

    ending: str
    holds: str
    module: str
    loses: str = ""
    needs: str = ""
    extra: str = ""

    @property
    def write(self) -> Writer:
        """The function that writes this format; InputError where a package is missing that it needs."""
        if self.needs and find_spec(self.needs) is None:
            raise InputError(
                f"'{self.ending}' needs the package {self.needs}, which is not installed",
                f"pip install 'intercoder[{self.extra}]'",
            )
        return cast(Writer, import_module(self.module).write)


_RESOLVED = "carries the resolved codes, not the single coders' codings, evidence, memos and decisions"
_FORMATS = (
    Format(".csv", "one row a coding, or with --wide one row a document", "coder.export.table_csv"),
    Format(".xlsx", "a workbook: resolved codes, documents, codings, decisions, agreement", "coder.export.workbook"),
    Format(".jsonl", "one answer a line, whole", "coder.export.lines"),
    Format(
        ".parquet", "one row a document, typed", "coder.export.parquet", _RESOLVED, needs="pyarrow", extra="parquet"
    ),
    Format(".sav", "SPSS, with value labels", "coder.export.spss", _RESOLVED, needs="pyreadstat", extra="spss"),
    Format(".dta", "Stata 14 and later, with value labels", "coder.export.stata", _RESOLVED),
    Format(
        ".qdpx",
        "a REFI-QDA project: MAXQDA, ATLAS.ti, NVivo, QualCoder",
        "coder.export.refi_project",
        "carries texts, codings, quotes, memos and coders, not confidences, kinds of dimensions, amounts as written, "
        "decisions and agreement",
    ),
    Format(
        ".qdc",
        "a REFI-QDA codebook",
        "coder.export.refi_codebook",
        "carries names and definitions, not the kinds of dimensions, bins, conditions and evidence rules",
    ),
    Format(
        ".json",
        "Label Studio tasks",
        "coder.export.label_studio",
        "carries texts, codings, quotes and confidences, not the codebook's definitions, decisions and agreement",
    ),
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
    end: str = "exclusive",
) -> tuple[str, ...]:
    """Write the bundle to `path` in the format of its ending; the options are those of ExportOptions.

    Returns what the format cannot carry and what had to be changed for it, a sentence each.

    Raises InputError for an ending that has no format and where the file cannot be written; a file that was there
    before is replaced only by a whole new one.
    """
    found = exporters().get(path.suffix.lower())
    if found is None:
        endings = ", ".join(exporters())
        raise InputError(f"{path}: no export has the ending '{path.suffix}'", f"the endings are {endings}")
    options = ExportOptions(wide=wide, labels=labels, text=text, bom=bom, end=end)
    notes: list[str] = [f"{found.ending} {found.loses}"] if found.loses else []
    write = found.write
    write_atomically(path, lambda handle: notes.extend(write(bundle, options, handle)))
    return tuple(notes)
