"""intercoder import: take documents in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coder.cli import emit, printable
from coder.cli.project import Project, find_project
from coder.errors import IncompleteError, InputError

if TYPE_CHECKING:
    from coder.documents import ImportOptions, ImportPlan, ImportResult
    from coder.store import Store


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="PATH|URL...")
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
    sources: tuple[str, ...],
    id_column: str | None,
    text_columns: tuple[str, ...],
    context: tuple[str, ...],
    sheet: str | None,
    encoding: str,
    delimiter: str,
    keep_duplicates: bool,
    as_json: bool,
) -> None:
    """Take documents in from CSV, TSV, XLSX, JSONL, text, HTML, PDF or Word files, folders of them, and web addresses.

    Columns other than the id and the text become variables. Exact duplicates are reported. A .txt file that holds
    addresses only is a list of pages; they are retrieved as 'intercoder capture' does it.
    """
    from coder.cli.addresses import sorted_out
    from coder.documents import ImportOptions

    project = find_project(context_)
    paths, addresses = sorted_out(sources)
    if addresses:
        if paths:
            raise InputError("files and web addresses in one import", "take them in one after the other")
        _pages(project, addresses, as_json)
        return
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


def _pages(project: Project, addresses: list[tuple[str, str]], as_json: bool) -> None:
    """Retrieve pages by their addresses; those that have their text already are not asked for."""
    from coder.cli.addresses import wanted_pages
    from coder.cli.capture import retrieve, rules_of, tell

    rules_of(project)  # without a contact address nothing is stored either
    with project.store() as store:
        wanted, here = wanted_pages(store, addresses)
        done = retrieve(project, store, wanted)
    if here:
        click.echo(f"{here} are here already: intercoder capture --again asks for them again", err=True)
    tell(done, as_json, already=here)


def take_in(
    store: Store, paths: list[Path], options: ImportOptions, *, context: tuple[str, ...], keep_duplicates: bool
) -> tuple[ImportResult, ImportPlan]:
    """Read documents and store those that are new or changed; what was read, and what was done with it."""
    from coder.documents import plan_import, read_documents

    result = read_documents(paths, options)
    states = store.newest_states()
    existing = [(document, states[document.id]) for document in store.each_document() if document.id in states]
    plan = plan_import(result.documents, existing, context=context, keep_duplicates=keep_duplicates)
    store.add_documents(plan.new)
    for version in plan.versions:
        store.add_version(version)
    return result, plan
