"""The store: every record that was ever made, added in transactions and never changed."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from sqlalchemy import select

from coder.errors import StoreError
from coder.model import Codebook, Coder, CoderKind, now
from coder.model.base import canonical_json
from coder.store import tables
from coder.store.adding import add_missing
from coder.store.batches import BatchRecords
from coder.store.codings import CodingRecords
from coder.store.documents import DocumentRecords
from coder.store.failures import explained
from coder.store.gold import GoldRecords
from coder.store.merge import Merged, copied, unite
from coder.store.purge import Purged, count, count_addresses, purge, purge_addresses
from coder.store.rows import from_rows, to_row
from coder.store.runs import RunRecords
from coder.store.searches import SearchRecords
from coder.store.work import WorkRecords


class Store(DocumentRecords, CodingRecords, RunRecords, BatchRecords, GoldRecords, WorkRecords, SearchRecords):
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
