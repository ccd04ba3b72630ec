"""Which document variables are numbers or dates: only those of which every value is one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Literal

from coder.export.bundle import ExportBundle
from coder.export.rows import Value

Convert = Callable[[str], Value]
Kind = Literal["whole", "decimal", "day", "text"]
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,10})?")


def kinds(bundle: ExportBundle) -> dict[str, Kind]:
    """For each document variable, in order, what all of its values are."""
    return {name: _kind(name, bundle) for name in bundle.variables}


def converters(bundle: ExportBundle) -> list[Convert]:
    """For each document variable what makes a typed value of its text."""
    return [CONVERT[kind] for kind in kinds(bundle).values()]


def typed(rows: Iterable[list[Value]], converting: Sequence[Convert]) -> Iterator[list[Value]]:
    """Wide rows with the values of number and date variables as such; `document` comes first, then the variables."""
    for row in rows:
        values = row[1 : 1 + len(converting)]
        converted = [
            convert(value) if isinstance(value, str) and value else None
            for convert, value in zip(converting, values, strict=True)
        ]
        yield [row[0], *converted, *row[1 + len(converting) :]]


def _kind(name: str, bundle: ExportBundle) -> Kind:
    values = [value for document in bundle.all_documents if (value := document.variables.get(name))]
    if values and all(_NUMBER.fullmatch(value) for value in values):
        return "decimal" if any("." in value for value in values) else "whole"
    return "day" if values and all(_is_day(value) for value in values) else "text"


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


CONVERT: dict[Kind, Convert] = {"whole": _number, "decimal": _number, "day": _day, "text": str}
"""What makes a value of a text that is of this kind."""
