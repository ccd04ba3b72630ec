"""Connections that keep their promises: durable commits, foreign keys, and waiting for other writers."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from coder.errors import StoreError
from coder.store.location import Location

PAUSES = (0.001, 0.01)
"""Seconds between two tries to write, drawn anew each time."""


def connect(location: Location, wait: float) -> Engine:
    """An engine; nothing is opened yet. `wait`: seconds to wait while another program writes."""
    return _sqlite(location, location.path, wait) if location.path else _postgres(location, wait)


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write: SQLite takes its lock at the start, where waiting is possible."""
    return engine.execution_options(begin="IMMEDIATE")


def _sqlite(location: Location, path: Path, wait: float) -> Engine:
    opened = partial(_opened, path, wait)
    engine = create_engine(location.url, creator=opened, hide_parameters=True, json_serializer=_json)
    event.listen(engine, "begin", partial(_begin, wait=wait))
    return engine


def _opened(path: Path, wait: float) -> sqlite3.Connection:
    """`mode=rw`: a mistyped path must not leave an empty file. FULL: on disk before a commit returns."""
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, timeout=wait, isolation_level=None, check_same_thread=False
    )
    try:
        for pragma in ("foreign_keys=ON", "recursive_triggers=ON", "synchronous=FULL", "fullfsync=ON"):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:  # not a database, for one
        connection.close()
        raise
    return connection


def _json(value: object) -> str:
    """As JSON; most cells of a coding hold an empty list, which need not be worked out."""
    return "[]" if value in ((), []) else json.dumps(value)


def _begin(connection: Connection, wait: float) -> None:
    """The driver, left to itself, would start transactions late and end them before DDL."""
    if connection.get_execution_options().get("begin") == "IMMEDIATE":
        _take_turn(connection, wait)
    else:
        connection.exec_driver_sql("BEGIN DEFERRED")


def _take_turn(connection: Connection, wait: float) -> None:
    """Begin to write as soon as nobody else does.

    SQLite's own waiting looks ten times a second in the end, and misses each gap of a program that writes without
    pause; short pauses of random length meet one soon.
    """
    until = time.monotonic() + wait
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        while not _begun(connection, last_try=time.monotonic() >= until):
            time.sleep(random.uniform(*PAUSES))  # noqa: S311 - keeps no secret
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(wait * 1000)}")


def _begun(connection: Connection, *, last_try: bool) -> bool:
    """Whether the lock for writing was had; what stands in the way is raised at the last try."""
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        busy = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
        if last_try or not busy:
            raise
        return False
    return True


def _postgres(location: Location, wait: float) -> Engine:
    if find_spec("psycopg") is None:
        raise StoreError(
            f"{location.shown}: the driver for PostgreSQL is not installed", 'run: pip install "intercoder[postgres]"'
        )

    def durable(connection: Any, _record: object) -> None:
        """A server set to answer before it has written would lose decisions."""
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        connection.execute(f"SET lock_timeout = {round(wait * 1000)}")
        connection.commit()

    engine = create_engine(location.url, hide_parameters=True, pool_pre_ping=True, json_serializer=_json)
    event.listen(engine, "connect", durable)
    return engine
