"""Passwords and keys in addresses that older versions stored as they came: found, and taken out by a purge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Text, bindparam, cast, select, update

from coder.documents.secret_parts import without_secrets
from coder.model.base import canonical_json
from coder.store import tables
from coder.store.rows import Cells

HOLDING: Mapping[str, tuple[str, ...]] = {
    "documents": ("name", "variables"),
    "searches": ("protocol",),
    "hits": ("url", "fields"),
    "captures": ("url", "final_url", "reason"),
}
"""By table the columns in which addresses stand. Texts are none of them: a text is never changed."""


class Place(NamedTuple):
    """A column of a row."""

    table: str
    column: str
    id: str


_AT_ONCE = 500
"""Rows that are looked up by one query; databases take some thousand."""


def find_secrets(connection: Connection) -> tuple[Place, ...]:
    """Where an address has a user name, a password or a key. Reads every address there is."""
    found: list[Place] = []
    for name, columns in HOLDING.items():
        table = tables.metadata.tables[name]
        for column in columns:
            rows = connection.execute(
                select(table.c.id, table.c[column]).where(cast(table.c[column], Text).like("%/%"))
            )
            found += [Place(name, column, id_) for id_, held in rows if _bare(column, held) != held]
    return tuple(found)


def forget_secrets(connection: Connection, places: Iterable[Place]) -> None:
    """Leave them out of the addresses in these places, and everything else as it is. The tables must take changes.

    Of each place what it holds now is read again: something else may have been taken out of it since it was found.
    """
    for (name, column), group in groupby(places, lambda place: (place.table, place.column)):
        table = tables.metadata.tables[name]
        changed = update(table).where(table.c.id == bindparam("row"))
        changed = changed.values({column: bindparam("bare", type_=table.c[column].type)})
        ids = [place.id for place in group]
        for start in range(0, len(ids), _AT_ONCE):
            wanted = select(table.c.id, table.c[column]).where(table.c.id.in_(ids[start : start + _AT_ONCE]))
            held = connection.execute(wanted).all()
            connection.execute(changed, [{"row": id_, "bare": _bare(column, cell)} for id_, cell in held])


def bare_row(table: str, row: Cells) -> Cells:
    """The row as such a purge leaves it."""
    return {**row, **{name: _bare(name, row[name]) for name in HOLDING.get(table, ())}}


def _bare(column: str, held: Any) -> Any:
    """What a column holds, its addresses without secrets; a protocol is JSON and stays so.

    A document that a search found first is called by its address without the scheme.
    """
    if column == "name" and "://" not in held and not any(char.isspace() for char in held):
        return without_secrets(f"https://{held}").removeprefix("https://")
    if column != "protocol":
        return _without(held)
    try:
        tree = json.loads(held)
    except ValueError:
        return without_secrets(held)
    bare = _without(tree)
    return held if bare == tree else canonical_json(bare)


def _without(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _without(value) for name, value in tree.items()}
    if isinstance(tree, list):
        return [_without(value) for value in tree]
    return without_secrets(tree) if isinstance(tree, str) else tree
