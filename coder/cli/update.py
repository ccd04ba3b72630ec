"""intercoder update: bring a review up to date, and say what is new."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from coder.cli import emit, printable
from coder.cli.project import find_project
from coder.errors import IncompleteError, InputError

if TYPE_CHECKING:
    from coder.report.html.news import CodeMove, News, VerdictMove

HINT = "what is done is kept; run 'intercoder update' again, or the step by itself"
SHOWN = 20
"""Lines of moved codes and verdicts that the terminal shows; the page has all."""


@click.command()
@click.option(
    "--since", metavar="DATE", help="Tell what is new since a day or time (default: since the update before)."
)
@click.option("--no-search", is_flag=True, help="Do not search again.")
@click.option("--no-capture", is_flag=True, help="Do not fetch pages again.")
@click.option("--no-dedupe", is_flag=True, help="Do not look for duplicates.")
@click.option("--no-screen", is_flag=True, help="Do not screen.")
@click.option("--no-code", is_flag=True, help="Do not code.")
@click.option(
    "--audit",
    type=click.IntRange(min=0),
    help="Documents of the batch to draw for coding by hand; 0: none (default: as many as shares within .1 need).",
)
@click.option("--allow-private", is_flag=True, help="Search at addresses on your own machine or network too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context: click.Context,
    since: str | None,
    no_search: bool,
    no_capture: bool,
    no_dedupe: bool,
    no_screen: bool,
    no_code: bool,
    audit: int | None,
    allow_private: bool,
    as_json: bool,
) -> None:
    """Search, fetch, look for duplicates, screen and code again; write what is new to updates/.

    A changed text is coded again whole. Two updates in a row on the same world change nothing. What could not be
    done is done, and told, by the next one.
    """
    from coder.cli.updating import begin, clock_warnings, last_update, named, one_update, was_told, write
    from coder.cli.updating_news import flow_numbers, gather
    from coder.cli.updating_steps import STEPS, take_steps
    from coder.model import now

    project = find_project(context)
    began = now()
    asked = None if since is None else moment_of(since)
    book = project.codebook()
    with one_update(project):
        told = last_update(project, began)
        moment = asked or told.until
        for warning in clock_warnings(told, moment):
            click.echo(f"warning: {printable(warning)}", err=True)
        name = named(project, began.astimezone(UTC))
        left = dict(zip(STEPS, (no_search, no_capture, no_dedupe, no_screen, no_code), strict=True))
        with project.store() as store:
            before = flow_numbers(store, book)
        if told.first:
            begin(project, began, name)
        done = take_steps(
            project,
            [step for step in STEPS if not left[step]],
            lambda line: click.echo(printable(line), err=True),
            private=allow_private,
        )
        news, reached = gather(project, moment, told, done, before, audit, name)
        tables = [f"updates/{one.name}.csv" for one in news.audits if one.drawn and not was_told(project, one.name)]
        # Who asks for later days alone is not told what came before them: the next update still is.
        path = write(project, news, reached if moment <= told.until else told, name)
    if as_json:
        emit(_record(news, str(path)))
    else:
        _say(news, str(path), tables)
    if done.problems:
        shown = "\n  ".join(printable(one) for one in done.problems[:20])
        more = f"\n  and {len(done.problems) - 20} more" if len(done.problems) > 20 else ""
        what = "1 thing is" if len(done.problems) == 1 else f"{len(done.problems)} things are"
        raise IncompleteError(f"{what} not complete:\n  {shown}{more}", HINT)


def moment_of(text: str) -> datetime:
    """The moment that an option names: a day begins at midnight UTC. InputError where it is none, or is to come."""
    try:
        found = datetime.fromisoformat(text)
        moment = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InputError(f"--since '{text}': neither a day nor a time", "write it as 2026-11-22") from None
    if moment > datetime.now(UTC):
        raise InputError(
            f"--since {text}: is still to come", "name a moment that is past; a day begins at midnight UTC"
        )
    return moment


def _record(news: News, path: str) -> dict[str, Any]:
    from dataclasses import asdict

    return {"page": path, "nothing_new": news.nothing, **asdict(news)}


def _say(news: News, path: str, tables: list[str]) -> None:
    from coder.report.figures import p_value
    from coder.report.html.blocks import number
    from coder.report.html.news import summary
    from coder.report.remerged import Remerged

    lines = [f"since {news.since}: {summary(news)}"]
    stand = Counter(one.standing for one in news.arrived)
    if stand:
        lines.append(f"  of the new: {', '.join(f'{count:,} {state}' for state, count in stand.most_common())}")
    lines += [f"  {one.document}, {one.dimension}: {_moved(one)}" for one in (*news.moved, *news.shifted)]
    lines += [f"  {one.document}, screening: {_moved(one)}" for one in news.screened]
    lines += [f"  {one}" for one in Remerged(news.merged, news.parted).lines()]
    lines += [f"  {name}: gone: {said}" for name, said in news.vanished]
    if len(lines) > 1 + SHOWN:
        lines[1 + SHOWN :] = [f"  and {len(lines) - 1 - SHOWN} more, in the page"]
    if news.waiting:
        lines.append(f"without codes yet: {number(news.waiting, 'text')}; the update that codes them tells the codes")
    for test in news.drift:
        if test.differs:
            told = f"; {test.shift}" if test.shift else ""
            p = p_value(test.adjusted)
            lines.append(f"the documents coded now differ from those before, {test.name}: p {p}{told} (see the page)")
    lines += [
        f"a sample to code by hand: {one}; take it in with: intercoder gold import {one} --coder NAME" for one in tables
    ]
    lines.append(f"all of it: {path}")
    for line in lines:
        click.echo(printable(line))


def _moved(one: CodeMove | VerdictMove) -> str:
    words = (
        f" (text: {'; '.join(one.gone) or 'nothing'} -> {'; '.join(one.come) or 'nothing'})" if one.explained else ""
    )
    return f"{one.before} -> {one.after}{words}"
