"""A database that is ours and up to date, and the transactions on it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from typing import Any, Self

from sqlalchemy import Connection, Engine, Row, Select, Table, inspect, select, text

from coder.errors import StoreError
from coder.store.engine import connect, writing
from coder.store.failures import explained
from coder.store.location import Location, locate
from coder.store.rows import R, from_rows
from coder.store.scope import Scope, Work, scope
from coder.store.tables import HEAD, VERSION_TABLE

WAIT = 10.0
"""Seconds to wait while another program writes, before saying so."""

_PAUSE = 0.01
"""Seconds between two tries at what SQLite does not wait for itself."""


class Database:
    """An open database, shared by threads. Whatever it raises is a StoreError."""

    def __init__(self, location: Location, engine: Engine, wait: float = WAIT) -> None:
        self.work: Work = "coding"
        self.location, self.wait = location, wait
        self._engine = engine
        self._writer = writing(engine)

    @classmethod
    def create(cls, url: str, *, wait: float = WAIT) -> Self:
        """Make a store at a path or PostgreSQL URL; one that is there already is opened.

        StoreError where the database holds anything else, which is left untouched.
        """
        location = locate(url)
        _create_file(location)
        return cls._ready(location, wait, create=True)

    @classmethod
    def open(cls, url: str, *, wait: float = WAIT) -> Self:
        """Open a store and bring it up to date; StoreError where there is none."""
        location = locate(url)
        _check_file(location)
        return cls._ready(location, wait, create=False)

    @classmethod
    def _ready(cls, location: Location, wait: float, *, create: bool) -> Self:
        engine = connect(location, wait)
        try:
            with explained(location):
                _prepare(engine, location, wait, create=create)
        except BaseException:
            engine.dispose()
            raise
        return cls(location, engine, wait)

    def apart(self, work: Work) -> Self:
        """The same database, seen for other work; it is closed with this one."""
        other = copy(self)
        other.work = work
        return other

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        """A transaction, committed and on disk at the end, rolled back on any error."""
        with explained(self.location), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with explained(self.location), self._engine.connect() as connection:
            yield connection

    def _overwrite(self) -> None:
        """Write a SQLite file anew, without what was taken out of its rows, and empty its log."""
        with explained(self.location):
            connection = self._engine.raw_connection()
            try:
                cursor = connection.cursor()
                cursor.execute("VACUUM")
                busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                connection.close()
        if busy:
            raise StoreError(
                f"{self.location.shown}: the rows are empty, but another program has the store open, so that bytes of "
                "them may still lie in its files",
                "close that program and run the same command again",
            )

    def _scope(self) -> Scope:
        """What belongs to the work that this store is seen for."""
        with self._read() as connection:
            return scope(connection, self.work)

    def _rows(self, wanted: Select[Any]) -> Sequence[Row[Any]]:
        with self._read() as connection:
            return connection.execute(wanted).all()

    def _records(self, model: type[R], wanted: Select[Any]) -> list[R]:
        with self._read() as connection:
            return list(from_rows(model, connection.execute(wanted)))

    def _record(self, model: type[R], table: Table, record_id: str) -> R:
        found = self._records(model, select(table).where(table.c.id == record_id))
        if not found:
            raise self._missing(model.__name__.lower(), record_id)
        return found[0]

    def _missing(self, what: str, name: str) -> StoreError:
        return StoreError(f"{self.location.shown}: there is no {what} {name}", "check the id, or name another store")


def _create_file(location: Location) -> None:
    """An empty file for a new SQLite store; one that exists is left as it is."""
    path = location.path
    if path is None:
        return
    if path.exists():  # asked first: another program may make the file at any moment
        if not path.is_file():
            raise _not_a_file(location)
        return
    if not path.parent.is_dir():
        raise StoreError(f"{location.shown}: the folder {path.parent} does not exist", "create it first")
    try:
        path.touch()
    except OSError as error:
        raise StoreError(
            f"{location.shown}: the file cannot be made ({error.strerror})", "check the folder's permissions and space"
        ) from error


def _check_file(location: Location) -> None:
    path = location.path
    if path is None or path.is_file():
        return
    if path.exists():
        raise _not_a_file(location)
    raise _no_store(location)


def _not_a_file(location: Location) -> StoreError:
    return StoreError(f"{location.shown}: this is not a file", "name the store's file")


def _no_store(location: Location) -> StoreError:
    return StoreError(f"{location.shown}: there is no store", "run: intercoder init")


def _prepare(engine: Engine, location: Location, wait: float, *, create: bool) -> None:
    """Bring the tables to `HEAD` in one transaction; a database that is not a store is left untouched."""
    with engine.connect() as connection:
        revision = _revision(connection, location, create=create)
    if location.path is not None:
        _write_ahead(engine, wait)
    if revision != HEAD:
        from coder.store.upgrade import upgrade  # noqa: PLC0415 - loads Alembic, which an up-to-date store spares

        with writing(engine).begin() as connection:
            upgrade(connection, location.shown)


def _revision(connection: Connection, location: Location, *, create: bool) -> str | None:
    """The stored revision; None for an empty database that is to become a store."""
    names = inspect(connection).get_table_names()
    if VERSION_TABLE in names:
        return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
    if not create:
        raise _no_store(location)
    if names:
        raise StoreError(
            f"{location.shown}: this database belongs to something else (it holds a table '{min(names)}')",
            "give the store a database of its own",
        )
    return None


def _write_ahead(engine: Engine, wait: float) -> None:
    """Log writes ahead: readers and a writer do not wait for each other. The file remembers, so mostly a no-op.

    The switch itself is the one statement for which SQLite does not wait: it holds the file as a reader when it asks
    to be alone with it, as may another program that does the same.
    """
    until = time.monotonic() + wait
    connection = engine.raw_connection()
    try:
        while True:
            try:
                connection.cursor().execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                    raise
            time.sleep(_PAUSE)
    finally:
        connection.close()
