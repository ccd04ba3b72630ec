"""Where a store lies: a path or a URL, read into an address and a form of it that is safe to show."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from coder.errors import StoreError

_POSTGRES = ("postgresql", "postgres")
_ESCAPING = "write @ as %40, / as %2F and : as %3A within the password"


@dataclass(frozen=True)
class Location:
    """An address. `shown` holds no password and is the only form that may reach a message."""

    url: URL = field(repr=False)
    shown: str
    path: Path | None
    """The file of a SQLite store; None for PostgreSQL."""

    def without_secrets(self, text: str) -> str:
        """The text with every secret of the address blotted out."""
        query = [value for value in self.url.query.values() if isinstance(value, str)]
        named = [value for value in query if value not in self.shown]
        for secret in (self.url.password, *named):
            text = text.replace(secret, "***") if secret else text
        return text


def locate(address: str) -> Location:
    """`intercoder.db`, `sqlite:///intercoder.db` or `postgresql://user:password@host/database`.

    StoreError, without a word of the address beyond its scheme, where it cannot be read.
    """
    if "://" not in address:
        return _file(address)
    scheme = address.partition("://")[0]
    kind, _, driver = scheme.partition("+")
    if kind == "sqlite" and driver in ("", "pysqlite"):
        return _file(_parsed(address, scheme).database or "")
    if kind in _POSTGRES and driver in ("", "psycopg"):
        return _server(_parsed(address, scheme))
    raise StoreError(
        f"a store at '{scheme}://...' is of no known kind",
        "give the path of a file (SQLite) or a URL that starts with postgresql://",
    )


def _parsed(address: str, scheme: str) -> URL:
    try:
        return make_url(address)
    except (ArgumentError, ValueError):  # their text quotes the address, password and all
        raise StoreError(f"the store's address '{scheme}://...' cannot be read", _ESCAPING) from None


def _file(path: str) -> Location:
    if path in ("", ":memory:"):
        raise StoreError("the store's address names no file", "give a path, for instance intercoder.db")
    file = Path(path).expanduser().absolute()
    return Location(URL.create("sqlite+pysqlite", database=str(file)), str(path), file)


def _server(url: URL) -> Location:
    if "@" in (url.host or "") + (url.database or ""):  # the tail of a password with a bare @ or /
        raise StoreError("the store's address 'postgresql://...' cannot be read", _ESCAPING)
    shown = url.set(drivername="postgresql", query={k: v for k, v in url.query.items() if k in ("host", "port")})
    return Location(url.set(drivername="postgresql+psycopg"), shown.render_as_string(hide_password=True), None)
