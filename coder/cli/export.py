"""intercoder export: write codings to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coder.adjudicate import resolve
from coder.cli.eval_ import evaluate_run
from coder.cli.project import Project, find_project, pick_gold, pick_run
from coder.cli.second import decided_codings
from coder.errors import InputError
from coder.run.codings import latest

if TYPE_CHECKING:
    from coder.export import ExportBundle
    from coder.store import Store


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--wide", is_flag=True, help="CSV: one row a document with the resolved codes (default: a row a coding).")
@click.option("--labels", is_flag=True, help="Labels instead of category ids in the wide table.")
@click.option("--run", "run_id", help="The run whose codes are exported (default: the newest).")
@click.option("--gold", "gold_name", help="The gold set of the agreement sheet (default: the newest).")
@click.pass_context
def command(
    context: click.Context, path: Path, wide: bool, labels: bool, run_id: str | None, gold_name: str | None
) -> None:
    """Write every coding, decision and resolved code to FILE; its ending names the format (csv, xlsx)."""
    from coder.export import export

    project = find_project(context)
    with project.store() as store:
        bundle = make_bundle(store, project, run_id, gold_name)
    export(path, bundle, wide=wide, labels=labels)
    click.echo(f"{path}: {len(bundle.documents)} documents, {len(bundle.codings)} codings", err=True)


def make_bundle(store: Store, project: Project, run_id: str | None, gold_name: str | None) -> ExportBundle:
    """All that an export writes. Without a run, documents and human codings alone."""
    from coder.export import ExportBundle

    codebook = project.codebook()
    runs = store.runs()
    run = pick_run(store, run_id) if runs or run_id else None
    coded = latest(store.codings(run_id=run.id)) if run else []
    people = [coding for coding in store.codings() if coding.run_id is None]
    gold = pick_gold(store, gold_name)
    try:
        agreement = evaluate_run(store, codebook, run.id, gold.name).results if run and gold else ()
    except InputError:  # coded with another codebook: there is no agreement to show
        agreement = ()
    items = [item for item in store.queue_items() if run is None or item.run_id == run.id]
    decisions = store.decisions()
    return ExportBundle(
        codebook=codebook,
        documents=tuple(store.current_versions()),
        coders=tuple(store.coders()),
        codings=(*coded, *people),
        resolved=resolve(coded, people, items, decisions, decided_codings(store)),
        decisions=tuple(decisions),
        queue_items=tuple(items),
        agreement=agreement,
        run=run,
    )
