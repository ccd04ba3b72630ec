"""intercoder queue: what waits for the second coder, and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from coder.adjudicate.history import entry_words, history
from coder.cli import emit, printable
from coder.cli.project import find_project
from coder.cli.second import decided_codings, refresh_queue
from coder.errors import InputError
from coder.model import Codebook

if TYPE_CHECKING:
    from coder.store import Store


@click.command()
@click.option("--run", "run_id", help="The run to queue from (default: the newest).")
@click.option("--gold", "gold_name", help="The gold set to compare with (default: the newest).")
@click.option(
    "--audit-rate",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    help="Share of the agreements drawn at random into the queue, so that being queued reveals nothing.",
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    help="Queue codes that the model gave with a measured confidence below this (see code --confidence).",
)
@click.option("--history", "item_id", metavar="ITEM", help="What was done with one item (its id from --json), by whom.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context: click.Context,
    run_id: str | None,
    gold_name: str | None,
    audit_rate: float,
    min_confidence: float | None,
    item_id: str | None,
    as_json: bool,
) -> None:
    """List what needs a person: disagreements with gold or between people, doubtful codes, failures, a random audit."""
    project = find_project(context)
    with project.store() as store:
        if item_id is not None:
            _tell_history(store, project.codebook(), item_id, as_json)
            return
        queue = refresh_queue(store, project.codebook(), run_id, gold_name, audit_rate, min_confidence)
        names = {version.id: document.name for document, version in store.current_versions()}
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
    if as_json:
        emit(rows)
        return
    from rich.console import Console

    from coder.report import queue_table

    Console().print(queue_table(rows))


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
