"""Take texts and raw answers out of a store: the one change that rows ever see. Codes and people's work stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, Text, bindparam, cast, func, select, text, update

from coder.store import tables
from coder.store.addresses import HOLDING, Place, bare_row, find_secrets, forget_secrets
from coder.store.rows import Cells

UNSAID = ("refused", "failed", "invalid")
"""Statuses whose reason may be in the model's or the endpoint's own words, which may repeat the text."""
EMPTIED: Mapping[str, Mapping[str, Any]] = {
    "documents": {"variables": None},
    "versions": {"text": "", "context": {}},
    "calls": {"raw": "", "error": ""},
    "codings": {"reason": "", "memo": ""},
    "queue_items": {"detail": ""},
    "decisions": {"memo": ""},
    "hits": {"fields": {}},
    "bodies": {"content": b""},
    "matches": {"grounds": ""},
}
"""By table the columns that a purge may empty, and what it leaves there; None: only some of what the column held."""


@dataclass(frozen=True, slots=True)
class Purged:
    """How much a purge takes out (or would): texts and their characters, context fields, raw answers, reasons in the
    endpoint's words, memos of people where they were asked for, pages as they were retrieved,
    results of searches, and places where an address held a password or a key."""

    texts: int
    characters: int
    context_fields: int
    raw_answers: int
    reasons: int
    memos: int
    pages: int
    results: int
    addresses: int
    places: tuple[Place, ...] = field(default=(), repr=False)

    @property
    def counts(self) -> dict[str, int]:
        """All the numbers, by their names."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "places"}

    @property
    def nothing(self) -> bool:
        """Whether there is nothing left to take out."""
        return not any(self.counts.values())


def count(connection: Connection, *, memos: bool, places: tuple[Place, ...] | None = None) -> Purged:
    """What a purge would take out; `places` are where secrets stand, if that is known already."""
    versions, calls = tables.versions.c, tables.calls.c
    full = versions.text != ""
    characters = connection.scalar(select(func.sum(func.length(versions.text))))
    shown = sum(map(len, _contexts(connection).values()))
    reasons = sum(_number(connection, table, condition) for table, condition in _reasons())
    people = sum(_number(connection, table, table.c.memo != "") for table in _memos()) if memos else 0
    raw = _number(connection, tables.calls, calls.raw != "")
    pages = _number(connection, tables.bodies, tables.bodies.c.content != b"")
    results = _number(connection, tables.hits, cast(tables.hits.c.fields, Text) != "{}")
    texts = _number(connection, tables.versions, full)
    secrets = find_secrets(connection) if places is None else places
    return Purged(
        texts, int(characters or 0), shown, raw, reasons, people, pages, results, len(secrets), places=secrets
    )


def count_addresses(connection: Connection) -> Purged:
    """What a purge of addresses alone would take out."""
    secrets = find_secrets(connection)
    return Purged(0, 0, 0, 0, 0, 0, 0, 0, len(secrets), places=secrets)


def purge_addresses(connection: Connection, asked: Purged | None = None) -> Purged:
    """Take passwords and keys out of addresses within the transaction, and nothing else; those `asked` about."""
    found = asked or count_addresses(connection)
    with _unlocked(connection, [tables.metadata.tables[name] for name in HOLDING]):
        forget_secrets(connection, found.places)
    return found


def purge(connection: Connection, *, memos: bool, asked: Purged | None = None) -> Purged | None:
    """Take them out within the transaction; returns how much there was.

    None, and nothing is taken out, where that is not what was `asked` about. Where secrets stand is not read again.
    """
    found = count(connection, memos=memos, places=asked.places if asked else None)
    if asked not in (None, found):
        return None
    contexts = _contexts(connection)
    touched = [tables.metadata.tables[name] for name in dict.fromkeys((*EMPTIED, *HOLDING))]
    with _unlocked(connection, touched):
        _forget_variables(connection, contexts)
        connection.execute(update(tables.versions).where(tables.versions.c.text != "").values(text="", context={}))
        connection.execute(update(tables.calls).where(tables.calls.c.raw != "").values(raw=""))
        for table, condition in _reasons():
            column = next(iter(EMPTIED[table.name].keys() & {"error", "reason", "detail"}))
            connection.execute(update(table).where(condition).values({column: ""}))
        for table in _memos() if memos else ():
            connection.execute(update(table).where(table.c.memo != "").values(memo=""))
        _forget_what_was_found(connection)
        forget_secrets(connection, found.places)
    return found


