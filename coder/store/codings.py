"""Codings: by whom, of what, and how many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select

from coder.model import Coding
from coder.store import tables
from coder.store.adding import add_codings
from coder.store.database import Database
from coder.store.rows import codings_from


class CodingRecords(Database):
    """The part of the store that holds what coders, people and models alike, said of texts."""

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
