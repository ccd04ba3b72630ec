"""intercoder capture: retrieve the pages of documents that a search found."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from coder.cli import emit, printable
from coder.cli.project import Project, find_project
from coder.errors import IncompleteError, InputError

if TYPE_CHECKING:
    from coder.model import Capture, Document
    from coder.search.capturing import Wanted
    from coder.search.fetching import FetchRules
    from coder.store import Store

READ = frozenset({"fetched", "unchanged"})


@dataclass(frozen=True)
class Attempt:
    """What is told of an attempt in the end; the page and its text are in the store, and no longer in memory."""

    document: Document
    capture: Capture
    changed: bool


@click.command()
@click.option("--again", is_flag=True, help="Ask again for what was captured before, or could not be.")
@click.option(
    "--document", "names", multiple=True, metavar="NAME", help="Only this document, whatever it has; give it again."
)
@click.option("--limit", type=click.IntRange(1), help="Ask for so many at the most.")
@click.option("--list", "listing", is_flag=True, help="Ask for nothing: show each document's newest capture.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context: click.Context, again: bool, names: tuple[str, ...], limit: int | None, listing: bool, as_json: bool
) -> None:
    """Retrieve the page of every document that has an address and no text yet.

    robots.txt is heeded, a host is asked for one page at a time, and every attempt is kept with its bytes and reason.
    Stop it any time: what came is stored, and is not asked for again. A page that is gone, forbidden or unreadable is
    asked for again with --again or --document only.
    """
    project = find_project(context)
    with project.store() as store:
        if listing:
            _list(store, as_json)
            return
        wanted, settled = wanted_pages(store, names, again=again)
        done = retrieve(project, store, wanted[:limit])
    if settled:
        click.echo(f"{settled} could not be read before and were not asked for: intercoder capture --list", err=True)
    tell(done, as_json)


def rules_of(project: Project) -> FetchRules:
    """The settings as rules; InputError where there is no contact address."""
    from coder.search.fetching import FetchRules

    settings = project.settings.search
    return FetchRules(
        settings.contact, settings.delay_s, settings.timeout_s, settings.pause_s, int(settings.max_mb * 1e6),
        settings.allow_private,
    )  # fmt: skip


def retrieve(project: Project, store: Store, wanted: Sequence[Wanted]) -> list[Attempt]:
    """Ask for the pages and store every attempt as it ends."""
    from coder.search.capturing import captured
    from coder.search.fetching import Fetcher

    settings, rules = project.settings.search, rules_of(project)
    done: list[Attempt] = []

    async def ask() -> None:
        async with Fetcher(rules) as fetcher:
            whole = settings.page_text == "whole"
            async for one in captured(wanted, fetcher, at_once=settings.hosts_at_once, whole=whole):
                store.add_capture(one.capture, one.body, one.version)
                done.append(Attempt(one.wanted.document, one.capture, one.version is not None))
                _say(one.capture, len(done), len(wanted))

    if wanted:
        asyncio.run(ask())
    return done


def tell(done: Sequence[Attempt], as_json: bool, **more: Any) -> None:
    """What was retrieved; IncompleteError with every page that could not be read."""
    counts = Counter(one.capture.outcome for one in done)
    if as_json:
        pages = [row(one.document, one.capture, changed=one.changed) for one in done]
        emit({"asked": len(done), "outcomes": dict(counts), "pages": pages, **more})
    told = ", ".join(f"{number} {outcome.replace('_', ' ')}" for outcome, number in counts.most_common())
    click.echo(f"{len(done)} pages asked for{f': {told}' if told else ''}", err=True)
    unread = [one for one in done if one.capture.outcome not in READ]
    if unread:
        lines = "\n  ".join(f"{one.capture.url}: {one.capture.outcome}: {one.capture.reason}" for one in unread)
        raise IncompleteError(f"{len(unread)} not read:\n  {lines}", "they stay listed: intercoder capture --list")


def row(document: Document, capture: Capture | None, **more: Any) -> dict[str, Any]:
    """A capture as JSON."""
    kept = ("url", "outcome", "reason", "http_status", "final_url", "media_type", "body_hash", "version_id")
    found = capture.model_dump(mode="json", include={*kept, "created_at"}) if capture else {"outcome": None}
    return {"document": document.name, **found, **more}


def _say(one: Capture, number: int, total: int) -> None:
    click.echo(printable(f"{number}/{total} {one.outcome}: {one.url} ({one.reason})"), err=True)


def _list(store: Store, as_json: bool) -> None:
    newest, (addresses, texts) = store.newest_captures(), _state(store)
    documents = [one for one in store.documents() if one.id in newest or addresses.get(one.id)]
    if as_json:
        emit([row(one, newest.get(one.id), text=one.id in texts) for one in documents])
        return
    for one in documents:
        capture = newest.get(one.id)
        said = f"{capture.outcome}: {capture.reason}" if capture else "not asked for yet"
        click.echo(printable(f"{one.name}\t{said}{'' if one.id in texts else ' [no text]'}").replace("\n", " "))


def _state(store: Store) -> tuple[dict[str, str], dict[str, Any]]:
    """Each document's address (or none), and its newest version where it has one."""
    from coder.search.capturing import address_of

    hit_urls: dict[str, list[str]] = {}
    for hit in store.hits():
        hit_urls.setdefault(hit.document_id, []).extend([hit.url] if hit.url else [])
    addresses = {one.id: address_of(one, hit_urls.get(one.id, ())) for one in store.documents()}
    return addresses, {document.id: version for document, version in store.current_versions()}


def wanted_pages(store: Store, names: Sequence[str], *, again: bool) -> tuple[list[Wanted], int]:
    """What to ask for, and how many documents without a text are left alone since asking again is of no use."""
    from coder.search.capturing import Wanted, is_settled

    addresses, texts = _state(store)
    newest, brought = store.newest_captures(), {}
    for capture in store.captures():
        if capture.outcome in READ:
            brought[capture.document_id] = capture
    documents = store.documents()
    unknown = set(names) - {one.name for one in documents}
    without = [one.name for one in documents if one.name in names and not addresses[one.id]]
    if unknown or without:
        problem = "there is no such document" if unknown else "the document has no address"
        raise InputError(f"--document {min(unknown or set(without))}: {problem}", "see intercoder capture --list")
    wanted, settled = [], 0
    for one in documents:
        tried = newest.get(one.id)
        if names:
            chosen = one.name in names
        elif again:
            chosen = one.id not in texts or tried is not None
        else:
            chosen = one.id not in texts and not is_settled(tried)
            settled += one.id not in texts and is_settled(tried)
        if chosen and addresses[one.id]:
            wanted.append(Wanted(one, addresses[one.id], texts.get(one.id), brought.get(one.id)))
    return wanted, settled
