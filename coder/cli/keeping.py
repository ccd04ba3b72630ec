"""Keep what a search finds query by query, and go on with a search that was stopped or of which a query failed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from coder.cli.alone import alone
from coder.cli.project import Project
from coder.export.atomic import write_atomically
from coder.model import Search, SearchQuery, now
from coder.search.recording import Known, Listed, Recorded, asked, record

if TYPE_CHECKING:
    from coder.search.running import Outcome
    from coder.store import Store
    from coder.store.findable import Findable
    from coder.store.searches import Finds

SAME_SEARCH = timedelta(hours=20)
"""How long a search that is not complete is gone on with: one search is one state of its sources, that of
tomorrow at the same time another."""
_UNKNOWN = (-1, -1, -1)


class Keeper:
    """Writes what a search found; what the store holds is read once, and again only where somebody else added to it."""

    def __init__(self, store: Store, search: Search) -> None:
        self._store, self._search = store, search
        self._known = Known((), ())
        self._size = _UNKNOWN

    def keep(self, lists: Sequence[Listed]) -> Recorded:
        """Keep these lists, durable when it returns. Their documents are those that the store holds by then."""
        if self._size == _UNKNOWN:
            # Not under the lock: of a large store this takes seconds, in which nobody could write.
            with self._store.findable() as held:
                self._look(held)
        kept = Recorded((), (), ())

        def build(held: Findable) -> Finds:
            nonlocal kept
            if held.size() != self._size:
                self._look(held)
            kept = record(self._search, lists, self._known)
            return kept.new, kept.hits, kept.texts

        try:
            self._store.add_finds(self._search, build, asked(self._search, lists))
        except BaseException:
            self._size = _UNKNOWN  # what `record` taught us is not stored
            raise
        self._grow(kept)
        return kept

    def keep_failed(self, outcome: Outcome) -> None:
        """Keep that a query failed, and why."""
        query = outcome.query
        failed = SearchQuery(
            search_id=self._search.id, source=query.source, query=query.text, problem=outcome.problem,
            created_at=outcome.at,
        )  # fmt: skip
        self._store.add_asked(self._search, [failed])

    def _look(self, held: Findable) -> None:
        self._size = held.size()  # first: what comes while the rest is read makes another size
        documents = list(held.documents())
        without = {document.id for document in documents} - held.with_text()
        self._known = Known(documents, held.sightings(), without)

    def _grow(self, kept: Recorded) -> None:
        documents, versions, hits = self._size
        texts = sum(version is not None for _, version in kept.new) + len(kept.texts)
        self._size = documents + len(kept.new), versions + texts, hits + len(kept.hits)


def one_search(project: Project) -> AbstractContextManager[None]:
    """Hold the project's searching: two at once would ask each source at twice the rate that it allows."""
    return alone(project.folder / ".searching", "another search of this project")


def stopped(project: Project, store: Store, protocol_hash: str, source: str | None) -> Search | None:
    """The search by this protocol, of this source or all, that is not complete and not old, where anything was kept."""
    try:
        noted = json.loads(_note(project).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(noted, dict) or (noted.get("protocol_hash"), noted.get("source")) != (protocol_hash, source):
        return None
    found = next((one for one in store.searches() if one.id == noted.get("search")), None)
    return found if found is not None and now() - found.created_at < SAME_SEARCH else None


def note_begun(project: Project, search: Search, source: str | None) -> None:
    """Note that a search goes on, until `note_ended`: where it is killed, the note stays."""
    noted = json.dumps({"search": search.id, "protocol_hash": search.protocol_hash, "source": source}).encode()
    write_atomically(_note(project), lambda handle: handle.write(noted))


def note_ended(project: Project) -> None:
    """Everything was asked and answered."""
    _note(project).unlink(missing_ok=True)


def _note(project: Project) -> Path:
    return project.folder / ".search-unfinished.json"
