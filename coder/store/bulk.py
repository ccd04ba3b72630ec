"""Many records into one table, without the general way's work for every row: answers come by the thousand a second."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, cast

from sqlalchemy import JSON, Connection, Dialect, Table, insert
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
    """An INSERT in a driver's own words, and its columns, each with what makes a cell of a field where that takes more.

    `block` is the same for `BLOCK` rows, with a mark for each cell.
    """

    sql: str
    block: str
    columns: tuple[tuple[str, Process | None], ...]
    positional: bool

    def parameters(self, fields: Mapping[str, Any]) -> Any:
        """A row as the driver takes it, out of a record's fields."""
        cells = [fields[name] if process is None else process(fields[name]) for name, process in self.columns]
        return (
            tuple(cells)
            if self.positional
            else {name: cell for (name, _), cell in zip(self.columns, cells, strict=True)}
        )


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
    columns = tuple((name, _process(types[name], dialect)) for name in names)
    head, values, row = str(compiled).partition(" VALUES ")
    block = f"{head}{values}{', '.join([row] * BLOCK)}"
    return Statement(str(compiled), block, columns, bool(compiled.positional))


def _process(column: TypeEngine[Any], dialect: Dialect) -> Process | None:
    """What makes a cell of a field: our own kinds without SQLAlchemy's steps around them; None for what is one."""
    if isinstance(column, ExactText):
        return _words
    if isinstance(column, Moment):
        return written
    bound = cast("Process | None", column.dialect_impl(dialect).bind_processor(dialect))
    if bound is None or not isinstance(column, JSON):
        return bound
    empty = bound(())
    return lambda value: empty if value == () else bound(plain(value) if value else value)


def _words(value: Any) -> str | None:
    """Words, or a member of an enumeration, as `ExactText` writes them."""
    words = value if value.__class__ in AS_THEY_ARE else plain(value)
    return exact(cast("str | None", words))
