"""SPSS `.sav`: the resolved codes with variable and value labels, statuses declared as missing values."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from coder.export.bundle import ExportBundle, ExportOptions
from coder.export.frame import frame
from coder.export.statistics import STATUSES, Limits, Table

LIMITS = Limits(
    name=64,
    label=255,
    value_label=120,
    text=32_000,
    reserved=frozenset(["all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"]),
)


def write(bundle: ExportBundle, options: ExportOptions, handle: BinaryIO) -> tuple[str, ...]:
    """Write the table. Raises OSError where the disk, or that of temporary files, is full."""
    import pyreadstat  # noqa: PLC0415 - an extra

    table = Table(bundle, LIMITS)
    coded = [column for column in table.columns if column.labels]
    statuses: list[Any] = [{"lo": float(min(STATUSES.values())), "hi": float(max(STATUSES.values()))}]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "codes.sav"
        try:
            pyreadstat.write_sav(
                frame(table, dates=True),
                path,
                file_label=bundle.codebook.name.encode()[:64].decode(errors="ignore"),
                column_labels=[column.label for column in table.columns],
                row_compress=True,
                variable_value_labels={
                    column.name: {float(number): text for number, text in column.labels.items()} for column in coded
                },
                missing_ranges={column.name: statuses for column in coded if not column.name.endswith("_source")},
                variable_measure={column.name: column.measure for column in table.columns},
                variable_format={column.name: "F8.0" for column in coded},
            )
        except pyreadstat.ReadstatError as error:
            raise OSError(5, f"pyreadstat says: {error}") from error
        with path.open("rb") as made:
            shutil.copyfileobj(made, handle, 1 << 20)
    return tuple(table.notes)
