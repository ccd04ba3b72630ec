"""How values lie in columns, so that SQLite and PostgreSQL give back exactly what was put in."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

_ESCAPE = "\x1a"
_REFUSED = re.compile("[\x00\x1a\ud800-\udfff]")
"""NUL (refused by PostgreSQL), lone surrogates (no UTF-8 form) and the escape character itself."""

Key = Text().with_variant(Text(collation="C"), "postgresql")
"""Ids and hashes: compared by bytes everywhere, so that the order of ULIDs is the order of time in any locale."""


def escape(text: str) -> str:
    """The text with each character that a database refuses as U+001A and four hex digits; any other text unchanged."""
    return _REFUSED.sub(lambda match: f"{_ESCAPE}{ord(match[0]):04x}", text)


def unescape(text: str) -> str:
    """The inverse of `escape`."""
    if _ESCAPE not in text:
        return text
    return re.sub(f"{_ESCAPE}([0-9a-f]{{4}})", lambda match: chr(int(match[1], 16)), text)


def exact(value: str | None) -> str | None:
    """A cell of `ExactText`."""
    return value if value is None or value.isprintable() else escape(value)


def written(moment: datetime | None) -> str | None:
    """A cell of `Moment`."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


class ExactText(TypeDecorator[str]):
    """Text of any characters: models and web pages do send NULs and halves of surrogate pairs."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        return exact(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """From the database."""
        return None if value is None else unescape(value)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC as `2026-11-22T14:01:11.000123Z`: the order of the text is the order of time.

    ValueError for a time without a zone: guessing one would move it.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To the database."""
        return written(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        return None if value is None else datetime.fromisoformat(value)
