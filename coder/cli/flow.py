"""intercoder flow: the PRISMA 2020 flow of a review, as numbers, table and diagram."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import BinaryIO

import click

from coder.cli import emit
from coder.cli.project import find_project


@click.command()
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Draw the diagram.")
@click.option("--csv", "path", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the boxes.")
@click.option(
    "--database",
    "databases",
    multiple=True,
    metavar="SOURCE",
    help="A source that counts as a database or register (PubMed and its like do without saying); may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context: click.Context, svg: Path | None, path: Path | None, databases: tuple[str, ...], as_json: bool
) -> None:
    """The flow of records by PRISMA 2020: identified, duplicates removed, screened, retrieved, assessed, included.

    Every record is in one state, and every number a sum over states, so that what goes into a box comes out of it.
    """
    from coder.cli.flowing import check_sources, flow, record, table
    from coder.export.atomic import write_atomically
    from coder.export.table_csv import cell
    from coder.report.flow import flow_table
    from coder.report.flow_drawing import flow_svg

    project = find_project(context)
    codebook = project.codebook()
    with project.store() as store:
        found = flow(store, codebook, databases)
    check_sources(found, databases)
    labels = {criterion.id: criterion.label or criterion.id for criterion in codebook.criteria}
    if svg is not None:
        drawing = flow_svg(found, labels).encode()
        write_atomically(svg, lambda handle: _write(handle, drawing))
        click.echo(f"{svg}: the diagram", err=True)
    if path is not None:
        text = io.StringIO(newline="")
        rows = csv.writer(text)
        rows.writerow(("box", "column", "detail", "records"))
        rows.writerows((box, column, cell(detail), count) for box, column, detail, count in table(found))
        written = text.getvalue().encode()
        write_atomically(path, lambda handle: _write(handle, written))
        click.echo(f"{path}: the boxes", err=True)
    if as_json:
        emit(record(found))
    elif svg is None and path is None:
        from rich.console import Console

        Console(highlight=False).print(flow_table(found, labels))


def _write(handle: BinaryIO, content: bytes) -> None:
    handle.write(content)
