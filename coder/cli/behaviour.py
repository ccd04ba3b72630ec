"""intercoder codebook test: start the model, ask what shows how a codebook behaves, tell. Nothing is stored."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from coder.cli import printable
from coder.cli.asking import build_question, started_provider
from coder.cli.limiting import budget_of, check_budget, concurrency_of, gated, quote_of
from coder.cli.project import Project
from coder.cli.selection import counted
from coder.cli.telling import money
from coder.errors import IncompleteError, InputError
from coder.model import Codebook, Run
from coder.prompting import Calls, Prompt
from coder.run.behaviour import (
    Answers,
    Behaviour,
    Failure,
    Plan,
    Wordings,
    advise,
    draw,
    failures,
    halo_effects,
    last_first,
    make_plan,
    order_effects,
    recoveries,
    without_examples,
)
from coder.run.execute import Job, Progress, execute
from coder.run.plan import Parameters
from coder.run.protocols import Provider
from coder.run.survey import Estimate, survey

if TYPE_CHECKING:
    from coder.store import Store

ANSWER_WEIGHT = 2.5
"""A token of an answer takes as long as so many of the question: measured on the embedded model, 20 and 8 a second."""
LOCAL_TOKENS_S = 20.0
"""Question tokens a second of the embedded model on two slow cores, where no earlier run tells better."""


@dataclass(frozen=True, slots=True)
class Tested:
    """A test of a codebook: what was asked, what it took, what it found. `expected_s` is None where nobody can know."""

    codebook: Codebook
    parameters: Parameters
    host: str
    documents: tuple[str, ...]
    planned: int
    expected: Estimate
    expected_s: float | None
    progress: Progress
    seconds: float
    behaviour: Behaviour
    failures: tuple[Failure, ...]

    def record(self) -> dict[str, Any]:
        """The keys of `codebook test --json`."""
        progress = self.progress
        return {
            "codebook": {"name": self.codebook.name, "version": self.codebook.version, "hash": self.codebook.hash()},
            "model": self.parameters.coder_name,
            "host": self.host,
            "documents": list(self.documents),
            "expected": asdict(self.expected) | {"seconds": self.expected_s},
            "calls": progress.done,
            "failed": len(self.failures),
            "prompt_tokens": progress.prompt_tokens,
            "cached_tokens": progress.cached_tokens,
            "completion_tokens": progress.completion_tokens,
            "cost_usd": progress.cost_usd,
            "seconds": round(self.seconds, 3),
            "failures": [asdict(failure) for failure in self.failures],
            **self.behaviour.model_dump(mode="json"),
        }


def try_codebook(project: Project, documents: int, wanted: Collection[str], *, quiet: bool) -> Tested:
    """Test the project's codebook with its model on so many documents; InputError for a dimension it has not."""
    codebook = project.codebook()
    known = [dimension.id for dimension in codebook.dimensions]
    if not known:
        raise InputError(f"{project.codebook_path}: no dimensions to test", "add 'dimensions:' to the codebook")
    if unknown := [name for name in wanted if name not in known]:
        raise InputError(f"--dimension {unknown[0]}: no such dimension", f"known: {', '.join(known)}")
    with project.store() as store:
        try:
            return asyncio.run(_try(store, project, codebook, documents, wanted or known, quiet=quiet))
        except KeyboardInterrupt:
            click.echo("interrupted; a test stores nothing", err=True)
            raise click.exceptions.Exit(130) from None


async def _try(
    store: Store, project: Project, codebook: Codebook, documents: int, wanted: Collection[str], *, quiet: bool
) -> Tested:
    async with started_provider(project, project.settings, quiet=quiet) as provider:
        return await _ask(store, project, codebook, provider, documents, wanted, quiet=quiet)


async def _ask(
    store: Store,
    project: Project,
    codebook: Codebook,
    provider: Provider,
    documents: int,
    wanted: Collection[str],
    *,
    quiet: bool,
) -> Tested:
    from coder.report.progress import live_progress

    settings = project.settings
    wordings, parameters = _wordings(store, project, codebook, provider)
    named = draw(counted(store, codebook), documents, parameters.examples)
    plan = make_plan(codebook, wanted, named, wordings, parameters)
    quote = quote_of(project, settings, provider.host)
    check_budget(settings.run, quote)
    prices = quote.prices
    context = settings.model.context or provider.context_tokens
    seen = survey(plan.tasks, provider.count_tokens, context, prices)
    expected, concurrency = seen.estimate, concurrency_of(settings, provider)
    expected_s = _seconds(store, parameters, expected, concurrency)
    if not quiet:
        _announce(provider.host, plan, len(named), expected, expected_s)
    run = Run(coder_id=parameters.coder_name, codebook_hash=codebook.hash(), prompt_hash="")
    answers, began = Answers(), time.perf_counter()
    budget = budget_of(settings.run, prices)
    async with gated(settings, provider) as gate:
        with live_progress(expected.calls, quiet=quiet, note=lambda: gate.note) as watch:
            job = Job(run, provider, answers, prices, concurrency, budget, gate)
            progress = await execute(job, seen.fitting(plan.tasks), watch, expected.calls)
    seconds = time.perf_counter() - began
    reasons = {(text.version.id, text.prompt.hash): text.reason for text in seen.too_long}
    not_sent = {task.key: reasons.get((task.version.id, task.prompt.hash), "") for task in plan.tasks}
    lost = failures(plan.tasks, answers, {key: why for key, why in not_sent.items() if why}, progress.stopped)
    notes = _notes(plan, len(named), documents, stored=bool(store.documents()))
    notes += _conditions(parameters, provider)
    return Tested(
        codebook=codebook,
        parameters=parameters,
        host=provider.host,
        documents=tuple(name for name, _ in named),
        planned=len(plan.tasks),
        expected=expected,
        expected_s=expected_s,
        progress=progress,
        seconds=seconds,
        behaviour=_behaviour(plan, answers, notes),
        failures=tuple(lost),
    )


