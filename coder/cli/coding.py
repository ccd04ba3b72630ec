"""Code a project's documents: plan, ask before texts leave the machine, show progress, sum up."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import click

from coder.cli.asking import build_part, build_question, started_provider
from coder.cli.beside import beside
from coder.cli.carrying import Work, plan_work
from coder.cli.cluster import Crew, Share, code_on
from coder.cli.code_result import CodeResult
from coder.cli.limiting import budget_of, check_budget, concurrency_of, gated, quote_of
from coder.cli.project import Project
from coder.cli.selection import left_out
from coder.cli.telling import announce, sum_up, tell_adjusted, tell_batches, tell_unusable
from coder.cli.texts import Texts
from coder.errors import InputError, ProviderError
from coder.model import BatchState, Run
from coder.run.ahead import writing
from coder.run.execute import Job, Progress, execute, record_too_long
from coder.run.garbage import seldom_collected
from coder.run.long_texts import join
from coder.run.loop import run_to_end
from coder.run.plan import Task, Write, write_here
from coder.run.protocols import Provider
from coder.run.recode import recode
from coder.run.session import PAGE, find_run, left_to_ask, start_run, unanswered
from coder.run.survey import Survey, TooLong, skim, survey
from coder.run.writer import Keeping
from coder.settings import Settings

if TYPE_CHECKING:
    from coder.store import Store


def code_project(
    project: Project,
    settings: Settings,
    *,
    limit: int | None = None,
    dry_run: bool = False,
    fresh: bool = False,
    retry: bool = False,
    quiet: bool = False,
    download: bool = False,
    batch: bool = False,
    wait: bool = False,
    crew: Crew | None = None,
) -> CodeResult:
    """Code the project's documents by its settings; see `intercoder code`."""
    if retry and (fresh or batch or crew):
        other = "--fresh" if fresh else "--batch" if batch else "--engine"
        raise InputError(f"--retry and {other} do not go together", "--retry asks the few that are left, call by call")
    codebook = project.codebook()
    if not codebook.dimensions:
        raise InputError(f"{project.codebook_path}: no dimensions to code", "add 'dimensions:' to the codebook")
    if batch:
        from coder.cli.batching import refuse_provider

        refuse_provider(settings)
    with project.store() as store:
        texts = Texts(store, limit, left=left_out(store, codebook))
        if not len(texts):
            raise _nothing_to_read(texts.purged)
        if texts.purged and not quiet:
            click.echo(f"{texts.purged} documents are left out: their texts were purged", err=True)
        way = partial(_in_batches, wait=wait) if batch else partial(_plan_and_run, crew=crew, retry=retry)
        work = _code(store, project, settings, texts, way, dry_run=dry_run, fresh=fresh, quiet=quiet, download=download)
        try:
            return run_to_end(work)
        except asyncio.CancelledError as error:  # SIGTERM: ends as Ctrl-C does, with what was answered stored
            raise KeyboardInterrupt from error


def code_share(project: Project, limit: int | None, share: Share) -> Progress:
    """Code a share of the documents in a run that is started: the work of one worker of several."""
    with project.store() as store:
        texts = Texts(store, limit, share, left_out(store, project.codebook()))
        work = _code(
            store,
            project,
            project.settings,
            texts,
            _plan_and_run,
            dry_run=False,
            fresh=False,
            quiet=True,
            download=False,
        )
        return asyncio.run(work).progress


def _nothing_to_read(purged: int) -> InputError:
    if purged:
        return InputError(f"the texts of all {purged} documents were purged", "only new documents can be coded")
    return InputError("no documents yet", "take some in first: intercoder import PATH")


async def _code(
    store: Store,
    project: Project,
    settings: Settings,
    texts: Texts,
    way: Callable[..., Awaitable[CodeResult]],
    *,
    dry_run: bool,
    fresh: bool,
    quiet: bool,
    download: bool,
) -> CodeResult:
    started = started_provider(project, settings, quiet=quiet, download=download, sends=not dry_run)
    async with started as provider:
        return await way(store, project, settings, texts, provider, dry_run=dry_run, fresh=fresh, quiet=quiet)


async def _in_batches(*given: Any, **options: Any) -> CodeResult:
    from coder.cli.batching import code_in_batches  # which needs this module

    return await code_in_batches(*given, **options)


async def _plan_and_run(
    store: Store,
    project: Project,
    settings: Settings,
    texts: Texts,
    provider: Provider,
    *,
    dry_run: bool,
    crew: Crew | None = None,
    **options: Any,
) -> CodeResult:
    """Plan and ask, texts written out and answers kept by processes beside this one where that pays."""
    concurrency = 0 if dry_run or crew is not None else concurrency_of(settings, provider)
    with seldom_collected(), writing(len(texts), concurrency) as write:
        async with beside(store, len(texts), concurrency) as other:
            keeping = other.keeping if other else None
            return await _planned_and_run(
                store, project, settings, texts, provider, write, keeping, dry_run=dry_run, crew=crew, **options
            )


