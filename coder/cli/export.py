"""intercoder export: write codings to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coder.adjudicate import resolve
from coder.cli.evaluation import evaluate_run
from coder.cli.project import Project, find_project, pick_gold, pick_run
from coder.cli.second import decided_codings
from coder.run.codings import latest

if TYPE_CHECKING:
    from coder.export import ExportBundle
    from coder.store import Store


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--wide", is_flag=True, help="CSV: one row a document with the resolved codes (default: a row a coding).")
@click.option("--labels", is_flag=True, help="Labels instead of category ids in the wide table.")
@click.option("--texts", is_flag=True, help="The text of each document as a last column of the wide table.")
@click.option("--bom", is_flag=True, help="CSV: start with a byte order mark, for Excel on Windows.")
@click.option("--run", "run_id", help="The run whose codes are exported (default: the newest).")
@click.option("--gold", "gold_name", help="The gold set of the agreement sheet (default: the newest).")
@click.pass_context
def command(
    context: click.Context,
    path: Path,
    wide: bool,
    labels: bool,
    texts: bool,
    bom: bool,
    run_id: str | None,
    gold_name: str | None,
) -> None:
    """Write every coding, decision and resolved code to FILE; its ending names the format (csv, xlsx)."""
    from coder.export import export

    project = find_project(context)
    with project.store() as store:
        bundle = make_bundle(store, project, run_id, gold_name)
    export(path, bundle, wide=wide, labels=labels, text=texts, bom=bom)
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
    comparable = run is not None and gold is not None and {run.codebook_hash, gold.codebook_hash} == {codebook.hash()}
    found = evaluate_run(store, codebook, run.id, gold.name) if run and gold and comparable else None
    items = [item for item in store.queue_items() if run is None or item.run_id in (None, run.id)]
    decisions = store.decisions()
    documents, coders = store.current_versions(), store.coders()
    kinds = {coder.id: coder.kind for coder in coders}
    earlier = {coding.version_id for coding in (*coded, *people)} - {version.id for _, version in documents}
    return ExportBundle(
        codebook=codebook,
        documents=documents,
        coders=coders,
        codings=(*coded, *people),
        resolved=resolve(coded, people, items, decisions, decided_codings(store), kinds=kinds),
        queue_items=tuple(items),
        decisions=tuple(decision for decision in decisions if decision.item_id in {item.id for item in items}),
        agreement=found.results if found else (),
        gold_name=found.gold.name if found else "",
        gold_kind=found.kind if found else "",
        run=run,
        summary=store.summary(run.id) if run else None,
        earlier_versions=tuple(store.version(version_id) for version_id in earlier),
    )
