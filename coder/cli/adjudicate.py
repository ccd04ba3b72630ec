"""intercoder adjudicate: the second coder's desk."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

import click

from coder.cli import emit
from coder.cli.project import Project, find_project
from coder.cli.second import assigned_work, queue_again, queue_repeats, queued_run, update_queue
from coder.cli.selection import left_out
from coder.errors import InputError

if TYPE_CHECKING:
    from coder.adjudicate import Desk
    from coder.model import Codebook, Coder, Run
    from coder.settings import DeskSettings
    from coder.store import Store

Task = Literal["adjudicate", "code"]


@click.command()
@click.option("--coder", help="Your name as a coder (default: [coder] name, else your login name).")
@click.option(
    "--task",
    type=click.Choice(["adjudicate", "code"]),
    default="adjudicate",
    show_default=True,
    help="Settle what is queued, or code documents from scratch (those assigned to you, if any were).",
)
@click.option("--run", "run_id", help="The run to adjudicate (default: the newest).")
@click.option("--gold", "gold_name", help="The gold set to compare with (default: the newest).")
@click.option("--screening", is_flag=True, help="The criteria of screening in place of the codebook's dimensions.")
@click.option("--plain", is_flag=True, help="Line by line, for screen readers and poor links.")
@click.option("--web", is_flag=True, help="In a browser, on this machine's loopback address, behind a one-time token.")
@click.option("--port", default=8765, show_default=True, help="Of --web.")
@click.option("--public-url", default="", help="Of --web behind a proxy: the address that browsers open.")
@click.option("--open", "open_", is_flag=True, help="Show the other codes at once (for training; it is recorded).")
@click.option(
    "--reveal",
    type=click.Choice(["document", "item"]),
    default="document",
    show_default=True,
    help="When the other codes are shown: after your answers to all of a document, or after each.",
)
@click.option(
    "--order",
    type=click.Choice(["document", "value", "likely", "random"]),
    default="document",
    show_default=True,
    help="The oldest document first, where an answer is expected to change the most, what is likeliest to be included "
    "(with --screening), or mixed by --seed.",
)
@click.option("--seed", type=int, default=20210215, show_default=True, help="Of --order random.")
@click.option("--summary", is_flag=True, help="Open no desk: say what you did so far, and how far it agrees.")
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON on standard output.")
@click.pass_context
def command(
    context: click.Context,
    coder: str | None,
    task: Task,
    run_id: str | None,
    gold_name: str | None,
    screening: bool,
    plain: bool,
    web: bool,
    port: int,
    public_url: str,
    open_: bool,
    reveal: Literal["document", "item"],
    order: Literal["document", "value", "likely", "random"],
    seed: int,
    summary: bool,
    as_json: bool,
) -> None:
    """Settle what is queued: your own answers first, then the other codes and their evidence, then the decision.

    Every answer is stored before it is shown as saved; quitting, or losing the terminal, loses nothing.
    """
    from coder.adjudicate import Desk
    from coder.cli.session import say, summary_of
    from coder.documents import segment

    project = _project(context, screening)
    if as_json and plain and not summary:
        raise InputError(
            "--json does not go with --plain, which speaks there too", "after it: adjudicate --summary --json"
        )
    if order == "likely" and not screening:
        raise InputError("--order likely is for screening", "give --screening too, or another order")
    if web:
        from coder.cli.web import serve_desk

        serve_desk(context, port, public_url)
        return
    codebook = project.codebook()
    with project.store() as store:
        store.save_codebook(codebook)
        name = coder or project.person
        person = _known(store, name) if summary else store.coder(name, "person")
        run = None if task == "code" else _run(store, codebook, run_id, screening)
        if not summary:
            if screening and run is not None:
                queue_again(store, codebook, run)
            else:
                _prepare(store, project, person, task, run_id, gold_name)
            left = left_out(store, codebook)  # by the criteria's codebook, which has none, the merged alone
            queue_repeats(store, person, project.settings.desk, left)
            desk = Desk(
                store,
                codebook,
                person,
                lambda version: segment(version.text, version.language),
                run_id=run.id if run else None,
                open_=open_,
                task=task,
                reveal=reveal,
                order=order,
                seed=seed,
                lease=project.settings.desk.lease_minutes * 60,
                unreadable=store.purged_versions(),
                aside=left.versions,
                likely=_likely(store, codebook) if order == "likely" else None,
            )
            _say_unreadable(desk)
            _work(desk, plain, project.settings.desk)
        found = summary_of(store, codebook, run, person)
    if as_json:
        emit(found)
        return
    if not summary:
        progress = desk.progress()
        click.echo(f"{progress.done} of {progress.total} {'coded' if task == 'code' else 'settled'}", err=True)
    say(found)


def _project(context: click.Context, screening: bool) -> Project:
    """The project, or what it asks of documents before they are coded."""
    project = find_project(context)
    if not screening:
        return project
    from coder.cli.screening import screening_of

    return screening_of(project)


def _likely(store: Store, codebook: Codebook) -> dict[str, float]:
    from coder.cli.screening_order import likeliest

    return likeliest(store, codebook)


def _run(store: Store, codebook: Codebook, run_id: str | None, screening: bool) -> Run | None:
    if screening and not any(run.codebook_hash == codebook.hash() for run in store.runs()):
        raise InputError("nothing was screened by these criteria yet", "screen the documents first: intercoder screen")
    return queued_run(store, codebook, run_id)


def _say_unreadable(desk: Desk) -> None:
    """InputError where nothing is left to read."""
    if desk.unreadable and not desk.order:
        raise InputError(
            f"the texts of all {desk.unreadable} queued questions were purged", "only texts that are there can be read"
        )
    if desk.unreadable:
        click.echo(f"{desk.unreadable} queued questions are left out: their texts were purged", err=True)


def _known(store: Store, name: str) -> Coder:
    people = {one.name: one for one in store.coders() if one.kind == "person"}
    if name not in people:
        known = ", ".join(sorted(people)) or "nobody yet"
        raise InputError(f"no person '{name}' coded here", f"known: {known}; name one with --coder")
    return people[name]


def _prepare(
    store: Store, project: Project, person: Coder, task: Task, run_id: str | None, gold_name: str | None
) -> None:
    if task == "code":
        assigned_work(store, project.codebook(), person)
    else:
        update_queue(store, project.codebook(), run_id, gold_name, project.settings.desk.audit_rate)


def _work(desk: Desk, plain: bool, settings: DeskSettings) -> None:
    """The session itself; what this coder has taken is given back however it ends."""
    try:
        if plain:
            from coder.adjudicate import run_plain

            run_plain(desk, sys.stdin, sys.stdout)
        else:
            from coder.tui import run

            run(desk, settings.bindings, settings.theme)
    finally:
        desk.leave()
