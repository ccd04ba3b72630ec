"""intercoder sample: draw documents for coding by hand, with known probability."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from coder.cli import emit
from coder.cli.project import find_project

DEFAULT_NAME, SEED = "sample", 20210215


@click.command()
@click.option("--n", type=click.IntRange(min=1), help="How many documents to draw (with --cluster: how many clusters).")
@click.option(
    "--half-width",
    type=click.FloatRange(0, 0.5, min_open=True),
    help="In place of --n: as many as shares to each side of this need (default: 0.1).",
)
@click.option("--stratify", metavar="DIMENSION", help="Draw within each of the newest run's codes of a dimension.")
@click.option(
    "--allocation",
    type=click.Choice(["proportional", "equal"]),
    default="proportional",
    show_default=True,
    help="With --stratify: by a code's frequency, or the same number of each (for rare ones).",
)
@click.option("--cluster", metavar="VARIABLE", help="Draw all documents of a source together.")
@click.option("--where", metavar="VARIABLE=VALUE", help="Only from documents with this value.")
@click.option("--new-since", metavar="DATE", help="Only from documents imported on this day (YYYY-MM-DD) or later.")
@click.option("--name", default=DEFAULT_NAME, show_default=True, help="Of the sample; each name is drawn once.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of the draw.")
@click.option("--csv", "path", type=click.Path(path_type=Path), help="Write a table to code in, for gold import.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context: click.Context,
    n: int | None,
    half_width: float | None,
    stratify: str | None,
    allocation: Literal["proportional", "equal"],
    cluster: str | None,
    where: str | None,
    new_since: str | None,
    name: str,
    seed: int,
    path: Path | None,
    as_json: bool,
) -> None:
    """Draw documents at random for coding by hand, and keep the probability of each.

    Shares of all documents can be corrected from such a sample, and from no other (see 'intercoder analyze').
    """
    from coder.cli.drawing import Design, draw, record, store_sample, write_table

    project = find_project(context)
    design = Design(n, half_width, stratify, allocation, cluster, where, new_since)
    with project.store() as store:
        codebook = project.codebook()
        found = draw(store, codebook, design, name, seed)
        if path is not None:  # first, so that a table that cannot be written leaves no sample behind
            write_table(path, found.drawn, codebook)
        store_sample(store, found)
    if as_json:
        emit(record(found))
        return
    for note in found.notes:
        click.echo(note, err=True)
    from rich.console import Console

    from coder.report.sample import sample_view

    Console(highlight=False).print(sample_view(found.name, found.drawn_documents, found.sample, found.strata))
    if path is not None:
        click.echo(f"a table to code in: {path}; take it in with: intercoder gold import {path} --coder NAME", err=True)
