"""Which document variables are numbers or dates: only those of which every value is one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from coder.export.bundle import ExportBundle
from coder.export.rows import Value

Convert = Callable[[str], Value]
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,10})?")


def typed(rows: Iterable[list[Value]], bundle: ExportBundle) -> Iterator[list[Value]]:
    """Wide rows with the values of number and date variables as such; `document` comes first, then the variables."""
    converters = [_converter(name, bundle) for name in bundle.variables]
    for row in rows:
        values = row[1 : 1 + len(converters)]
        converted = [
            convert(value) if isinstance(value, str) and value else None
            for convert, value in zip(converters, values, strict=True)
        ]
        yield [row[0], *converted, *row[1 + len(converters) :]]


def _converter(name: str, bundle: ExportBundle) -> Convert:
    values = [value for document, _ in bundle.documents if (value := document.variables.get(name))]
    if values and all(_NUMBER.fullmatch(value) for value in values):
        return _number
    return _day if values and all(_is_day(value) for value in values) else str


def _number(text: str) -> Value:
    """A number that Excel shows as it was written: no leading zeros, at most 15 digits before the point."""
    return float(text) if "." in text else int(text)


def _day(text: str) -> Value:
    return date.fromisoformat(text)


def _is_day(text: str) -> bool:
    """Whether the text is a date YYYY-MM-DD from 1900-03-01 on; Excel counts earlier days wrongly or not at all."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) or text < "1900-03-01":
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
