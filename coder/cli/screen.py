"""intercoder screen: which documents a review keeps, criterion by criterion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coder.cli import emit, printable
from coder.cli.code import asked, asking, finish
from coder.cli.project import find_project
from coder.errors import InputError
from coder.settings import Settings

if TYPE_CHECKING:
    from coder.cli.screening import ScreeningProject
    from coder.screening.audit import Rate

SEED = 20210215
_ELSEWHERE = {"prior": "keep"}
_LOCAL = {
    "prior": "confirm",
    "confidence": "on",
    "calls": "each",
    "text": "first",
    "surroundings": "show",
}


class Audit(click.ParamType["Rate"]):
    """A number of documents (20), or a share of them (0.1 or 10%)."""

    name = "n or share"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Rate:
        text = str(value).strip()
        try:
            if text.endswith("%"):
                found: Rate = float(text[:-1]) / 100
            else:
                found = int(text) if text.isdigit() else float(text)
        except ValueError:
            found = -1.0
        if found < 0 or (isinstance(found, float) and not 0 <= found <= 1):
            self.fail(f"'{text}' is neither a number of documents (20) nor a share of them (0.1, 10%)", param, ctx)
        return found


@click.command()
@asking
@click.option("--audit", type=Audit(), default="20", show_default=True, help="Of those excluded, drawn for people.")
@click.option("--check", type=Audit(), default="10", show_default=True, help="Of those included, drawn likewise.")
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    help="Exclude nothing that the model was less sure of: a person looks at it first.",
)
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of the draws.")
@click.option("--results", is_flag=True, help="Ask nothing: agreement with people, recall, and what was missed.")
@click.option("--ranking", is_flag=True, help="Ask nothing: the documents, what is likeliest to be included first.")
@click.option("--show", "shown", metavar="DOCUMENT", help="Ask nothing: its criteria, who said what, when, and why.")
@click.option(
    "--overrule",
    nargs=3,
    metavar="DOCUMENT CRITERION yes|no|unclear",
    help="Ask nothing: settle a criterion yourself, with --because.",
)
@click.option("--undo", nargs=2, metavar="DOCUMENT CRITERION", help="Ask nothing: take back what you overruled there.")
@click.option("--because", metavar="REASON", help="Why; kept beside what is overruled.")
@click.option("--coder", help="Your name as a coder (default: [coder] name, else your login name).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context: click.Context,
    name: str | None,
    provider: str | None,
    base_url: str | None,
    limit: int | None,
    dry_run: bool,
    budget: float | None,
    budget_tokens: int | None,
    deadline: float | None,
    concurrency: int | None,
    fresh: bool,
    retry: bool,
    batch: bool,
    wait: bool,
    download_model: bool,
    audit: Rate,
    check: Rate,
    min_confidence: float | None,
    seed: int,
    results: bool,
    ranking: bool,
    shown: str | None,
    overrule: tuple[str, str, str] | None,
    undo: tuple[str, str] | None,
    because: str | None,
    coder: str | None,
    as_json: bool,
) -> None:
    """Ask the model each criterion of the codebook, exclude what fails one, and queue what a person must see.

    A document is excluded only where a criterion is not met. What is unclear waits for people, with a random audit of
    the rest: intercoder adjudicate --screening. A second run asks only what is new or was changed.
    """
    from coder.cli.screening import screening_of

    if sum(map(bool, (results, ranking, shown, overrule, undo))) > 1:
        raise InputError(
            "--results, --ranking, --show, --overrule and --undo ask for different things", "give one of them"
        )
    if because and not overrule:
        raise InputError("--because says why something is overruled", "give --overrule too")
    project = screening_of(find_project(context))
    if results:
        from coder.cli.screening_results import tell_results

        tell_results(project, as_json)
        return
    if ranking:
        from coder.cli.screening_order import tell_ranking

        tell_ranking(project, as_json)
        return
    if shown is not None:
        from coder.cli.screening_history import tell_document

        tell_document(project, shown, as_json)
        return
    if overrule or undo:
        from coder.cli.overruling import overrule_answer, undo_overruled

        person = coder or project.person
        if overrule:
            emit_or_say(overrule_answer(project, person, *overrule, because or ""), as_json)
        elif undo:
            emit_or_say(undo_overruled(project, person, *undo), as_json)
        return
    if wait and not batch:
        raise InputError("--wait is for batches", "give --batch too, or leave --wait out")
    model = {"name": name, "provider": provider, "base_url": base_url}
    run = {
        "budget_usd": budget,
        "budget_tokens": budget_tokens,
        "deadline_s": deadline,
        "concurrency": concurrency,
    }
    settings = as_screened(asked(project.settings, model, run))
    from coder.cli.coding import code_project

    done = code_project(
        project,
        settings,
        limit=limit,
        dry_run=dry_run,
        fresh=fresh,
        retry=retry,
        quiet=as_json,
        download=download_model,
        batch=batch,
        wait=wait,
    )
    told = {} if dry_run else _queue(project, audit, check, min_confidence, seed, as_json)
    if as_json:
        emit(done.record() | {"screening": told})
    if not dry_run:
        finish(done, "screen", "screened")


def as_screened(settings: Settings) -> Settings:
    """The settings that screening asks by, where they leave the choice to the program.

    The embedded model is asked each criterion alone behind the text and its context, which are read once, and its "no"
    counts only where its answers to other texts bear it out. What other models lean to is left in their answers: taken
    out, the codes move towards equal shares, and a criterion is met by nearly all texts or by few.
    """
    chosen = _LOCAL if settings.model.provider == "local" else _ELSEWHERE
    open_ = {name: value for name, value in chosen.items() if getattr(settings.model, name) == "auto"}
    return settings.model_copy(update={"model": settings.model.model_copy(update=open_)})


def _queue(
    project: ScreeningProject, audit: Rate, check: Rate, least: float | None, seed: int, quiet: bool
) -> dict[str, object]:
    from coder.cli.screening_queue import queue_screening

    told = queue_screening(project, {"excluded": audit, "included": check}, least, seed)
    if not quiet:
        for line in told.lines():
            click.echo(printable(line), err=True)
    return told.record()


def emit_or_say(told: dict[str, object], as_json: bool) -> None:
    """What was done, as JSON or in a line."""
    if as_json:
        emit(told)
        return
    click.echo(printable(f"{told['document']}: {told['criterion']} is {told['answer']}; {told['state']}"), err=True)