def _reasons() -> tuple[tuple[Table, ColumnElement[bool]], ...]:
    calls, codings, items = tables.calls, tables.codings, tables.queue_items
    said = (codings.c.reason != "") & codings.c.reason.not_like("tie%")  # a tie is told in the codebook's words
    return (
        (calls, calls.c.status.in_(UNSAID) & (calls.c.attempts > 0) & (calls.c.error != "")),
        (codings, codings.c.status.in_(UNSAID) & codings.c.call_id.is_not(None) & said),
        (items, items.c.reason.in_(UNSAID) & (items.c.detail != "")),
    )


def _memos() -> tuple[Table, ...]:
    return tables.codings, tables.decisions


def _contexts(connection: Connection) -> dict[str, dict[str, str]]:
    """The context fields of each document that has some, of all its versions."""
    versions = tables.versions.c
    found: dict[str, dict[str, str]] = {}
    for row in connection.execute(select(versions.document_id, versions.context)):
        if row.context:
            found.setdefault(row.document_id, {}).update(row.context)
    return found


def _forget_variables(connection: Connection, contexts: Mapping[str, Mapping[str, str]]) -> None:
    """A field shown beside the text was imported as a variable, and stands there too."""
    if not contexts:
        return
    documents, rows = tables.documents, []
    for row in connection.execute(select(documents.c.id, documents.c.variables)):
        kept = {name: value for name, value in row.variables.items() if name not in contexts.get(row.id, ())}
        if kept != row.variables:
            rows.append({"document": row.id, "kept": kept})
    if rows:
        kept_by_id = update(documents).where(documents.c.id == bindparam("document"))
        connection.execute(kept_by_id.values(variables=bindparam("kept")), rows)


def _forget_what_was_found(connection: Connection) -> None:
    """Pages as they came, results as they came, and grounds, which name titles; where and when stay."""
    connection.execute(update(tables.hits).values(fields={}))
    connection.execute(update(tables.bodies).where(tables.bodies.c.content != b"").values(content=b""))
    connection.execute(update(tables.matches).where(tables.matches.c.grounds != "").values(grounds=""))


def _number(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    return int(connection.scalar(select(func.count()).select_from(table).where(condition)) or 0)


@contextmanager
def _unlocked(connection: Connection, touched: list[Table]) -> Iterator[None]:
    """Without the triggers that refuse changes to these tables; they are back before the transaction ends."""
    if connection.dialect.name == "postgresql":
        for table in touched:
            connection.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER {table.name}_append_only"))
        yield
        for table in touched:
            connection.execute(text(f"ALTER TABLE {table.name} ENABLE TRIGGER {table.name}_append_only"))
        return
    made = [_trigger(connection, f"{table.name}_no_update") for table in touched]
    for table in touched:
        connection.execute(text(f"DROP TRIGGER {table.name}_no_update"))
    yield
    for statement in made:
        connection.exec_driver_sql(statement)


def _trigger(connection: Connection, name: str) -> str:
    """The statement that makes this trigger of SQLite."""
    wanted = text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name")
    return str(connection.scalar(wanted, {"name": name}))


def says_the_same(table: str, one: Cells, other: Cells) -> bool:
    """Whether two rows of one id differ in nothing but what was purged from one of them."""
    if one == other:
        return True
    one, other = bare_row(table, one), bare_row(table, other)
    blank = EMPTIED.get(table, {})
    if table == "documents":
        shared = one["variables"].keys() & other["variables"].keys()
        smaller = min(one["variables"], other["variables"], key=len)
        alike = all(one["variables"][name] == other["variables"][name] for name in shared) and shared == smaller.keys()
        return alike and _without(one, {"variables"}) == _without(other, {"variables"})
    gone = {name for name, empty in blank.items() if empty in (one[name], other[name])}
    return _without(one, gone) == _without(other, gone)


def _without(row: Cells, names: set[str]) -> Cells:
    return {name: value for name, value in row.items() if name not in names}
