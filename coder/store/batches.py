"""Batches: which calls were handed in together, and every step since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Select, select, text

from coder.errors import StoreError
from coder.model import Batch, BatchEvent, BatchItem, BatchState, Version
from coder.store import tables
from coder.store.adding import add
from coder.store.database import Database
from coder.store.rows import from_rows

_LOCK = 0x62617463
"""Any number that nobody else is likely to lock on a PostgreSQL server."""


class BatchRecords(Database):
    """The part of the store that the batch API's road writes and reads."""

    def add_batch(self, batch: Batch, items: Sequence[BatchItem]) -> None:
        """Keep what a batch will hold, before anything of it leaves this machine.

        StoreError where another open batch of the run holds one of the calls: two programs that come at once cannot
        both hand it in.
        """
        with self._write() as connection:
            _one_at_a_time(connection)
            if _held(connection, batch.run_id, {item.key for item in items}) & {(i.version_id, i.key) for i in items}:
                raise StoreError(
                    f"{self.location.shown}: another program has just handed in the same calls",
                    "run 'intercoder code --batch' again: it goes on from there",
                )
            add(connection, tables.batches, [batch])
            add(connection, tables.batch_items, items)

    def add_batch_event(self, event: BatchEvent) -> None:
        """Keep a step of a batch; StoreError where it is to be handed in and another program has given it up."""
        with self._write() as connection:
            _one_at_a_time(connection)
            if event.step in ("uploaded", "submitting", "submitted") and not _is_open(connection, event.batch_id):
                raise StoreError(
                    f"{self.location.shown}: another program took this batch for given up",
                    "let one program hand in batches at a time",
                )
            add(connection, tables.batch_events, [event])

    def batches(self, run_id: str) -> list[BatchState]:
        """The batches of a run with their events, the oldest first."""
        batches, events = tables.batches, tables.batch_events
        found = self._records(Batch, select(batches).where(batches.c.run_id == run_id).order_by(batches.c.id))
        wanted = select(events).join(batches).where(batches.c.run_id == run_id).order_by(events.c.id)
        by_batch: defaultdict[str, list[BatchEvent]] = defaultdict(list)
        for event in self._records(BatchEvent, wanted):
            by_batch[event.batch_id].append(event)
        return [BatchState(batch=batch, events=tuple(by_batch[batch.id])) for batch in found]

    def batch_items(self, batch_id: str) -> list[BatchItem]:
        """The calls in a batch, by version and name in its file."""
        items = tables.batch_items
        wanted = select(items).where(items.c.batch_id == batch_id).order_by(items.c.version_id, items.c.custom_id)
        return self._records(BatchItem, wanted)

    def named_versions(self, version_ids: Collection[str]) -> list[tuple[str, Version]]:
        """These versions in the order of their ids, each with its document's name."""
        versions, documents = tables.versions, tables.documents
        wanted = select(versions, documents.c.name.label("document_name")).join(documents)
        with self._read() as connection:
            rows = connection.execute(wanted.where(versions.c.id.in_(version_ids)).order_by(versions.c.id)).all()
        return list(zip((row.document_name for row in rows), from_rows(Version, rows), strict=True))

    def held(self, run_id: str, keys: Collection[str]) -> set[tuple[str, str]]:
        """Version and key of the calls under these keys that an open batch of the run holds."""
        with self._read() as connection:
            return _held(connection, run_id, keys)


def _one_at_a_time(connection: Connection) -> None:
    """SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def _held(connection: Connection, run_id: str, keys: Collection[str]) -> set[tuple[str, str]]:
    """Mostly there is no open batch, which is a question of its own and quick."""
    open_ids = list(connection.scalars(_open().where(tables.batches.c.run_id == run_id)))
    if not open_ids:
        return set()
    items, asked, found = tables.batch_items.c, list(keys), set[tuple[str, str]]()
    for start in range(0, len(asked), 500):  # SQLite takes so many parameters, and no more than some thousand
        wanted = select(items.version_id, items.key).where(
            items.batch_id.in_(open_ids), items.key.in_(asked[start : start + 500])
        )
        found |= {(row.version_id, row.key) for row in connection.execute(wanted)}
    return found


def _open() -> Select[tuple[str]]:
    """The ids of batches whose calls may still be answered."""
    batches, events = tables.batches.c, tables.batch_events.c
    closed = select(events.id).where(events.batch_id == batches.id, events.step.in_(("collected", "dropped")))
    return select(batches.id).where(~closed.exists())


def _is_open(connection: Connection, batch_id: str) -> bool:
    return connection.scalar(_open().where(tables.batches.c.id == batch_id)) is not None
