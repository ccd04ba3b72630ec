"""intercoder eval: agreement of the model with gold, per dimension."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from coder.agreement.beside import beside
from coder.agreement.evaluate import SEED
from coder.cli import emit
from coder.cli.auditing import audits
from coder.cli.carrying import lineage, lineage_words
from coder.cli.diagnosing import Diagnosed, diagnosed
from coder.cli.evaluation import (
    Evaluation,
    PeopleShown,
    against_people,
    compared,
    evaluate_run,
    model_stability,
    record,
)
from coder.cli.project import find_project, pick_run
from coder.cli.resampling import resampling
from coder.errors import GateError, InputError
from coder.inference.alternative import EXPERTS
from coder.inference.audit import Audit
from coder.model import Codebook
from coder.model.agreement import DimensionAgreement


@click.command()
@click.option("--run", "run_id", help="The run to evaluate (default: the newest).")
@click.option("--gold", "gold_name", help="A gold set, a person, 'majority' or 'consensus' (default: the newest set).")
@click.option("--min-coders", type=click.IntRange(min=1), help="With a rule: people who must have coded an item.")
@click.option("--min-kappa", type=click.FloatRange(-1, 1), help="Exit 3 unless every lower bound reaches this.")
@click.option("--details", is_flag=True, help="All that stands beside each coefficient.")
@click.option("--people", is_flag=True, help="The model against each person, and people against each other.")
@click.option("--confusion", is_flag=True, help="Show each dimension's confusion table and each label's figures.")
@click.option(
    "--cluster", metavar="VARIABLE", help="Documents with the same value share a source: resample them together."
)
@click.option("--stability", is_flag=True, help="How far the model agrees with itself over repeated runs.")
@click.option("--compare", nargs=2, metavar="RUN RUN", help="The difference of two runs against the same gold.")
@click.option("--alternative", is_flag=True, help="May the model stand in for a person, where two or more coded?")
@click.option(
    "--epsilon",
    type=click.FloatRange(0, 1),
    default=EXPERTS,
    show_default=True,
    help="With --alternative: the advantage granted to the model over experts (.15: skilled coders, .1: crowd).",
)
@click.option("--audit", is_flag=True, help="What codes are worth after adjudication, from the audit of agreements.")
@click.option("--diagnose", is_flag=True, help="Why codes fail: ambiguity, model, gold or codebook, with documents.")
@click.option(
    "--tested",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="With --diagnose: what 'codebook test --json' printed, for the definitions that are confused.",
)
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of the bootstrap.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context: click.Context,
    run_id: str | None,
    gold_name: str | None,
    min_coders: int | None,
    min_kappa: float | None,
    details: bool,
    people: bool,
    confusion: bool,
    cluster: str | None,
    stability: bool,
    compare: tuple[str, str] | None,
    alternative: bool,
    epsilon: float,
    audit: bool,
    diagnose: bool,
    tested: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    """Agreement of a run with gold: Cohen's kappa per dimension, with interval, n and refusals.

    Where several people coded, what they reach among themselves stands beside it.
    """
    if compare is not None and run_id is not None:
        raise InputError(
            "--compare names both runs, --run a third", "leave --run out: the first of the two is held first"
        )
    if tested is not None and not diagnose:
        raise InputError("--tested goes with --diagnose", "give --diagnose too")
    run_id, other_id = compare or (run_id, None)
    shown: PeopleShown = "whole" if people or as_json else "ceiling"
    project = find_project(context)
    with project.store() as store:
        codebook, drawn = project.codebook(), resampling(store, seed, cluster)
        found = evaluate_run(
            store, codebook, run_id, gold_name, drawn=drawn, min_kappa=min_kappa, min_coders=min_coders, people=shown
        )
        if other_id is not None:
            found = compared(found, store, codebook, pick_run(store, other_id))
        if stability:
            found = replace(found, stability=model_stability(store, codebook, found.run, drawn))
        if alternative:
            found = replace(found, alternative=against_people(store, codebook, found.run, epsilon))
        if audit:
            found = replace(found, audits=audits(store, codebook, found.run, found.reference))
        origins = {run.id: lineage(store, run) for run in (found.run, found.other) if run is not None}
        mixed = [line for run in (found.run, found.other) if run for line in lineage_words(run, origins[run.id])]
        causes = diagnosed(store, codebook, found, tested) if diagnose else None
    if as_json:
        facts = record(found) | {"lineage": origins[found.run.id]}
        emit(facts | ({"diagnosis": causes.record()} if causes else {}))
    else:
        for line in mixed:
            click.echo(line)
        show(found, confusion=confusion, details=details, people=people)
        if causes is not None:
            _show_causes(codebook, causes)
    if min_kappa is not None:
        _gate(found.results, min_kappa)


def show(found: Evaluation, *, confusion: bool = False, details: bool = False, people: bool = False) -> None:
    """Print the agreement table, or the comparison of two runs, and on request what lies beneath it."""
    from rich.console import Console

    from coder.report import (
        agreement_table,
        alternative_view,
        audit_view,
        comparison_table,
        confusion_table,
        details_view,
        evaluation_notes,
        people_table,
        stability_table,
    )

    console = Console(highlight=False)
    reference, runs = found.reference, [found.run, *([found.other] if found.other else [])]
    ruled = reference.rule is not None
    for line in evaluation_notes(runs, reference.words, found.names, rule=ruled, easier=reference.differing):
        console.print(line)
    for note in (*_cluster_notes(found), *_version_notes(found)):
        console.print(note)
    if found.comparison:
        console.print(comparison_table(found.comparison, found.drawn.variable))
    else:
        ceilings = {one.dimension: one.ceiling for one in found.people}
        withheld = reference.no_ceiling if found.people else None
        console.print(
            agreement_table(
                found.results,
                found.kind,
                ceilings,
                no_ceiling=withheld,
                cluster=found.drawn.variable,
                wide=console.width >= 100,
            )
        )
    if people and not found.people:
        console.print("People: fewer than two coded, so nobody can be compared with anybody.")
    elif people:
        console.print(people_table(found.people, {alpha.dimension: alpha for alpha in found.alphas}))
    if found.stability:
        console.print(stability_table(found.stability))
    if found.alternative:
        console.print(alternative_view({one.dimension: one.test for one in found.alternative}))
    if found.audits:
        console.print(audit_view(*_audit_lines(found)))
    for result in found.results if details else ():
        console.print(details_view(result, beside(result)))
    for result in found.results if confusion else ():
        if result.n and result.categories:
            console.print(confusion_table(result))


def _cluster_notes(found: Evaluation) -> list[str]:
    """What --cluster takes for granted, and what it does not reach."""
    notes = []
    if found.drawn.alone:
        notes.append(f"{found.drawn.alone} documents have no such variable: each is a cluster of its own.")
    if found.drawn.variable and (found.alternative or found.audits):
        notes.append("--alternative and --audit take documents for independent: --cluster does not reach them.")
    return notes


def _show_causes(codebook: Codebook, causes: Diagnosed) -> None:
    from rich.console import Console

    from coder.report.diagnosis import diagnosis_view

    view = diagnosis_view(codebook, causes.dimensions, causes.names, tested=causes.tested)
    Console(highlight=False).print(view)


def _version_notes(found: Evaluation) -> list[str]:
    """Which dimensions two runs of different codebook versions do not share."""
    if not found.not_shared:
        return []
    names = ", ".join(found.not_shared)
    return [
        f"Not compared, since the codebooks ask them differently: {names}. Codes of the version before can be carried "
        "over (intercoder codebook migrate), and that run compared."
    ]


def _audit_lines(found: Evaluation) -> tuple[dict[str, tuple[Audit | None, str | None]], dict[str, str]]:
    """By dimension the audit and why there is no figure, and what was left out of it."""
    left: dict[str, str] = {}
    for one in found.audits:
        causes = (
            (one.undecided, "that the second coder could not decide"),
            (one.contested, "settled in two ways (open)"),
        )
        words = [f"{count} {cause}" for count, cause in causes if count]
        left |= {one.dimension: f"items {', '.join(words)}"} if words else {}
    return {one.dimension: (one.audit, one.reason) for one in found.audits}, left


def _gate(results: tuple[DimensionAgreement, ...], min_kappa: float) -> None:
    failing = [f"{result.dimension} ({result.verdict})" for result in results if result.verdict != "meets"]
    if failing:
        raise GateError(
            f"--min-kappa {min_kappa:g} is not met by {', '.join(failing)}",
            "the lower bound of the interval decides; 'not estimable' means that n carries no interval",
        )
