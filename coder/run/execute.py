"""Put a run's questions, bounded in number, and hand every answer to the writer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from coder.errors import ProviderError
from coder.model import Call, Run
from coder.run.answers import (
    Answer,
    Asked,
    added,
    answer_of_failure,
    answer_of_reply,
    answer_unread,
    read_content,
    unreadable,
)
from coder.run.budget import Budget, Spending
from coder.run.plan import Prices, Task, answer_size
from coder.run.protocols import CallFailed, Halted, Provider, Reply
from coder.run.survey import TooLong
from coder.run.writer import Keeper, Keeping, Sink, Writer


@dataclass(slots=True)
class Progress:
    """What a run has come to so far; given to the watcher after every answer.

    `stopped` says why it asks nothing more, `hint` what helps where that is not to run it again.
    """

    total: int
    done: int = 0
    coded: int = 0
    failed: int = 0
    invalid: int = 0
    refused: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = 0.0
    failures: dict[str, str] = field(default_factory=dict)
    stopped: str = ""
    hint: str = ""

    def add(self, name: str, status: str, error: str, counts: Call | Reply, cost: float | None) -> None:
        """Count one answer to a call about the document of this name."""
        self.done += 1
        self.prompt_tokens += counts.prompt_tokens
        self.cached_tokens += counts.cached_tokens
        self.completion_tokens += counts.completion_tokens
        self.cost_usd = None if self.cost_usd is None or cost is None else self.cost_usd + cost
        if status == "ok":
            self.coded += 1
        else:
            setattr(self, status, getattr(self, status) + 1)
            self.failures[name] = error


def together(first: Progress, second: Progress) -> Progress:
    """What two passes of a run came to, as one."""
    known = first.cost_usd is not None and second.cost_usd is not None
    counts = ("total", "done", "coded", "failed", "invalid", "refused", "prompt_tokens", "cached_tokens")
    return Progress(
        **{name: getattr(first, name) + getattr(second, name) for name in (*counts, "completion_tokens")},
        cost_usd=(first.cost_usd or 0.0) + (second.cost_usd or 0.0) if known else None,
        failures=first.failures | second.failures,
        stopped=first.stopped or second.stopped,
        hint=first.hint or second.hint,
    )


class Signal(Protocol):
    """What a run's gate says: why nothing more is to be asked (`halted`), what is waited for (`note`); '' where not."""

    halted: str
    note: str


class Quiet:
    """No gate: nothing is waited for and nothing halts."""

    halted = note = ""


@dataclass(frozen=True, slots=True)
class Job:
    """All that the tasks of a run share."""

    run: Run
    provider: Provider
    sink: Sink
    prices: Prices
    concurrency: int
    budget: Budget = field(default_factory=Budget)
    signal: Signal = field(default_factory=Quiet)
    keeping: Keeping | None = None
    """Opens what keeps the answers in the sink; None for a thread of this process."""

    def cost(self, reply: Reply) -> float | None:
        """What a reply cost in USD; None where that is not known."""
        return self.prices.cost(reply.prompt_tokens, reply.cached_tokens, reply.completion_tokens, reply.batch_tokens)

    def expected(self, task: Task) -> Spending:
        """What a call will take by the length of its question, where there is a budget to keep to."""
        return expected_spending(task, self.provider, self.prices) if self.budget.limited else Spending()


def expected_spending(task: Task, provider: Provider, prices: Prices) -> Spending:
    """What a call will take by the length of its question, as the provider counts, and the size of its answer."""
    prompt = sum(provider.count_tokens(message["content"]) for message in task.question.messages)
    return Spending.of(prices, prompt, 0, answer_size(task.prompt))


class Tray:
    """What there is to ask: unreadable replies, whose questions are asked once more, before tasks. Counts what is kept.

    Tasks are taken one by one: they need not all be there, nor fit in memory.
    """

    def __init__(self, tasks: Iterable[Task], progress: Progress, watch: Callable[[Progress], None]) -> None:
        self.progress = progress
        self.unreadable: deque[tuple[Task, Reply]] = deque()
        self._tasks = iter(tasks)
        self._watch = watch

    def take(self) -> tuple[Task, Reply | None] | None:
        """What is asked next, with the reply that could not be read if there was one; None where there is nothing."""
        if self.unreadable:
            return self.unreadable.popleft()
        task = next(self._tasks, None)
        return None if task is None else (task, None)

    def put_back(self, task: Task, reply: Reply | None) -> None:
        """What was taken is not asked: an unreadable reply is not forgotten."""
        if reply is not None:
            self.unreadable.appendleft((task, reply))

    def unread(self, task: Task, reply: Reply) -> None:
        """A reply that cannot be read."""
        self.unreadable.append((task, reply))

    def kept(self, task: Task, status: str, error: str, counts: Call | Reply, cost: float | None) -> None:
        """An answer that is kept."""
        self.progress.add(task.name, status, error, counts, cost)
        self._watch(self.progress)


