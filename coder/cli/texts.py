"""The texts of a project that a run goes through, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from coder.cli.cluster import Share
from coder.cli.selection import LeftOut
from coder.run.plan import Named

if TYPE_CHECKING:
    from coder.store import Store

NOTHING_LEFT_OUT = LeftOut()


class Texts:
    """The first `limit` documents' texts, or a share of them, read page by page each time they are gone through.

    Documents whose text was purged are not among them (`purged` counts those), nor are those that do not count.
    """

    def __init__(
        self, store: Store, limit: int | None, share: Share | None = None, left: LeftOut = NOTHING_LEFT_OUT
    ) -> None:
        self._store = store
        self.limit = limit
        self.share = share
        self._left = left
        self._count = len(self._counted()) if left else store.count_documents()
        self.purged = store.count_purged()

    def __len__(self) -> int:
        return self._count if self.limit is None else min(self.limit, self._count)

    def __iter__(self) -> Iterator[Named]:
        return self._all() if self.share is None else self.share.mine(self._all())

    def _all(self) -> Iterator[Named]:
        pages = self._store.pages(None if self._left else self.limit)
        named = (
            (document.name, version)
            for page in pages
            for document, version in page
            if document.id not in self._left.documents
        )
        return islice(named, self.limit)

    def _counted(self) -> list[str]:
        """The newest texts that count, in the order of import."""
        purged = self._store.purged_versions()
        newest = sorted(self._store.newest_versions().items())
        return [text for document, text in newest if document not in self._left.documents and text not in purged]

    def unfinished(self, run_id: str, calls_each: int) -> int:
        """How many of them lack one of their usable answers in the run."""
        if self._left:
            whole = self._store.whole_versions(run_id, calls_each)
            return sum(text not in whole for text in self._counted()[: self.limit])
        last = None if self.limit is None else self._store.last_of(self.limit)
        return len(self) - self._store.whole(run_id, calls_each, last)
