"""What a run came to, added up where its calls lie: a run of a million calls is told without reading them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, case, cast, func, select

from coder.model import RunSummary
from coder.store import tables
from coder.store.database import Database


class Served(NamedTuple):
    """Calls of a run with one outcome and from one model, counted."""

    status: str
    model: str
    fingerprint: str
    calls: int
    first: datetime
    last: datetime


class RunTotals(Database):
    """Counts over the calls of a run."""

    def summary(self, run_id: str) -> RunSummary:
        """Calls, tokens, cost and time; a document is coded when the newest of each of its questions is, else failed.

        The cost is None where that of one call is not known. Calls that were never sent (a text too long) count for
        their document alone.
        """
        calls = tables.calls.c
        sent = case((calls.attempts > 0, 1), else_=0)
        added = select(
            _sum(sent).label("calls"),
            _sum(calls.attempts - sent).label("retries"),
            _sum(calls.prompt_tokens).label("prompt_tokens"),
            _sum(calls.cached_tokens).label("cached_tokens"),
            _sum(calls.completion_tokens).label("completion_tokens"),
            _sum(calls.milliseconds).label("milliseconds"),
            func.count().label("all"),
            func.count(calls.cost_usd).label("priced"),
            func.coalesce(func.sum(calls.cost_usd), 0.0).label("cost"),
        ).where(calls.run_id == run_id)
        documents = _asked(run_id).subquery().c
        counted = select(
            func.count().label("documents"),
            _sum(case((documents.unread == 0, 1), else_=0)).label("coded"),
            _sum(case((documents.windows > 0, 1), else_=0)).label("long_texts"),
            _sum(documents.windows).label("windows"),
        )
        with self._read() as connection:
            one = connection.execute(added).one()
            found = connection.execute(counted).one()
        return RunSummary(
            run_id=run_id,
            documents=found.documents,
            coded=int(found.coded),
            failed=found.documents - int(found.coded),
            calls=int(one.calls),
            retries=int(one.retries),
            prompt_tokens=int(one.prompt_tokens),
            cached_tokens=int(one.cached_tokens),
            completion_tokens=int(one.completion_tokens),
            cost_usd=float(one.cost) if one.priced == one.all else None,
            seconds=int(one.milliseconds) / 1000,
            long_texts=int(found.long_texts),
            windows=int(found.windows),
        )

    def asked_versions(self, run_id: str) -> dict[str, bool]:
        """By the id of each version asked about, whether the newest call of each of its questions was answered."""
        with self._read() as connection:
            return {row.version_id: row.unread == 0 for row in connection.execute(_asked(run_id))}

    def served(self, run_id: str) -> list[Served]:
        """What answered a run's calls, by status, model and fingerprint, in the order in which they first did."""
        calls = tables.calls.c
        kind = calls.status, calls.served_model, calls.fingerprint
        counted = select(*kind, func.count(), func.min(calls.created_at), func.max(calls.created_at))
        with self._read() as connection:
            rows = connection.execute(
                counted.where(calls.run_id == run_id).group_by(*kind).order_by(func.min(calls.id))
            )
            return [Served(*row) for row in rows]

    def failures(self, run_id: str) -> dict[str, str]:
        """The reason, by document name, where the newest call of a question brought no usable answer."""
        calls, versions, documents = tables.calls, tables.versions, tables.documents
        wanted = (
            select(documents.c.name, calls.c.error, calls.c.status)
            .join(versions, versions.c.id == calls.c.version_id)
            .join(documents, documents.c.id == versions.c.document_id)
            .where(calls.c.id.in_(_newest(run_id)), calls.c.status != "ok")
            .order_by(calls.c.id)
        )
        with self._read() as connection:
            return {row.name: row.error or row.status for row in connection.execute(wanted)}


def _asked(run_id: str) -> Select[Any]:
    """A row a version: how many of its newest calls brought no usable answer, and how many asked about a window."""
    calls = tables.calls.c
    unread = _sum(case((calls.status == "ok", 0), else_=1)).label("unread")
    windows = _sum(case((calls.parts > 0, 1), else_=0)).label("windows")
    newest = select(calls.version_id, unread, windows).where(calls.id.in_(_newest(run_id)))
    return newest.group_by(calls.version_id)


def _newest(run_id: str) -> Select[Any]:
    """The ids of the last call of each question: a version, a replicate, the dimensions asked and the window.

    A text that is cut otherwise than before, or no longer, has the calls of the newest cutting.
    """
    calls = tables.calls.c
    question = calls.version_id, calls.replicate, cast(calls.dimensions, Text)
    newest_first = calls.id.desc()
    ranked = (
        select(
            calls.id,
            calls.parts,
            func.first_value(calls.parts).over(partition_by=question, order_by=newest_first).label("cutting"),
            func.row_number()
            .over(partition_by=(*question, calls.parts, calls.part), order_by=newest_first)
            .label("age"),
        )
        .where(calls.run_id == run_id)
        .subquery()
    )
    return select(ranked.c.id).where(ranked.c.parts == ranked.c.cutting, ranked.c.age == 1)


def _sum(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column), 0)
