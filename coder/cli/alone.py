"""One at a time: a lock that the system lets go of when its process ends, however it ends."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from coder.errors import InputError


@contextlib.contextmanager
def alone(path: Path, what: str) -> Iterator[None]:
    """Hold the lock in an empty file at `path`, which stays; InputError where another process of this machine does.

    SQLite's lock, since it is one on every system.
    """
    try:
        held = sqlite3.connect(path, timeout=0, isolation_level=None)
    except sqlite3.OperationalError as error:
        raise InputError(f"{path}: {error}", "choose a folder that can be written to") from None
    with contextlib.closing(held):
        try:
            held.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
            said = f"{path.parent}: {what} is running" if busy else f"{path}: {error}"
            raise InputError(said, "wait until it has ended" if busy else "remove the file") from None
        yield
