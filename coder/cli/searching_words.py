"""What `intercoder search` says to people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

import click

from coder.cli import printable, printable_line
from coder.report.html.blocks import number

if TYPE_CHECKING:
    from coder.cli.searching import Done
    from coder.model import Search
    from coder.search.running import Outcome


NOTHING, FAILED, UNASKED = "found nothing", "failed", "not asked"


def say_resumed(search: Search, kept: int) -> None:
    """Before anything is asked: that this goes on with a search that is not complete."""
    _say(f"going on with {incomplete(search, kept)}")


def incomplete(search: Search, kept: int) -> str:
    """Which search it is that is gone on with, and how many of its queries are not asked again."""
    began = f"{search.created_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"the search of {began}, which is not complete: {kept} queries with their results are kept"


def say_outcome(outcome: Outcome) -> None:
    """A line a query, as it is answered."""
    query = outcome.query
    what = f"{query.source}{f': {query.text}' if query.text else ''}"
    said = outcome.problem or f"{len(outcome.results)} results"
    if not outcome.problem and outcome.left:
        said += f" of {outcome.total:,}"
    _say(f"{what}: {said}")
    for note in outcome.notes:
        _say(f"  {note}")


def say_done(done: Done) -> None:
    """What was kept."""
    if done.asked:
        _say(_brought(done.hits, done.documents, done.new))
    if done.by_hand:
        _say(f"by hand: {', '.join(done.by_hand)}: intercoder search --queries prints what to ask there")
    if done.hits:
        _say("intercoder search --counts: how much each source found")


def say_taken(taken: dict[str, Any]) -> None:
    """What was taken in from files."""
    for note in taken["notes"]:
        _say(note)
    _say(f"{taken['source']}: {_brought(taken['hits'], taken['documents'], taken['new_documents'])}")


def _brought(hits: int, documents: int, new: int) -> str:
    return f"{number(hits, 'hit')}, {number(documents, 'document')}, {new} of them new"


def say_plan(plan: dict[str, Any]) -> None:
    """What would be asked, to standard output."""
    for source in plan["sources"]:
        asked = len(source["queries"])
        what = number(asked, "query", "queries") if asked else "read once"
        limit = f", at most {source['maximum']} results each" if source["maximum"] else ""
        by_hand = "by hand, " if source["kind"] == "by_hand" else ""
        click.echo(printable(f"{source['source']} ({by_hand}{source['address'] or 'no address'}): {what}{limit}"))
        for query in source["queries"]:
            click.echo(printable(f"  {query}"))
    say_idle(plan["idle"])


def say_idle(idle: Sequence[str]) -> None:
    """What the protocol writes and asks of nobody."""
    for one in idle:
        _say(f"search.yaml: {one}: is that meant?")


def say_queries(rows: list[dict[str, Any]]) -> None:
    """The queries that people ask, a line each, to standard output."""
    source = None
    for row in rows:
        if row["source"] != source:
            source = row["source"]
            limit = f" (the first {row['maximum']} results)" if row["maximum"] else ""
            click.echo(printable(f"{source}{limit}"))
        taken = f"  [{row['taken']} taken in]" if row["answered"] else ""
        click.echo(printable(f"  {row['text']}{taken}"))
        if row["url"]:
            click.echo(printable(f"    {row['url']}"))
    if rows:
        _say("save what comes, then: intercoder search --take FILE --source NAME --query TEXT")
    else:
        _say("no source of the protocol is searched by hand")


def say_counts(found: dict[str, Any], *, by_query: bool = False) -> None:
    """The sources as in Table 1 of the study, to standard output, with `by_query` each query beneath its source."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    reported = any(one["reported"] is not None for one in found["sources"])
    table = Table("Source", "Explanatory notes", box=None, pad_edge=False)
    for heading in ("hits", "documents", "first found here", *(["reported"] if reported else [])):
        table.add_column(heading, justify="right")
    for one in found["sources"]:
        numbers = [one["hits"], one["documents"], one["first"], *([one["reported"]] if reported else [])]
        words = [Text(printable(one["source"])), Text(printable(one["note"]))]
        table.add_row(*words, *("" if number is None else f"{number:,}" for number in numbers))
        for query in one["queries"] if by_query else ():
            said = printable(became(query["problem"], query["hits"], query["asked"]))
            table.add_row(Text(f"  {_named(query)}"), Text(said), f"{query['hits']:,}", f"{query['documents']:,}")
    sums = [found["hits"], found["records"], found["documents"]]
    table.add_row("all", f"{found['searches']} searches", *(f"{number:,}" for number in sums))
    Console(highlight=False).print(table)
    for one in found["sources"]:
        _say_empty(one)
    if found["only_hits_noted"]:
        _say(
            f"{found['only_hits_noted']} searches are of a version that noted only hits: "
            "what is 'not asked' may have found nothing in them"
        )
    if found["imported"]:
        _say(f"{found['imported']} documents were imported, and found by no search")


def _say_empty(source: dict[str, Any]) -> None:
    """Of one source the queries that brought nothing: how many found nothing, which failed, how many were not asked."""
    states = [_state(one["problem"], one["hits"], one["asked"]) for one in source["queries"]]
    if told := [f"{times} {state}" for state in (NOTHING, UNASKED, FAILED) if (times := states.count(state))]:
        _say(f"{source['source']}: of {len(states)} {'query' if len(states) == 1 else 'queries'} {', '.join(told)}")
    failed = [one for one in source["queries"] if one["problem"]]
    for one in failed[:10]:
        _say(f"  {_named(one)}: {one['problem']}")
    if len(failed) > 10:
        _say(f"  and {len(failed) - 10} more (--by-query)")


def _named(query: dict[str, Any]) -> str:
    return printable(query["query"]) or "(all that it lists)"


def became(problem: str, hits: int, asked: int = 1) -> str:
    """What became of a query that was asked so often, where that is not its hits; of one that failed why."""
    return f"{FAILED}: {problem}" if problem else _state(problem, hits, asked)


def _state(problem: str, hits: int, asked: int) -> str:
    if problem:
        return FAILED
    if hits:
        return ""
    return NOTHING if asked else UNASKED


def _say(line: str) -> None:
    click.echo(printable_line(line), err=True)
