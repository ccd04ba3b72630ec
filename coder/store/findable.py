"""What a store holds that a search may find again, read without texts and abstracts."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from coder.model import Document, Sighting
from coder.store import tables
from coder.store.rows import from_rows

_STREAMED = {"yield_per": 1000}


class Findable:
    """What is held as one transaction sees it; good for as long as that lasts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def size(self) -> tuple[int, int, int]:
        """How many documents, versions and hits there are. Rows are only added: what has the same size is the same."""
        counted = (tables.documents, tables.versions, tables.hits)
        documents, versions, hits = (
            self._connection.scalar(select(func.count()).select_from(table)) or 0 for table in counted
        )
        return documents, versions, hits

    def documents(self) -> Iterator[Document]:
        """All documents, in the order of their import."""
        wanted = select(tables.documents).order_by(tables.documents.c.id)
        yield from from_rows(Document, self._connection.execute(wanted, execution_options=_STREAMED))

    def sightings(self) -> Iterator[Sighting]:
        """What each hit says of which document it is, in the order in which they came."""
        hits = tables.hits.c
        doi, pmid = (hits.fields[name].as_string().label(name) for name in ("doi", "pmid"))
        wanted = select(hits.document_id, hits.url, doi, pmid).order_by(hits.id)
        for row in self._connection.execute(wanted, execution_options=_STREAMED):
            yield Sighting(row.document_id, row.url, row.doi or "", row.pmid or "")

    def with_text(self) -> set[str]:
        """The ids of the documents that have a version."""
        return set(self._connection.scalars(select(tables.versions.c.document_id).distinct()))
