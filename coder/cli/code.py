"""intercoder code: code the documents with a model."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeVar

import click

from coder.cli import emit
from coder.cli.project import find_project
from coder.errors import IncompleteError, InputError

if TYPE_CHECKING:
    from coder.cli.code_result import CodeResult
    from coder.settings import Settings

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


STAYS = "'intercoder runs show' has the reasons; 'intercoder {} --retry' asks once more what was refused or unreadable"
DOWNLOAD = "Fetch the publisher's file of the embedded model (1.1 GB) where its packages are not installed."


class Span(click.ParamType[float]):
    """A length of time in seconds, or with a unit: 90, 90s, 45m, 8h."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", str(value).strip())
        if found is None or not float(found[1]):
            self.fail(f"'{value}' is no time: write 90 (seconds), 45m or 8h", param, ctx)
        return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


ASKING = (
    click.option("--model", "name", help="Model to ask; overrides [model] name."),
    click.option("--provider", type=click.Choice(["local", "openai", "recorded"]), help="Overrides [model] provider."),
    click.option("--base-url", help="The endpoint's address; overrides [model] base_url."),
    click.option("--limit", type=click.IntRange(min=1), help="Only the first N documents."),
    click.option("--dry-run", is_flag=True, help="Say what would be asked and what it would cost; ask nothing."),
    click.option(
        "--budget", type=click.FloatRange(min=0), help="What the run may cost in USD, earlier passes included."
    ),
    click.option("--budget-tokens", type=click.IntRange(min=0), help="What the run may take in tokens."),
    click.option("--deadline", type=Span(), help="Ask nothing more after so long: 90 (seconds), 45m, 8h."),
    click.option(
        "--concurrency", type=click.IntRange(min=0, max=1000), help="Most calls in flight; 0: find by trying."
    ),
    click.option("--fresh", is_flag=True, help="Start a new run: ask everything again."),
    click.option("--retry", is_flag=True, help="Ask once more what was refused or came unreadable."),
    click.option(
        "--batch", is_flag=True, help="Hand the calls to the provider's batch API, and fetch what is finished."
    ),
    click.option("--wait", is_flag=True, help="With --batch: stay until all is answered."),
    click.option("--download-model", is_flag=True, help=DOWNLOAD),
)
"""The options of every command that has a model read the texts."""


def asking(command: Decorated) -> Decorated:
    """Give a command the options of `ASKING`."""
    return reduce(lambda decorated, option: option(decorated), reversed(ASKING), command)


def asked(settings: Settings, model: Mapping[str, object], run: Mapping[str, object]) -> Settings:
    """The settings with what the options of a command say in place of theirs; None says nothing."""
    return settings.model_copy(
        update={
            "model": settings.model.model_copy(update={k: v for k, v in model.items() if v is not None}),
            "run": settings.run.model_copy(update={k: v for k, v in run.items() if v is not None}),
        }
    )


@click.command()
@asking
@click.option("--per-dimension", is_flag=True, help="Ask each dimension in a call of its own; overrides [model] calls.")
@click.option("--confidence", is_flag=True, help="Measure how probable each code was; overrides [model] confidence.")
@click.option("--engine", type=click.Choice(["ray"]), help="Share the documents out over the workers of a Ray cluster.")
@click.option("--address", help="With --engine: the cluster's address, or auto; without it one on this machine.")
@click.option("--workers", type=click.IntRange(min=1), help="With --engine: how many; one a core by default.")
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
    per_dimension: bool,
    confidence: bool,
    fresh: bool,
    retry: bool,
    batch: bool,
    wait: bool,
    engine: str | None,
    address: str | None,
    workers: int | None,
    download_model: bool,
    as_json: bool,
) -> None:
    """Code every document with the project's codebook and model.

    A run that was stopped goes on where it was; a finished run asks nothing. Answers are stored as they arrive.
    """
    from coder.cli.cluster import LOCAL, crew_for
    from coder.cli.coding import code_project

    project = find_project(context)
    model = {
        "name": name,
        "provider": provider,
        "base_url": base_url,
        "calls": "each" if per_dimension else None,
        "confidence": "on" if confidence else None,
    }
    run = {
        "budget_usd": budget,
        "budget_tokens": budget_tokens,
        "deadline_s": deadline,
        "concurrency": concurrency,
    }
    settings = asked(project.settings, model, run)
    if wait and not batch:
        raise InputError("--wait is for batches", "give --batch too, or leave --wait out")
    if engine is None and (address or workers):
        raise InputError("--address and --workers are for a cluster", "give --engine ray too")
    if engine and batch:
        raise InputError("--batch hands the calls to the provider, and --engine asks them", "give one of the two")
    crew = crew_for(settings, address or LOCAL, workers or 0) if engine else None
    result = code_project(
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
        crew=crew,
    )
    if as_json:
        emit(result.record())
    if not dry_run:
        finish(result)


def finish(result: CodeResult, command: str = "code", done: str = "coded") -> None:
    """Raise what the caller must know: documents that were not coded (or screened), with their reasons."""
    if not (result.failures or result.stopped or result.waiting):
        return
    shown = [f"{name}: {reason}" for name, reason in list(result.failures.items())[:20]]
    more = len(result.failures) - len(shown)
    lines = [*([result.stopped] if result.stopped else []), *shown, *([f"and {more} more"] if more > 0 else [])]
    if result.waiting:
        lines.insert(0, f"{result.waiting} calls wait in batches at {result.host}")
    again = f"run 'intercoder {command}' again: it asks only for what is missing"
    fetch = f"not complete yet: 'intercoder {command} --batch' fetches what is finished, within 24 hours as a rule"
    raise IncompleteError(
        f"{result.left} of {result.documents} documents are not {done}:\n  " + "\n  ".join(lines),
        f"{fetch}; --wait stays"
        if result.waiting
        else result.progress.hint or (again if result.stopped or result.progress.failed else STAYS.format(command)),
    )
