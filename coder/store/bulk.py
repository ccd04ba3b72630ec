"""Many records into one table, without the general way's work for every row: answers come by the thousand a second."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Table, insert
from sqlalchemy.types import TypeEngine

from coder.store.columns import ExactText, Moment, exact, written
from coder.store.rows import AS_THEY_ARE, plain

Process = Callable[[Any], Any]

BLOCK = 64
"""Rows of one statement where the driver takes marks by place, as SQLite's does. It lets other threads run while it
works and must wait for its turn after every statement: row by row, a thread that works all the time keeps it waiting.
SQLite takes 32,766 marks."""


@dataclass(frozen=True, slots=True)
class Statement:
    """An INSERT in a driver's own words, its columns, and what those at some places do to a value.

    `block` is the same for `BLOCK` rows, with a mark for each cell.
    """

    sql: str
    block: str
    names: tuple[str, ...]
    processes: tuple[tuple[int, Process], ...]
    positional: bool

    def parameters(self, fields: Mapping[str, Any]) -> Any:
        """A row as the driver takes it, out of a record's fields."""
        cells = [fields[name] for name in self.names]
        for place, cell in enumerate(cells):
            if cell.__class__ not in AS_THEY_ARE and cell:
                cells[place] = plain(cell)
        for place, process in self.processes:
            cells[place] = process(cells[place])
        return tuple(cells) if self.positional else dict(zip(self.names, cells, strict=True))


def insert_many(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add a row for each mapping, which holds a value for every column and perhaps more; nothing happens for none."""
    statement = _statement(table, connection.dialect)
    parameters = [statement.parameters(fields) for fields in rows]
    if statement.positional:
        whole = len(parameters) - len(parameters) % BLOCK
        for start in range(0, whole, BLOCK):
            block = parameters[start : start + BLOCK]
            connection.exec_driver_sql(statement.block, tuple(chain.from_iterable(block)))
        del parameters[:whole]
    if parameters:
        connection.exec_driver_sql(statement.sql, parameters)


@lru_cache(maxsize=64)
def _statement(table: Table, dialect: Dialect) -> Statement:
    compiled = insert(table).compile(dialect=dialect, column_keys=[column.name for column in table.columns])
    names = tuple(compiled.positiontup or ()) or tuple(column.name for column in table.columns)
    types = {column.name: column.type for column in table.columns}
    found = ((place, _process(types[name], dialect)) for place, name in enumerate(names))
    processes = tuple((place, process) for place, process in found if process is not None)
    head, values, row = str(compiled).partition(" VALUES ")
    block = f"{head}{values}{', '.join([row] * BLOCK)}"
    return Statement(str(compiled), block, names, processes, bool(compiled.positional))


def _process(column: TypeEngine[Any], dialect: Dialect) -> Process | None:
    """What a column does to a value: our own kinds without SQLAlchemy's steps around them."""
    if isinstance(column, ExactText | Moment):
        return exact if isinstance(column, ExactText) else written
    return cast("Process | None", column.dialect_impl(dialect).bind_processor(dialect))
