"""intercoder import: take documents in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coder.cli import emit, printable
from coder.cli.project import find_project
from coder.errors import IncompleteError

if TYPE_CHECKING:
    from coder.documents import ImportOptions, ImportPlan, ImportResult
    from coder.store import Store


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--id", "id_column", help="Column that names each document.")
@click.option("--text", "text_columns", multiple=True, help="Column with the text; give it again to join several.")
@click.option("--context", multiple=True, help="Variable shown to coders beside the text, not coded (default: title).")
@click.option("--sheet", help="Sheet of an XLSX file (default: the first).")
@click.option("--encoding", default="", help="Of CSV and text files, where the one that was found is wrong.")
@click.option("--delimiter", default="", help="Of CSV files, where the one that was found is wrong.")
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
    encoding: str,
    delimiter: str,
    keep_duplicates: bool,
    as_json: bool,
) -> None:
    """Take documents in from CSV, TSV, XLSX, JSONL, text or HTML files and folders of them.

    Columns other than the id and the text become variables. Exact duplicates are reported.
    """
    from coder.documents import ImportOptions

    project = find_project(context_)
    options = ImportOptions(
        id_column=id_column or "", text_columns=text_columns, sheet=sheet or "", encoding=encoding, delimiter=delimiter
    )
    with project.store() as store:
        result, plan = take_in(
            store, list(paths), options, context=context or ("title",), keep_duplicates=keep_duplicates
        )
    if as_json:
        emit(
            {
                "new": len(plan.new),
                "changed": len(plan.versions),
                "unchanged": len(plan.unchanged),
                "duplicates": [duplicate.model_dump() for duplicate in plan.duplicates],
                "problems": list(result.problems),
                "notes": [*result.notes, *plan.notes],
            }
        )
    else:
        for note in (*result.notes, *plan.notes):
            click.echo(printable(note), err=True)
        click.echo(
            f"{len(plan.new)} new, {len(plan.versions)} changed, {len(plan.unchanged)} unchanged documents; "
            f"{sum(not duplicate.kept for duplicate in plan.duplicates)} duplicates left out",
            err=True,
        )
    if result.problems:
        lines = "\n  ".join(result.problems)
        raise IncompleteError(f"{len(result.problems)} not read:\n  {lines}", "mend them and import again")


def take_in(
    store: Store, paths: list[Path], options: ImportOptions, *, context: tuple[str, ...], keep_duplicates: bool
) -> tuple[ImportResult, ImportPlan]:
    """Read documents and store those that are new or changed; what was read, and what was done with it."""
    from coder.documents import plan_import, read_documents

    result = read_documents(paths, options)
    plan = plan_import(result.documents, store.current_versions(), context=context, keep_duplicates=keep_duplicates)
    store.add_documents(plan.new)
    for version in plan.versions:
        store.add_version(version)
    return result, plan
