"""intercoder eval: agreement of the model with gold, per dimension."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from coder.agreement import evaluate
from coder.cli import emit
from coder.cli.project import find_project, gold_kind, pick_gold, pick_run
from coder.errors import GateError, InputError
from coder.model import Codebook, Gold, Run
from coder.model.agreement import DimensionAgreement
from coder.run.codings import comparable

if TYPE_CHECKING:
    from coder.store import Store


@dataclass(frozen=True)
class Evaluation:
    """A run held against a gold set; `kind` is the kind of the gold's coders."""

    run: Run
    gold: Gold
    kind: str
    results: tuple[DimensionAgreement, ...]


@click.command()
@click.option("--run", "run_id", help="The run to evaluate (default: the newest).")
@click.option("--gold", "gold_name", help="The gold set (default: the newest).")
@click.option("--min-kappa", type=click.FloatRange(-1, 1), help="Exit 3 unless every lower bound reaches this.")
@click.option("--confusion", is_flag=True, help="Show each dimension's confusion table and each label's figures.")
@click.option("--seed", type=int, default=20210215, show_default=True, help="Of the bootstrap.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context: click.Context,
    run_id: str | None,
    gold_name: str | None,
    min_kappa: float | None,
    confusion: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Agreement of a run with gold: Cohen's kappa per dimension, with interval, n and refusals."""
    project = find_project(context)
    with project.store() as store:
        found = evaluate_run(store, project.codebook(), run_id, gold_name, seed=seed, min_kappa=min_kappa)
    if as_json:
        emit(record(found))
    else:
        show(found, confusion=confusion)
    if min_kappa is not None:
        _gate(found.results, min_kappa)


def evaluate_run(
    store: Store,
    codebook: Codebook,
    run_id: str | None,
    gold_name: str | None,
    *,
    seed: int = 20210215,
    min_kappa: float | None = None,
) -> Evaluation:
    """Hold a run against gold; InputError where there is none, or where they were coded with other codebooks."""
    run, gold = pick_run(store, run_id), pick_gold(store, gold_name)
    if gold is None:
        raise InputError("no gold yet", "take human codings in: intercoder gold import FILE --coder NAME")
    now = codebook.hash()
    for what, used in ((f"run {run.id}", run.codebook_hash), (f"gold {gold.name}", gold.codebook_hash)):
        if used != now:
            raise InputError(
                f"{what} was coded with another codebook ({used[:12]}, now {now[:12]})",
                "code or import again with this codebook, or put the earlier codebook back",
            )
    shown = set(run.parameters.get("examples", ()))
    reference = [coding for coding in store.codings(gold_id=gold.id) if coding.version_id not in shown]
    results = evaluate(
        codebook, reference, comparable(run, store.codings(run_id=run.id)), seed=seed, min_kappa=min_kappa
    )
    return Evaluation(run, gold, gold_kind(store, reference), results)


def record(found: Evaluation) -> dict[str, object]:
    """The keys of `eval --json`."""
    return {
        "run": found.run.id,
        "examples_left_out": len(found.run.parameters.get("examples", ())),
        "gold": {"name": found.gold.name, "version": found.gold.version, "coder_kind": found.kind},
        "dimensions": [result.model_dump(mode="json") for result in found.results],
    }


def show(found: Evaluation, *, confusion: bool = False) -> None:
    """Print the agreement table, and on request what lies beneath it."""
    from rich.console import Console

    from coder.report import agreement_table, beside_table, confusion_table, label_table

    console = Console()
    console.print(agreement_table(found.results, found.kind))
    if examples := len(found.run.parameters.get("examples", ())):
        console.print(f"{examples} shown to the model as worked examples: left out of every n")
    if beside := [result for result in found.results if result.weighted]:
        console.print(beside_table(beside))
    if not confusion:
        return
    for result in found.results:
        console.print(confusion_table(result) if result.table else label_table(result))


def _gate(results: tuple[DimensionAgreement, ...], min_kappa: float) -> None:
    failing = [f"{result.dimension} ({result.verdict})" for result in results if result.verdict != "meets"]
    if failing:
        raise GateError(
            f"--min-kappa {min_kappa:g} is not met by {', '.join(failing)}",
            "the lower bound of the interval decides; 'not estimable' means that n carries no interval",
        )
