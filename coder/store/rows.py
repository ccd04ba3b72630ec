"""Records to rows and back: a column holds the field of its name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Row, Table

from coder.model import Coding, Record, Span
from coder.store import tables

R = TypeVar("R", bound=Record)
Cells = dict[str, Any]
_AS_THEY_ARE = frozenset({str, int, float, bool, datetime, type(None)})
"""Types that columns take as they are; whatever has another is made plain first."""


def plain(value: Any) -> Any:
    """The value as JSON knows it; spans become `[start, end]`, moments stay for their column to write."""
    if value.__class__ in _AS_THEY_ARE:  # the commonest first: every answer stored passes here some hundred times
        return value
    if isinstance(value, Span):
        return [value.start, value.end]
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Record):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    return {str(key): plain(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def to_row(record: Record, table: Table, **more: Any) -> Cells:
    """The record's fields that `table` has columns for; `more` gives those the record does not know."""
    fields = record.__dict__ | more
    cells = {name: fields[name] for name in _names(table)}
    for name, cell in cells.items():
        if cell.__class__ not in _AS_THEY_ARE:
            cells[name] = plain(cell) if cell else cell
    return cells


@cache
def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


def from_row(model: type[R], row: Row[Any]) -> R:
    """The record of a row; columns that the model does not know are left out. pydantic.ValidationError if unsound."""
    cells = row._mapping
    return model.model_validate({name: cells[name] for name in model.model_fields if name in cells})


def assignment_rows(codings: Iterable[Coding]) -> list[Cells]:
    """One row a category given, numbered from 0 within its coding."""
    return [
        to_row(assignment, tables.assignments, coding_id=coding.id, position=position)
        for coding in codings
        for position, assignment in enumerate(coding.assignments)
    ]


def codings_from(rows: Sequence[Row[Any]], assigned: Iterable[Row[Any]]) -> list[Coding]:
    """Codings in the order of `rows`, each with its part of `assigned` (in order of position)."""
    by_coding: defaultdict[str, list[Cells]] = defaultdict(list)
    for row in assigned:
        cells = dict(row._mapping)
        del cells["position"]
        by_coding[cells.pop("coding_id")].append(cells)
    return [Coding.model_validate({**row._mapping, "assignments": by_coding[row.id]}) for row in rows]
