"""intercoder analyze: shares of the categories and cross-tabs, corrected for the model's errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coder.cli import emit
from coder.cli.project import find_project
from coder.errors import InputError

if TYPE_CHECKING:
    from coder.cli.analysis import Analysis
    from coder.inference.analysis import Corrected, Universe


@click.command()
@click.argument("dimensions", nargs=-1)
@click.option("--cross", metavar="DIMENSION", help="By another dimension, with a test of independence.")
@click.option("--by", "variable", metavar="VARIABLE", help="By a variable of the documents, with a test.")
@click.option(
    "--method",
    type=click.Choice(["dsl", "ppi"]),
    default="dsl",
    show_default=True,
    help="Of correction: design-based supervised learning, or PPI++ (equal probabilities only).",
)
@click.option(
    "--population",
    "universe",
    type=click.Choice(["super", "finite"]),
    default="super",
    show_default=True,
    help="Intervals for a stream of such documents, of which these are a sample (wider), or for these documents alone.",
)
@click.option("--sample", help="The sample to use (default: the newest that was coded).")
@click.option("--run", "run_id", help="The run to analyze (default: the newest).")
@click.option("--gold", "gold_name", help="The hand codes (default: the newest set); see 'eval --gold'.")
@click.option("--cluster", metavar="VARIABLE", help="Intervals and tests robust to documents that share a source.")
@click.option(
    "--level", type=click.FloatRange(0.5, 1, max_open=True), default=0.95, show_default=True, help="Of the intervals."
)
@click.option("--drift", metavar="VARIABLE", help="Instead: do the model's codes differ between its values?")
@click.option("--new-since", metavar="DATE", help="Instead: do documents imported since a day differ from the rest?")
@click.option("--together", is_flag=True, help="Instead: which labels of a multi-label dimension come together?")
@click.option("--plot", is_flag=True, help="Draw the shares as bars too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context: click.Context,
    dimensions: tuple[str, ...],
    cross: str | None,
    variable: str | None,
    method: Corrected,
    universe: Universe,
    sample: str | None,
    run_id: str | None,
    gold_name: str | None,
    cluster: str | None,
    level: float,
    drift: str | None,
    new_since: str | None,
    together: bool,
    plot: bool,
    as_json: bool,
) -> None:
    """Shares of each dimension's categories: the model's, people's, and the model's corrected by people's.

    The corrected ones need a probability sample of hand codes (see 'intercoder sample').
    """
    asked = {"--cross": cross, "--by": variable, "--drift": drift, "--new-since": new_since}
    asked |= {"--together": "" if together else None}
    if len(given := [option for option, value in asked.items() if value is not None]) > 1:
        raise InputError(f"{' and '.join(given)} are asked one at a time", "leave out all but one")
    if given and plot:
        raise InputError("--plot goes with shares alone", f"leave it out, or {given[0]}")
    if given and method != "dsl":
        raise InputError(f"--method {method} goes with shares alone", f"leave it out, or {given[0]}")
    from coder.cli import crossing
    from coder.cli.analysis import Analysis, record, share_dimensions
    from coder.cli.carrying import lineage, lineage_words
    from coder.cli.crossing import cross_by, cross_with
    from coder.cli.drifting import find_drift
    from coder.cli.population import Intervals, find_population, named_dimensions

    project = find_project(context)
    codebook = project.codebook()
    wanted = named_dimensions(codebook, dimensions)
    with project.store() as store:
        population = find_population(store, codebook, run_id=run_id, gold_name=gold_name, sample=sample)
        origins = lineage(store, population.run)
    intervals = Intervals(cluster, level)
    if cross is not None:
        (other,) = named_dimensions(codebook, [cross])
        rows = [dimension for dimension in wanted if dimension.id != other.id]
        if not rows:
            raise InputError(f"--cross {cross}: by itself", "name another dimension")
        found = Analysis(population, crosses=cross_with(population, rows, other, intervals))
    elif variable is not None:
        found = Analysis(population, crosses=cross_by(population, wanted, variable, intervals))
    elif drift is not None or new_since is not None:
        found = find_drift(population, wanted, drift, new_since, cluster)
    elif together:
        found = Analysis(population, together=crossing.together(population, wanted))
    else:
        found = Analysis(population, share_dimensions(population, wanted, intervals))
    if as_json:
        emit({**record(found, universe, method), "lineage": origins})
    else:
        for line in lineage_words(population.run, origins):
            click.echo(line)
        _show(found, universe, method, plot=plot)


def _show(found: Analysis, universe: Universe, method: Corrected, *, plot: bool) -> None:
    from rich.console import Console

    from coder.report.crosstabs import cross_view, together_view
    from coder.report.drift import drift_view
    from coder.report.shares import shares_view

    console = Console(highlight=False)
    gold = found.population.reference
    words = f"run {found.population.run.id}, {gold.words if gold else 'no gold'}"
    if found.shares:
        wide, examples = console.width >= 100, found.population.examples
        console.print(shares_view(found.shares, words, universe, method, examples=examples, wide=wide))
    if plot:
        from coder.report.bars import bars_view

        console.print(bars_view(found.shares, method, console.width))
    for one in found.crosses:
        console.print(cross_view(one, universe))
    for pair in found.together:
        console.print(together_view(pair))
    if found.batches:
        console.print(drift_view(found.batches))
