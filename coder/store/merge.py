"""The union of two stores: what one lacks is added to it, under its own names for what both have."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from coder.errors import StoreError
from coder.store import tables
from coder.store.purge import says_the_same
from coder.store.rows import Cells

SELF_REFERENCE = {"codings": "derived_from", "decisions": "target_id"}
NAMED_BY_CONTENT = ("codebooks", "bodies")
"""Under one hash stands one thing, whoever kept it first: when, and how it was compressed, may differ."""
_COMES_AGAIN = ("conflict", "repeat", "first_coding")


@dataclass(frozen=True)
class Merged:
    """What a merge added and how it was named.

    `added` counts rows by table. `same_coders` are the names of coders who are in both stores under two ids and are
    taken for one person; `queued_twice` counts cells that both had queued. `new_codebooks` were used in the other
    store alone. `gold` and `samples` give new names to sets of the other store whose names were taken. `same_names` are
    names of different documents. `splits_kept` counts documents that the other store has in another split.
    """

    added: Mapping[str, int]
    same_coders: tuple[str, ...]
    queued_twice: int
    new_codebooks: tuple[str, ...]
    gold: Mapping[str, str]
    samples: Mapping[str, str]
    same_names: tuple[str, ...]
    splits_kept: int


@contextmanager
def copied(path: Path) -> Iterator[Path]:
    """A copy of a SQLite store, which is not touched itself, not even by the helper files that SQLite makes.

    StoreError where there is no file, or another program writes to it meanwhile.
    """
    log = path.with_name(path.name + "-wal")
    with TemporaryDirectory() as folder:
        before = _stamps(path, log)
        try:
            copy = Path(shutil.copy(path, Path(folder) / "other.db"))
            if log.exists():
                shutil.copy(log, Path(folder) / "other.db-wal")
        except OSError as error:
            raise StoreError(
                f"{path}: cannot be copied ({error.strerror})", "check its name and permissions"
            ) from error
        if _stamps(path, log) != before:
            raise StoreError(f"{path}: another program is writing to it", "close that program, then merge again")
        yield copy


def _stamps(*paths: Path) -> list[tuple[int, int] | None]:
    return [(path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else None for path in paths]


def unite(into: Connection, other: Connection, shown: str) -> Merged:
    """Add to one store what it lacks of another, within its transaction. `shown` names the other in messages.

    StoreError, before anything is added, where a record of one id says different things in the two.
    """
    union = _Union(into, other, shown)
    union.map_coders()
    for name in NAMED_BY_CONTENT:
        union.add(name, compare=False)
    for name in ("documents", "versions", "runs", "calls", "codings", "assignments"):
        union.add(name)
    for name in ("batches", "batch_items", "batch_events"):
        union.add(name)
    union.add("gold", union.named_gold)
    union.add("gold_items")
    union.add("splits", compare=False)
    union.add("inclusions", union.named_sample)
    union.map_queue()
    union.add("queue_items")
    union.add("decisions")
    union.add("reviews")
    for name in ("searches", "search_queries", "hits", "captures", "matches"):
        union.add(name)
    return union.report()


class _Union:
    def __init__(self, into: Connection, other: Connection, shown: str) -> None:
        self._into = into
        self._shown = shown
        self._ours = {table.name: _read(into, table) for table in tables.metadata.sorted_tables}
        self._theirs = {table.name: _read(other, table) for table in tables.metadata.sorted_tables}
        self._coders: dict[str, str] = {}
        self._items: dict[str, str] = {}
        self._added: dict[str, int] = {}
        self._new: dict[str, list[Cells]] = {}
        self._gold: dict[str, str] = {}
        self._samples: dict[str, str] = {}

    def map_coders(self) -> None:
        """Coders of one name and kind are one coder, whatever their ids."""
        known: dict[tuple[str, str], str] = {(row["name"], row["kind"]): row["id"] for row in self._ours["coders"]}
        for row in self._theirs["coders"]:
            self._coders[row["id"]] = known.get((row["name"], row["kind"])) or row["id"]
        self._insert("coders", [row for row in self._theirs["coders"] if (row["name"], row["kind"]) not in known])

    def map_queue(self) -> None:
        """A cell that both queued from one run is one item, so that what two people did with it meets."""
        known: dict[tuple[object, ...], str] = {}
        for row in self._ours["queue_items"]:
            if row["reason"] != "flagged":
                known.setdefault(_place(row), row["id"])
        here = {row["id"] for row in self._ours["queue_items"]}
        for row in self._theirs["queue_items"]:
            place = _place(self._translated(row))
            if row["id"] not in here and row["reason"] != "flagged" and place in known:
                self._items[row["id"]] = known[place]
        self._theirs["queue_items"] = [row for row in self._theirs["queue_items"] if row["id"] not in self._items]

    def named_gold(self, row: Cells) -> Cells:
        """A gold set under a version that is free."""
        taken = {(gold["name"], gold["version"]) for gold in (*self._ours["gold"], *self._new.get("gold", ()))}
        if (row["name"], row["version"]) not in taken:
            return row
        version = 1 + max(version for name, version in taken if name == row["name"])
        self._gold[f"{row['name']} {row['version']}"] = f"{row['name']} {version}"
        return {**row, "version": version}

    def named_sample(self, row: Cells) -> Cells:
        """A member of a sample, which has another name where the one it had is that of another sample."""
        sample = row["sample"]
        if sample not in self._samples:
            taken = {one["sample"] for one in self._ours["inclusions"]}
            free = (f"{sample} ({number})" for number in range(2, len(taken) + 3))
            self._samples[sample] = next((name for name in (sample, *free) if name not in taken), sample)
        return {**row, "sample": self._samples[sample]}

    def add(self, name: str, rename: Callable[[Cells], Cells] = dict, *, compare: bool = True) -> None:
        """Add the rows of a table that are missing; those there already must say the same."""
        table = tables.metadata.tables[name]
        key = [column.name for column in table.primary_key]
        ours = {tuple(row[column] for column in key): row for row in self._ours[name]}
        self._new[name] = []
        for theirs in self._theirs[name]:
            row = self._translated(theirs)
            mine = ours.get(tuple(row[column] for column in key))
            if mine is None:
                self._new[name].append(rename(row))
            elif compare and not says_the_same(name, _said(name, mine), _said(name, self._back(row, mine))):
                raise StoreError(
                    f"{self._shown}: its {name.rstrip('s')} {' '.join(map(str, (row[column] for column in key)))} says "
                    "something else than the one here",
                    "one of the two stores was changed by hand; nothing was merged",
                )
        self._insert(name, _parents_first(self._new[name], SELF_REFERENCE.get(name)))

    def _translated(self, row: Cells) -> Cells:
        """The row with our ids for coders and queue items that both have."""
        found = dict(row)
        if row.get("coder_id") is not None:
            found["coder_id"] = self._coders.get(row["coder_id"], row["coder_id"])
        if "item_id" in row:
            found["item_id"] = self._items.get(row["item_id"], row["item_id"])
        return found

    def _back(self, row: Cells, mine: Cells) -> Cells:
        """What an earlier merge named otherwise stays so."""
        return {**row, **{name: mine[name] for name in ("version", "sample") if name in row and name in mine}}

    def _insert(self, name: str, rows: Sequence[Cells]) -> None:
        self._added[name] = len(rows)
        self._new[name] = list(rows)
        if rows:
            self._into.execute(insert(tables.metadata.tables[name]), list(rows))

    def report(self) -> Merged:
        """What was done."""
        coders = {row["id"]: row["name"] for row in self._theirs["coders"]}
        split = {row["document_id"]: row["split"] for row in self._ours["splits"]}
        return Merged(
            added={name: count for name, count in self._added.items() if count},
            same_coders=tuple(sorted(coders[theirs] for theirs, ours in self._coders.items() if theirs != ours)),
            queued_twice=len(self._items),
            new_codebooks=tuple(f"{row['name']} {row['version']}" for row in self._new["codebooks"]),
            gold=self._gold,
            samples={old: new for old, new in self._samples.items() if old != new},
            same_names=_same_names([*self._ours["documents"], *self._new["documents"]], self._new["documents"]),
            splits_kept=sum(
                split.get(row["document_id"], row["split"]) != row["split"] for row in self._theirs["splits"]
            ),
        )


def _read(connection: Connection, table: Table) -> list[Cells]:
    if table.name == "leases":  # who works on what now is no record
        return []
    return [dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key))]


def _place(row: Mapping[str, Any]) -> tuple[object, ...]:
    kind = row["reason"] if row["reason"] in _COMES_AGAIN else ""
    return row["version_id"], row["dimension_id"], row["run_id"], row["coder_id"], kind


def _said(name: str, row: Cells) -> Cells:
    """What a row says, apart from what a merge may have changed."""
    return {column: value for column, value in row.items() if not (name == "queue_items" and column == "gold_id")}


def _same_names(documents: Iterable[Cells], new: Iterable[Cells]) -> tuple[str, ...]:
    counts = Counter(row["name"] for row in documents)
    return tuple(sorted({row["name"] for row in new if counts[row["name"]] > 1}))


def _parents_first(rows: Sequence[Cells], reference: str | None) -> list[Cells]:
    """The rows in an order in which none refers to a later one: the database checks each as it comes."""
    if reference is None:
        return list(rows)
    waiting = {row["id"]: row for row in rows}
    ordered: dict[str, Cells] = {}
    for row in rows:
        chain = [row]
        while (parent := waiting.get(chain[-1][reference] or "")) is not None and parent["id"] not in ordered:
            chain.append(parent)
        ordered.update((one["id"], one) for one in reversed(chain) if one["id"] not in ordered)
    return list(ordered.values())
