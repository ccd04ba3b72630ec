"""Stata `.dta`, format 118 (Stata 14 and later, UTF-8): the resolved codes with variable and value labels."""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from typing import BinaryIO

import pandas as pd

from coder.export.bundle import ExportBundle, ExportOptions
from coder.export.frame import frame
from coder.export.statistics import Limits, Table

_WORDS = (
    "_all _b _coef _cons _n _pi _pred _rc _skip byte double float if in int long str strl using with aggregate array "
    "boolean break case catch class colvector complex const continue default delegate delete do else eltypedef end "
    "enum explicit export external for friend function global goto inline local mata matrix namespace new null "
    "numeric pointer polymorphic pragma private protected public quad real return rowvector scalar short static "
    "string struct super switch template this throw transmorphic try typedef typename union unsigned vector version "
    "virtual void volatile while"
)
LIMITS = Limits(name=32, label=80, value_label=32_000, text=2_000_000, reserved=frozenset(_WORDS.split()))
_LONG = 2045
"""Bytes of the longest fixed-width text; longer ones are kept in a heap (strL)."""


def write(bundle: ExportBundle, options: ExportOptions, handle: BinaryIO) -> tuple[str, ...]:
    """Write the table. Raises OSError where the disk is full."""
    table = Table(bundle, LIMITS)
    made = frame(table)
    long = [
        column.name
        for column in table.columns
        if column.texts is not None and any(len(text.encode()) > _LONG for text in column.texts)
    ]
    labels: dict[Hashable, dict[float, str]] = {
        column.name: {float(number): text for number, text in column.labels.items()}
        for column in table.columns
        if column.labels
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.PerformanceWarning)
        made.to_stata(
            handle,
            write_index=False,
            version=118,
            data_label=bundle.codebook.name[:80],
            variable_labels={column.name: column.label for column in table.columns},
            value_labels=labels,
            convert_strl=long,
            convert_dates={column.name: "td" for column in table.columns if column.days is not None},
        )
    return tuple(table.notes)
