"""intercoder queue: what waits for the second coder, and why."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coder.adjudicate.history import entry_words, history
from coder.cli import emit, printable
from coder.cli.project import find_project
from coder.cli.second import decided_codings, refresh_queue
from coder.errors import InputError
from coder.model import Codebook

if TYPE_CHECKING:
    from coder.adjudicate import ItemState
    from coder.cli.thresholds import Applied
    from coder.store import Store


@click.command()
@click.option("--run", "run_id", help="The run to queue from (default: the newest).")
@click.option("--gold", "gold_name", help="The gold set to compare with (default: the newest).")
@click.option(
    "--audit-rate",
    type=click.FloatRange(0, 1),
    show_default="[desk] audit_rate, by which the desk draws too",
    help="Share of the agreements drawn at random into the queue, so that being queued reveals nothing.",
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    help="Queue codes that the model gave with a measured confidence below this (see code --confidence).",
)
@click.option(
    "--route",
    "thresholds",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="What 'route --json' printed: queue the codes that may not stand by its thresholds, dimension by dimension.",
)
@click.option("--history", "item_id", metavar="ITEM", help="What was done with one item (its id from --json), by whom.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context: click.Context,
    run_id: str | None,
    gold_name: str | None,
    audit_rate: float | None,
    min_confidence: float | None,
    thresholds: Path | None,
    item_id: str | None,
    as_json: bool,
) -> None:
    """List what needs a person: disagreements with gold or between people, doubtful codes, failures, a random audit."""
    project, applied = find_project(context), None
    codebook = project.codebook()
    if audit_rate is None:
        audit_rate = project.settings.desk.audit_rate
    with project.store() as store:
        if item_id is not None:
            _tell_history(store, codebook, item_id, as_json)
            return
        if thresholds is None:
            queue = refresh_queue(store, codebook, run_id, gold_name, audit_rate, min_confidence)
        else:
            _check(audit_rate, min_confidence)
            queue, applied = _routed(store, codebook, thresholds, run_id, gold_name, audit_rate)
        names = store.version_names()
    rows = [
        {
            "id": state.item.id,
            "document": names.get(state.item.version_id, state.item.version_id),
            "dimension": state.item.dimension_id,
            "reason": state.item.reason,
            "probability": state.item.probability,
            "detail": state.item.detail,
            "settled": state.settled is not None,
        }
        for state in queue
    ]
    said = applied.lines() if applied else []
    if as_json:
        emit(rows)
        for line in said:
            click.echo(line, err=True)
        return
    from rich.console import Console

    from coder.report.plain import plain
    from coder.report.queue import queue_table

    console = Console(highlight=False)
    console.print(queue_table(rows))
    for line in said:
        console.print(plain(line, limit=2_000))


def _check(audit_rate: float, min_confidence: float | None) -> None:
    """InputError for options that would undo what the thresholds are for."""
    if min_confidence is not None:
        raise InputError("--route and --min-confidence both say which codes may stand", "give one of them")
    if not audit_rate:
        raise InputError(
            "--route with --audit-rate 0: nobody would see the codes that stand",
            "keep a random audit of them, which is what shows whether the guarantee held: --audit-rate 0.1",
        )


def _routed(
    store: Store, codebook: Codebook, path: Path, run_id: str | None, gold_name: str | None, audit_rate: float
) -> tuple[tuple[ItemState, ...], Applied]:
    """The queue by the thresholds in a file, which are those of one run."""
    from coder.cli.project import pick_gold, pick_run
    from coder.cli.thresholds import applied, check_batch, read_thresholds
    from coder.run.codings import comparable

    thresholds = read_thresholds(path, codebook)
    run = pick_run(store, run_id or thresholds.run, codebook.hash())
    if run.id != thresholds.run:
        raise InputError(
            f"{path}: thresholds of run {thresholds.run}, not of {run.id}",
            "each run has confidences of its own: intercoder route --run RUN --json > FILE",
        )
    gold = pick_gold(store, gold_name)
    reference = store.codings(gold_id=gold.id) if gold else []
    model = comparable(run, store.codings(run_id=run.id))
    check_batch(thresholds, model, reference)
    queue = refresh_queue(store, codebook, run.id, gold_name, audit_rate, standing=thresholds.standing())
    return queue, applied(thresholds, model, reference, queue)


def _tell_history(store: Store, codebook: Codebook, item_id: str, as_json: bool) -> None:
    found = [item for item in store.queue_items() if item.id == item_id]
    if not found:
        raise InputError(f"--history {item_id}: no such item", "take an id from: intercoder queue --json")
    names = {coder.id: coder.name for coder in store.coders()}
    dimension = codebook.dimension(found[0].dimension_id)
    entries = history(store.decisions(item_id), decided_codings(store), names, dimension)
    if as_json:
        emit([{**asdict(entry), "when": entry.when.isoformat()} for entry in entries])
        return
    for entry in entries:
        click.echo(printable(entry_words(entry)))
