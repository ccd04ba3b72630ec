"""intercoder plan: how many documents to code by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from coder.agreement.coefficients import Weighting
from coder.agreement.planning import Margins, items_for_share
from coder.agreement.plans import Expected, Goal, Plan, costliest, expect, plan
from coder.cli import emit
from coder.cli.project import coded_blind, find_project, pick_gold, pick_run
from coder.cli.selection import counted
from coder.errors import InputError
from coder.run.codings import latest
from coder.settings import FILE_NAME

if TYPE_CHECKING:
    from coder.model import Codebook, Coding
    from coder.store import Store

_share = click.FloatRange(0, 1, min_open=True, max_open=True)


def _shares(context: click.Context, option: click.Parameter, value: str | None) -> tuple[float, ...] | None:
    """One share, or several with commas between."""
    try:
        return None if value is None else tuple(float(part) for part in value.split(","))
    except ValueError:
        raise InputError(
            f"--{(option.name or '').replace('_', '-')} {value}: not a share",
            "give one share for two categories (0.2), or all of them (0.85,0.10,0.05)",
        ) from None


@click.command()
@click.option("--kappa", type=click.FloatRange(-1, 1), default=0.7, show_default=True, help="The kappa you expect.")
@click.option("--half-width", type=_share, default=0.1, show_default=True, help="Of kappa's interval, to each side.")
@click.option("--level", type=_share, default=0.95, show_default=True, help="Of the interval.")
@click.option("--min-kappa", type=click.FloatRange(-1, 1), help="Also: to show that kappa lies above this.")
@click.option(
    "--alpha",
    type=_share,
    default=0.025,
    show_default=True,
    help="Of that test, one-sided; 'eval --min-kappa' has .025.",
)
@click.option("--power", type=_share, default=0.8, show_default=True, help="Of that test, where kappa is as expected.")
@click.option(
    "--prevalence",
    callback=_shares,
    metavar="SHARES",
    help="Share of the one of two categories, or of every category, with commas.",
)
@click.option(
    "--coder-prevalence", callback=_shares, metavar="SHARES", help="The same as the model gives it (two categories)."
)
@click.option(
    "--weights", type=click.Choice(["unweighted", "linear", "quadratic"]), help="Kappa's weights, with --prevalence."
)
@click.option("--share-half-width", type=_share, help="Also: to know the categories' shares to each side of this.")
@click.option("--documents", type=click.IntRange(min=1), help="How many there are (default in a project: its own).")
@click.option(
    "--from",
    "source",
    type=click.Choice(["run", "gold"]),
    help="Prevalences from the newest run or gold, in a project.",
)
@click.option("--labels", is_flag=True, help="Every label of a multi-label dimension, not the costliest alone.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context: click.Context,
    kappa: float,
    half_width: float,
    level: float,
    min_kappa: float | None,
    alpha: float,
    power: float,
    prevalence: tuple[float, ...] | None,
    coder_prevalence: tuple[float, ...] | None,
    weights: Weighting | None,
    share_half_width: float | None,
    documents: int | None,
    source: Literal["run", "gold"] | None,
    labels: bool,
    as_json: bool,
) -> None:
    """How many documents to code by hand, so that kappa's interval is as narrow as you need.

    From the kappa and the prevalences that you expect: given with --prevalence, or in a project those of the newest
    run (else gold), a line a dimension.
    """
    if min_kappa is not None and min_kappa >= kappa:
        raise InputError(
            f"--min-kappa {min_kappa:g} is not below the expected --kappa {kappa:g}",
            "no number of items shows what is not so: expect a higher --kappa, or ask for less",
        )
    goal = Goal(kappa, half_width, level, min_kappa, alpha, power, share_half_width, documents)
    here = (Path(context.obj["project"]) / FILE_NAME).is_file()
    if prevalence is not None:
        if source is not None or labels:
            raise InputError("--from and --labels go with a project", "leave them out, or leave --prevalence out")
        found = Found(goal, (_by_hand(prevalence, coder_prevalence, weights or "unweighted", goal),), "as given", {})
    elif coder_prevalence is not None or weights is not None:
        raise InputError("--coder-prevalence and --weights go with --prevalence", "give --prevalence too")
    elif not here and share_half_width is not None and source is None:
        _share_alone(goal, share_half_width, as_json)
        return
    elif not here:
        raise InputError(
            f"neither --prevalence nor a project ({FILE_NAME}) here",
            "say how common the rarer category will be, such as --prevalence 0.2, or go to a project",
        )
    else:
        found = _of_project(context, goal, source)
    if as_json:
        emit(record(found))
    else:
        _show(found, labels=labels)


@dataclass(frozen=True)
class Found:
    """The plans of one call: `basis` says where the prevalences come from, `coded` what people coded already."""

    goal: Goal
    plans: tuple[Plan, ...]
    basis: str
    coded: dict[str, int]


def _by_hand(shares: tuple[float, ...], coder: tuple[float, ...] | None, weighting: Weighting, goal: Goal) -> Plan:
    try:
        margins = Margins.same(shares)
        if coder is not None:
            margins = Margins(margins.reference, Margins.same(coder).reference)
        return plan(Expected("given", weighting, 0, margins), goal)
    except ValueError as error:
        given = "--prevalence" if coder is None else "--prevalence and --coder-prevalence"
        raise InputError(
            f"{given}: {error}", "give one share for two categories (0.2), or all of them (0.85,0.10,0.05)"
        ) from error


def _share_alone(goal: Goal, half_width: float, as_json: bool) -> None:
    from coder.report.plan import SHARES

    items = items_for_share(half_width, population=goal.documents, level=goal.level)
    if as_json:
        emit({"share_half_width": half_width, "level": goal.level, "documents": goal.documents, "n": items})
        return
    click.echo(f"{items:,} documents to draw at random and code by hand: any share ± {half_width:g} ({goal.level:.0%})")
    click.echo(SHARES)


def _of_project(context: click.Context, goal: Goal, source: Literal["run", "gold"] | None) -> Found:
    project = find_project(context)
    codebook = project.codebook()
    with project.store() as store:
        basis, codings = _codings(store, codebook, source)
        coded = _coded(store, codebook)
        goal = goal if goal.documents is not None else replace(goal, documents=len(counted(store, codebook)))
    return Found(goal, tuple(_plans(codebook, codings, goal)), basis, coded)


def _plans(codebook: Codebook, codings: list[Coding], goal: Goal) -> Iterator[Plan]:
    for dimension in codebook.dimensions:
        of_wording = [coding for coding in codings if coding.dimension_hash == dimension.hash()]
        for expected in expect(dimension, of_wording):
            try:
                yield plan(expected, goal)
            except ValueError as error:
                yield Plan(replace(expected, margins=None, reason=str(error)), None)


def _codings(store: Store, codebook: Codebook, source: Literal["run", "gold"] | None) -> tuple[str, list[Coding]]:
    """Where the prevalences come from, and the codings that show them."""
    if source == "run" or (source is None and store.runs()):
        run = pick_run(store, None)
        return f"the model's codes of run {run.id}", latest(store.codings(run_id=run.id))
    gold = pick_gold(store, None)
    if gold is None:
        raise InputError(
            "neither a run nor gold to expect prevalences from",
            "code some documents first (intercoder code --limit 50), or give --prevalence",
        )
    return f"gold '{gold.name}' version {gold.version}", store.codings(gold_id=gold.id)


def _coded(store: Store, codebook: Codebook) -> dict[str, int]:
    """How many texts gold holds an answer for, by dimension; empty where there is no gold."""
    cells = {
        (coding.version_id, coding.dimension_id)
        for gold in coded_blind(store.golds())
        for coding in store.codings(gold_id=gold.id)
        if coding.status.is_answer
    }
    counts = Counter(dimension for _, dimension in cells)
    return {dimension.id: counts[dimension.id] for dimension in codebook.dimensions} if cells else {}


def record(found: Found) -> dict[str, Any]:
    """The keys of `plan --json`."""
    from coder.report.plan import assumptions

    return {
        **asdict(found.goal),
        "prevalences": found.basis,
        "dimensions": [
            {
                "dimension": one.expected.dimension,
                "label": one.expected.label,
                "weights": one.expected.weighting,
                "based_on": one.expected.based_on,
                "prevalence": one.expected.margins and one.expected.margins.reference,
                "coder_prevalence": one.expected.margins and one.expected.margins.coder,
                "interval": one.interval and asdict(one.interval),
                "test": one.test and asdict(one.test),
                "share": one.share,
                "attainable_half_width": one.attainable,
                "items": one.items,
                "coded": found.coded.get(one.expected.dimension, 0),
                "reason": one.expected.reason,
            }
            for one in found.plans
        ],
        "assumptions": assumptions(found.goal),
    }


def _show(found: Found, *, labels: bool) -> None:
    from rich.console import Console

    from coder.report.plan import plan_view

    shown = found.plans if labels else costliest(found.plans)
    Console(highlight=False).print(plan_view(found.goal, shown, found.basis, found.coded))
