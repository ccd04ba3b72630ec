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
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path}: {error}", _remedy(path, error)) from None
    with contextlib.closing(held):
        try:
            held.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise InputError(f"{path.parent.resolve()}: {what} is running", "wait until it has ended") from None
            raise InputError(f"{path}: {error}", _remedy(path, error)) from None
        yield


def _remedy(path: Path, error: sqlite3.DatabaseError) -> str:
    """A file that is not ours goes away; a folder that takes none is the user's to change."""
    foreign = path.is_dir() or error.sqlite_errorcode == sqlite3.SQLITE_NOTADB
    return "remove it: nothing of yours is in it" if foreign else "choose a folder that can be written to"