def _wordings(store: Store, project: Project, codebook: Codebook, provider: Provider) -> tuple[Wordings, Parameters]:
    """The project's prompts in every wording that is compared, with the worked examples that `code` would show."""

    def prompts(calls: Calls, shown: Codebook) -> tuple[tuple[Prompt, ...], Parameters]:
        once = {"calls": calls, "samples": 1, "confidence": "off"}
        model = project.settings.model.model_copy(update=once)
        return build_question(store, project, model, provider, shown)

    alone, parameters = prompts("each", codebook)
    turned, bare = prompts("each", last_first(codebook))[0], prompts("each", without_examples(codebook))[0]
    return Wordings(alone, turned, bare, prompts("together", codebook)[0]), parameters


def _behaviour(plan: Plan, answers: Answers, notes: tuple[str, ...]) -> Behaviour:
    recovery, order, halo = recoveries(plan, answers), order_effects(plan, answers), halo_effects(plan, answers)
    return Behaviour(recovery=recovery, order=order, halo=halo, weak=advise(recovery, order, halo), notes=notes)


def _seconds(store: Store, parameters: Parameters, expected: Estimate, concurrency: int) -> float | None:
    """The time to expect: by this model's newest run here, for the embedded model else by what it was seen to do."""
    coders = {coder.id for coder in store.coders() if coder.name == parameters.coder_name}
    newest = [run for run in store.runs() if run.coder_id in coders][-1:]
    calls = [call for run in newest for call in store.calls(run.id)]
    work = sum(call.prompt_tokens - call.cached_tokens + ANSWER_WEIGHT * call.completion_tokens for call in calls)
    taken = sum(call.milliseconds for call in calls) / 1000
    ahead = expected.prompt_tokens - expected.cacheable_tokens + ANSWER_WEIGHT * expected.completion_tokens
    if work and taken:
        return round(ahead * taken / work / concurrency, 1)
    return round(ahead / LOCAL_TOKENS_S, 1) if parameters.provider == "local" else None


def _notes(plan: Plan, drawn: int, wanted: int, *, stored: bool) -> tuple[str, ...]:
    """What was left out, and why."""
    if not drawn:
        why = "no documents yet (intercoder import PATH)" if not stored else "no documents were drawn"
        return (f"order effects and halo are not tested: {why}",)
    found = [f"there are only {drawn} documents to draw from"] if drawn < wanted else []
    if not plan.order:
        found.append("order effects are not tested: no dimension has one answer out of several listed categories")
    if not plan.halo:
        found.append("halo is not tested: one call asks all dimensions as it is")
    return tuple(found)


def _conditions(parameters: Parameters, provider: Provider) -> tuple[str, ...]:
    """What else may have moved the answers."""
    found = []
    if parameters.temperature:
        found.append(f"the temperature is {parameters.temperature:g}: some answers move by chance alone")
    if provider.adjusted:
        found.append(f"{provider.host} does not take {', '.join(sorted(provider.adjusted))}; answered without")
    return tuple(found)


def _announce(host: str, plan: Plan, documents: int, expected: Estimate, expected_s: float | None) -> None:
    where = "nothing leaves this machine" if host == "this machine" else f"texts go to {host}"
    duration = (
        "time not known before this model's first run" if expected_s is None else f"about {_duration(expected_s)}"
    )
    click.echo(
        f"{expected.calls} calls ({where}): {len(plan.checks)} definitions and borderline examples, {documents} "
        f"documents; about {expected.prompt_tokens:,} tokens in ({expected.cacheable_tokens:,} of them a repeated "
        f"prefix), {expected.completion_tokens:,} out, cost {money(expected.cost_usd)}, {duration}",
        err=True,
    )


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def show(found: Tested) -> None:
    """Print the results, and on standard error what they took."""
    from rich.console import Console

    from coder.report.behaviour import behaviour_view

    Console().print(behaviour_view(found.behaviour))
    progress = found.progress
    click.echo(
        f"{printable(found.parameters.coder_name)}: {progress.done} calls, {progress.prompt_tokens:,} tokens in "
        f"({progress.cached_tokens:,} cached), {progress.completion_tokens:,} out, cost {money(progress.cost_usd)}, "
        f"{_duration(found.seconds)}; nothing was stored",
        err=True,
    )


def finish(found: Tested) -> None:
    """Raise IncompleteError where calls brought no usable answer, naming them."""
    if not found.failures:
        return
    shown = [f"{failure.asked}: {failure.reason}" for failure in found.failures[:20]]
    more = len(found.failures) - len(shown)
    lines = [*shown, *([f"and {more} more"] if more else [])]
    raise IncompleteError(
        f"{len(found.failures)} of {found.planned} calls brought no usable answer:\n  " + "\n  ".join(lines),
        "what is shown leaves them out; run the test again",
    )
