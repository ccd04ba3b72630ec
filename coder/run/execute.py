"""Put a run's questions, bounded in number, and hand every answer to the writer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from coder.errors import ProviderError
from coder.model import Call, Coding, Run, Status
from coder.prompting import Reading, interpret
from coder.run.budget import Budget, Spending
from coder.run.codings import codings_of, failed_codings
from coder.run.plan import Prices, Task, answer_size
from coder.run.protocols import CallFailed, Halted, Provider, Reply
from coder.run.survey import TooLong
from coder.run.writer import Keeper, OnThread, Sink, Writer


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

    def add(self, task: Task, call: Call) -> None:
        """Count one answer."""
        self.done += 1
        self.prompt_tokens += call.prompt_tokens
        self.cached_tokens += call.cached_tokens
        self.completion_tokens += call.completion_tokens
        known = self.cost_usd is not None and call.cost_usd is not None
        self.cost_usd = (self.cost_usd or 0.0) + (call.cost_usd or 0.0) if known else None
        if call.status == "ok":
            self.coded += 1
        else:
            counter = {"failed": "failed", "refused": "refused", "invalid": "invalid"}[call.status]
            setattr(self, counter, getattr(self, counter) + 1)
            self.failures[task.name] = call.error


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
    keeper: Keeper | None = None
    """What keeps the answers in the sink; None for a thread of this process."""

    def expected(self, task: Task) -> Spending:
        """What a call will take by the length of its question, where there is a budget to keep to."""
        return expected_spending(task, self.provider, self.prices) if self.budget.limited else Spending()


def expected_spending(task: Task, provider: Provider, prices: Prices) -> Spending:
    """What a call will take by the length of its question, as the provider counts, and the size of its answer."""
    prompt = sum(provider.count_tokens(message["content"]) for message in task.question.messages)
    return Spending.of(prices, prompt, 0, answer_size(task.prompt))


async def execute(job: Job, tasks: Iterable[Task], watch: Callable[[Progress], None], total: int = 0) -> Progress:
    """Ask every task's question; returns when all are answered, the budget is spent or nothing will work.

    Tasks are taken one by one, when there is a call free to ask it: they need not all be there, nor fit in memory;
    `total` says how many are to be expected. What was asked when this returns or raises is in the store.

    A call that is given up on is stored as failed and asked again by the next run. ProviderError (wrong key, endpoint
    gone) stops the run after the answers in flight are stored; StoreError (no space left, locked) stops it at once.
    Either is raised with what was committed safe.
    """
    progress = Progress(total=total)
    waiting = iter(tasks)
    try:
        async with Writer(job.keeper or OnThread(job.sink), job.concurrency) as writer, asyncio.TaskGroup() as group:
            workers = [
                group.create_task(_worker(job, waiting, progress, writer, watch)) for _ in range(job.concurrency)
            ]
    except ExceptionGroup as errors:  # one store, one cause: the first says it
        raise errors.exceptions[0] from None
    hopeless = [error for worker in workers if (error := worker.result()) is not None]
    if hopeless:
        raise hopeless[0]
    return progress


async def _worker(
    job: Job, waiting: Iterator[Task], progress: Progress, writer: Writer, watch: Callable[[Progress], None]
) -> ProviderError | None:
    """Ask one task after the other; returns what made the endpoint hopeless, so that the others end in peace."""
    for task in waiting:
        progress.stopped = progress.stopped or job.signal.halted
        if progress.stopped:
            break
        share = await job.budget.take(job.expected(task))
        if share is None:
            progress.stopped = f"the budget of {job.budget.words()} is reached"
            progress.hint = "raise it (--budget, --budget-tokens) to go on: only what is missing is asked"
            break
        if progress.stopped:  # while this call waited for room in the budget
            job.budget.release(share)
            break
        try:
            answer = await _answer(job, task)
        except Halted as error:
            job.budget.release(share)
            progress.stopped = error.reason
            break
        except ProviderError as error:
            job.budget.release(share)
            progress.stopped, progress.hint = error.message, error.hint
            return error
        job.budget.settle(share, _spent(answer[0]))
        await writer.put(answer)
        progress.add(task, answer[0])
        watch(progress)
    return None


def _spent(call: Call) -> Spending | None:
    """What a call took; None where requests got no answer: they may have been paid for all the same."""
    if call.status == "failed" and call.attempts > 1 and not call.prompt_tokens:
        return None
    return Spending(call.cost_usd, call.prompt_tokens + call.completion_tokens)


async def _answer(job: Job, task: Task) -> tuple[Call, tuple[Coding, ...]]:
    try:
        reply = await job.provider.ask(task.question)
    except CallFailed as error:
        return _failed(job, task, error)
    reading = _read(task, reply) if not reply.refusal else None
    if reading is not None and reading.problem:
        try:
            reply, reading = await _repaired(job, task, reply, reading)
        except Halted as error:
            return _unrepaired(job, task, reply, reading, error.reason)
    call = _call(job, task, reply, reading)
    if task.parts:  # what is said of a part is no coding yet: the windows are joined once all are answered
        return call, ()
    return call, codings_of(job.run, call, task.version, task.prompt, reading, reply.probabilities)


def _read(task: Task, reply: Reply) -> Reading:
    return interpret(reply.content, task.prompt, task.segments, window=bool(task.parts))


async def _repaired(job: Job, task: Task, reply: Reply, reading: Reading) -> tuple[Reply, Reading]:
    """Ask once more with the problem named; keep whichever answer has more readable dimensions."""
    try:
        again = await job.provider.repair(task.question, reply, reading.problem, task.prompt.response_model)
    except CallFailed:
        return reply, reading
    second = _read(task, again)
    better = _unreadable(second) < _unreadable(reading)
    return _added(again if better else reply, reply, again), second if better else reading


def _unreadable(reading: Reading) -> int:
    return sum(draft.status == Status.INVALID for draft in reading.drafts.values())


def _added(chosen: Reply, first: Reply, second: Reply) -> Reply:
    """The chosen answer, with what both cost."""
    return replace(
        chosen,
        prompt_tokens=first.prompt_tokens + second.prompt_tokens,
        cached_tokens=first.cached_tokens + second.cached_tokens,
        completion_tokens=first.completion_tokens + second.completion_tokens,
        milliseconds=first.milliseconds + second.milliseconds,
        attempts=first.attempts + second.attempts,
        batch_tokens=first.batch_tokens if any(first.batch_tokens) else second.batch_tokens,
    )


def _call(job: Job, task: Task, reply: Reply, reading: Reading | None) -> Call:
    unreadable = reading is not None and _unreadable(reading) == len(reading.drafts)
    return Call(
        run_id=job.run.id,
        version_id=task.version.id,
        key=task.key,
        replicate=task.replicate,
        dimensions=task.prompt.asked,
        status="refused" if reading is None else "invalid" if unreadable else "ok",
        requested_model=task.question.model,
        served_model=reply.served_model,
        fingerprint=reply.fingerprint,
        raw=reply.content,
        error=reply.refusal if reading is None else reading.problem,
        attempts=reply.attempts,
        prompt_tokens=reply.prompt_tokens,
        cached_tokens=reply.cached_tokens,
        completion_tokens=reply.completion_tokens,
        milliseconds=reply.milliseconds,
        cost_usd=job.prices.cost(reply.prompt_tokens, reply.cached_tokens, reply.completion_tokens, reply.batch_tokens),
        probabilities=reply.probabilities,
        part=task.part,
        parts=task.parts,
    )


def _unrepaired(job: Job, task: Task, reply: Reply, reading: Reading, reason: str) -> tuple[Call, tuple[Coding, ...]]:
    """An unreadable answer that nobody asks about any more: kept and counted, and asked again by the next run."""
    error = f"{reading.problem} (not asked again: {reason})"
    call = _call(job, task, reply, reading).model_copy(update={"status": "failed", "error": error})
    return call, failed_codings(job.run, call, task.version, task.prompt, error)


def _failed(job: Job, task: Task, error: CallFailed) -> tuple[Call, tuple[Coding, ...]]:
    call = Call(
        run_id=job.run.id,
        version_id=task.version.id,
        key=task.key,
        replicate=task.replicate,
        dimensions=task.prompt.asked,
        status="failed",
        requested_model=task.question.model,
        error=str(error),
        attempts=error.attempts,
        cost_usd=job.prices.cost(0, 0, 0),
        part=task.part,
        parts=task.parts,
    )
    return call, () if task.parts else failed_codings(job.run, call, task.version, task.prompt, str(error))


def record_too_long(job: Job, texts: Sequence[TooLong]) -> None:
    """Store each text that does not fit as failed with its reason; nothing was sent and nothing paid."""
    job.sink.save_answers([_not_sent(job, text) for text in texts])


def _not_sent(job: Job, text: TooLong) -> tuple[Call, tuple[Coding, ...]]:
    call = Call(
        run_id=job.run.id,
        version_id=text.version.id,
        key=text.key,
        dimensions=text.prompt.asked,
        status="failed",
        requested_model=str(job.run.parameters["model"]),
        error=text.reason,
        attempts=0,
        cost_usd=0.0,
    )
    return call, failed_codings(job.run, call, text.version, text.prompt, text.reason)
