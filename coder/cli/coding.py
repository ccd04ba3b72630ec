"""Code a project's documents: plan, ask before texts leave the machine, show progress, sum up."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import click

from coder.cli.asking import build_question, concurrency_of, prices_of, started_provider
from coder.cli.project import Project
from coder.cli.telling import announce, sum_up
from coder.errors import InputError
from coder.model import Document, Version
from coder.run.execute import Job, Progress, execute, record_too_long
from coder.run.loop import run_to_end
from coder.run.plan import Estimate, Lengths, Task, estimate, make_tasks, split_by_length
from coder.run.protocols import Provider
from coder.run.recode import Recoded, recode
from coder.run.session import find_run, left_to_ask, start_run
from coder.settings import Settings

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
    recoded: Recoded | None = None

    @property
    def left(self) -> int:
        """Documents without a usable answer after this pass."""
        return len(self.failures.keys() | self.progress.waiting.keys())

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
            "recoded": asdict(self.recoded) if self.recoded else None,
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
            return run_to_end(work)
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
    async with started_provider(project, settings, quiet=quiet, download=download) as provider:
        return await _plan_and_run(store, project, settings, pairs, provider, dry_run=dry_run, fresh=fresh, quiet=quiet)


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
    prompts, parameters = build_question(store, project, settings.model, provider)
    tasks = make_tasks([(document.name, version) for document, version in pairs], prompts, parameters)
    run = None if fresh else find_run(store, prompts, parameters)
    pending = left_to_ask(store, run, tasks)
    prices = prices_of(settings.run, provider)
    lengths = Lengths.count(pending, provider.count_tokens)
    fitting, too_long = split_by_length(pending, lengths, settings.model.context or provider.context_tokens)
    expected = estimate(fitting, lengths, prices)
    progress = Progress(total=len(fitting))
    result = CodeResult("", len(pairs), len(tasks) - len(pending), progress, expected, provider.host, run is not None)
    result.failures = {text.name: text.reason for text in too_long}
    if not quiet:
        announce(result, too_long)
    if dry_run or not (fitting or too_long or run):
        return result
    run = run or start_run(store, prompts, parameters)
    result.run_id = run.id
    job = Job(run, provider, store, prices, concurrency_of(settings, provider), settings.run.budget_usd)
    if too_long:
        record_too_long(job, too_long, {call.key for call in store.calls(run.id)})
    result.progress = await _run(job, fitting, quiet)
    if parameters.prior == "correct":
        result.recoded = recode(store, run, prompts)
    result.failures |= result.progress.failures
    result.stopped = result.progress.stopped
    if provider.adjusted:
        names = ", ".join(sorted(provider.adjusted))
        click.echo(f"note: {provider.host} does not take {names}; the answers were given without", err=True)
    if not quiet:
        sum_up(result)
    return result


async def _run(job: Job, tasks: tuple[Task, ...], quiet: bool) -> Progress:
    from coder.report.progress import live_progress

    loop, current = asyncio.get_running_loop(), asyncio.current_task()
    if current is not None:
        # Windows has no signal handlers on the loop, nor has a loop outside the main thread, as in a notebook.
        with contextlib.suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(signal.SIGTERM, current.cancel)
    with live_progress(len(tasks), quiet=quiet) as watch:
        return await execute(job, tasks, watch)
