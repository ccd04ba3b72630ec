"""How much each source and query found, in the form of the study's Table 1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coder.model import HitPlace
from coder.search.protocol import Protocol


@dataclass(frozen=True)
class QueryCount:
    """One query at one source: its results (a repeated search counts again) and the documents behind them."""

    query: str
    hits: int
    documents: int


@dataclass(frozen=True)
class SourceCount:
    """One source. `documents` are the distinct ones that it found, which PRISMA calls its records.

    `first` are those that no source had found before: over the sources they add up to all documents, as the counts of
    the study's Table 1 do.
    """

    source: str
    note: str
    hits: int
    documents: int
    first: int
    reported: int | None
    queries: tuple[QueryCount, ...]


@dataclass(frozen=True)
class Counts:
    """All sources; the documents behind their hits, each once."""

    sources: tuple[SourceCount, ...]
    documents: int

    @property
    def records(self) -> int:
        """Documents summed over sources."""
        return sum(one.documents for one in self.sources)


def count(hits: Sequence[HitPlace], protocol: Protocol | None = None) -> Counts:
    """Hits (in the order in which they came) by source and query; a source of the protocol without any has zeros."""
    first: dict[str, str] = {}
    by_source: dict[str, list[HitPlace]] = {source.name: [] for source in protocol.sources} if protocol else {}
    for hit in hits:
        first.setdefault(hit.document_id, hit.source)
        by_source.setdefault(hit.source, []).append(hit)
    about = {source.name: source for source in protocol.sources} if protocol else {}
    return Counts(
        tuple(
            SourceCount(
                source=name,
                note=about[name].note if name in about else "",
                hits=len(found),
                documents=_distinct(found),
                first=sum(source == name for source in first.values()),
                reported=about[name].reported if name in about else None,
                queries=_queries(found),
            )
            for name, found in by_source.items()
        ),
        len(first),
    )


def _queries(hits: Iterable[HitPlace]) -> tuple[QueryCount, ...]:
    by_query: dict[str, list[HitPlace]] = {}
    for hit in hits:
        by_query.setdefault(hit.query, []).append(hit)
    return tuple(QueryCount(query, len(found), _distinct(found)) for query, found in by_query.items())


def _distinct(hits: Iterable[HitPlace]) -> int:
    return len({hit.document_id for hit in hits})
