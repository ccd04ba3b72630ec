"""intercoder import: take documents in."""

from __future__ import annotations

from pathlib import Path

import click

from coder.cli import emit, printable
from coder.cli.project import find_project
from coder.errors import IncompleteError


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--id", "id_column", help="Column that names each document.")
@click.option("--text", "text_columns", multiple=True, help="Column with the text; give it again to join several.")
@click.option("--context", multiple=True, help="Variable shown to coders beside the text, not coded (default: title).")
@click.option("--sheet", help="Sheet of an XLSX file (default: the first).")
@click.option("--keep-duplicates", is_flag=True, help="Take documents in even where the text is there already.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context_: click.Context,
    paths: tuple[Path, ...],
    id_column: str | None,
    text_columns: tuple[str, ...],
    context: tuple[str, ...],
    sheet: str | None,
    keep_duplicates: bool,
    as_json: bool,
) -> None:
    """Take documents in from CSV, TSV, XLSX, JSONL, text or HTML files and folders of them.

    Columns other than the id and the text become variables. Exact duplicates are reported.
    """
    from coder.documents import ReadOptions, plan_import, read_documents

    project = find_project(context_)
    options = ReadOptions(id_column=id_column, text_columns=text_columns, sheet=sheet)
    result = read_documents(list(paths), options)
    with project.store() as store:
        pairs = store.current_versions()
        plan = plan_import(
            result.documents,
            {version.hash: document.name for document, version in pairs},
            {document.name: (document, version) for document, version in pairs},
            context=context or ("title",),
            keep_duplicates=keep_duplicates,
        )
        store.add_documents(plan.new)
        for version in plan.changed:
            store.add_version(version)
    if as_json:
        emit(
            {
                "new": len(plan.new),
                "changed": len(plan.changed),
                "unchanged": len(plan.unchanged),
                "duplicates": [list(pair) for pair in plan.duplicates],
                "problems": list(result.problems),
                "notes": list(result.notes),
            }
        )
    else:
        for note in result.notes:
            click.echo(printable(note))
        for name, original in plan.duplicates:
            kept = "kept" if keep_duplicates else "left out; --keep-duplicates takes it in"
            click.echo(printable(f"duplicate: {name} has the same text as {original} ({kept})"))
        click.echo(f"{len(plan.new)} new, {len(plan.changed)} changed, {len(plan.unchanged)} unchanged documents")
    if result.problems:
        lines = "\n  ".join(result.problems)
        raise IncompleteError(f"{len(result.problems)} files were not read:\n  {lines}", "mend them and import again")
