"""Run a protocol: ask each of its sources every query, and go on where one fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Container, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol as Interface

from pydantic import AwareDatetime

from coder.documents.normalise import one_line
from coder.errors import InputError
from coder.model import now
from coder.search.asking import Manners, SourceError, asking
from coder.search.described import AnySource, Asked, ByHand, Feed, JsonEndpoint, PubMed
from coder.search.protocol import Protocol
from coder.search.queries import Query, queries_of
from coder.search.results import Found, Result
from coder.search.sources import feed, json_endpoint, pubmed, sitemap

NCBI_KEY = "NCBI_API_KEY"
"""The environment variable with a key of NCBI: with one PubMed may be asked ten times a second, without three."""
GIVE_UP_AFTER = 3
"""Queries in a row that may fail; the source's others are then not asked."""


@dataclass(frozen=True)
class Outcome:
    """What became of one query: its results, or the problem that kept it from having any."""

    query: Query
    results: Sequence[Result] = ()
    total: int | None = None
    notes: Sequence[str] = ()
    unread: Sequence[int] = ()
    problem: str = ""
    hint: str = ""
    at: AwareDatetime = field(default_factory=now)

    @property
    def left(self) -> int:
        """How many more the source has than were taken."""
        return max(0, (self.total or 0) - len(self.results) - len(self.unread))


class Asks(Interface):
    """Something that answers queries."""

    async def ask(self, query: str) -> Found:
        """What a query gives; SourceError where it fails."""
        ...


@dataclass(frozen=True)
class Circumstances:
    """What the protocol does not say: the environment (for keys), hosts that may lie on a private network, manners."""

    environment: Mapping[str, str] = field(default_factory=dict)
    allowed: Container[str] = ()
    manners: Manners | None = None
    """Instead of a source's own: for trying a protocol out against a server of one's own."""


def asked_sources(protocol: Protocol, only: str | None = None) -> list[Asked]:
    """The sources that the program asks by itself, or the one that is named; InputError where that is none."""
    chosen: Sequence[AnySource] = protocol.sources if only is None else [protocol.source(only)]
    asked = [source for source in chosen if not isinstance(source, ByHand)]
    if only is not None and not asked:
        raise InputError(
            f"--source {only}: a program may not search there",
            "search by hand (intercoder search --queries), save the results, and take them in (--take FILE)",
        )
    return asked


def check_ready(protocol: Protocol, sources: Sequence[Asked], around: Circumstances) -> None:
    """InputError where something that a source needs is missing, before any is asked."""
    if sources and not protocol.contact:
        raise InputError(
            "search.yaml: 'contact' is empty, and so is [search] contact in intercoder.toml",
            "write your e-mail address in one of them: sources are told who is asking",
        )
    for source in sources:
        if isinstance(source, JsonEndpoint) and source.key and not around.environment.get(source.key.environment):
            raise InputError(
                f"source '{source.name}': the environment has no {source.key.environment}",
                f"set it to your key: export {source.key.environment}=...",
            )


async def run(
    protocol: Protocol,
    sources: Sequence[Asked],
    around: Circumstances,
    keep: Callable[[Outcome], None],
    done: Collection[tuple[str, str]] = (),
) -> None:
    """Ask the sources one after the other; `keep` is handed each outcome when it is there.

    `done` are queries, by source and text, that need no asking.
    """
    for source in sources:
        async with _opened(protocol, source, around) as one:
            failed = 0
            for query in queries_of(protocol, source):
                if (query.source, query.text) in done:
                    continue
                if failed == GIVE_UP_AFTER:
                    keep(Outcome(query, problem=f"not asked: {failed} queries in a row failed"))
                    continue
                outcome = await _outcome(one, query)
                failed = failed + 1 if outcome.problem else 0
                keep(outcome)


async def _outcome(source: Asks, query: Query) -> Outcome:
    try:
        found = await source.ask(query.text)
    except SourceError as error:
        return Outcome(query, problem=one_line(error.message), hint=error.hint)
    except Exception as error:  # whatever a hostile answer breaks in a library, what other sources gave is kept
        said = f"the answer could not be read ({type(error).__name__})"
        return Outcome(query, problem=said, hint="look at the address in a browser")
    return Outcome(query, found.results, found.total, found.notes, found.unread)


@asynccontextmanager
async def _opened(protocol: Protocol, source: Asked, around: Circumstances) -> AsyncIterator[Asks]:
    key = _key(source, around)
    manners = around.manners or _manners(source, key)
    async with asking(protocol.contact, manners, around.allowed) as asker:
        if isinstance(source, PubMed):
            yield pubmed.Records(asker, source, protocol, key)
        elif isinstance(source, Feed):
            yield feed.Items(asker, source, protocol)
        elif isinstance(source, JsonEndpoint):
            yield json_endpoint.Answers(asker, source, protocol, key)
        else:
            yield sitemap.Pages(asker, source, protocol)


def _key(source: Asked, around: Circumstances) -> str:
    if isinstance(source, PubMed):
        return around.environment.get(NCBI_KEY, "").strip()
    if isinstance(source, JsonEndpoint) and source.key:
        return around.environment.get(source.key.environment, "").strip()
    return ""


def _manners(source: Asked, key: str) -> Manners:
    if isinstance(source, PubMed):
        return Manners(per_second=10 if key else 3)
    return Manners(per_second=source.per_second if isinstance(source, JsonEndpoint) else 1)
