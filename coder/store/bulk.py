"""Many records into one table, without the general way's work for every row: answers come by the thousand a second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert

from coder.store.rows import Cells

Process = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """An INSERT in a driver's own words, and what each of its columns does to a value, in the order of `names`."""

    sql: str
    names: tuple[str, ...]
    processes: tuple[tuple[str, Process], ...]
    positional: bool

    def parameters(self, cells: Cells) -> Any:
        """A row as the driver takes it."""
        for name, process in self.processes:
            cells[name] = process(cells[name])
        return tuple(cells[name] for name in self.names) if self.positional else cells


def insert_many(connection: Connection, table: Table, rows: Sequence[Cells]) -> None:
    """Add rows of all columns; nothing happens for none. The rows are changed and of no further use."""
    if rows:
        statement = _statement(table, connection.dialect)
        connection.exec_driver_sql(statement.sql, [statement.parameters(row) for row in rows])


@lru_cache(maxsize=64)
def _statement(table: Table, dialect: Dialect) -> Statement:
    compiled = insert(table).compile(dialect=dialect, column_keys=[column.name for column in table.columns])
    names = tuple(compiled.positiontup or ()) or tuple(column.name for column in table.columns)
    processes = [
        (column.name, process)
        for column in table.columns
        if (process := column.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    ]
    return Statement(str(compiled), names, tuple(processes), bool(compiled.positional))
