"""How much each source and query found, in the form of the study's Table 1: one that found nothing with 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from coder.model import HitPlace, SearchQuery
from coder.search.protocol import Protocol
from coder.search.queries import queries_of


@dataclass(frozen=True)
class QueryCount:
    """One query at one source: its results (a repeated search counts again) and the documents behind them.

    `asked` is how often it was asked as far as that was noted: older versions noted only what had hits, by those.
    `problem` says why it failed when it was asked last, and is empty where it was answered.
    """

    query: str
    hits: int
    documents: int
    asked: int = 0
    problem: str = ""


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


def count(hits: Sequence[HitPlace], protocol: Protocol | None = None, asked: Sequence[SearchQuery] = ()) -> Counts:
    """Hits by source and query; both, and the queries `asked`, in the order in which they came.

    A source or query of the protocol, and a query that was asked, has zeros where it found nothing.
    """
    first: dict[str, str] = {}
    by_source: dict[str, list[HitPlace]] = {source.name: [] for source in protocol.sources} if protocol else {}
    texts = (
        {one.name: [query.text for query in queries_of(protocol, one)] for one in protocol.sources} if protocol else {}
    )
    times: dict[str, dict[str, list[SearchQuery]]] = {}
    for one in asked:
        by_source.setdefault(one.source, [])
        times.setdefault(one.source, {}).setdefault(one.query, []).append(one)
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
                queries=_queries(found, texts.get(name, ()), times.get(name, {})),
            )
            for name, found in by_source.items()
        ),
        len(first),
    )


def _queries(
    hits: Iterable[HitPlace], texts: Iterable[str], times: Mapping[str, Sequence[SearchQuery]]
) -> tuple[QueryCount, ...]:
    by_query: dict[str, list[HitPlace]] = {text: [] for text in (*texts, *times)}
    for hit in hits:
        by_query.setdefault(hit.query, []).append(hit)
    return tuple(
        QueryCount(
            query,
            len(found),
            _distinct(found),
            len(times.get(query, ())),
            times[query][-1].problem if query in times else "",
        )
        for query, found in by_query.items()
    )


def _distinct(hits: Iterable[HitPlace]) -> int:
    return len({hit.document_id for hit in hits})
