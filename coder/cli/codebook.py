"""intercoder codebook: check, show, compare, test, import and export codebooks."""

from __future__ import annotations

from pathlib import Path

import click

from coder.cli import emit
from coder.cli.project import find_project
from coder.codebook import changed_dimensions, compare, load_codebook

_path = click.argument("path", type=click.Path(path_type=Path), required=False)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")


@click.group()
def command() -> None:
    """Check, show, compare, test, import and export codebooks."""


def _resolve(context: click.Context, path: Path | None) -> Path:
    return path if path is not None else find_project(context).codebook_path


@command.command()
@_path
@click.pass_context
def check(context: click.Context, path: Path | None) -> None:
    """Validate a codebook (the project's by default); errors name the line."""
    where = _resolve(context, path)
    codebook = load_codebook(where)
    categories = sum(len(dimension.codes) for dimension in codebook.dimensions)
    click.echo(
        f"{where}: sound. {codebook.name} {codebook.version}: {len(codebook.dimensions)} dimensions, "
        f"{categories} categories, {len(codebook.criteria)} criteria, hash {codebook.hash()[:12]}"
    )


@command.command()
@_path
@_json
@click.pass_context
def show(context: click.Context, path: Path | None, as_json: bool) -> None:
    """Show a codebook as coders read it."""
    codebook = load_codebook(_resolve(context, path))
    if as_json:
        emit({**codebook.model_dump(mode="json", by_alias=True), "hash": codebook.hash()})
        return
    from rich.console import Console

    from coder.report import codebook_view

    Console().print(codebook_view(codebook))


@command.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@_json
def diff(old: Path, new: Path, as_json: bool) -> None:
    """Compare two codebooks, and say which dimensions have to be coded again."""
    before, after = load_codebook(old), load_codebook(new)
    differences, again = compare(before, after), changed_dimensions(before, after)
    if as_json:
        emit({"differences": [item.model_dump() for item in differences], "code_again": list(again)})
        return
    from rich.console import Console

    from coder.report import diff_view

    Console().print(diff_view(differences, again))


@command.command("test")
@click.option("--documents", type=click.IntRange(min=0), default=10, show_default=True, help="Documents to draw.")
@click.option("--dimension", "wanted", multiple=True, metavar="ID", help="Test this one only; may be repeated.")
@_json
@click.pass_context
def behaviour(context: click.Context, documents: int, wanted: tuple[str, ...], as_json: bool) -> None:
    """See how the codebook behaves with the project's model; needs no gold, stores nothing.

    Are definitions taken for what they define? Do codes change when the categories are listed last first, or when a
    dimension is asked without the others? Says what is weak and what to do.
    """
    from coder.cli.behaviour import finish, show, try_codebook

    found = try_codebook(find_project(context), documents, wanted, quiet=as_json)
    if as_json:
        emit(found.record())
    else:
        show(found)
    finish(found)


@command.command("import")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), help="Write here (default: print it).")
@click.option("--replace", is_flag=True, help="With --to: replace a file that is there.")
@click.option(
    "--kind",
    type=click.Choice(["nominal", "ordinal", "multilabel"]),
    default="nominal",
    show_default=True,
    help="Of dimensions whose kind the file does not say.",
)
def import_(path: Path, target: Path | None, replace: bool, kind: str) -> None:
    """Make a codebook in YAML of a table (.csv, .xlsx) or a REFI-QDA codebook (.qdc).

    A table has a row a category: a column 'dimension', one 'code' or 'label', and what else there is of kind,
    question, definition, include, exclude, examples. Read the result through before you code with it.
    """
    from coder.errors import InputError
    from coder.export.codebook_file import codebook_yaml, read_codebook, save_codebook

    codebook = read_codebook(path, kind)
    if target is None:
        click.echo(codebook_yaml(codebook), nl=False)
        return
    if target.exists() and not replace:
        raise InputError(f"{target}: is there already", "name another file, or replace it with --replace")
    if target.suffix.lower() != ".yaml":
        raise InputError(f"{target}: a codebook is kept as YAML", "end the name in .yaml")
    save_codebook(target, codebook)
    click.echo(f"{target}: {len(codebook.dimensions)} dimensions, {len(codebook.criteria)} criteria", err=True)


@command.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--from", "path", type=click.Path(path_type=Path), help="The codebook (default: the project's).")
@click.pass_context
def export(context: click.Context, target: Path, path: Path | None) -> None:
    """Write a codebook to TARGET: .yaml, .csv, .xlsx, .qdc (REFI-QDA) or .xml (Label Studio's configuration)."""
    from coder.export.codebook_file import save_codebook

    codebook = load_codebook(_resolve(context, path))
    save_codebook(target, codebook)
    if target.suffix.lower() == ".qdc":
        lost = "kinds of dimensions, bins, units, conditions and evidence rules"
        click.echo(f"note: .qdc does not carry {lost}; .yaml, .csv and .xlsx do", err=True)
    click.echo(f"{target}: {len(codebook.dimensions)} dimensions", err=True)


@command.command()
@click.argument("path", metavar="MAP", type=click.Path(path_type=Path))
@click.option("--apply", "write", is_flag=True, help="Do it; without, only what would happen is shown.")
@_json
@click.pass_context
def migrate(context: click.Context, path: Path, write: bool, as_json: bool) -> None:
    """Carry codes over to the codebook as it is now, by an explicit map (YAML).

    Renamed and merged categories keep their codes, with lineage; a split goes back to the queue; gold sets become a
    new version. What the map leaves open is refused. Nothing is changed or deleted: rows are added.
    """
    from coder.cli.migrating import apply, plan
    from coder.codebook.map_file import read_map

    project = find_project(context)
    given = read_map(path)
    with project.store() as store:
        made = plan(store, project, given, str(path))
        found = made.record() | {"applied": write, "gold": [], "runs": []}
        if write:
            found |= apply(store, made, project.person)
    if as_json:
        emit(found)
        return
    from rich.console import Console

    from coder.report.codebook import migration_view

    Console(highlight=False).print(migration_view(found))
