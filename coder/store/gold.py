"""Gold sets, splits and samples: which codings are held for true, and which documents were drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from coder.errors import StoreError
from coder.model import Gold, GoldItem, Inclusion, Split
from coder.store import tables
from coder.store.adding import add, add_missing, insert_rows
from coder.store.database import Database
from coder.store.rows import to_row


class GoldRecords(Database):
    """The part of the store that says what is measured against what, and by which design."""

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
