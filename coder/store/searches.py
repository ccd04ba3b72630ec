"""Searches, what they found, pages as retrieved, and which documents are one."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256

from sqlalchemy import case, func, select

from coder.errors import StoreError
from coder.model import (
    Capture,
    CaptureOutcome,
    Document,
    Hit,
    HitPlace,
    Match,
    Search,
    SearchQuery,
    Status,
    Version,
)
from coder.store import tables
from coder.store.adding import add, add_many, add_missing, one_by_one
from coder.store.database import Database
from coder.store.findable import Findable
from coder.store.rows import to_row

Finds = tuple[Iterable[tuple[Document, Version | None]], Sequence[Hit], Sequence[Version]]
"""Documents that were found first (with a text, where the result has one), hits, and first versions of documents that
were known already, and had none."""
_AT_ONCE = 500
"""Names that are looked up by one query; databases take some thousand."""


class SearchRecords(Database):
    """The part of the store that search, capture and deduplication write and read."""

    @contextmanager
    def findable(self) -> Iterator[Findable]:
        """What is held that a search may find again."""
        with self._read() as connection:
            yield Findable(connection)

    def add_finds(self, search: Search, build: Callable[[Findable], Finds], asked: Sequence[SearchQuery] = ()) -> None:
        """Keep what `build` makes of all that is held, and the search where it is not kept yet: all or nothing.

        `asked` are the queries that brought it, also those that brought nothing.

        Two who do so at once come one by one, each after seeing what the other kept: a document that both found is one.
        """
        with self._write() as connection:
            one_by_one(connection)
            new, hits, texts = build(Findable(connection))
            new = list(new)
            add_missing(connection, tables.searches, [to_row(search, tables.searches)])
            add_many(connection, tables.documents, [document for document, _ in new])
            add_many(connection, tables.versions, [*(version for _, version in new if version is not None), *texts])
            add_many(connection, tables.hits, hits)
            add(connection, tables.search_queries, asked)

    def add_asked(self, search: Search, asked: Sequence[SearchQuery]) -> None:
        """Keep queries that brought nothing, since they failed, and the search where it is not kept yet."""
        with self._write() as connection:
            add_missing(connection, tables.searches, [to_row(search, tables.searches)])
            add(connection, tables.search_queries, asked)

    def add_addresses(self, documents: Sequence[Document]) -> dict[str, str]:
        """Keep documents of which only the address is known: they have no version until they are captured.

        One whose name somebody gave to another meanwhile is that other. Returns the ids by name.
        """
        columns, names = tables.documents.c, [one.name for one in documents]
        with self._write() as connection:
            one_by_one(connection)
            ids: dict[str, str] = {}
            for start in range(0, len(names), _AT_ONCE):
                wanted = select(columns.name, columns.id).where(columns.name.in_(names[start : start + _AT_ONCE]))
                ids.update((row.name, row.id) for row in connection.execute(wanted))
            new = [one for one in documents if one.name not in ids]
            add_many(connection, tables.documents, new)
        return ids | {one.name: one.id for one in new}

    def searches(self) -> list[Search]:
        """All searches, the oldest first."""
        return self._records(Search, select(tables.searches).order_by(tables.searches.c.id))

    def hits(self, search_id: str | None = None) -> list[Hit]:
        """The hits of a search, or of all, in the order in which they came."""
        wanted = select(tables.hits).order_by(tables.hits.c.id)
        return self._records(Hit, wanted if search_id is None else wanted.where(tables.hits.c.search_id == search_id))

    def hits_of(self, source: str, query: str) -> list[Hit]:
        """The hits of one query at one source, of all searches, in the order in which they came."""
        hits = tables.hits.c
        wanted = select(tables.hits).where(hits.source == source, hits.query == query)
        return self._records(Hit, wanted.order_by(hits.id))

    def hit_places(self) -> list[HitPlace]:
        """Where each hit was found, in the order in which they came; what it says is not read."""
        hits = tables.hits.c
        wanted = select(hits.id, hits.document_id, hits.source, hits.query).order_by(hits.id)
        with self._read() as connection:
            return [HitPlace(*row) for row in connection.execute(wanted)]

    def hit_addresses(self) -> list[tuple[str, str]]:
        """Each document's id with each address that it was found at, the address that came first before the others."""
        hits = tables.hits.c
        wanted = select(hits.document_id, hits.url).where(hits.url != "").group_by(hits.document_id, hits.url)
        with self._read() as connection:
            return [(row.document_id, row.url) for row in connection.execute(wanted.order_by(func.min(hits.id)))]

    def search_queries(self) -> list[SearchQuery]:
        """Every query that was asked, in the order in which they were."""
        return self._records(SearchQuery, select(tables.search_queries).order_by(tables.search_queries.c.id))

    def answered_queries(self, search_id: str) -> set[tuple[str, str]]:
        """Source and query of whatever was answered in a search, with hits or with none."""
        hits, asked = tables.hits.c, tables.search_queries.c
        found = select(hits.source, hits.query).where(hits.search_id == search_id)
        answered = select(asked.source, asked.query).where(asked.search_id == search_id, asked.problem == "")
        with self._read() as connection:
            return {(row.source, row.query) for row in connection.execute(found.union(answered))}

    def add_capture(self, capture: Capture, body: bytes | None = None, version: Version | None = None) -> None:
        """Keep an attempt to retrieve a page with the bytes that came, and the text where it is a new one.

        Bytes that the store has already are kept once. ValueError where `body` is not what `body_hash` names.
        """
        if body is not None and sha256(body).hexdigest() != capture.body_hash:
            raise ValueError("the bytes are not those that the capture names")
        with self._write() as connection:
            if body is not None:
                add_missing(connection, tables.bodies, [{"hash": capture.body_hash, "content": zlib.compress(body)}])
            if version is not None:
                add(connection, tables.versions, [version])
            add(connection, tables.captures, [capture])

    def captures(self, document_ids: Collection[str] | None = None) -> list[Capture]:
        """All captures, or those of these documents, the oldest first."""
        captures = tables.captures
        wanted = select(captures).order_by(captures.c.id)
        return self._records(
            Capture, wanted if document_ids is None else wanted.where(captures.c.document_id.in_(document_ids))
        )

    def newest_captures(
        self,
        before: datetime | None = None,
        *,
        document_ids: Collection[str] | None = None,
        outcomes: Collection[CaptureOutcome] | None = None,
    ) -> dict[str, Capture]:
        """The last capture of each document that one was tried of, by the document's id.

        `before` a moment, of these documents and with these outcomes, where they are given.
        """
        captures = tables.captures
        newest = select(func.max(captures.c.id)).group_by(captures.c.document_id)
        if before is not None:
            newest = newest.where(captures.c.created_at < before)
        if document_ids is not None:
            newest = newest.where(captures.c.document_id.in_(document_ids))
        if outcomes is not None:
            newest = newest.where(captures.c.outcome.in_(outcomes))
        found = self._records(Capture, select(captures).where(captures.c.id.in_(newest)).order_by(captures.c.id))
        return {capture.document_id: capture for capture in found}

    def newest_outcomes(self) -> dict[str, tuple[CaptureOutcome, int]]:
        """Outcome and HTTP status of the last capture of each document, by the document's id."""
        captures = tables.captures.c
        newest = select(func.max(captures.id)).group_by(captures.document_id)
        wanted = select(captures.document_id, captures.outcome, captures.http_status).where(captures.id.in_(newest))
        with self._read() as connection:
            return {row.document_id: (row.outcome, row.http_status) for row in connection.execute(wanted)}

    def captured_versions(self) -> set[str]:
        """The ids of the versions that a capture brought, or found unchanged."""
        version = tables.captures.c.version_id
        with self._read() as connection:
            return set(connection.scalars(select(version).where(version.is_not(None)).distinct()))

    def body(self, body_hash: str) -> bytes:
        """The bytes of a page as they came; StoreError where there are none (any more)."""
        bodies = tables.bodies.c
        rows = self._rows(select(bodies.content).where(bodies.hash == body_hash))
        if not rows:
            raise self._missing("page", body_hash)
        if not rows[0].content:
            raise StoreError(f"{self.location.shown}: the page {body_hash} was purged", "retrieve it again")
        return zlib.decompress(rows[0].content)

    def add_matches(self, matches: Sequence[Match]) -> None:
        """Keep what is held of pairs of documents: all or none."""
        with self._write() as connection:
            add_many(connection, tables.matches, matches)

    def matches(self) -> list[Match]:
        """All that was ever held of pairs, the oldest first."""
        return self._records(Match, select(tables.matches).order_by(tables.matches.c.id))

    def answered_versions(self, before: datetime | None = None, *, people: bool = False) -> set[str]:
        """The ids of the versions of which a model (with `people` a person too) answered something, `before` a moment.

        A call that failed is no answer. Counted is the work that this store is seen for.
        """
        codings = tables.codings.c
        found = select(codings.version_id).where(codings.status != Status.FAILED.value)
        found = found.where(*self._scope().coded_with(codings.codebook_hash))
        if not people:
            found = found.where(codings.run_id.is_not(None))
        if before is not None:
            found = found.where(codings.created_at < before)
        with self._read() as connection:
            return set(connection.scalars(found.distinct()))

    def coded_cells(self, version_ids: Iterable[str]) -> list[tuple[str, str, int]]:
        """Of these versions each with each coder who coded it, and how many of its dimensions.

        A dimension that a coder answered twice counts once, and one without an answer (failed, refused, invalid,
        skipped) not at all. Counted is the work that this store is seen for.
        """
        codings, ids, found = tables.codings.c, list(version_ids), []
        number = func.count(codings.dimension_id.distinct())
        answered = codings.status.not_in([one.value for one in Status if one.never_agrees or one is Status.SKIPPED])
        wanted = select(codings.version_id, codings.coder_id, number).group_by(codings.version_id, codings.coder_id)
        wanted = wanted.where(answered, *self._scope().coded_with(codings.codebook_hash))
        with self._read() as connection:
            for start in range(0, len(ids), _AT_ONCE):
                some = wanted.where(codings.version_id.in_(ids[start : start + _AT_ONCE]))
                found += [(version, coder, count) for version, coder, count in connection.execute(some)]
        return found

    def coded_documents(self) -> dict[str, bool]:
        """The documents that anybody coded or screened, by id, and whether a person did."""
        versions, codings = tables.versions.c, tables.codings.c
        person = func.max(case((codings.run_id.is_(None), 1), else_=0)).label("person")
        coded = select(versions.document_id, person).join(tables.codings, codings.version_id == versions.id)
        with self._read() as connection:
            rows = connection.execute(coded.group_by(versions.document_id))
            return {row.document_id: bool(row.person) for row in rows}
