"""What `intercoder search` does with protocol, sources and store; saying it is another module's."""

from __future__ import annotations

import asyncio
import csv
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from coder.cli.keeping import Keeper, note_begun, note_ended, one_search, stopped
from coder.cli.project import Project
from coder.export.atomic import write_atomically
from coder.export.table_csv import cell
from coder.model import Search
from coder.paths import data_dir
from coder.search.counts import count
from coder.search.described import ByHand
from coder.search.fetching.hosts import EVERY_HOST, allowed_hosts
from coder.search.fetching.rules import check_contact
from coder.search.loading import load_protocol
from coder.search.protocol import Protocol
from coder.search.queries import Query, queries_of
from coder.search.recording import Listed
from coder.search.running import Circumstances, Outcome, asked_sources, check_ready, run

load = load_protocol
Tell = Callable[[Outcome], None]
Resumed = Callable[[Search, int], None]


@dataclass(frozen=True)
class Asked:
    """What became of one query: how many results it gave, and how many documents nobody had found before."""

    query: Query
    results: int
    new: int
    total: int | None
    unread: Sequence[int]
    notes: Sequence[str]
    problem: str
    hint: str


@dataclass
class Done:
    """A search as it was run: what came of each query, and what was kept.

    `before` counts queries that were answered before the search was gone on with, and were not asked again.
    """

    search: Search
    by_hand: Sequence[str] = ()
    before: int = 0
    asked: list[Asked] = field(default_factory=list)
    hits: int = 0
    found: set[str] = field(default_factory=set)
    interrupted: bool = False

    @property
    def documents(self) -> int:
        """Distinct documents that were hit."""
        return len(self.found)

    @property
    def new(self) -> int:
        """Documents that nobody had found before."""
        return sum(one.new for one in self.asked)

    def keep(self, outcome: Outcome, keeper: Keeper) -> None:
        """Store what a query brought, and count it."""
        new, query = 0, outcome.query
        if outcome.problem:
            keeper.keep_failed(outcome)
        else:
            listed = Listed(
                query.source, query.text, outcome.results, unread=outcome.unread, at=outcome.at, total=outcome.total
            )
            kept = keeper.keep([listed])
            new = len(kept.new)
            self.hits += len(kept.hits)
            self.found |= {hit.document_id for hit in kept.hits}
        self.asked.append(
            Asked(
                query, len(outcome.results), new, outcome.total, outcome.unread, outcome.notes, outcome.problem,
                outcome.hint,
            )
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """What a program is told."""
        return {
            "search": self.search.id,
            "protocol_hash": self.search.protocol_hash,
            "hits": self.hits,
            "documents": self.documents,
            "new_documents": self.new,
            "queries_kept_before": self.before,
            "interrupted": self.interrupted,
            "by_hand": list(self.by_hand),
            "queries": [
                {
                    "source": one.query.source,
                    "query": one.query.text,
                    "results": one.results,
                    "unread": list(one.unread),
                    "total": one.total,
                    "notes": list(one.notes),
                    "problem": one.problem,
                }
                for one in self.asked
            ],
        }


def example() -> str:
    """The protocol of the AI training study."""
    return (data_dir("gold") / "radiology-ai-training" / "search.yaml").read_text(encoding="utf-8")


def signed(project: Project, protocol: Protocol) -> Protocol:
    """The protocol as it is asked: where it names nobody to write to, [search] contact. What is kept is the file's."""
    contact = project.settings.search.contact
    if protocol.contact or not contact:
        return protocol
    check_contact(contact)
    return protocol.model_copy(update={"contact": contact})


def search(project: Project, protocol: Protocol, only: str | None, private: bool, tell: Tell, resumed: Resumed) -> Done:
    """Ask the sources and keep what comes, query by query; a search that is not complete, and not old, is gone on with.

    `resumed` is told of that search, and how many of its queries are not asked again.
    """
    allowed = EVERY_HOST if private else allowed_hosts(project.settings.search.allow_private)
    around = Circumstances(os.environ, allowed)
    sources = asked_sources(protocol, only)
    asked = signed(project, protocol)
    check_ready(asked, sources, around)
    with one_search(project), project.store() as store:
        before = stopped(project, store, protocol.hash(), only)
        made = before or Search(
            name=protocol.name,
            protocol=protocol.canonical_text(),
            protocol_hash=protocol.hash(),
            coder_id=store.coder(project.person, "person").id,
        )
        kept = store.answered_queries(made.id)
        if before is not None:
            resumed(before, len(kept))
        note_begun(project, made, only)
        by_hand = [one.name for one in protocol.sources if isinstance(one, ByHand)] if only is None else []
        done, keeper = Done(made, by_hand, len(kept)), Keeper(store, made)

        def keep(outcome: Outcome) -> None:
            done.keep(outcome, keeper)
            tell(outcome)

        try:
            asyncio.run(run(asked, sources, around, keep, kept))
            if not any(one.problem for one in done.asked):
                note_ended(project)
        except KeyboardInterrupt:
            done.interrupted = True
    return done


def plan(protocol: Protocol, only: str | None) -> dict[str, Any]:
    """What a search would ask."""
    sources = protocol.sources if only is None else (protocol.source(only),)
    return {
        "protocol": protocol.name,
        "protocol_hash": protocol.hash(),
        "contact": protocol.contact,
        "idle": protocol.idle(),
        "sources": [
            {
                "source": source.name,
                "kind": source.kind,
                "address": source.address,
                "maximum": source.maximum,
                "queries": [query.text for query in queries_of(protocol, source) if query.text],
            }
            for source in sources
        ],
    }


def by_hand(project: Project, protocol: Protocol, only: str | None) -> list[dict[str, Any]]:
    """The queries that people ask, with how many hits were taken in for each."""
    sources = [one for one in protocol.sources if only is None or one is protocol.source(only)]
    with project.store() as store:
        taken = {(one.source, one.query): 0 for one in store.search_queries() if not one.problem}
        for hit in store.hit_places():
            taken[hit.source, hit.query] = taken.get((hit.source, hit.query), 0) + 1
    return [
        {
            **asdict(query),
            "taken": taken.get((query.source, query.text), 0),
            "answered": (query.source, query.text) in taken,
        }
        for source in sources
        if isinstance(source, ByHand) or only is not None
        for query in queries_of(protocol, source)
    ]


def write_queries(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """The queries as a table to tick off."""
    fields = ("source", "text", "url", "maximum", "taken")

    def write(handle: BinaryIO) -> None:
        text = io.TextIOWrapper(handle, encoding="utf-8", newline="")
        table = csv.writer(text)
        table.writerow(["source", "query", "url", "maximum", "taken"])
        table.writerows([[cell(row[name]) for name in fields] for row in rows])
        text.flush()
        text.detach()

    write_atomically(path, write)


def counted(project: Project, path: Path | None) -> dict[str, Any]:
    """How much each source found in all searches so far."""
    protocol = load_protocol(path) if path else None
    with project.store() as store:
        searches, hits, asked = store.searches(), store.hit_places(), store.search_queries()
        documents = len(store.document_ids())
    counts = count(hits, protocol, asked)
    return {
        "searches": len(searches),
        "only_hits_noted": len({one.id for one in searches} - {one.search_id for one in asked}),
        "hits": len(hits),
        "records": counts.records,
        "documents": counts.documents,
        "imported": documents - counts.documents,
        "sources": [asdict(one) for one in counts.sources],
    }
