"""Records to rows and back: a column holds the field of its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Row, Table

from coder.model import Coding, Record, Span

R = TypeVar("R", bound=Record)
Cells = dict[str, Any]
Fields = Mapping[str, Any]
"""A record's fields by name, as the record holds them."""
AS_THEY_ARE = frozenset({str, int, float, bool, datetime, type(None)})
"""Types that columns take as they are; whatever has another is made plain first."""
_SHARED = ("dimension_id", "coder_id", "run_id", "codebook_hash", "dimension_hash")


def plain(value: Any) -> Any:
    """The value as JSON knows it; spans become `[start, end]`, moments stay for their column to write."""
    if value.__class__ in AS_THEY_ARE:  # the commonest first: every answer stored passes here some hundred times
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
        if cell.__class__ not in AS_THEY_ARE:
            cells[name] = plain(cell) if cell else cell
    return cells


@cache
def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


def from_rows(model: type[R], rows: Iterable[Row[Any]]) -> Iterator[R]:
    """The records of rows; columns that the model does not know are left out. pydantic.ValidationError if unsound."""
    known = model.model_fields
    for cells in _cells(rows):
        yield model.model_validate({name: cell for name, cell in cells.items() if name in known})


def _cells(rows: Iterable[Row[Any]]) -> Iterator[Cells]:
    """The cells of rows by their columns' names, which are asked of the first: each would take long to say them."""
    names: tuple[str, ...] = ()
    for row in rows:
        names = names or row._fields
        yield dict(zip(names, row, strict=True))


def assignment_fields(codings: Iterable[Fields]) -> Iterator[dict[str, Any]]:
    """The fields of a row for each category given, numbered from 0 within its coding."""
    for coding in codings:
        for position, assignment in enumerate(coding["assignments"]):
            yield {**assignment.__dict__, "coding_id": coding["id"], "position": position}


def codings_from(rows: Iterable[Row[Any]], assigned: Iterable[Row[Any]]) -> list[Coding]:
    """Codings in the order of `rows`, each with its part of `assigned`; both come by the coding's id.

    Both are read as they come: of a hundred thousand codings memory holds the codings alone.
    """
    groups = groupby(_cells(assigned), key=itemgetter("coding_id"))
    coding_id, parts = next(groups, ("", iter(())))
    codings = []
    same: dict[str, str] = {}  # words that thousands of codings share are held once
    for cells in _cells(rows):
        while coding_id and coding_id < cells["id"]:  # of a coding that was added since the rows were asked for
            coding_id, parts = next(groups, ("", iter(())))
        mine = [_assignment(part, same) for part in parts] if coding_id == cells["id"] else []
        cells |= {name: same.setdefault(cells[name], cells[name]) for name in _SHARED}
        codings.append(Coding.model_validate(cells | {"assignments": mine}))
    return codings


def _assignment(cells: Cells, same: dict[str, str]) -> Cells:
    del cells["position"], cells["coding_id"]
    cells["category"] = same.setdefault(cells["category"], cells["category"])
    return cells
