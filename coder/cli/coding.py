"""Code a project's documents: plan, ask before texts leave the machine, show progress, sum up."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coder.cli import printable
from coder.cli.project import Project, pick_gold
from coder.errors import InputError
from coder.model import Codebook, Document, Version
from coder.prompting import Example, build_prompt
from coder.providers import make_provider
from coder.run.examples import choose_examples
from coder.run.execute import Job, Progress, execute, record_too_long
from coder.run.plan import (
    Estimate,
    Parameters,
    Prices,
    Task,
    TooLong,
    answer_limit,
    answer_size,
    count_texts,
    estimate,
    make_tasks,
    split_by_length,
)
from coder.run.protocols import Provider
from coder.run.session import find_run, left_to_ask, start_run
from coder.settings import ModelSettings, RunSettings, Settings

if TYPE_CHECKING:
    from coder.store import Store


@dataclass(slots=True)
class CodeResult:
    """What `intercoder code` did; `failures` maps a document's name to its reason."""

    run_id: str
    documents: int
    answered_before: int
    progress: Progress
    estimate: Estimate
    host: str
    continued: bool
    failures: dict[str, str] = field(default_factory=dict)
    stopped: str = ""

    @property
    def left(self) -> int:
        """Documents without a usable answer after this pass."""
        return max(len(self.failures), self.progress.total - self.progress.done)

    def record(self) -> dict[str, Any]:
        """The keys of `code --json`."""
        progress = self.progress
        return {
            "run": self.run_id,
            "continued": self.continued,
            "host": self.host,
            "documents": self.documents,
            "answered_before": self.answered_before,
            "asked": progress.done,
            "coded": progress.coded,
            "refused": progress.refused,
            "invalid": progress.invalid,
            "failed": progress.failed,
            "prompt_tokens": progress.prompt_tokens,
            "cached_tokens": progress.cached_tokens,
            "completion_tokens": progress.completion_tokens,
            "cost_usd": progress.cost_usd,
            "expected": {
                "calls": self.estimate.calls,
                "prompt_tokens": self.estimate.prompt_tokens,
                "cacheable_tokens": self.estimate.cacheable_tokens,
                "completion_tokens": self.estimate.completion_tokens,
                "cost_usd": self.estimate.cost_usd,
            },
            "failures": self.failures,
            "stopped": self.stopped,
        }


def code_project(
    project: Project,
    settings: Settings,
    *,
    limit: int | None = None,
    dry_run: bool = False,
    fresh: bool = False,
    quiet: bool = False,
    download: bool = False,
) -> CodeResult:
    """Code the project's documents by its settings; see `intercoder code`."""
    codebook = project.codebook()
    if not codebook.dimensions:
        raise InputError(f"{project.codebook_path}: no dimensions to code", "add 'dimensions:' to the codebook")
    with project.store() as store:
        pairs = store.current_versions()[:limit]
        if not pairs:
            raise InputError("no documents yet", "take some in first: intercoder import PATH")
        work = _code(store, project, settings, pairs, dry_run=dry_run, fresh=fresh, quiet=quiet, download=download)
        try:
            return asyncio.run(work)
        except asyncio.CancelledError as error:  # SIGTERM: ends as Ctrl-C does, with what was answered stored
            raise KeyboardInterrupt from error


async def _code(
    store: Store,
    project: Project,
    settings: Settings,
    pairs: list[tuple[Document, Version]],
    *,
    dry_run: bool,
    fresh: bool,
    quiet: bool,
    download: bool,
) -> CodeResult:
    with _starting(f"starting the model ({settings.model.provider})", quiet) as joined:
        options = provider_options(settings, project) | {"progress": joined, "may_download": download}
        provider = make_provider(settings.model.provider, **options)
        try:
            await provider.start()
        except BaseException:
            await provider.close()
            raise
    try:
        return await _plan_and_run(store, project, settings, pairs, provider, dry_run=dry_run, fresh=fresh, quiet=quiet)
    finally:
        await provider.close()


async def _plan_and_run(
    store: Store,
    project: Project,
    settings: Settings,
    pairs: list[tuple[Document, Version]],
    provider: Provider,
    *,
    dry_run: bool,
    fresh: bool,
    quiet: bool,
) -> CodeResult:
    model = settings.model
    name = _model_name(model)
    form = provider.form if model.answer == "auto" else model.answer
    brief = model.provider == "local" if model.manual == "auto" else model.manual == "brief"
    examples = _examples(store, project.codebook(), model)
    prompt = build_prompt(project.codebook(), form, "brief" if brief else "full", examples)
    parameters = Parameters(
        model.provider,
        name,
        form,
        model.temperature,
        answer_limit(prompt, model.max_tokens) if model.provider == "local" else model.max_tokens,
        model.seed,
        model.samples,
        tuple(example.version.id for example in examples),
    )
    tasks = make_tasks([(document.name, version) for document, version in pairs], prompt, parameters)
    run = None if fresh else find_run(store, prompt, parameters)
    pending = left_to_ask(store, run, tasks)
    prices = prices_of(settings.run, provider)
    if settings.run.budget_usd and prices.cost(1, 0, 1) is None:
        raise InputError("a budget is set and the price is not known", "set [run] price_prompt and price_completion")
    prefix = provider.count_tokens(prompt.system + "".join(turn["content"] for turn in prompt.examples))
    counts = count_texts(pending, provider.count_tokens)
    size = answer_size(prompt)
    fitting, too_long = split_by_length(pending, prefix, counts, model.context or provider.context_tokens, 2 * size)
    expected = estimate(fitting, prefix, counts, size, prices)
    progress = Progress(total=len(fitting))
    result = CodeResult("", len(pairs), len(tasks) - len(pending), progress, expected, provider.host, run is not None)
    result.failures = {text.name: text.reason for text in too_long}
    if not quiet:
        _announce(result, too_long)
    if dry_run or not (fitting or too_long or run):
        return result
    run = run or start_run(store, prompt, parameters)
    result.run_id = run.id
    job = Job(run, prompt, provider, store, prices, concurrency_of(settings, provider), settings.run.budget_usd)
    record_too_long(job, too_long)
    result.progress = await _run(job, fitting, quiet)
    result.failures |= result.progress.failures
    result.stopped = result.progress.stopped
    if provider.adjusted:
        names = ", ".join(sorted(provider.adjusted))
        click.echo(f"note: {provider.host} does not take {names}; the answers were given without", err=True)
    if not quiet:
        _sum_up(result)
    return result


