"""A run against a loopback endpoint: every answer stored once, failures kept, nothing asked twice."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from coder.codebook import parse_codebook
from coder.errors import ProviderError
from coder.model import Call, Codebook, CodeProbability, Document, Run, Status, Version
from coder.prompting import Calls, build_prompt, build_prompts, interpret, prompts_hash
from coder.providers.openai_compatible import OpenAIProvider
from coder.providers.retrying import Backoff
from coder.run.budget import Budget
from coder.run.codings import codings_of
from coder.run.execute import Job, Progress, execute, record_too_long
from coder.run.gate import OpenGate
from coder.run.plan import Parameters, Prices, make_tasks
from coder.run.protocols import Halted, Question
from coder.run.session import find_run, left_to_ask, start_run
from coder.run.survey import TooLong
from coder.store import Store
from tests.mock_openai import Config, serving

BOOK = """\
name: small
version: 1
dimensions:
  - {id: tone, kind: nominal, question: How?, categories: [{id: warm}, {id: cold}]}
  - {id: parts, kind: multilabel, question: What?, absent: {}, categories: [{id: x}, {id: y}]}
"""
PARAMETERS = Parameters("openai", "mock", "object", 0.0, 200, 1, 1)


async def no_wait(seconds: float) -> None:
    """Back off without the clock."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(str(tmp_path / "run.db")) as opened:
        for number in range(6):
            document = Document(name=f"d{number}")
            text = f"First sentence {number}. Second sentence. Third sentence."
            opened.add_documents([(document, Version(document_id=document.id, text=text, hash=str(number)))])
        yield opened


def codebook() -> Codebook:
    return parse_codebook(BOOK, "book.yaml")


async def one_pass(
    store: Store, config: Config, *, fresh: bool = False, calls: Calls = "together"
) -> tuple[Run, Progress, int]:
    """Run what is left to ask; the run, its progress and the number of requests the endpoint saw."""
    prompts = build_prompts(codebook(), "object", calls=calls)
    async with serving(config) as (url, mock):
        provider = OpenAIProvider(url, key="k", backoff=Backoff(attempts=4, sleep=no_wait), timeout_s=2)
        tasks = make_tasks([(doc.name, version) for doc, version in store.current_versions()], prompts, PARAMETERS)
        found = None if fresh else find_run(store, prompts, PARAMETERS)
        pending = tuple(left_to_ask(store, found, tasks))
        run = found or start_run(store, prompts, PARAMETERS)
        job = Job(run, provider, store, Prices(1.0, 0.5, 2.0), concurrency=3)
        try:
            progress = await execute(job, pending, lambda _: None, len(pending))
        finally:
            await provider.close()
        return run, progress, mock.stats.requests


async def test_every_document_gets_a_coding_for_every_dimension(store: Store) -> None:
    run, progress, requests = await one_pass(store, Config(latency=0))
    codings = store.codings(run_id=run.id)
    assert (progress.done, progress.coded, requests) == (6, 6, 6)
    assert len(codings) == 12
    assert {coding.status for coding in codings} <= {Status.CODED, Status.ABSENT}
    assert all(store.calls(run.id)[0].raw for _ in codings)


async def test_a_finished_run_asked_again_asks_nothing(store: Store) -> None:
    first, _, _ = await one_pass(store, Config(latency=0))
    second, progress, requests = await one_pass(store, Config(latency=0))
    assert (second.id, progress.total, requests) == (first.id, 0, 0)


async def test_a_run_of_before_the_way_of_asking_was_kept_is_still_gone_on_with(store: Store) -> None:
    prompts = build_prompts(codebook(), "object")
    known = {name: value for name, value in PARAMETERS.record(prompts).items() if name != "style"}
    coder, book = store.coder("openai:mock", "model"), store.save_codebook(codebook())
    old = Run(coder_id=coder.id, codebook_hash=book, prompt_hash=prompts_hash(prompts), parameters=known)
    store.add_run(old)
    assert find_run(store, prompts, PARAMETERS) == old