async def _planned_and_run(
    store: Store,
    project: Project,
    settings: Settings,
    texts: Texts,
    provider: Provider,
    write: Write,
    keeping: Keeping | None,
    *,
    dry_run: bool,
    fresh: bool,
    quiet: bool,
    crew: Crew | None,
    retry: bool = False,
) -> CodeResult:
    """Two passes over the texts: one that looks at what there is to ask, and one that asks."""
    prompts, parameters = build_question(store, project, settings.model, provider)
    run = None if fresh else find_run(store, prompts, parameters)
    part = cache(lambda ask: build_part(store, settings.model, provider, prompts, ask))
    work = plan_work(store, prompts[0].codebook, run, prompts, parameters, part, texts, fresh=fresh)
    quote, context = quote_of(project, settings, provider.host), settings.model.context or provider.context_tokens
    check_budget(settings.run, quote)

    def left(tasks: Iterable[Task]) -> Iterator[Task]:
        return left_to_ask(store, run, tasks, retry=retry)

    def pending(write: Write = write_here) -> Iterator[Task]:
        return left(work.tasks(texts, write))

    windows = left if settings.run.long_texts == "windows" else None
    look = (provider.count_tokens, context, quote.prices, windows)
    if run is None and not work.asks and not parameters.bounded:  # no answers to look for, and lengths are estimates
        seen = skim(texts, prompts, parameters, *look)
    else:
        seen = survey(pending(write), *look)
    before = seen.settled(work.calls(len(texts)))
    progress = Progress(total=seen.estimate.calls)
    result = CodeResult("", len(texts), before, progress, seen.estimate, provider.host, run is not None, quote)
    result.failures = {text.name: text.reason for text in seen.too_long}
    result.done, result.carried, result.long_texts, result.windows = (
        project.done,
        work.carried,
        seen.long_texts,
        seen.windows,
    )
    batches = result.wait_for(store.batches(run.id) if run else ())
    if not quiet:
        foretell(result, work, batches, seen.too_long)
        if run and not (seen.estimate.calls or seen.too_long or batches):
            tell_unusable(store.failures(run.id), project.done)
    if dry_run or not (seen.estimate.calls or seen.too_long or run or work.fresh):
        return result
    tasks = seen.fitting(pending(write), windows)
    run = run or start_run(store, prompts, parameters, work.origins, windows=bool(seen.widths), prices=quote.record())
    work.carry(store, run)
    result.run_id = started = run.id
    budget = budget_of(settings.run, quote.prices, lambda: store.summary(started))
    async with gated(settings, provider) as gate:
        job = Job(run, provider, store, quote.prices, concurrency_of(settings, provider), budget, gate, keeping)
        keep_too_long(store, job, seen.too_long)
        if crew is not None and seen.estimate.calls:
            result.progress = await code_on(crew, project, settings, texts.limit, budget.paid)
        else:
            result.progress = await run_tasks(job, tasks, seen.estimate.calls, quiet)
    if parameters.prior != "keep" and texts.share is None:  # a leaning shows in all texts, not in a share
        result.recoded = recode(store, run, work.every_prompt(), parameters.prior)
    result.failures |= result.progress.failures
    join_windows(result, store, run, seen, pending())
    result.stopped = result.progress.stopped
    if result.failures or result.stopped or result.waiting:
        whole = None if work.asks or seen.widths else len(prompts) * parameters.samples
        lacking = partial(unanswered, store, run)
        result.left = count_left(run, texts, seen.fitting(lacking(work.tasks(texts)), lacking), result.failures, whole)
    tell_adjusted(provider)
    if not quiet:
        sum_up(result)
    return result


def foretell(result: CodeResult, work: Work, batches: Sequence[BatchState], too_long: Sequence[TooLong]) -> None:
    """What is carried over, what is under way, what will be asked and what not."""
    for line in work.words():
        click.echo(line, err=True)
    tell_batches(batches, result.host)
    announce(result, too_long)


def count_left(run: Run, texts: Texts, tasks: Iterable[Task], failures: Collection[str], calls_each: int | None) -> int:
    """How many documents lack a usable answer: counted by calls where each takes as many, else what is left to ask."""
    if calls_each is not None:
        return texts.unfinished(run.id, calls_each)
    return len({*failures, *(task.name for task in tasks)})


def join_windows(result: CodeResult, store: Store, run: Run, seen: Survey, tasks: Iterable[Task]) -> None:
    """Join the windows of the tasks whose texts are long, and note what came of it."""
    if seen.widths:
        leanings = result.recoded.leanings if result.recoded else {}
        result.joined = join(store, run, seen.long(tasks), leanings, run.parameters.get("prior", "keep"))
        result.failures |= result.joined.failures


def keep_too_long(store: Store, job: Job, texts: Sequence[TooLong]) -> None:
    """What was kept before is not kept again; a page at a time, since a database takes no list of any length."""
    for start in range(0, len(texts), PAGE):
        page = texts[start : start + PAGE]
        known = store.kept_keys(job.run.id, [text.key for text in page])
        if fresh := [text for text in page if text.key not in known]:
            record_too_long(job, fresh)


async def run_tasks(job: Job, tasks: Iterable[Task], total: int, quiet: bool) -> Progress:
    """Ask them, with the progress shown."""
    from coder.report.progress import live_progress

    loop, current = asyncio.get_running_loop(), asyncio.current_task()
    if current is not None:
        # Windows has no signal handlers on the loop, nor has a loop outside the main thread, as in a notebook.
        with contextlib.suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(signal.SIGTERM, current.cancel)
    newest: list[Progress] = []
    try:
        with live_progress(total, quiet=quiet, note=lambda: job.signal.note) as watch:

            def look(progress: Progress) -> None:
                newest[:] = [progress]
                watch(progress)

            return await execute(job, tasks, look, total)
    except ProviderError:
        if not newest:  # nothing came of it: the error says all there is to say
            raise
        return newest[0]
