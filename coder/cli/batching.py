"""Code by the provider's batch API: hand calls in, come back for the answers."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from coder.cli.asking import build_part, build_question
from coder.cli.carrying import Work, plan_work
from coder.cli.code_result import CodeResult
from coder.cli.coding import count_left, foretell, join_windows, keep_too_long, run_tasks
from coder.cli.limiting import check_budget, concurrency_of, gated, quote_of
from coder.cli.telling import sum_up, tell_adjusted, tell_batches
from coder.cli.texts import Texts
from coder.errors import InputError
from coder.model import BatchState, Run
from coder.prompting import Prompt
from coder.run.batch_answers import Fetched, fetch
from coder.run.batches import BatchApi, Dispatch, settle, submit
from coder.run.budget import Budget, Spending
from coder.run.execute import Job, Progress, expected_spending, together
from coder.run.plan import Named, Parameters, Task
from coder.run.prices import Quote
from coder.run.protocols import Provider
from coder.run.session import find_run, left_to_ask, start_run, unanswered
from coder.run.survey import Survey, survey

if TYPE_CHECKING:
    from coder.cli.project import Project
    from coder.settings import Settings
    from coder.store import Store

LONGEST_POLL_S = 600.0
"""Seconds between two looks at a batch, at the most; they begin at [run] poll_s and grow by half each time."""
FRUITLESS = 2
"""Times that what is left is handed in again in one go though the last batches brought no answer."""


@runtime_checkable
class Batching(Protocol):
    """A provider that speaks the batch API."""

    def batches(self) -> BatchApi:
        """The endpoint's batch API."""
        ...


def refuse_provider(settings: Settings) -> None:
    """InputError where the settings' provider has no batch API, before anything is started."""
    if settings.model.provider != "openai":
        raise InputError(
            f"the provider '{settings.model.provider}' has no batch API", "leave --batch out, or set --provider openai"
        )


def in_batch(settings: Settings, found: Quote) -> Quote:
    """The prices with the batch API's factor: of the settings, else of the table."""
    factor = found.batch if settings.run.price_batch is None else settings.run.price_batch
    words = f"{factor:g} of it by the batch API" if factor is not None else "what a batch costs of it is not known"
    return replace(found, prices=replace(found.prices, batch=factor), words=f"{found.words}; {words}")


@dataclass
class Batched:
    """One `code --batch`: what is asked, of which texts, and what came of it so far."""

    store: Store
    settings: Settings
    texts: Texts
    provider: Provider
    prompts: tuple[Prompt, ...]
    parameters: Parameters
    quote: Quote
    quiet: bool
    plan: Work
    run: Run | None = None
    progress: Progress = field(default_factory=lambda: Progress(total=0))
    tried: bool = False

    def tasks(self, named: Iterable[Named]) -> Iterator[Task]:
        """All calls for these texts."""
        return self.plan.tasks(named)

    def every(self) -> Iterator[Task]:
        """All calls, were each text short enough."""
        return self.tasks(self.texts)

    def open_to_ask(self, tasks: Iterable[Task]) -> Iterator[Task]:
        """Those of the calls that are neither answered nor in a batch."""
        return left_to_ask(self.store, self.run, tasks)

    def survey(self) -> Survey:
        """What is left, at the price of a batch."""
        context = self.settings.model.context or self.provider.context_tokens
        windows = self.open_to_ask if self.settings.run.long_texts == "windows" else None
        left = self.open_to_ask(self.every())
        return survey(left, self.provider.count_tokens, context, self.quote.prices.in_batch(), windows)

    def left(self, seen: Survey) -> Iterator[Task]:
        """The calls that are neither answered nor in a batch, as they are asked for."""
        return seen.fitting(self.open_to_ask(self.every()), self.open_to_ask)

    def lacking(self, seen: Survey) -> Iterator[Task]:
        """The calls that are not answered, those in a batch among them."""
        without = partial(unanswered, self.store, self.run)
        return seen.fitting(without(self.every()), without)

    def open(self) -> list[BatchState]:
        """The run's batches that are not fetched yet."""
        return [state for state in self.store.batches(self.run.id) if state.open] if self.run else []


async def code_in_batches(
    store: Store,
    project: Project,
    settings: Settings,
    texts: Texts,
    provider: Provider,
    *,
    wait: bool,
    dry_run: bool,
    fresh: bool,
    quiet: bool,
) -> CodeResult:
    """Fetch what is finished and hand in what is left; with `wait`, until all is answered."""
    prompts, parameters = build_question(store, project, settings.model, provider)
    quote = in_batch(settings, quote_of(project, settings, provider.host))
    check_budget(settings.run, replace(quote, prices=quote.prices.in_batch()))
    run = find_run(store, prompts, parameters)
    part = cache(lambda ask: build_part(store, settings.model, provider, prompts, ask))
    plan = plan_work(store, prompts[0].codebook, run, prompts, parameters, part, texts, fresh=fresh)
    work = Batched(store, settings, texts, provider, prompts, parameters, quote, quiet, plan, run)
    under_way = work.open()
    if fresh and under_way:
        raise InputError(
            f"{len(under_way)} batches of the run before are under way: --fresh would pay for the same calls again",
            "run 'intercoder code --batch' until they are fetched, or cancel them with the provider first",
        )
    work.run = None if fresh else work.run
    seen, continued = work.survey(), work.run is not None
    before = seen.settled(plan.calls(len(texts)))
    result = CodeResult("", len(texts), before, work.progress, seen.estimate, provider.host, continued, quote)
    result.done = project.done
    result.failures = {text.name: text.reason for text in seen.too_long}
    result.carried, result.long_texts, result.windows = plan.carried, seen.long_texts, seen.windows
    result.wait_for(under_way)
    if not quiet:
        foretell(result, plan, under_way, seen.too_long)
    if dry_run or not (seen.estimate.calls or seen.too_long or work.run or plan.fresh):
        return result
    work.run = work.run or start_run(
        store, prompts, parameters, plan.origins, windows=bool(seen.widths), prices=quote.record()
    )
    plan.carry(store, work.run)
    async with _at_work(work) as (job, dispatch):
        keep_too_long(store, job, seen.too_long)
        result.stopped = await _go_on(work, job, dispatch, wait=wait)
    return _told(work, seen, result)


