"""Runs, how many documents they go through, and the answers they bring."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Select, func, select

from coder.model import Call, Coding, Run
from coder.store import tables
from coder.store.adding import add, add_codings
from coder.store.bulk import insert_many
from coder.store.totals import RunTotals

Answer = tuple[Call, Sequence[Coding]]


class RunRecords(RunTotals):
    """The part of the store that a pass of a model coder reads and writes."""

    # Documents

    def count_documents(self) -> int:
        """How many documents have a text."""
        versions = tables.versions.c
        with_text = select(func.count(versions.document_id.distinct())).where(versions.text != "")
        with self._read() as connection:
            return int(connection.scalar(with_text) or 0)

    def count_purged(self) -> int:
        """How many documents had a text that was taken out, and got no new one since."""
        with self._read() as connection:
            ever = connection.scalar(select(func.count(tables.versions.c.document_id.distinct())))
        return int(ever or 0) - self.count_documents()

    def last_of(self, limit: int) -> str:
        """The id of the last of the first `limit` documents with a text; '' where there are none."""
        document = tables.versions.c.document_id
        wanted = select(document).where(tables.versions.c.text != "").distinct().order_by(document).limit(limit)
        with self._read() as connection:
            return max(connection.scalars(wanted), default="")

    def mean_length(self) -> float:
        """The mean length of the documents' newest texts in characters; 0 where there are none."""
        versions = tables.versions
        newest = select(func.max(versions.c.id)).where(versions.c.text != "").group_by(versions.c.document_id)
        with self._read() as connection:
            mean = connection.scalar(select(func.avg(func.length(versions.c.text))).where(versions.c.id.in_(newest)))
        return float(mean or 0.0)

    # Runs

    def add_run(self, run: Run) -> None:
        """Add a run before its first call."""
        with self._write() as connection:
            add(connection, tables.runs, [run])

    def runs(self) -> list[Run]:
        """All runs of the work that this store is seen for, the oldest first."""
        wanted = select(tables.runs).where(*self._scope().coded_with(tables.runs.c.codebook_hash))
        return self._records(Run, wanted.order_by(tables.runs.c.id))

    def run(self, run_id: str) -> Run:
        """The run with this id; StoreError where there is none."""
        return self._record(Run, tables.runs, run_id)

    # Answers

    def save_answer(self, call: Call, codings: Sequence[Coding]) -> None:
        """Keep what a call brought, raw and as codings: all or nothing, durable when it returns."""
        self.save_answers([(call, codings)])

    def save_answers(self, answers: Sequence[Answer]) -> None:
        """Keep what calls brought in one transaction: all or nothing, durable when it returns."""
        with self._write() as connection:
            insert_many(connection, tables.calls, (call.__dict__ for call, _ in answers))
            add_codings(connection, [coding for _, codings in answers for coding in codings])

    def kept_calls(self, ids: Collection[str]) -> dict[str, tuple[str, str]]:
        """Status and error of those of these calls that are kept, by id."""
        calls = tables.calls.c
        with self._read() as connection:
            rows = connection.execute(select(calls.id, calls.status, calls.error).where(calls.id.in_(ids)))
            return {row.id: (row.status, row.error) for row in rows}

    def calls(self, run_id: str) -> list[Call]:
        """The calls of a run, in the order they were made."""
        calls = tables.calls
        return self._records(Call, select(calls).where(calls.c.run_id == run_id).order_by(calls.c.id))

    def answered(self, run_id: str, keys: Collection[str], *, usable: bool = False) -> set[tuple[str, str]]:
        """Version and key of those of the run's calls under `keys` that the endpoint answered, if only to refuse.

        With `usable` without those that it refused, or that could not be read. Two documents with the same text share a
        key and are two questions all the same.
        """
        calls = tables.calls
        asked = select(calls.c.version_id, calls.c.key).where(calls.c.key.in_(keys), calls.c.run_id == run_id)
        with self._read() as connection:
            rows = connection.execute(asked.where(calls.c.status == "ok" if usable else calls.c.status != "failed"))
            return {(row.version_id, row.key) for row in rows}

    def calls_under(self, run_id: str, keys: Collection[str]) -> list[Call]:
        """The run's calls under these keys, in the order they were made."""
        calls = tables.calls
        wanted = select(calls).where(calls.c.key.in_(keys), calls.c.run_id == run_id)
        return self._records(Call, wanted.order_by(calls.c.id))

    def kept_keys(self, run_id: str, keys: Collection[str]) -> set[str]:
        """Those of `keys` under which the run has a call of any outcome."""
        calls = tables.calls
        with self._read() as connection:
            return set(connection.scalars(select(calls.c.key).where(calls.c.key.in_(keys), calls.c.run_id == run_id)))

    def whole(self, run_id: str, calls_each: int, last: str | None = None) -> int:
        """How many documents, up to the one with id `last`, have all their `calls_each` usable answers in the run."""
        with self._read() as connection:
            answered = self._whole(run_id, calls_each, last).subquery()
            return int(connection.scalar(select(func.count()).select_from(answered)) or 0)

    def whole_versions(self, run_id: str, calls_each: int) -> set[str]:
        """The ids of the newest texts that have all their `calls_each` usable answers in the run."""
        with self._read() as connection:
            return set(connection.scalars(self._whole(run_id, calls_each, None)))

    @staticmethod
    def _whole(run_id: str, calls_each: int, last: str | None) -> Select[tuple[str]]:
        calls, versions = tables.calls, tables.versions
        newest = select(func.max(versions.c.id)).where(versions.c.text != "").group_by(versions.c.document_id)
        if last is not None:
            newest = newest.where(versions.c.document_id <= last)
        return (
            select(calls.c.version_id)
            .where(calls.c.run_id == run_id, calls.c.status == "ok", calls.c.version_id.in_(newest))
            .group_by(calls.c.version_id)
            .having(func.count(calls.c.key.distinct()) >= calls_each)
        )

    def carried_versions(self, run_id: str) -> set[str]:
        """The ids of versions with codings of a run that no call of it brought."""
        codings = tables.codings.c
        carried = select(codings.version_id).distinct().where(codings.run_id == run_id, codings.call_id.is_(None))
        with self._read() as connection:
            return set(connection.scalars(carried))

    def coded_versions(self, run_id: str, dimensions: int) -> set[str]:
        """The ids of versions that have a coding in the run for so many dimensions."""
        codings = tables.codings.c
        coded = select(codings.version_id).where(codings.run_id == run_id).group_by(codings.version_id)
        with self._read() as connection:
            return set(connection.scalars(coded.having(func.count(codings.dimension_id.distinct()) >= dimensions)))

    def lineage(self, run_id: str) -> list[tuple[str, str, int]]:
        """Dimension, run of origin and number of versions of what a run carried over, in order."""
        codings, origin = tables.codings, tables.codings.alias()
        counted = (
            select(codings.c.dimension_id, origin.c.run_id, func.count(codings.c.version_id.distinct()))
            .join(origin, codings.c.derived_from == origin.c.id)
            .where(codings.c.run_id == run_id, codings.c.call_id.is_(None), origin.c.run_id != run_id)
            .group_by(codings.c.dimension_id, origin.c.run_id)
            .order_by(codings.c.dimension_id, origin.c.run_id)
        )
        with self._read() as connection:
            return [(row[0], row[1], int(row[2])) for row in connection.execute(counted)]

    def call_by_key(self, key: str) -> Call | None:
        """The newest call of this key that the endpoint answered, be it with a refusal; None if it must be asked."""
        calls = tables.calls
        answered = select(calls).where(calls.c.key == key, calls.c.status != "failed")
        found = self._records(Call, answered.order_by(calls.c.id.desc()).limit(1))
        return found[0] if found else None
