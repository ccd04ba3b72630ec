"""intercoder search: run the search protocol, or take in what a person found."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coder.cli import emit, printable
from coder.cli.project import Project, find_project
from coder.errors import IncompleteError, InputError

if TYPE_CHECKING:
    from coder.search.protocol import Protocol


@click.command()
@click.option("--protocol", "path", type=click.Path(path_type=Path), help="The protocol (default: search.yaml).")
@click.option("--source", metavar="NAME", help="Only this source; with --take the one that the file came from.")
@click.option("--example", is_flag=True, help="Print the AI training study's protocol (its Table 1), to change.")
@click.option("--dry-run", is_flag=True, help="Print what would be asked of whom, and ask nothing.")
@click.option("--queries", is_flag=True, help="Print the queries that a person has to ask, and which were taken in.")
@click.option("--csv", "table", type=click.Path(path_type=Path, dir_okay=False), help="With --queries: as a table.")
@click.option(
    "--take",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Take saved results in: RIS, BibTeX, .nbib, CSV, a saved page, a list of addresses; give it again for the "
    "next page.",
)
@click.option("--query", metavar="TEXT", help="With --take: the query that was asked.")
@click.option(
    "--from-rank", type=click.IntRange(1, 1_000_000), help="With --take: the first result's rank (default: 1)."
)
@click.option("--own-links", is_flag=True, help="With --take: keep a saved page's links to its own site.")
@click.option("--nothing", is_flag=True, help="Note that --query, asked by hand of --source, found nothing.")
@click.option("--counts", is_flag=True, help="Print how much each source found so far, as the study's Table 1 does.")
@click.option(
    "--by-query", is_flag=True, help="With --counts: a row for each query as well; 0 is one that found nothing."
)
@click.option("--allow-private", is_flag=True, help="Ask addresses on your own machine or network too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context: click.Context,
    path: Path | None,
    source: str | None,
    example: bool,
    dry_run: bool,
    queries: bool,
    table: Path | None,
    files: tuple[Path, ...],
    query: str | None,
    from_rank: int | None,
    own_links: bool,
    nothing: bool,
    counts: bool,
    by_query: bool,
    allow_private: bool,
    as_json: bool,
) -> None:
    """Search as search.yaml says, and keep every hit with source, query, rank and time.

    What is found again is the same document. Where a program may not search, --queries prints what to ask there, and
    --take FILE --source NAME --query TEXT takes in what came. A source that fails is told, and the others are kept.
    Each query is kept when it is answered; a search that was stopped, or of which queries failed, asks only those that
    are missing if it is run again within 20 hours.
    """
    from coder.cli import searching, searching_words, taking

    modes = {
        "--example": example,
        "--dry-run": dry_run,
        "--queries": queries or bool(table),
        "--take": bool(files),
        "--nothing": nothing,
        "--counts": counts,
    }
    details = {
        "--query": (query is not None, ("--take", "--nothing")),
        "--from-rank": (from_rank is not None, ("--take",)),
        "--own-links": (own_links, ("--take",)),
        "--by-query": (by_query, ("--counts",)),
    }
    _check([name for name, given in modes.items() if given], details, source)
    if example:
        click.echo(searching.example(), nl=False)
        return
    project = find_project(context)
    chosen = path or project.folder / "search.yaml"
    if files or nothing:
        if not source:
            option = "--take" if files else "--nothing"
            raise InputError(f"{option}: which source is it from?", "name it: --source LinkedIn")
        if nothing and not (query or "").strip():
            raise InputError("--nothing: which query found nothing?", "name it: --query 'ai course'")
        taken = taking.take(project, _if_there(chosen, path), files, source, query or "", from_rank or 1, own_links)
        emit(taken) if as_json else searching_words.say_taken(taken)
        if taken["problems"]:
            lines = "\n  ".join(taken["problems"][:20])
            raise IncompleteError(f"{len(taken['problems'])} not read:\n  {lines}", "the others are kept")
        return
    if counts:
        found = searching.counted(project, _if_there(chosen, path))
        emit(found) if as_json else searching_words.say_counts(found, by_query=by_query)
        return
    protocol = searching.load(chosen)
    if dry_run:
        plan = searching.plan(searching.signed(project, protocol), source)
        emit(plan) if as_json else searching_words.say_plan(plan)
    elif queries or table:
        by_hand = searching.by_hand(project, protocol, source)
        if table:
            searching.write_queries(table, by_hand)
        emit({"queries": by_hand}) if as_json else None if table else searching_words.say_queries(by_hand)
    else:
        _run(project, protocol, source, allow_private, as_json)


def _run(project: Project, protocol: Protocol, source: str | None, private: bool, as_json: bool) -> None:
    from coder.cli import searching, searching_words

    searching_words.say_idle(protocol.idle())
    done = searching.search(
        project, protocol, source, private, searching_words.say_outcome, searching_words.say_resumed
    )
    emit(done.as_json()) if as_json else searching_words.say_done(done)
    if done.interrupted:
        raise KeyboardInterrupt
    failed = [f"{one.query.source}{_about(one.query.text)}: {one.problem}" for one in done.asked if one.problem]
    if failed:
        more = f"\n  and {len(failed) - 10} more" if len(failed) > 10 else ""
        hint = next((one.hint for one in done.asked if one.hint), "search again later")
        shown = "\n  ".join(failed[:10])
        raise IncompleteError(f"{len(failed)} of {len(done.asked)} queries failed:\n  {shown}{more}", hint)


def _about(text: str) -> str:
    return f", '{printable(text)[:80]}'" if text else ""


def _if_there(chosen: Path, named: Path | None) -> Path | None:
    """The protocol where there is one: results can be taken in and counted without.

    What has its name and is none (a folder, a broken link) is told when it is read.
    """
    return chosen if named is not None or os.path.lexists(chosen) else None


def _check(modes: Sequence[str], details: Mapping[str, tuple[bool, tuple[str, ...]]], source: str | None) -> None:
    """What is asked for goes together; an option that belongs to another would start a search that nobody asked for."""
    if len(modes) > 1:
        raise InputError(f"{' and '.join(modes)} do not go together", "run them one after the other")
    for name, (given, hosts) in details.items():
        if given and not set(hosts) & set(modes):
            with_ = " or ".join(hosts)
            raise InputError(
                f"{name} goes with {with_}", f"add {with_}, or leave {name} out: a search asks search.yaml"
            )
    if source is not None and {"--counts", "--example"} & set(modes):
        raise InputError(f"--source does not go with {modes[0]}, which shows every source", "leave --source out")
