"""What a database reports, in one line that says where it happened and what to do."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, TimeoutError

from coder.errors import StoreError
from coder.store.location import Location

_FULL = ("there is no space left on the disk", "free some space and run the command again; what was saved is kept")
_BUSY = ("another program is writing to it", "wait for that program or close it, then run the command again")
_READ_ONLY = ("it cannot be written", "check the permissions of the file and of its folder")
_DUPLICATE = ("it holds such a record already", "records are added once and never changed")
_DANGLING = ("a record refers to one that the store does not hold", "add what it refers to first")
_NOT_OURS = ("it is not a database", "name another file, or move this one away and run: intercoder init")

_SQLITE = {
    "SQLITE_FULL": _FULL,
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_PERM": _READ_ONLY,
    "SQLITE_CANTOPEN": ("it cannot be opened", "check the permissions of the file and of its folder"),
    "SQLITE_NOTADB": _NOT_OURS,
    "SQLITE_CORRUPT": ("the file is damaged", "bring it back from a backup, or try: sqlite3 FILE .recover"),
    "SQLITE_IOERR": ("the disk reports an error", "check the disk; what was saved is kept"),
    "SQLITE_CONSTRAINT_FOREIGNKEY": _DANGLING,
    "SQLITE_CONSTRAINT_UNIQUE": _DUPLICATE,
    "SQLITE_CONSTRAINT_PRIMARYKEY": _DUPLICATE,
}
"""By result code; an extended code falls back on the longest of its beginnings."""

_POSTGRES = {
    "53100": _FULL,
    "55P03": _BUSY,
    "40P01": _BUSY,
    "25006": _READ_ONLY,
    "42501": (
        "the database user lacks a right it needs",
        "grant it the right to create and insert, and all rights on leases; only the owner of the tables may purge",
    ),
    "28": ("the database refuses this user or password", "check both in the store's URL"),
    "3D": ("there is no such database", "create it first: createdb NAME"),
    "53300": ("the server has no connection left", "close other programs that use it"),
    "23503": _DANGLING,
    "23505": _DUPLICATE,
    "57P": ("the server was shut down", "start it and run the command again; what was saved is kept"),
}
"""By SQLSTATE, whole or its beginning."""


@contextmanager
def explained(location: Location) -> Iterator[None]:
    """Turn whatever the database raises into a StoreError."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise _store_error(error, location) from error
    except TimeoutError as error:
        raise StoreError(f"{location.shown}: every connection is in use", "run fewer things at once") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise StoreError(
            f"{location.shown}: a stored {error.title} cannot be read ({field}: {first['msg']})",
            "bring the store back from a backup, or update the program if a newer one wrote it",
        ) from error


def _store_error(error: DBAPIError | sqlite3.Error, location: Location) -> StoreError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        what, hint = _sqlite_words(cause, location)
    else:
        what, hint = _postgres_words(cause, location)
    return StoreError(f"{location.shown}: {what}", hint)


def _sqlite_words(cause: sqlite3.Error, location: Location) -> tuple[str, str]:
    name = getattr(cause, "sqlite_errorname", "")
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")) and _disk_is_full(location):
        return _FULL
    known = _longest_beginning(name, _SQLITE)
    return known or (f"SQLite reports: {_one_line(cause)}", "check the file; what was saved is kept")


def _postgres_words(cause: BaseException | None, location: Location) -> tuple[str, str]:
    state = getattr(cause, "sqlstate", None)
    said = location.without_secrets(_one_line(cause))
    if state is None:
        return _unreachable(said)
    known = _longest_beginning(state, _POSTGRES)
    return known or (f"PostgreSQL reports {state}: {said}", "what was saved is kept")


def _unreachable(said: str) -> tuple[str, str]:
    """Before there is a connection the driver gives no SQLSTATE, only the server's words."""
    if "authentication failed" in said or 'role "' in said:
        return _POSTGRES["28"]
    if 'database "' in said and "does not exist" in said:
        return _POSTGRES["3D"]
    return f"the server cannot be reached ({said})", "start it, or check host and port in the store's URL"


def _longest_beginning(code: str, table: dict[str, tuple[str, str]]) -> tuple[str, str] | None:
    fitting = [known for known in table if code.startswith(known)]
    return table[max(fitting, key=len)] if fitting else None


def _one_line(cause: BaseException | None) -> str:
    return next((line.strip() for line in str(cause).splitlines() if line.strip()), type(cause).__name__)


def _disk_is_full(location: Location) -> bool:
    """SQLite names a full disk an I/O error where it shows while a helper file grows."""
    try:
        return location.path is not None and shutil.disk_usage(location.path.parent).free < 65536
    except OSError:
        return False
