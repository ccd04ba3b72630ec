"""Passwords and keys in addresses that older versions stored as they came: found, and taken out by a purge."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Column, Connection, Text, bindparam, cast, select, update

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


def count_secrets(connection: Connection) -> int:
    """How many places (a column of a row) hold an address with a user name, a password or a key."""
    return sum(1 for _ in _found(connection))


def forget_secrets(connection: Connection) -> None:
    """Leave them out of those addresses, and everything else as it is. The tables must take changes."""
    for column, id_, bare in list(_found(connection)):
        this = update(column.table).where(column.table.c.id == bindparam("row"))
        connection.execute(this.values({column.name: bindparam("bare", type_=column.type)}), {"row": id_, "bare": bare})


def bare_row(table: str, row: Cells) -> Cells:
    """The row as such a purge leaves it."""
    return {**row, **{name: _bare(name, row[name]) for name in HOLDING.get(table, ())}}


def _found(connection: Connection) -> Iterator[tuple[Column[Any], str, Any]]:
    """Column, id and what to put there, for each place that holds a secret."""
    for name, columns in HOLDING.items():
        table = tables.metadata.tables[name]
        for column in (table.c[one] for one in columns):
            rows = connection.execute(select(table.c.id, column).where(cast(column, Text).like("%/%")))
            for id_, held in rows:
                bare = _bare(column.name, held)
                if bare != held:
                    yield column, id_, bare


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