async def execute(job: Job, tasks: Iterable[Task], watch: Callable[[Progress], None], total: int = 0) -> Progress:
    """Ask every task's question; returns when all are answered, the budget is spent or nothing will work.

    `total` says how many tasks are to be expected. What was answered when this returns or raises is in the store.

    A reply that cannot be read is asked about once more. A call that is given up on is stored as failed and asked again
    by the next run. ProviderError (wrong key, endpoint gone) stops the run after the answers in flight are stored;
    StoreError (no space left, locked) stops it at once. Either is raised with what was committed safe.
    """
    tray = Tray(tasks, Progress(total=total), watch)
    try:
        async with (job.keeping or partial(Writer, job.sink))(job.run, tray) as keeper:
            try:
                hopeless = await _ask_all(job, tray, keeper)
            finally:
                await _keep_unreadable(job, tray, keeper)
    except ExceptionGroup as errors:  # one store, one cause: the first says it
        raise errors.exceptions[0] from None
    if hopeless is not None:
        raise hopeless
    return tray.progress


async def _ask_all(job: Job, tray: Tray, keeper: Keeper) -> ProviderError | None:
    """Ask until nothing is left, or nothing more is to be asked; returns what made the endpoint hopeless."""
    while True:
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(_worker(job, tray, keeper)) for _ in range(job.concurrency)]
        await keeper.settle()
        hopeless = next((error for worker in workers if (error := worker.result()) is not None), None)
        if hopeless is not None or tray.progress.stopped or not tray.unreadable:
            return hopeless


async def _keep_unreadable(job: Job, tray: Tray, keeper: Keeper) -> None:
    """Replies that nobody asks about any more are kept raw and counted: they are paid."""
    await keeper.settle()
    why = tray.progress.stopped or "the run was interrupted"
    while tray.unreadable:
        task, reply = tray.unreadable.popleft()
        reading = read_content(reply, task.asked, task.prompt, task.segments)
        reason = f"{reading.problem} (not asked again: {why})"
        answer = answer_unread(job.run, task.asked, task.prompt, reply, reason, job.cost(reply))
        await keeper.keep(task, answer)


async def _worker(job: Job, tray: Tray, keeper: Keeper) -> ProviderError | None:
    """Ask one question after the other; returns what made the endpoint hopeless, so that the others end in peace."""
    progress = tray.progress
    while (taken := tray.take()) is not None:
        task, bad = taken
        progress.stopped = progress.stopped or job.signal.halted
        share = await _share(job, task, progress)
        if share is None:
            tray.put_back(task, bad)
            break
        try:
            came, spent = await _asked(job, task, bad)
        except (Halted, ProviderError) as error:
            job.budget.release(share)
            tray.put_back(task, bad)
            if isinstance(error, Halted):
                progress.stopped = error.reason
                break
            progress.stopped, progress.hint = error.message, error.hint
            return error
        job.budget.settle(share, spent)
        if isinstance(came, Reply):
            await keeper.read(task, came, job.cost(came))
        else:
            await keeper.keep(task, came)
    return None


async def _share(job: Job, task: Task, progress: Progress) -> Spending | None:
    """What is set aside for a question; None where it is not asked, because all stops or the budget is spent."""
    if progress.stopped:
        return None
    share = await job.budget.take(job.expected(task))
    if progress.stopped:  # while this call waited for room in the budget
        if share is not None:
            job.budget.release(share)
        return None
    if share is None:
        progress.stopped = f"the budget of {job.budget.words()} is reached"
        progress.hint = "raise it (--budget, --budget-tokens) to go on: only what is missing is asked"
    return share


async def _asked(job: Job, task: Task, bad: Reply | None) -> tuple[Reply | Answer, Spending | None]:
    """What a question brought, asked for the first time or because the reply was bad, and what that took.

    It took None where requests got no answer: they may have been paid for all the same.
    """
    if bad is not None:
        return await _asked_again(job, task, bad)
    try:
        reply = await job.provider.ask(task.question)
    except CallFailed as error:
        cost = job.prices.cost(0, 0, 0)
        failed = answer_of_failure(job.run, task.asked, task.prompt, str(error), attempts=error.attempts, cost_usd=cost)
        return failed, None if error.attempts > 1 else Spending(cost, 0)
    return reply, _spent(job, reply)


async def _asked_again(job: Job, task: Task, bad: Reply) -> tuple[Answer, Spending | None]:
    """Ask once more with the problem named; the answer with more readable dimensions is kept, both are counted."""
    asked, prompt = task.asked, task.prompt
    reading = read_content(bad, asked, prompt, task.segments)
    try:
        again = await job.provider.repair(task.question, bad, reading.problem, prompt.response_model)
    except CallFailed:
        return answer_of_reply(job.run, asked, prompt, bad, reading, job.cost(bad)), None
    second = read_content(again, asked, prompt, task.segments)
    better = unreadable(second) < unreadable(reading)
    chosen, said = added(again if better else bad, bad, again), second if better else reading
    return answer_of_reply(job.run, asked, prompt, chosen, said, job.cost(chosen)), _spent(job, again)


def _spent(job: Job, reply: Reply) -> Spending:
    return Spending(job.cost(reply), reply.prompt_tokens + reply.completion_tokens)


def record_too_long(job: Job, texts: Sequence[TooLong]) -> None:
    """Store each text that does not fit as failed with its reason; nothing was sent and nothing paid."""
    job.sink.save_answers([_not_sent(job, text) for text in texts])


def _not_sent(job: Job, text: TooLong) -> Answer:
    asked = Asked(text.version.id, text.key, str(job.run.parameters["model"]))
    return answer_of_failure(job.run, asked, text.prompt, text.reason, attempts=0, cost_usd=0.0)
