"""Many records into one table, without the general way's work for every row: answers come by the thousand a second."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert

from coder.store.rows import AS_THEY_ARE, plain

Process = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """An INSERT in a driver's own words, and for each of its parameters the column and what that does to a value."""

    sql: str
    columns: tuple[tuple[str, Process | None], ...]
    positional: bool

    def parameters(self, fields: Mapping[str, Any]) -> Any:
        """A row as the driver takes it, out of a record's fields."""
        cells = []
        for name, process in self.columns:
            cell = fields[name]
            if cell.__class__ not in AS_THEY_ARE and cell:
                cell = plain(cell)
            cells.append(cell if process is None else process(cell))
        return tuple(cells) if self.positional else dict(zip((name for name, _ in self.columns), cells, strict=True))


def insert_many(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add a row for each mapping, which holds a value for every column and perhaps more; nothing happens for none."""
    statement = _statement(table, connection.dialect)
    parameters = [statement.parameters(fields) for fields in rows]
    if parameters:
        connection.exec_driver_sql(statement.sql, parameters)


@lru_cache(maxsize=64)
def _statement(table: Table, dialect: Dialect) -> Statement:
    compiled = insert(table).compile(dialect=dialect, column_keys=[column.name for column in table.columns])
    names = tuple(compiled.positiontup or ()) or tuple(column.name for column in table.columns)
    types = {column.name: column.type for column in table.columns}
    columns = tuple((name, types[name].dialect_impl(dialect).bind_processor(dialect)) for name in names)
    return Statement(str(compiled), columns, bool(compiled.positional))
