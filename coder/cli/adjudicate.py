"""intercoder adjudicate: the second coder's desk."""

from __future__ import annotations

import sys
from typing import Literal

import click

from coder.cli.project import find_project, pick_run
from coder.cli.second import refresh_queue


@click.command()
@click.option("--coder", help="Your name as a coder (default: [coder] name, else your login name).")
@click.option("--run", "run_id", help="The run to adjudicate (default: the newest).")
@click.option("--gold", "gold_name", help="The gold set to compare with (default: the newest).")
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
    type=click.Choice(["document", "value", "random"]),
    default="document",
    show_default=True,
    help="The oldest document first, where an answer is expected to change the most, or mixed by --seed.",
)
@click.option("--seed", type=int, default=20210215, show_default=True, help="Of --order random.")
@click.pass_context
def command(
    context: click.Context,
    coder: str | None,
    run_id: str | None,
    gold_name: str | None,
    plain: bool,
    web: bool,
    port: int,
    public_url: str,
    open_: bool,
    reveal: Literal["document", "item"],
    order: Literal["document", "value", "random"],
    seed: int,
) -> None:
    """Settle what is queued: your own answers first, then the other codes and their evidence, then the decision.

    Every answer is stored before it is shown as saved; quitting, or losing the terminal, loses nothing.
    """
    from coder.adjudicate import Desk
    from coder.documents import segment

    project = find_project(context)
    if web:
        from coder.cli.web import serve_desk

        serve_desk(context, port, public_url)
        return
    codebook = project.codebook()
    with project.store() as store:
        store.save_codebook(codebook)
        refresh_queue(store, codebook, run_id, gold_name)
        run_coded = pick_run(store, run_id, codebook.hash())
        person = store.coder(coder or project.person, "person")
        desk = Desk(
            store,
            codebook,
            person,
            lambda version: segment(version.text, version.language),
            run_id=run_coded.id,
            open_=open_,
            reveal=reveal,
            order=order,
            seed=seed,
        )
        if plain:
            from coder.adjudicate import run_plain

            run_plain(desk, sys.stdin, sys.stdout)
        else:
            from coder.tui import run

            run(desk)
        desk.leave()
        progress = desk.progress()
    click.echo(f"{progress.done} of {progress.total} settled", err=True)
