"""intercoder export: write codings to a file."""

from __future__ import annotations

from pathlib import Path

import click

from coder.cli.exporting import make_bundle
from coder.cli.project import find_project


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--wide", is_flag=True, help="CSV: one row a document with the resolved codes (default: a row a coding).")
@click.option("--labels", is_flag=True, help="Labels instead of category ids in the wide table.")
@click.option("--texts", is_flag=True, help="The text of each document as a last column of the wide table.")
@click.option("--bom", is_flag=True, help="CSV: start with a byte order mark, for Excel on Windows.")
@click.option(
    "--end",
    type=click.Choice(["exclusive", "inclusive"]),
    default="exclusive",
    show_default=True,
    help="qdpx: how the reader takes the end of a quote. QualCoder: exclusive; the standard's words: inclusive.",
)
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
    end: str,
    run_id: str | None,
    gold_name: str | None,
) -> None:
    """Write codings to PATH; its ending names the format.

    \b
    .csv      one row a coding; with --wide one row a document
    .xlsx     a workbook: resolved codes, documents, codings, decisions, agreement, codebook
    .jsonl    one answer a line, with evidence, memos and amounts; whole
    .parquet  one row a document, typed (extra: parquet)
    .sav      SPSS, with value labels (extra: spss)
    .dta      Stata 14 and later, with value labels
    .qdpx     REFI-QDA: MAXQDA, ATLAS.ti, NVivo, QualCoder
    .qdc      REFI-QDA: the codebook alone
    .json     Label Studio

    docs/formats.md says what each carries and what it loses; a loss is also told when it happens.
    """
    from coder.export import export

    project = find_project(context)
    with project.store() as store:
        bundle = make_bundle(store, project, run_id, gold_name)
        notes = export(path, bundle, wide=wide, labels=labels, text=texts, bom=bom, end=end)
        purged = store.count_purged()
    if purged:
        click.echo(f"{purged} texts were purged: theirs, and the words of their evidence, are left empty", err=True)
    for note in notes:
        click.echo(f"note: {note}", err=True)
    click.echo(f"{path}: {len(bundle.all_documents)} documents, {bundle.codings_in_all} codings", err=True)
