"""intercoder capture: retrieve the pages of documents that a search found."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from coder.cli import emit, printable, printable_line
from coder.cli.project import Project, find_project
from coder.errors import IncompleteError

if TYPE_CHECKING:
    from coder.model import Capture
    from coder.search.capturing import Target
    from coder.search.fetching import FetchRules
    from coder.store import Store


@dataclass(frozen=True)
class Attempt:
    """What is told of an attempt in the end, by the document's name; the page and its text are in the store alone."""

    document: str
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
    from coder.cli.wanting import wanted_pages

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


def retrieve(project: Project, store: Store, wanted: Sequence[Target]) -> list[Attempt]:
    """Ask for the pages and store every attempt as it ends."""
    from coder.cli.wanting import with_states
    from coder.search.capturing import captured, in_turns
    from coder.search.fetching import Fetcher

    settings, rules = project.settings.search, rules_of(project)
    done: list[Attempt] = []

    async def ask() -> None:
        async with Fetcher(rules) as fetcher:
            whole = settings.page_text == "whole"
            waiting = with_states(store, in_turns(wanted))
            async for one in captured(waiting, fetcher, at_once=settings.hosts_at_once, whole=whole):
                store.add_capture(one.capture, one.body, one.version)
                done.append(Attempt(one.wanted.document.name, one.capture, one.version is not None))
                _say(one.capture, len(done), len(wanted))

    if wanted:
        asyncio.run(ask())
    return done


def tell(done: Sequence[Attempt], as_json: bool, **more: Any) -> None:
    """What was retrieved; IncompleteError with every page that could not be read."""
    from coder.cli.wanting import READ

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


def row(document: str, capture: Capture | None, **more: Any) -> dict[str, Any]:
    """A capture as JSON, with the document's name."""
    kept = ("url", "outcome", "reason", "http_status", "final_url", "media_type", "body_hash", "version_id")
    found = capture.model_dump(mode="json", include={*kept, "created_at"}) if capture else {"outcome": None}
    return {"document": document, **found, **more}


def _say(one: Capture, number: int, total: int) -> None:
    click.echo(printable(f"{number}/{total} {one.outcome}: {one.url} ({one.reason})"), err=True)


def _list(store: Store, as_json: bool) -> None:
    from coder.cli.wanting import found_at
    from coder.search.capturing import address_of

    addresses, texts = found_at(store), store.newest_versions()
    rows = []
    for page in store.document_pages():
        newest = store.newest_captures(document_ids=[one.id for one in page])
        for one in page:
            capture = newest.get(one.id)
            if capture is None and not address_of(one, addresses.get(one.id, "")):
                continue
            if as_json:
                rows.append(row(one.name, capture, text=one.id in texts))
                continue
            said = f"{capture.outcome}: {capture.reason}" if capture else "not asked for yet"
            line = f"{one.name}\t{said}{'' if one.id in texts else ' [no text]'}"
            click.echo(printable_line(line))
    if as_json:
        emit(rows)
