"""A table for statistics programs as a pandas frame."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coder.export.statistics import Column, Table


def frame(table: Table, *, dates: bool = False) -> pd.DataFrame:
    """One row a document; numbers are float64 with NaN, days datetime64[s] with NaT or `dates`, texts strings."""
    return pd.DataFrame({column.name: _values(column, dates=dates) for column in table.columns})


def _values(column: Column, *, dates: bool) -> np.ndarray | pd.Series:
    if column.numbers is not None:
        return np.frombuffer(column.numbers, dtype=np.float64) if column.numbers else np.empty(0)
    if column.days is not None and dates:
        return pd.Series(column.days, dtype=object)
    if column.days is not None:
        return np.array(
            [np.datetime64(day, "s") if day else np.datetime64("NaT") for day in column.days], "datetime64[s]"
        )
    return pd.Series(column.texts, dtype=object)