async def test_a_fresh_run_asks_everything_again(store: Store) -> None:
    first, _, _ = await one_pass(store, Config(latency=0))
    second, progress, _ = await one_pass(store, Config(latency=0), fresh=True)
    assert second.id != first.id
    assert progress.done == 6


async def test_a_call_that_is_given_up_on_is_a_failure_with_its_reason_and_is_asked_again(store: Store) -> None:
    # Every request fails: 6 documents x 4 attempts, each stored as failed.
    run, progress, _ = await one_pass(store, Config(latency=0, rate_500=1.0))
    assert (progress.failed, progress.coded) == (6, 0)
    assert {coding.status for coding in store.codings(run_id=run.id)} == {Status.FAILED}
    assert all("500" in reason or "server" in reason for reason in store.failures(run.id).values())
    again, progress, requests = await one_pass(store, Config(latency=0))
    assert (again.id, progress.coded, requests) == (run.id, 6, 6)
    assert store.summary(run.id).coded == 6


async def test_an_unreadable_answer_is_asked_for_once_more_and_both_are_counted(store: Store) -> None:
    run, progress, requests = await one_pass(store, Config(latency=0, script=("malformed",)))
    assert progress.coded == 6
    assert requests == 7
    assert store.summary(run.id).retries == 1


async def test_an_answer_that_stays_unreadable_is_kept_raw_and_never_becomes_a_code(store: Store) -> None:
    run, progress, _ = await one_pass(store, Config(latency=0, rate_malformed=1.0, malformed=("prose",)))
    assert progress.invalid == 6
    assert {coding.status for coding in store.codings(run_id=run.id)} == {Status.INVALID}
    assert {call.raw for call in store.calls(run.id)} == {"I think the answer is yes."}
    _, _, requests = await one_pass(store, Config(latency=0))
    assert requests == 0  # an answer came and was paid for


class ClosingGate(OpenGate):
    """Lets so many requests through and halts the run then, as a deadline does."""

    def __init__(self, requests: int) -> None:
        super().__init__(no_wait)
        self.left, self.halted, self.note = requests, "", ""

    async def enter(self, question: Question, after: float = 0.0) -> int:
        if not self.left:
            self.halted = "the deadline is reached"
            raise Halted(self.halted)
        self.left -= 1
        return 0


async def test_an_unreadable_answer_that_the_deadline_keeps_from_repair_is_kept_counted_and_asked_again(
    store: Store,
) -> None:
    prompt = build_prompt(codebook(), "object")
    async with serving(Config(latency=0, script=("ok", "malformed"), malformed=("prose",))) as (url, _):
        gate = ClosingGate(2)
        provider = OpenAIProvider(url, key="k", gate=gate)
        run = start_run(store, (prompt,), PARAMETERS)
        tasks = make_tasks([(doc.name, version) for doc, version in store.current_versions()], (prompt,), PARAMETERS)
        progress = await execute(Job(run, provider, store, Prices(), concurrency=1, signal=gate), tasks, lambda _: None)
        await provider.close()
    assert (progress.stopped, progress.coded, progress.failed) == ("the deadline is reached", 1, 1)
    good, bad = store.calls(run.id)
    assert (bad.status, bad.raw) == ("failed", "I think the answer is yes.")
    assert "not asked again: the deadline is reached" in bad.error
    assert bad.completion_tokens > 0
    assert store.summary(run.id).completion_tokens == good.completion_tokens + bad.completion_tokens
    again, progress, requests = await one_pass(store, Config(latency=0))
    assert (again.id, progress.coded, requests) == (run.id, 5, 5)


async def test_a_filtered_text_is_a_refusal(store: Store) -> None:
    run, progress, _ = await one_pass(store, Config(latency=0, script=("filtered",)))
    assert (progress.refused, progress.coded) == (1, 5)
    assert sum(coding.status is Status.REFUSED for coding in store.codings(run_id=run.id)) == 2


