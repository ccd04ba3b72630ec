"""The work of people: the queue, who has what of it now, what they decided, and what experts said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, Double, delete, literal_column, or_, select

from coder.model import Coding, Decision, QueueItem, Review
from coder.store import tables
from coder.store.adding import add, add_codings, dialect, one_by_one
from coder.store.database import Database
from coder.store.rows import from_rows
from coder.store.scope import scope


class WorkRecords(Database):
    """The part of the store that the desk writes and reads."""

    # Queue and decisions

    def add_queue_items(self, items: Iterable[QueueItem]) -> None:
        """Put cells into the queue of the second coder: all or none."""
        items = list(items)
        with self._write() as connection:
            add(connection, tables.queue_items, items)

    def extend_queue(self, build: Callable[[list[QueueItem]], Iterable[QueueItem]]) -> list[QueueItem]:
        """Add what `build` makes of all items there are, and return it; two who do so at once come one by one."""
        with self._write() as connection:
            one_by_one(connection)
            wanted = select(tables.queue_items).where(*scope(connection, self.work).queued())
            rows = connection.execute(wanted.order_by(tables.queue_items.c.id))
            items = list(build(list(from_rows(QueueItem, rows))))
            add(connection, tables.queue_items, items)
        return items

    def queue_items(self) -> list[QueueItem]:
        """Everything that was ever queued for the work that this store is seen for, the oldest first."""
        wanted = select(tables.queue_items).where(*self._scope().queued())
        return self._records(QueueItem, wanted.order_by(tables.queue_items.c.id))

    def add_decision(self, decision: Decision, coding: Coding | None = None) -> None:
        """Add a decision with the coding it brings: both or neither, durable when it returns."""
        self.add_decisions([decision], [coding] if coding else [])

    def add_decisions(self, decisions: Sequence[Decision], codings: Sequence[Coding] = ()) -> None:
        """Add decisions with the codings they bring: all or none, durable when it returns."""
        with self._write() as connection:
            add_codings(connection, codings)
            add(connection, tables.decisions, decisions)

    def decisions(self, *item_ids: str) -> list[Decision]:
        """The decisions, on these items or on all, in the order of time (of id)."""
        wanted = select(tables.decisions).order_by(tables.decisions.c.id)
        of_items = [tables.decisions.c.item_id.in_(item_ids)] if item_ids else self._scope().decided()
        return self._records(Decision, wanted.where(*of_items))

    # Reviews

    def add_reviews(self, reviews: Iterable[Review]) -> None:
        """Keep what an expert said of the patterns of a report: all or none."""
        reviews = list(reviews)
        with self._write() as connection:
            add(connection, tables.reviews, reviews)

    def reviews(self) -> list[Review]:
        """Everything that experts said, in the order it was taken in."""
        return self._records(Review, select(tables.reviews).order_by(tables.reviews.c.id))

    # Leases

    def lease(self, item_ids: Collection[str], coder_id: str, seconds: float) -> set[str]:
        """Take items for a coder, or keep them longer; returns those the coder has now.

        An item that someone else has is not among them, until that lease has run out by the database's clock.
        """
        leases = tables.leases
        rows = [{"item_id": item_id, "coder_id": coder_id} for item_id in sorted(item_ids)]
        if not rows:
            return set()
        with self._write() as connection:
            now_ = _clock(connection)
            taken = dialect(connection).insert(leases).values([{**row, "until": now_ + seconds} for row in rows])
            taken = taken.on_conflict_do_update(
                index_elements=[leases.c.item_id],
                set_={"coder_id": taken.excluded.coder_id, "until": taken.excluded.until},
                where=or_(leases.c.coder_id == coder_id, leases.c.until <= now_),
            )
            return set(connection.scalars(taken.returning(leases.c.item_id)))

    def release(self, item_ids: Collection[str], coder_id: str) -> None:
        """Give items back; those that the coder does not have are left alone."""
        leases = tables.leases
        with self._write() as connection:
            connection.execute(
                delete(leases).where(leases.c.item_id.in_(sorted(item_ids)), leases.c.coder_id == coder_id)
            )

    def leases(self) -> dict[str, str]:
        """Who has what now: coder id by item id."""
        leases = tables.leases
        with self._read() as connection:
            held = select(leases.c.item_id, leases.c.coder_id).where(leases.c.until > _clock(connection))
            return {row.item_id: row.coder_id for row in connection.execute(held)}


def _clock(connection: Connection) -> ColumnElement[float]:
    """Seconds since 1970 where the database stands: clients' clocks disagree."""
    if connection.dialect.name == "postgresql":
        return literal_column("extract(epoch FROM clock_timestamp())::double precision", Double)
    return literal_column("((julianday('now') - 2440587.5) * 86400.0)", Double)