async def _run(job: Job, tasks: tuple[Task, ...], quiet: bool) -> Progress:
    from coder.report.progress import live_progress

    loop, current = asyncio.get_running_loop(), asyncio.current_task()
    if current is not None:
        with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers on the loop
            loop.add_signal_handler(signal.SIGTERM, current.cancel)
    with live_progress(len(tasks), quiet=quiet) as watch:
        return await execute(job, tasks, watch)


def provider_options(settings: Settings, project: Project) -> dict[str, Any]:
    """What a provider is made from; paths are taken from the project's folder."""
    model, run = settings.model, settings.run
    return {
        "model": model.name,
        "base_url": model.base_url or None,
        "timeout_s": run.timeout_s,
        "concurrency": run.concurrency or 8,
        "path": project.folder / model.path if model.path else None,
        "context": model.context or None,
        "threads": model.threads or None,
    }


def _model_name(model: ModelSettings) -> str:
    """What the model is asked for as: the file's name or the embedded weights' for `local`, else [model] name."""
    if model.provider == "local":
        from coder.providers.local.catalogue import DEFAULT

        return Path(model.path).stem if model.path else model.name or DEFAULT
    if not model.name and model.provider == "openai":
        raise InputError("no model is named", "set [model] name in intercoder.toml, or give --model")
    return model.name or "recorded"


def _examples(store: Store, codebook: Codebook, model: ModelSettings) -> tuple[Example, ...]:
    """The worked examples that the settings ask for, as far as there is gold for them."""
    count = int(model.provider == "local") if model.examples == "auto" else model.examples
    gold = pick_gold(store, None)
    if not count or gold is None:
        return ()
    reference = store.codings(gold_id=gold.id)
    return choose_examples(codebook, store.current_versions(), store.splits(), reference, count)


def prices_of(run: RunSettings, provider: Provider) -> Prices:
    """The prices that hold: nothing for a model on this machine, else what the settings say."""
    if provider.host == "this machine":
        return Prices(0.0, 0.0, 0.0)
    return Prices(run.price_prompt, run.price_cached, run.price_completion)


def concurrency_of(settings: Settings, provider: Provider) -> int:
    """Calls in flight: as set, else one on this machine and eight elsewhere."""
    return settings.run.concurrency or (1 if provider.host == "this machine" else 8)


def _announce(result: CodeResult, too_long: tuple[TooLong, ...]) -> None:
    expected = result.estimate
    if result.answered_before:
        click.echo(f"{result.answered_before} answered already, paid for once", err=True)
    if not expected.calls and not too_long:
        click.echo("nothing left to ask", err=True)
        return
    where = "nothing leaves this machine" if result.host == "this machine" else f"texts go to {result.host}"
    click.echo(
        f"{expected.calls} calls ({where}); about {expected.prompt_tokens:,} tokens in "
        f"({expected.cacheable_tokens:,} of them a repeated prefix), {expected.completion_tokens:,} out, "
        f"cost {money(expected.cost_usd)}",
        err=True,
    )
    for text in too_long:
        click.echo(f"{printable(text.name)}: not sent: {text.reason}", err=True)


def _sum_up(result: CodeResult) -> None:
    progress = result.progress
    if progress.done:
        click.echo(
            f"run {result.run_id}: coded {progress.coded} of {progress.done} asked; "
            f"{progress.prompt_tokens:,} tokens in ({progress.cached_tokens:,} cached), "
            f"{progress.completion_tokens:,} out, cost {money(progress.cost_usd)}",
            err=True,
        )


def money(amount: float | None) -> str:
    """An amount in USD, or why there is none."""
    if amount is None:
        return "unknown (set [run] price_prompt and price_completion)"
    return "nothing" if amount == 0 else f"{amount:.4f} USD"


@contextlib.contextmanager
def _starting(words: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A spinner while a model starts; yields the function that shows bytes done of bytes in all as a bar."""
    if quiet:
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=20), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, description="joining the model's parts, checked as they come", completed=done, total=total)

        yield show
