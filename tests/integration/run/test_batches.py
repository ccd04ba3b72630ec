"""Calls in files, and files in batches: limits, the one minute of doubt, and two programs at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from coder.errors import StoreError
from coder.model import Batch, BatchEvent, BatchItem, Document, NominalDimension, Run, Version
from coder.model.codebook import Category, Codebook
from coder.prompting import build_prompts
from coder.providers.openai_compatible import OpenAIProvider
from coder.run.batches import Dispatch, settle, submit
from coder.run.budget import Spending
from coder.run.plan import Parameters, Task, make_tasks
from coder.run.session import left_to_ask, start_run
from coder.store import Store
from tests.mock_batches import Batches, serving
from tests.mock_openai import Config

BOOK = Codebook(
    name="small",
    version="1",
    dimensions=(
        NominalDimension(
            id="tone",
            kind="nominal",
            question="How does it sound?",
            categories=(Category(id="warm"), Category(id="cold")),
        ),
    ),
)
PARAMETERS = Parameters(
    provider="openai", model="mock", form="object", temperature=0, max_tokens=200, seed=1, samples=1
)


def begun(store: Store, documents: int) -> tuple[Run, tuple[Task, ...]]:
    pairs = [(Document(name=f"d{number}"), f"Page {number}.") for number in range(documents)]
    named = [(made.name, Version(document_id=made.id, text=text, hash=made.name)) for made, text in pairs]
    store.add_documents([(made, version) for (made, _), (_, version) in zip(pairs, named, strict=True)])
    prompts = build_prompts(BOOK, "object")
    return start_run(store, prompts, PARAMETERS), make_tasks(named, prompts, PARAMETERS)


def files_in(folder: Path) -> list[Path]:
    return list(folder.glob("*.jsonl"))


def one_each(task: Task) -> Spending:
    return Spending(0.5, 10)


async def test_files_keep_to_the_limits_of_the_api(store: Store, tmp_path: Path) -> None:
    run, tasks = begun(store, 10)
    async with serving(Config(), Batches()) as (url, mock):
        provider = OpenAIProvider(url, key="k")
        api = provider.batches()
        line = len(api.line("x" * 59, tasks[0].question))  # all texts here are as long as the first
        by_calls = Dispatch(store, api, tmp_path, most_requests=4)
        assert await submit(by_calls, run, tasks[:6], one_each) == 6
        by_bytes = Dispatch(store, api, tmp_path, most_bytes=line * 2 + 1)
        assert await submit(by_bytes, run, tasks[6:9], one_each) == 3
        await provider.close()
    sizes = [len(mock.files[batch["input_file_id"]].splitlines()) for batch in reversed(mock.ours())]
    assert sizes == [4, 2, 2, 1]  # six calls, four a file; three calls, two of them within the bytes
    assert [(state.batch.requests, state.batch.tokens, state.batch.usd) for state in store.batches(run.id)] == [
        (4, 40, 2.0), (2, 20, 1.0), (2, 20, 1.0), (1, 10, 0.5),
    ]  # fmt: skip
    assert [task.name for task in left_to_ask(store, run, tasks)] == ["d9"]
    assert files_in(tmp_path) == []  # none is left behind


async def test_a_batch_that_cannot_be_found_in_time_was_never_made_and_its_calls_are_free_again(
    store: Store, tmp_path: Path
) -> None:
    run, tasks = begun(store, 2)
    batch = Batch(run_id=run.id, host="here", requests=2, bytes=1)
    items = [BatchItem(batch_id=batch.id, custom_id=t.name, version_id=t.version.id, key=t.key) for t in tasks]
    store.add_batch(batch, items)
    store.add_batch_event(BatchEvent(batch_id=batch.id, step="uploaded", remote={"file": "f"}))
    store.add_batch_event(BatchEvent(batch_id=batch.id, step="submitting"))
    async with serving(Config(), Batches(foreign=5)) as (url, _):
        provider = OpenAIProvider(url, key="k")
        waits: list[float] = []

        async def sleep(seconds: float) -> None:
            waits.append(seconds)

        assert not list(left_to_ask(store, run, tasks))
        dispatch = Dispatch(store, provider.batches(), tmp_path, settle_s=0.05, sleep=sleep)
        assert await settle(dispatch, run) == []
        await provider.close()
    assert store.batches(run.id)[0].step == "dropped"
    assert len(list(left_to_ask(store, run, tasks))) == 2


def test_of_two_programs_one_hands_a_call_in(store: Store) -> None:
    run, tasks = begun(store, 2)
    first, second = (Batch(run_id=run.id, host="here", requests=1, bytes=1) for _ in range(2))

    def item(batch: Batch) -> BatchItem:
        return BatchItem(batch_id=batch.id, custom_id="c", version_id=tasks[0].version.id, key=tasks[0].key)

    store.add_batch(first, [item(first)])
    with pytest.raises(StoreError, match="another program has just handed in the same calls"):
        store.add_batch(second, [item(second)])
    store.add_batch_event(BatchEvent(batch_id=first.id, step="dropped"))
    with pytest.raises(StoreError, match="took this batch for given up"):  # by the other program: it hands in anew
        store.add_batch_event(BatchEvent(batch_id=first.id, step="submitting"))
    store.add_batch(second, [item(second)])
    assert [state.open for state in store.batches(run.id)] == [False, True]