async def test_a_wrong_key_stops_the_run_and_leaves_the_store_whole(store: Store) -> None:
    with pytest.raises(ProviderError) as caught:
        await one_pass(store, Config(latency=0, key="right"))
    assert "k" not in caught.value.message.split()
    assert len(store.documents()) == 6
    assert store.codings() == []


async def test_tokens_and_cost_are_the_endpoint_counts_times_the_prices(store: Store) -> None:
    run, progress, _ = await one_pass(store, Config(latency=0))
    calls = store.calls(run.id)
    prompt, cached, out = (
        sum(getattr(call, name) for call in calls) for name in ("prompt_tokens", "cached_tokens", "completion_tokens")
    )
    expected = ((prompt - cached) * 1.0 + cached * 0.5 + out * 2.0) / 1e6
    assert progress.cost_usd == pytest.approx(expected)
    assert expected > 0


async def test_dimensions_asked_one_by_one_are_calls_of_their_own_and_resume_alike(store: Store) -> None:
    run, progress, requests = await one_pass(store, Config(latency=0), calls="each")
    assert (progress.done, requests) == (12, 12)
    assert store.whole(run.id, 2) == 6
    assert {call.dimensions for call in store.calls(run.id)} == {("tone",), ("parts",)}
    assert len(store.codings(run_id=run.id)) == 12
    summary = store.summary(run.id)
    assert (summary.documents, summary.coded, summary.calls) == (6, 6, 12)
    again, progress, requests = await one_pass(store, Config(latency=0), calls="each")
    assert (again.id, progress.done, requests) == (run.id, 0, 0)


async def test_a_text_that_does_not_fit_is_stored_as_failed_and_nothing_is_sent(store: Store) -> None:
    prompt = build_prompt(codebook(), "object")
    run = start_run(store, (prompt,), PARAMETERS)
    version = store.current_versions()[0][1]
    provider = OpenAIProvider("http://127.0.0.1:9/v1", key="k")
    job = Job(run, provider, store, Prices(), concurrency=1)
    text = TooLong("d0", version, prompt, 9000, 5000)
    record_too_long(job, [text])
    await provider.close()
    assert store.kept_keys(run.id, [text.key, "another"]) == {text.key}
    (call,) = store.calls(run.id)
    assert call.attempts == 0
    assert "needs 9,000 tokens" in call.error
    assert {coding.status for coding in store.codings(run_id=run.id)} == {Status.FAILED}


async def test_never_more_calls_in_flight_than_allowed(store: Store) -> None:
    prompt = build_prompt(codebook(), "object")
    async with serving(Config(latency=0.01)) as (url, mock):
        provider = OpenAIProvider(url, key="k")
        run = start_run(store, (prompt,), PARAMETERS)
        tasks = make_tasks([(doc.name, version) for doc, version in store.current_versions()], (prompt,), PARAMETERS)
        await execute(Job(run, provider, store, Prices(), concurrency=2), tasks, lambda _: None)
        await provider.close()
        assert mock.stats.peak_in_flight == 2


async def test_a_budget_stops_the_run_before_it_is_overrun(store: Store) -> None:
    prompt = build_prompt(codebook(), "object")
    async with serving(Config(latency=0)) as (url, mock):
        provider = OpenAIProvider(url, key="k")
        run = start_run(store, (prompt,), PARAMETERS)
        tasks = make_tasks([(doc.name, version) for doc, version in store.current_versions()], (prompt,), PARAMETERS)
        job = Job(run, provider, store, Prices(1000.0, None, 1000.0), concurrency=1, budget=Budget(1.0))
        progress = await execute(job, tasks, lambda _: None)
        await provider.close()
    assert progress.stopped == "the budget of 1.00 USD is reached"
    assert progress.cost_usd is not None
    assert 0 < progress.cost_usd <= 1.0
    assert mock.stats.requests < 6


