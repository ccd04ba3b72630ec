"""Documents and their texts: all of them, page by page, or what is known of them without the texts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import func, select

from coder.model import Document, TextState, Version
from coder.store import tables
from coder.store.adding import add, one_by_one
from coder.store.database import Database

PAGE = 200
"""Documents read at a time: little enough to hold, and much enough that the reading costs nothing."""


class DocumentRecords(Database):
    """The part of the store that holds documents and the states of their texts.

    What is read page by page is read when it is asked for, each page in a transaction of its own: nothing is held open
    between two pages, and what is added behind the last page read is seen.
    """

    def add_documents(self, pairs: Iterable[tuple[Document, Version]]) -> None:
        """Add documents, each with its first version: all or none."""
        pairs = list(pairs)
        with self._write() as connection:
            one_by_one(connection)
            add(connection, tables.documents, [document for document, _ in pairs])
            add(connection, tables.versions, [version for _, version in pairs])

    def add_version(self, version: Version) -> None:
        """Add a newer state of a document's text."""
        with self._write() as connection:
            add(connection, tables.versions, [version])

    def document(self, document_id: str) -> Document:
        """The document with this id; StoreError where there is none."""
        return self._record(Document, tables.documents, document_id)

    def documents(self, document_ids: Collection[str] | None = None) -> list[Document]:
        """All documents, or these, in the order of their import."""
        documents = tables.documents
        wanted = select(documents).order_by(documents.c.id)
        return self._records(
            Document, wanted if document_ids is None else wanted.where(documents.c.id.in_(document_ids))
        )

    def document_pages(self, size: int = PAGE) -> Iterator[list[Document]]:
        """All documents in the order of their import, a page at a time."""
        documents, last = tables.documents, ""
        while page := self._records(
            Document, select(documents).where(documents.c.id > last).order_by(documents.c.id).limit(size)
        ):
            yield page
            last = page[-1].id

    def each_document(self) -> Iterator[Document]:
        """All documents in the order of their import, read page by page."""
        for page in self.document_pages():
            yield from page

    def pages(self, limit: int | None = None, size: int = PAGE) -> Iterator[list[tuple[Document, Version]]]:
        """Documents that have a text with their newest versions, the first `limit` of them, a page at a time."""
        last, left = "", limit
        while left is None or left > 0:
            page = self._with_text(last, size if left is None else min(size, left))
            if not page:
                return
            newest = self._newest_of(page)
            yield [(document, newest[document.id]) for document in page]
            last = page[-1].id
            left = None if left is None else left - len(page)

    def _with_text(self, after: str, size: int) -> list[Document]:
        documents, versions = tables.documents, tables.versions
        of_document = select(versions.c.id).where(versions.c.document_id == documents.c.id)
        has_text = of_document.where(versions.c.text != "").exists()
        wanted = select(documents).where(documents.c.id > after, has_text).order_by(documents.c.id).limit(size)
        return self._records(Document, wanted)

    def each_current(self) -> Iterator[tuple[Document, Version]]:
        """Each document that has a version with its newest one, in the order of import, read page by page."""
        for page in self.document_pages():
            newest = self._newest_of(page)
            yield from ((one, newest[one.id]) for one in page if one.id in newest)

    def _newest_of(self, documents: Collection[Document]) -> dict[str, Version]:
        """The newest version of those of the documents that have one, by the document's id."""
        versions = tables.versions
        newest = select(func.max(versions.c.id)).where(versions.c.document_id.in_([one.id for one in documents]))
        current = select(versions).where(versions.c.id.in_(newest.group_by(versions.c.document_id)))
        return {version.document_id: version for version in self._records(Version, current)}

    def current_versions(self) -> list[tuple[Document, Version]]:
        """Each document with its newest version, in the order of import: all texts at once."""
        return list(self.each_current())

    def documents_with_versions(self) -> Iterator[tuple[Document, list[Version]]]:
        """Each document with all its versions, the oldest first, read page by page."""
        for page in self.document_pages():
            by_document: dict[str, list[Version]] = {}
            for version in self.versions_of([one.id for one in page]):
                by_document.setdefault(version.document_id, []).append(version)
            yield from ((document, by_document.get(document.id, [])) for document in page)

    def version(self, version_id: str) -> Version:
        """The version with this id; StoreError where there is none."""
        return self._record(Version, tables.versions, version_id)

    def versions(self, version_ids: Collection[str]) -> list[Version]:
        """Those of these versions that there are, the oldest first."""
        versions = tables.versions
        return self._records(Version, select(versions).where(versions.c.id.in_(version_ids)).order_by(versions.c.id))

    def versions_of(self, document_ids: Collection[str]) -> list[Version]:
        """Every version of these documents, the oldest first."""
        versions = tables.versions
        wanted = select(versions).where(versions.c.document_id.in_(document_ids)).order_by(versions.c.id)
        return self._records(Version, wanted)

    # Without texts

    def document_ids(self) -> list[str]:
        """The ids of all documents, in the order of their import."""
        with self._read() as connection:
            return list(connection.scalars(select(tables.documents.c.id).order_by(tables.documents.c.id)))

    def newest_versions(self) -> dict[str, str]:
        """The id of the newest version of each document that has one, by the document's id; no text is read."""
        versions = tables.versions.c
        newest = select(versions.document_id, func.max(versions.id).label("newest")).group_by(versions.document_id)
        with self._read() as connection:
            return {row.document_id: row.newest for row in connection.execute(newest)}

    def newest_states(self, document_ids: Collection[str] | None = None) -> dict[str, TextState]:
        """What is known of the newest version of each document, or of these, by the document's id; no text is read."""
        versions = tables.versions.c
        newest = select(func.max(versions.id)).group_by(versions.document_id)
        if document_ids is not None:
            newest = newest.where(versions.document_id.in_(document_ids))
        purged = (versions.text == "").label("purged")
        wanted = select(versions.document_id, versions.id, versions.hash, purged).where(versions.id.in_(newest))
        with self._read() as connection:
            rows = connection.execute(wanted)
            return {row.document_id: TextState(row.id, row.hash, bool(row.purged)) for row in rows}

    def version_documents(self) -> dict[str, str]:
        """The id of the document of every version, by the version's id."""
        versions = tables.versions.c
        with self._read() as connection:
            rows = connection.execute(select(versions.id, versions.document_id))
            return {row.id: row.document_id for row in rows}

    def version_names(self) -> dict[str, str]:
        """The name of the document of every version, by the version's id."""
        versions, documents = tables.versions, tables.documents
        wanted = select(versions.c.id, documents.c.name).join(documents, versions.c.document_id == documents.c.id)
        with self._read() as connection:
            return {row.id: row.name for row in connection.execute(wanted)}

    def documents_of_versions(self) -> dict[str, Document]:
        """The document of every version, by the version's id."""
        documents = {document.id: document for document in self.documents()}
        return {version: documents[document] for version, document in self.version_documents().items()}
