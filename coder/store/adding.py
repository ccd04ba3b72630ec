"""Insert records as rows, as part of a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert, text
from sqlalchemy.dialects import postgresql, sqlite

from coder.model import Coding, Record
from coder.store import tables
from coder.store.bulk import insert_many
from coder.store.rows import Cells, assignment_fields, to_row


def dialect(connection: Connection) -> Any:
    """SQLAlchemy's module for this database, with its own `insert`."""
    return postgresql if connection.dialect.name == "postgresql" else sqlite


_LOCK = 0x71756575
"""Any number that nobody else is likely to lock on a PostgreSQL server; a lock on the table would need more rights."""


def one_by_one(connection: Connection) -> None:
    """Wait for whoever passed here before until their transaction has ended; SQLite has one writer at a time anyway.

    For what is read and then added to: what is read after this stays true until it is written.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def insert_rows(connection: Connection, table: Table, rows: Sequence[Cells]) -> None:
    """Add rows; nothing happens for none."""
    if rows:
        connection.execute(insert(table), list(rows))


def add(connection: Connection, table: Table, records: Sequence[Record]) -> None:
    """Add records of one table."""
    insert_rows(connection, table, [to_row(record, table) for record in records])


def add_many(connection: Connection, table: Table, records: Sequence[Record]) -> None:
    """Add records of one table, however many."""
    insert_many(connection, table, (record.__dict__ for record in records))


def add_codings(connection: Connection, codings: Sequence[Coding]) -> None:
    """Add codings with the categories they give."""
    fields = [coding.__dict__ for coding in codings]
    insert_many(connection, tables.codings, fields)
    insert_many(connection, tables.assignments, assignment_fields(fields))


def add_missing(connection: Connection, table: Table, rows: Sequence[Cells]) -> None:
    """Add the rows whose identity is not taken; the others stay as they are."""
    if rows:
        connection.execute(dialect(connection).insert(table).on_conflict_do_nothing(), list(rows))
