"""Code a project's documents: plan, ask before texts leave the machine, show progress, sum up."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import click

from coder.cli.asking import build_question, concurrency_of, prices_of, started_provider
from coder.cli.project import Project
from coder.cli.telling import announce, sum_up
from coder.errors import InputError
from coder.run.execute import Job, Progress, execute, record_too_long
from coder.run.plan import Named, Task, each_task
from coder.run.protocols import Provider
from coder.run.recode import Recoded, recode
from coder.run.session import PAGE, find_run, left_to_ask, start_run
from coder.run.survey import Estimate, TooLong, skim, survey
from coder.settings import Settings

if TYPE_CHECKING:
    from coder.store import Store


@dataclass(slots=True)
class CodeResult:
    """What `intercoder code` did; `failures` maps a document's name to its reason.

    `left` counts the documents without a usable answer, which is looked up only where some may be.
    """

    run_id: str
    documents: int
    answered_before: int
    progress: Progress
    estimate: Estimate
    host: str
    continued: bool
    failures: dict[str, str] = field(default_factory=dict)
    stopped: str = ""
    left: int = 0
    recoded: Recoded | None = None

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
        texts = Texts(store, limit)
        if not len(texts):
            raise InputError("no documents yet", "take some in first: intercoder import PATH")
        work = _code(store, project, settings, texts, dry_run=dry_run, fresh=fresh, quiet=quiet, download=download)
        try:
            return asyncio.run(work)
        except asyncio.CancelledError as error:  # SIGTERM: ends as Ctrl-C does, with what was answered stored
            raise KeyboardInterrupt from error


class Texts:
    """The first `limit` documents' texts, read page by page each time they are gone through."""

    def __init__(self, store: Store, limit: int | None) -> None:
        self._store = store
        self.limit = limit
        self._count = store.count_documents()

    def __len__(self) -> int:
        return self._count if self.limit is None else min(self.limit, self._count)

    def __iter__(self) -> Iterator[Named]:
        for page in self._store.pages(self.limit):
            yield from ((document.name, version) for document, version in page)

    def unfinished(self, run_id: str, calls_each: int) -> int:
        """How many of them lack one of their usable answers in the run."""
        last = None if self.limit is None else self._store.last_of(self.limit)
        return len(self) - self._store.whole(run_id, calls_each, last)


async def _code(
    store: Store,
    project: Project,
    settings: Settings,
    texts: Texts,
    *,
    dry_run: bool,
    fresh: bool,
    quiet: bool,
    download: bool,
) -> CodeResult:
    async with started_provider(project, settings, quiet=quiet, download=download) as provider:
        return await _plan_and_run(store, project, settings, texts, provider, dry_run=dry_run, fresh=fresh, quiet=quiet)


async def _plan_and_run(
    store: Store,
    project: Project,
    settings: Settings,
    texts: Texts,
    provider: Provider,
    *,
    dry_run: bool,
    fresh: bool,
    quiet: bool,
) -> CodeResult:
    """Two passes over the texts: one that looks at what there is to ask, and one that asks."""
    prompts, parameters = build_question(store, project, settings.model, provider)
    run = None if fresh else find_run(store, prompts, parameters)
    prices, context = prices_of(settings.run, provider), settings.model.context or provider.context_tokens

    def pending() -> Iterator[Task]:
        return left_to_ask(store, run, each_task(texts, prompts, parameters))

    count = provider.count_tokens
    if run is None and not parameters.bounded:  # nothing to look for in the store, and lengths are estimates anyway
        seen = skim(texts, prompts, parameters, count, context, prices)
    else:
        seen = survey(pending(), count, context, prices)
    calls_each = len(prompts) * parameters.samples
    before = len(texts) * calls_each - seen.estimate.calls - seen.over
    progress = Progress(total=seen.estimate.calls)
    result = CodeResult("", len(texts), before, progress, seen.estimate, provider.host, run is not None)
    result.failures = {text.name: text.reason for text in seen.too_long}
    if not quiet:
        announce(result, seen.too_long)
    if dry_run or not (seen.estimate.calls or seen.too_long or run):
        return result
    tasks = seen.fitting(pending())
    run = run or start_run(store, prompts, parameters)
    result.run_id = run.id
    job = Job(run, provider, store, prices, concurrency_of(settings, provider), settings.run.budget_usd)
    _keep_too_long(store, job, seen.too_long)
    result.progress = await _run(job, tasks, seen.estimate.calls, quiet)
    if parameters.prior == "correct":
        result.recoded = recode(store, run, prompts)
    result.failures |= result.progress.failures
    result.stopped = result.progress.stopped
    if result.failures or result.stopped:
        result.left = texts.unfinished(run.id, calls_each)
    if provider.adjusted:
        names = ", ".join(sorted(provider.adjusted))
        click.echo(f"note: {provider.host} does not take {names}; the answers were given without", err=True)
    if not quiet:
        sum_up(result)
    return result


def _keep_too_long(store: Store, job: Job, texts: Sequence[TooLong]) -> None:
    """What was kept before is not kept again; a page at a time, since a database takes no list of any length."""
    for start in range(0, len(texts), PAGE):
        page = texts[start : start + PAGE]
        known = store.kept_keys(job.run.id, [text.key for text in page])
        if fresh := [text for text in page if text.key not in known]:
            record_too_long(job, fresh)


async def _run(job: Job, tasks: Iterable[Task], total: int, quiet: bool) -> Progress:
    from coder.report.progress import live_progress

    loop, current = asyncio.get_running_loop(), asyncio.current_task()
    if current is not None:
        with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers on the loop
            loop.add_signal_handler(signal.SIGTERM, current.cancel)
    gc.collect()
    gc.freeze()  # half a million objects that stay: looking through them again and again would stall the asking
    try:
        with live_progress(total, quiet=quiet) as watch:
            return await execute(job, tasks, watch, total)
    finally:
        gc.unfreeze()
