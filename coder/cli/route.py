"""intercoder route: which of the model's codes may stand without a person, with a stated guarantee."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coder.cli import emit
from coder.cli.project import find_project

if TYPE_CHECKING:
    from coder.cli.routing import Method

_share = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command()
@click.argument("dimensions", nargs=-1)
@click.option(
    "--target", type=_share, default=0.95, show_default=True, help="Agreement wanted among the codes that stand."
)
@click.option(
    "--delta", type=_share, default=0.10, show_default=True, help="Accepted risk of missing it (with --method ltt)."
)
@click.option(
    "--method",
    type=click.Choice(["ltt", "fdr", "joint"]),
    default="ltt",
    show_default=True,
    help="ltt: agreement among the accepted, by learn then test. fdr: the mean share wrong among the accepted of all "
    "dimensions. joint: the mean share of all documents accepted with a wrong code.",
)
@click.option("--run", "run_id", help="The run to route (default: the newest).")
@click.option("--gold", "gold_name", help="The hand codes (default: the newest set); see 'eval --gold'.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context: click.Context,
    dimensions: tuple[str, ...],
    target: float,
    delta: float,
    method: Method,
    run_id: str | None,
    gold_name: str | None,
    as_json: bool,
) -> None:
    """Per dimension the confidence from which the model's codes may stand without a person.

    Learned on hand-coded documents: those of the split 'calibration' where there is one, examples never. Nothing is
    changed in the store; 'route --json > FILE' and 'queue --route FILE' queue the codes that may not stand.
    """
    from coder.cli.population import named_dimensions
    from coder.cli.routing import find_routing, record

    project = find_project(context)
    codebook = project.codebook()
    wanted = named_dimensions(codebook, dimensions)
    options = {"run_id": run_id, "gold_name": gold_name}
    with project.store() as store:
        found = find_routing(store, codebook, wanted, method, **options, target=target, delta=delta)
    if as_json:
        emit(record(found))
        return
    from rich.console import Console

    from coder.report.routing import Line, routing_view

    lines = [
        Line(one.dimension, one.threshold, one.n, one.accepted, one.wrong, one.missing, one.waiting, one.standing,
             one.route.agreement_low if one.route else None, one.reason)
        for one in found.dimensions
    ]  # fmt: skip
    held = f"run {found.run.id} against {found.reference.words}"
    held += (
        "; split 'calibration'"
        if found.calibration
        else "; hand-coded documents outside the splits 'examples' and 'test'"
    )
    Console(highlight=False).print(routing_view(lines, held, found.guarantee, found.warnings, found.delta))