@asynccontextmanager
async def _at_work(work: Batched) -> AsyncIterator[tuple[Job, Dispatch]]:
    """The run's job and its dispatch, with a private folder for the files on their way."""
    if not isinstance(work.provider, Batching) or work.run is None:
        raise InputError(f"{work.provider.host}: this provider has no batch API", "leave --batch out")
    async with gated(work.settings, work.provider) as gate:
        with tempfile.TemporaryDirectory(prefix="intercoder-") as folder:
            concurrency = concurrency_of(work.settings, work.provider)
            job = Job(work.run, work.provider, work.store, work.quote.prices, concurrency, signal=gate)
            yield job, Dispatch(work.store, work.provider.batches(), Path(folder))


async def _go_on(work: Batched, job: Job, dispatch: Dispatch, *, wait: bool) -> str:
    """Fetch and hand in, once or until nothing is left; returns why nothing more is handed in, '' where all was.

    There is nothing new to hand in until a batch has ended, and to see what is left takes a pass over all texts.
    """
    fruitless, pause, first, stopped = 0, work.settings.run.poll_s, True, ""
    while True:
        states = await settle(dispatch, job.run)
        found = await fetch(dispatch, job, states, work.tasks, lambda progress: None)
        work.progress = together(work.progress, found.progress)
        fruitless = 0 if found.progress.coded else fruitless + bool(found.ended)
        if fruitless > FRUITLESS:
            stopped = "batches bring no answers"
        elif found.ended or first:
            stopped = await _hand_in(work, job, dispatch, found)
        left = work.open()
        if not wait or not left or job.signal.halted:
            return stopped or (job.signal.halted if left else "")
        pause = work.settings.run.poll_s if found.ended else min(LONGEST_POLL_S, pause * 1.5)
        if not work.quiet and (found.ended or first):
            tell_batches(left, work.provider.host)
        first = False
        await asyncio.sleep(pause)


async def _hand_in(work: Batched, job: Job, dispatch: Dispatch, found: Fetched) -> str:
    """Hand in what is left, after one ordinary call: a wrong name, key or parameter shows before a batch is made."""
    if found.failed and not (found.crowded and work.open()):
        return f"a batch was not taken: {found.failed}"
    if found.failed:
        return ""
    budget, stopped = _budget(work, job.run), ""
    seen = work.survey()
    if not seen.estimate.calls:
        return ""
    if not work.tried:
        work.tried = True
        alone = replace(job, concurrency=1, budget=budget)
        first = await run_tasks(alone, islice(work.left(seen), 1), 1, quiet=True)
        work.progress = together(work.progress, first)
        if first.stopped:
            return first.stopped
    prices = work.quote.prices.in_batch()

    def expected(task: Task) -> Spending | None:
        nonlocal stopped
        share = budget.reserve(expected_spending(task, work.provider, prices))
        stopped = f"the budget of {budget.words()} is reached" if share is None else stopped
        return share

    await submit(dispatch, job.run, work.left(seen), expected)
    return stopped


def _budget(work: Batched, run: Run) -> Budget:
    """What is left of the budget after all that was paid and all that is in batches."""
    paid = work.store.summary(run.id)
    before = Spending(paid.cost_usd, paid.prompt_tokens + paid.completion_tokens)
    for state in work.open():
        before += Spending(state.batch.usd, state.batch.tokens)
    return Budget(work.settings.run.budget_usd, work.settings.run.budget_tokens, before)


def _told(work: Batched, seen: Survey, result: CodeResult) -> CodeResult:
    """The result, complete, and said.

    A leaning is taken out of the answers when all are there, and windows are joined after it.
    """
    run = work.run
    if run is None:
        return result
    result.run_id, result.progress = run.id, work.progress
    failed = work.store.failures(run.id)  # a call that failed in one batch may have come in the next
    result.failures |= {name: reason for name, reason in failed.items() if name in work.progress.failures}
    states = work.store.batches(run.id)
    under_way = [state for state in states if state.open]
    result.batches = [state.summary() for state in states]
    result.waiting = sum(state.batch.requests for state in under_way)
    corrects = work.parameters.prior != "keep"
    if corrects and not result.waiting:
        from coder.run.recode import recode

        result.recoded = recode(work.store, run, work.plan.every_prompt(), work.parameters.prior)
    if not (corrects and result.waiting):
        join_windows(result, work.store, run, seen, work.open_to_ask(work.every()))
    whole = None if work.plan.asks or seen.widths else len(work.prompts) * work.parameters.samples
    result.left = count_left(run, work.texts, work.lacking(seen), result.failures, whole)
    tell_adjusted(work.provider)
    if not work.quiet:
        sum_up(result)
        tell_batches(under_way, work.provider.host)
    return result
