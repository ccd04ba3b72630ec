"""intercoder report: one HTML file that opens anywhere, from what the project's store holds."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from coder.cli.init import FIGURES
from coder.cli.project import Project, find_project
from coder.errors import InputError

if TYPE_CHECKING:
    from coder.model import Codebook
    from coder.report.html.facts import Reported
    from coder.report.html.plan import Plan


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), default=Path("report.html"), metavar="[FILE]")
@click.option("--run", "run_id", help="The run to report (default: the newest with this codebook).")
@click.option("--gold", "gold_name", help="The reference (default: the newest set); see 'eval --gold'.")
@click.option(
    "--codes",
    type=click.Choice(["resolved", "gold"]),
    help="Which codes frequencies speak of (default: resolved ones where there is a run, else gold's).",
)
@click.option(
    "--figures",
    "figures",
    type=click.Path(path_type=Path),
    help=f"Which figures (default: {FIGURES} beside the codebook).",
)
@click.option(
    "--compare", type=click.Path(path_type=Path), metavar="YAML", help="Beside published figures, with intervals."
)
@click.option(
    "--cluster", metavar="VARIABLE", help="Intervals of agreement that resample documents of one source together."
)
@click.option(
    "--assets",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Also each figure as SVG and PNG, each table as CSV.",
)
@click.option("--seed", type=int, default=20210215, show_default=True, help="Of the bootstrap.")
@click.pass_context
def command(
    context: click.Context,
    path: Path,
    run_id: str | None,
    gold_name: str | None,
    codes: Reported | None,
    figures: Path | None,
    compare: Path | None,
    cluster: str | None,
    assets: Path | None,
    seed: int,
) -> None:
    """Write the report to FILE (default: report.html): one HTML file that needs no network.

    What was coded, by whom, with which codebook; agreement, frequencies, figures, methods, checklists, limits.
    """
    from coder.cli.reporting import Asked, gather
    from coder.export.atomic import write_atomically
    from coder.report.html.build import build
    from coder.report.html.page import page
    from coder.report.html.published import load_published

    project = find_project(context)
    codebook = project.codebook()
    plan = _plan(project, codebook, figures)
    published = load_published(compare) if compare else None
    crosses = tuple((one.dimension, one.by) for one in plan.figures if one.by) if plan else ()
    with project.store() as store:
        facts = gather(store, project, Asked(run_id, gold_name, codes, cluster, crosses), seed)
    report = build(facts, plan, published)
    text = page(report).encode()
    write_atomically(path, partial(_write, text))
    said = [f"{path}: {len(report.tables)} tables, {len(report.pictures)} figures, {len(text) / 1e6:.1f} MB"]
    if assets is not None:
        from coder.cli.assets import write_assets

        said.append(f"{assets}: {write_assets(assets, report)} files")
    for line in said:
        click.echo(line, err=True)


def _write(content: bytes, handle: BinaryIO) -> None:
    handle.write(content)


def _plan(project: Project, codebook: Codebook, named: Path | None) -> Plan | None:
    """The figures asked for, else those that lie beside the codebook, else one a dimension."""
    from coder.report.html.plan import default_plan, load_plan

    beside = project.codebook_path.with_name(FIGURES)
    if named is not None and not named.is_file():
        raise InputError(f"--figures {named}: no such file", "docs/report.md shows what it holds")
    found = named or (beside if beside.is_file() else None)
    return load_plan(found, codebook) if found else default_plan(codebook)
