"""The store: every record that was ever made, added in transactions and never changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Double, and_, delete, func, literal_column, or_, select

from coder.errors import StoreError
from coder.model import (
    Codebook,
    Coder,
    CoderKind,
    Coding,
    Decision,
    Gold,
    GoldItem,
    Inclusion,
    QueueItem,
    Review,
    Split,
    now,
)
from coder.model.base import canonical_json
from coder.store import tables
from coder.store.adding import add, add_codings, add_missing, dialect, insert_rows, one_by_one
from coder.store.batches import BatchRecords
from coder.store.documents import DocumentRecords
from coder.store.failures import explained
from coder.store.merge import Merged, copied, unite
from coder.store.purge import Purged, count, count_addresses, purge, purge_addresses
from coder.store.rows import codings_from, from_rows, to_row
from coder.store.runs import RunRecords
from coder.store.scope import scope
from coder.store.searches import SearchRecords


class Store(DocumentRecords, RunRecords, BatchRecords, SearchRecords):
    """Documents to decisions, in a SQLite file or a PostgreSQL database.

    Every method is one transaction and, where it writes, durable when it returns. What cannot be done raises
    StoreError and leaves the store as it was.
    """

    # Codebooks and coders

    def save_codebook(self, codebook: Codebook) -> str:
        """Keep a codebook under its hash, which is returned; one that is there already is left alone."""
        digest = codebook.hash()
        row = {
            "hash": digest,
            "name": codebook.name,
            "version": codebook.version,
            "content": canonical_json(codebook.canonical()),
            "created_at": now(),
        }
        with self._write() as connection:
            add_missing(connection, tables.codebooks, [row])
        return digest

    def codebook(self, codebook_hash: str) -> Codebook:
        """The codebook with this hash; StoreError where there is none or its text was tampered with."""
        rows = self._rows(select(tables.codebooks).where(tables.codebooks.c.hash == codebook_hash))
        if not rows:
            raise self._missing("codebook", codebook_hash)
        content = rows[0].content
        if sha256(content.encode()).hexdigest() != codebook_hash:
            raise StoreError(
                f"{self.location.shown}: the stored codebook {codebook_hash} was changed",
                "bring the store back from a backup",
            )
        with explained(self.location):
            return Codebook.model_validate_json(content)

    def codebook_hashes(self) -> list[str]:
        """The hashes of all codebooks, in order."""
        with self._read() as connection:
            return list(connection.scalars(select(tables.codebooks.c.hash).order_by(tables.codebooks.c.hash)))

    def coder(self, name: str, kind: CoderKind) -> Coder:
        """The coder of this name and kind, made when first asked for."""
        coders = tables.coders
        wanted = select(coders).where(coders.c.name == name, coders.c.kind == kind)
        found = self._records(Coder, wanted)
        if found:
            return found[0]
        with self._write() as connection:
            add_missing(connection, coders, [to_row(Coder(name=name, kind=kind), coders)])
            return next(from_rows(Coder, [connection.execute(wanted).one()]))

    def coders(self) -> list[Coder]:
        """All coders, the first made first."""
        return self._records(Coder, select(tables.coders).order_by(tables.coders.c.id))

    # Codings

    def add_codings(self, codings: Iterable[Coding]) -> None:
        """Add codings: all or none. One derived from another comes after it."""
        codings = list(codings)
        with self._write() as connection:
            add_codings(connection, codings)

    def codings(
        self,
        *,
        coder_id: str | None = None,
        run_id: str | None = None,
        gold_id: str | None = None,
        version_id: str | None = None,
        dimension_id: str | None = None,
        decided: bool = False,
    ) -> list[Coding]:
        """The codings that meet every condition given, in the order they were made (of id).

        `decided` keeps those that a decision names. Without a run or a gold set, those of the work that this store is
        seen for.
        """
        columns = tables.codings.c
        equal = {
            columns.coder_id: coder_id,
            columns.run_id: run_id,
            columns.version_id: version_id,
            columns.dimension_id: dimension_id,
        }
        conditions = [column == value for column, value in equal.items() if value is not None]
        if gold_id is not None:
            items = tables.gold_items.c
            # Of one version, look up the few codings there are; else the whole set at once.
            of_set = select(items.coding_id).where(items.gold_id == gold_id)
            one_by_one = of_set.where(items.coding_id == columns.id).exists()
            conditions.append(columns.id.in_(of_set) if version_id is None else one_by_one)
        if decided:
            conditions.append(columns.id.in_(select(tables.decisions.c.coding_id)))
        if run_id is None and gold_id is None:
            conditions += self._scope().coded_with(columns.codebook_hash)
        return self._codings(conditions)

    def codings_by_coder(self) -> dict[str, int]:
        """How many codings there are by each coder, by coder id."""
        coder = tables.codings.c.coder_id
        wanted = select(coder, func.count()).where(*self._scope().coded_with(tables.codings.c.codebook_hash))
        with self._read() as connection:
            return {row[0]: row[1] for row in connection.execute(wanted.group_by(coder))}

    def coded_dimensions(self) -> list[str]:
        """The ids of all dimensions that have a coding, in order."""
        dimension = tables.codings.c.dimension_id
        wanted = select(dimension).where(*self._scope().coded_with(tables.codings.c.codebook_hash))
        with self._read() as connection:
            return list(connection.scalars(wanted.distinct().order_by(dimension)))

    def coding(self, coding_id: str) -> Coding:
        """The coding with this id; StoreError where there is none."""
        found = self._codings([tables.codings.c.id == coding_id])
        if not found:
            raise self._missing("coding", coding_id)
        return found[0]

    def codings_of(self, version_ids: Collection[str], run_id: str | None) -> list[Coding]:
        """The codings of these versions by people, and by a model in this run; in the order they were made."""
        columns = tables.codings.c
        own = and_(columns.run_id.is_(None), *self._scope().coded_with(columns.codebook_hash))
        return self._codings(
            [columns.version_id.in_(version_ids), own if run_id is None else or_(own, columns.run_id == run_id)]
        )

    def count_codings(self, run_id: str | None) -> int:
        """How many codings people made, and how many cells the first replicate of this run coded."""
        columns = tables.codings.c
        of_work = self._scope().coded_with(columns.codebook_hash)
        own = select(func.count()).select_from(tables.codings).where(columns.run_id.is_(None), *of_work)
        cells = select(columns.version_id, columns.dimension_id).distinct()
        cells = cells.where(columns.run_id == run_id, columns.replicate == 0)
        with self._read() as connection:
            return sum(
                connection.scalars(query).one() for query in (own, select(func.count()).select_from(cells.subquery()))
            )

    def _codings(self, conditions: Sequence[ColumnElement[bool]]) -> list[Coding]:
        """Two queries, however many codings there are."""
        codings, assignments = tables.codings, tables.assignments
        assigned = select(assignments).order_by(assignments.c.coding_id, assignments.c.position)
        if conditions:
            assigned = assigned.join(codings).where(*conditions)
        streamed = {"yield_per": 1000}
        with self._read() as connection:
            rows = connection.execute(
                select(codings).where(*conditions).order_by(codings.c.id), execution_options=streamed
            )
            return codings_from(rows, connection.execute(assigned, execution_options=streamed))

    # Gold

    def add_gold(self, gold: Gold, items: Sequence[GoldItem]) -> None:
        """Add a version of a gold set whose codings are in the store; StoreError if name and version are taken."""
        with self._write() as connection:
            add(connection, tables.gold, [gold])
            rows = [to_row(item, tables.gold_items, gold_id=gold.id) for item in items]
            insert_rows(connection, tables.gold_items, rows)

    def golds(self) -> list[Gold]:
        """All versions of all gold sets, by name and version."""
        wanted = select(tables.gold).where(*self._scope().coded_with(tables.gold.c.codebook_hash))
        return sorted(self._records(Gold, wanted), key=lambda gold: (gold.name, gold.version))

    def gold(self, name: str, version: int | None = None) -> Gold:
        """A gold set by name, the newest version unless one is given; StoreError names those there are."""
        golds = self.golds()
        found = [gold for gold in golds if gold.name == name and version in (None, gold.version)]
        if found:
            return found[-1]
        known = ", ".join(f"{gold.name} {gold.version}" for gold in golds)
        wanted = name if version is None else f"{name} {version}"
        hint = f"there are: {known}" if known else "run: intercoder gold import"
        raise StoreError(f"{self.location.shown}: there is no gold set '{wanted}'", hint)

    def gold_items(self, gold_id: str) -> list[GoldItem]:
        """The items of a gold set, by coding id."""
        items = tables.gold_items
        return self._records(GoldItem, select(items).where(items.c.gold_id == gold_id).order_by(items.c.coding_id))

    # Splits and samples

    def add_splits(self, splits: Iterable[Split]) -> None:
        """Say where documents belong; a document that has its split keeps it, whatever is given here."""
        rows = [to_row(split, tables.splits) for split in splits]
        with self._write() as connection:
            add_missing(connection, tables.splits, rows)

    def splits(self) -> dict[str, Split]:
        """The split of each document that has one, by document id."""
        found = self._records(Split, select(tables.splits).order_by(tables.splits.c.document_id))
        return {split.document_id: split for split in found}

    def add_inclusions(self, inclusions: Iterable[Inclusion]) -> None:
        """Keep with which probability documents were drawn; StoreError if the sample holds one of them already."""
        inclusions = list(inclusions)
        with self._write() as connection:
            add(connection, tables.inclusions, inclusions)

    def inclusions(self, sample: str | None = None) -> list[Inclusion]:
        """The members of a sample, or of all samples."""
        wanted = select(tables.inclusions).order_by(tables.inclusions.c.id)
        named = self._scope().drawn() if sample is None else [tables.inclusions.c.sample == sample]
        return self._records(Inclusion, wanted.where(*named))

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

    # Another store

    def merge(self, other: Path) -> Merged:
        """Add all that another SQLite store holds and this one does not: all or nothing. The other is not touched.

        An older store is brought up to date in a copy. StoreError where it cannot be read, or is this very store.
        """
        if self.location.path is not None and other.exists() and other.samefile(self.location.path):
            raise StoreError(f"{other}: this is the store itself", "name the other person's store")
        with copied(other) as copy, Store.open(str(copy)) as opened, opened._read() as theirs, self._write() as ours:
            return unite(ours, theirs, str(other))

    # Purging

    def purgeable(self, *, memos: bool = False, addresses_only: bool = False) -> Purged:
        """What `purge` would take out."""
        with self._read() as connection:
            return count_addresses(connection) if addresses_only else count(connection, memos=memos)

    def purge(self, *, memos: bool = False, addresses_only: bool = False, asked: Purged | None = None) -> Purged:
        """Take out texts, context fields, raw answers and what the endpoint said, with `memos` those of people too.

        Passwords and keys in addresses, which older versions stored, go too; with `addresses_only` nothing else does.
        `asked` is what `purgeable` told and a person agreed to: that is taken out, and StoreError, with nothing taken
        out, where the store holds something else by now.
        All or nothing. Of a SQLite file the bytes are gone when this returns; StoreError where another program keeps
        them there. A PostgreSQL server keeps them until its own VACUUM, and in its logs and backups.
        """
        with self._write() as connection:
            found = (
                purge_addresses(connection, asked) if addresses_only else purge(connection, memos=memos, asked=asked)
            )
        if found is None:
            raise StoreError(
                f"{self.location.shown}: it changed since it was asked what to purge; nothing was taken out",
                "run the same command again",
            )
        if self.location.path is not None:
            self._overwrite()
        return found

    def purged_versions(self) -> set[str]:
        """The ids of versions whose text was taken out (none is without text when it comes in)."""
        with self._read() as connection:
            return set(connection.scalars(select(tables.versions.c.id).where(tables.versions.c.text == "")))

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
