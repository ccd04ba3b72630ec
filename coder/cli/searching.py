"""What `intercoder search` does with protocol, sources and store; saying it is another module's."""

from __future__ import annotations

import asyncio
import csv
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from coder.cli.project import Project
from coder.errors import InputError
from coder.export.atomic import write_atomically
from coder.export.table_csv import cell
from coder.model import Search
from coder.paths import data_dir
from coder.search.counts import count
from coder.search.fetching.hosts import EVERY_HOST, allowed_hosts
from coder.search.fetching.rules import check_contact
from coder.search.loading import load_protocol
from coder.search.protocol import ByHand, Protocol
from coder.search.queries import queries_of
from coder.search.recording import Known, Listed, Recorded, record
from coder.search.running import Circumstances, Outcome, asked_sources, check_ready, run
from coder.search.saved import read_saved

if TYPE_CHECKING:
    from coder.store import Store

load = load_protocol
Tell = Callable[[Outcome], None]


@dataclass
class Done:
    """A search as it was run: what came of each query, and what was kept."""

    search: Search
    by_hand: Sequence[str] = ()
    outcomes: list[Outcome] = field(default_factory=list)
    kept: Recorded = field(default_factory=lambda: Recorded((), (), ()))
    interrupted: bool = False

    @property
    def documents(self) -> int:
        """Distinct documents that were hit."""
        return len({hit.document_id for hit in self.kept.hits})

    def as_json(self) -> dict[str, Any]:
        """What a program is told."""
        return {
            "search": self.search.id,
            "protocol_hash": self.search.protocol_hash,
            "hits": len(self.kept.hits),
            "documents": self.documents,
            "new_documents": len(self.kept.new),
            "interrupted": self.interrupted,
            "by_hand": list(self.by_hand),
            "queries": [
                {
                    "source": one.query.source,
                    "query": one.query.text,
                    "results": len(one.results),
                    "unread": list(one.unread),
                    "total": one.total,
                    "notes": list(one.notes),
                    "problem": one.problem,
                }
                for one in self.outcomes
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


def search(project: Project, protocol: Protocol, only: str | None, private: bool, tell: Tell) -> Done:
    """Ask the sources and keep what came, also where a person stops it half-way."""
    allowed = EVERY_HOST if private else allowed_hosts(project.settings.search.allow_private)
    around = Circumstances(os.environ, allowed)
    sources = asked_sources(protocol, only)
    asked = signed(project, protocol)
    check_ready(asked, sources, around)
    with project.store() as store:
        coder = store.coder(project.person, "person")
        made = Search(
            name=protocol.name,
            protocol=protocol.canonical_text(),
            protocol_hash=protocol.hash(),
            coder_id=coder.id,
        )
        by_hand = [one.name for one in protocol.sources if isinstance(one, ByHand)] if only is None else []
        done = Done(made, by_hand)

        def keep(outcome: Outcome) -> None:
            done.outcomes.append(outcome)
            tell(outcome)

        try:
            asyncio.run(run(asked, sources, around, keep))
        except KeyboardInterrupt:
            done.interrupted = True
        lists = [
            Listed(one.query.source, one.query.text, one.results, unread=one.unread, at=one.at) for one in done.outcomes
        ]
        if any(not one.problem for one in done.outcomes):
            done.kept = _keep(store, made, lists)
    return done


def _keep(store: Store, made: Search, lists: Sequence[Listed]) -> Recorded:
    documents = store.documents()
    with_text = {document.id for document in store.documents_of_versions().values()}
    known = Known(documents, store.hits(), {document.id for document in documents} - with_text)
    kept = record(made, lists, known)
    store.add_search(made, kept.new, kept.hits, kept.texts)
    return kept


def take(
    project: Project,
    path: Path | None,
    files: Sequence[Path],
    source: str,
    query: str,
    first: int,
    own_links: bool,
) -> dict[str, Any]:
    """Take saved results in, the ranks going on from file to file; what came of it."""
    protocol = load_protocol(path) if path else None
    name = _source_name(protocol, source, query)
    taken = [read_saved(file, own_links=own_links) for file in files]
    lists, rank = [], first
    for one in taken:
        lists.append(Listed(name, query, one.results, rank, one.unread))
        rank += one.entries
    with project.store() as store:
        coder = store.coder(project.person, "person")
        made = Search(
            name=protocol.name if protocol else name,
            protocol=protocol.canonical_text() if protocol else "",
            protocol_hash=protocol.hash() if protocol else "",
            coder_id=coder.id,
        )
        kept = _keep(store, made, lists)
    return {
        "search": made.id,
        "source": name,
        "query": query,
        "hits": len(kept.hits),
        "documents": len({hit.document_id for hit in kept.hits}),
        "new_documents": len(kept.new),
        "notes": [*(note for one in taken for note in one.notes), *_unasked(protocol, name, query)],
        "problems": [problem for one in taken for problem in one.problems],
    }


def _source_name(protocol: Protocol | None, source: str, query: str) -> str:
    """The source as the protocol spells it; one that it does not have keeps its own name."""
    name = " ".join(source.split())
    if not name:
        raise InputError("--source is empty", "name the place that was searched")
    if protocol is None:
        return name
    return next((one.name for one in protocol.sources if one.name.casefold() == name.casefold()), name)


def _unasked(protocol: Protocol | None, name: str, query: str) -> list[str]:
    """A remark where the protocol has no such source, or not this query: a slip, or a search beyond the protocol."""
    if protocol is None:
        return []
    found = next((one for one in protocol.sources if one.name == name), None)
    if found is None:
        known = ", ".join(one.name for one in protocol.sources)
        return [f"the protocol has no source '{name}' (it has {known}); kept under that name"]
    if found.takes_queries and query not in {one.text for one in queries_of(protocol, found)}:
        return [f"the protocol does not ask '{query}' of {name}; kept under that query"]
    return []


def plan(protocol: Protocol, only: str | None) -> dict[str, Any]:
    """What a search would ask."""
    sources = protocol.sources if only is None else (protocol.source(only),)
    return {
        "protocol": protocol.name,
        "protocol_hash": protocol.hash(),
        "contact": protocol.contact,
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
        taken: dict[tuple[str, str], int] = {}
        for hit in store.hits():
            taken[hit.source, hit.query] = taken.get((hit.source, hit.query), 0) + 1
    return [
        {**asdict(query), "taken": taken.get((query.source, query.text), 0)}
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
        searches, hits = store.searches(), store.hits()
        documents = len(store.documents())
    counts = count(hits, protocol)
    return {
        "searches": len(searches),
        "hits": len(hits),
        "records": counts.records,
        "documents": counts.documents,
        "imported": documents - counts.documents,
        "sources": [asdict(one) for one in counts.sources],
    }