async def test_a_stopped_run_waits_for_documents_however_many_calls_each_takes(store: Store) -> None:
    prompts = build_prompts(codebook(), "object", calls="each")
    async with serving(Config(latency=0)) as (url, _):
        provider = OpenAIProvider(url, key="k")
        run = start_run(store, prompts, PARAMETERS)
        tasks = make_tasks([(doc.name, version) for doc, version in store.current_versions()], prompts, PARAMETERS)
        job = Job(run, provider, store, Prices(1000.0, None, 1000.0), concurrency=1, budget=Budget(0.5))
        progress = await execute(job, tasks, lambda _: None)
        await provider.close()
    # the first question is asked of all before the second comes: a document is whole with its second answer
    assert 0 < progress.done < 12
    assert store.whole(run.id, 2) == max(0, progress.done - 6)


async def test_cancelling_keeps_what_was_answered(store: Store) -> None:
    answered = asyncio.Event()
    prompt = build_prompt(codebook(), "object")
    async with serving(Config(latency=0, script=("ok", "ok", "hang", "hang", "hang", "hang"))) as (url, _):
        provider = OpenAIProvider(url, key="k", timeout_s=60)
        run = start_run(store, (prompt,), PARAMETERS)
        tasks = make_tasks([(doc.name, version) for doc, version in store.current_versions()], (prompt,), PARAMETERS)

        def watch(progress: Progress) -> None:
            if progress.done == 2:
                answered.set()

        job = Job(run, provider, store, Prices(), concurrency=1)
        running = asyncio.create_task(execute(job, tasks, watch))
        await answered.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await provider.close()
    assert len(store.calls(run.id)) == 2


async def test_confidence_is_stored_with_each_code_where_it_was_asked_for(store: Store) -> None:
    prompt = build_prompt(codebook(), "object")
    parameters = replace(PARAMETERS, confidence=True)
    # The first answer is unreadable: the repaired one is stored, with its own probabilities.
    async with serving(Config(latency=0, script=("malformed",))) as (url, _):
        provider = OpenAIProvider(url, key="k")
        run = start_run(store, (prompt,), parameters)
        tasks = make_tasks([(doc.name, version) for doc, version in store.current_versions()], (prompt,), parameters)
        await execute(Job(run, provider, store, Prices(), concurrency=1), tasks, lambda _: None)
        await provider.close()
    given = [one for coding in store.codings(run_id=run.id) for one in coding.assignments]
    assert len(given) >= 6
    assert {one.confidence_source for one in given} == {"logprob"}
    # a token of the mock has exp(-0.1) = 0.905; every code is spelled by one or two of them
    assert {round(one.confidence or 0, 3) for one in given} <= {0.905, 0.819}


def test_a_code_that_was_not_measured_has_no_confidence_and_a_repeated_label_that_of_its_first_place() -> None:
    prompt = build_prompt(codebook(), "compact")
    version = Version(document_id="d", text="One. Two.", hash="h")
    (task,) = make_tasks([("d", version)], (prompt,), replace(PARAMETERS, form="compact"))
    reading = interpret('{"tone":[[1],"cold"],"parts":[[[1],"y"],[[2],"y"]]}', prompt, task.segments)
    run = Run(coder_id="c", codebook_hash="b", prompt_hash="p")
    call = Call(
        run_id=run.id, version_id=version.id, key="k", dimensions=prompt.asked, status="ok", requested_model="m"
    )
    known = (*(CodeProbability(dimension="parts", code="y", probability=chance) for chance in (0.75, 0.25)),)
    tone, parts = codings_of(run, call, prompt, reading, known)
    (cold,), (label,) = tone.assignments, parts.assignments
    assert (cold.category, cold.confidence, cold.confidence_source) == ("cold", None, None)
    assert (label.category, label.confidence, label.confidence_source) == ("y", 0.75, "logprob")
