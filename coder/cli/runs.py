"""intercoder runs: what was run, and what it took."""

from __future__ import annotations

import click

from coder.cli import emit
from coder.cli.carrying import lineage, lineage_words, summary_of
from coder.cli.project import find_project, pick_run

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")


@click.group(invoke_without_command=True)
@_json
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List the runs, of coding and of screening; 'runs show ID' tells one whole."""
    if context.invoked_subcommand is not None:
        return
    with find_project(context).store() as store:
        runs, coding = store.apart("all").runs(), {run.id for run in store.runs()}
        summaries = [summary_of(store, run) for run in runs]
        coders = {coder.id: coder.name for coder in store.coders()}
    work = {run.id: "coding" if run.id in coding else "screening" for run in runs}
    if as_json:
        rows = [
            {
                "id": run.id,
                "work": work[run.id],
                "coder": coders[run.coder_id],
                **summary.model_dump(exclude={"run_id"}),
            }
            for run, summary in zip(runs, summaries, strict=True)
        ]
        emit(rows)
        return
    from rich.console import Console

    from coder.report import runs_table

    Console().print(runs_table(runs, summaries, coders, work))


@command.command()
@click.argument("run_id", required=False)
@_json
@click.pass_context
def show(context: click.Context, run_id: str | None, as_json: bool) -> None:
    """One run (the newest that coded by default): documents, calls, tokens, cost, failures."""
    with find_project(context).store() as store:
        run = pick_run(store.apart("all") if run_id else store, run_id)
        summary, reasons = summary_of(store, run), store.failures(run.id)
        batches = store.batches(run.id)
        coder = next(coder for coder in store.coders() if coder.id == run.coder_id)
        origins = lineage(store, run)
    if as_json:
        emit(
            {
                **summary.model_dump(),
                "coder": coder.name,
                "codebook_hash": run.codebook_hash,
                "prompt_hash": run.prompt_hash,
                "parameters": run.parameters,
                "created_at": run.created_at.isoformat(),
                "batches": [state.summary() for state in batches],
                "failures": reasons,
                "lineage": origins,
            }
        )
        return
    from rich.console import Console

    from coder.report import run_view

    Console().print(run_view(run, summary, coder.name, reasons, lineage_words(run, origins), batches))
