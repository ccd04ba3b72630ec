"""Hand calls to a provider's batch API, and never the same call twice, whenever the program is killed.

Every step is in the store before the next is taken: what a batch holds, that its file is there, that it is about to be
made, the endpoint's id of it. A program that finds a batch "about to be made" looks for it at the endpoint by its tag.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from coder.errors import ProviderError
from coder.model import Batch, BatchEvent, BatchItem, BatchState, BatchStep, Run, new_id, now
from coder.run.batch_names import custom_id
from coder.run.budget import Spending
from coder.run.plan import Named, Task
from coder.run.protocols import Question, Reply

if TYPE_CHECKING:
    from datetime import datetime


MOST_REQUESTS = 50_000
MOST_BYTES = 200_000_000
"""The API's limits of one file."""
SETTLE_S = 60.0
"""Seconds after which a batch that cannot be found was never made: the endpoint gets 30 to make it."""
LOOK_S = 2.0
TRIES = 3
ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
"""States of a batch after which the endpoint does no more on it."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A batch as the endpoint tells of it. `output` and `errors` are ids of files, '' where there are none."""

    id: str
    state: str
    output: str = ""
    errors: str = ""
    answered: int = 0
    reason: str = ""
    codes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """State and reason, for people."""
        return f"{self.state}: {self.reason}" if self.reason else self.state


class Unsure(Exception):  # noqa: N818  # reads as what happened
    """Nobody knows whether a batch was made: the answer to the request did not arrive."""


class Gone(Exception):  # noqa: N818  # reads as what happened
    """The endpoint has no batch or file of that name, or no longer."""


class BatchApi(Protocol):
    """The batch API of an endpoint. What it raises is a ProviderError unless said otherwise."""

    host: str

    def line(self, custom_id: str, question: Question) -> bytes:
        """A line of a batch's file."""

    async def upload(self, path: Path, name: str) -> str:
        """Send a file; returns its id."""

    async def create(self, file_id: str, tag: str) -> Remote:
        """Make a batch in one attempt. Raises Unsure too."""

    async def find(self, tag: str, since: datetime) -> Remote | None:
        """The batch of this tag."""

    async def status(self, batch_id: str) -> Remote:
        """How a batch stands."""

    async def download(self, file_id: str, path: Path) -> None:
        """Fetch a file. Raises Gone too."""

    def reply(self, question: Question, line: bytes) -> Reply:
        """The reply in a line of answers; CallFailed where there is none."""


class BatchStore(Protocol):
    """What batches need of the store."""

    def add_batch(self, batch: Batch, items: Sequence[BatchItem]) -> None: ...
    def add_batch_event(self, event: BatchEvent) -> None: ...
    def batches(self, run_id: str) -> list[BatchState]: ...
    def batch_items(self, batch_id: str) -> list[BatchItem]: ...
    def named_versions(self, version_ids: Collection[str]) -> list[Named]: ...
    def answered(self, run_id: str, keys: Collection[str], *, usable: bool = False) -> set[tuple[str, str]]: ...


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Where batches are handed in and fetched: store, endpoint, a folder for files on their way, and limits."""

    store: BatchStore
    api: BatchApi
    folder: Path
    most_requests: int = MOST_REQUESTS
    most_bytes: int = MOST_BYTES
    settle_s: float = SETTLE_S
    look_s: float = LOOK_S
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def note(self, batch_id: str, step: BatchStep, note: str = "", **remote: str) -> None:
        """Keep a step of a batch."""
        self.store.add_batch_event(BatchEvent(batch_id=batch_id, step=step, note=note, remote=remote))


# hand in


async def submit(
    dispatch: Dispatch, run: Run, tasks: Iterable[Task], expected: Callable[[Task], Spending | None]
) -> int:
    """Hand in the calls, as many batches as it takes; returns how many calls.

    `expected` says what a call will take, and stops the handing in with None.
    """
    count = 0
    for lines in _files(dispatch, tasks, expected):
        await _hand_in(dispatch, run, lines)
        count += len(lines.items)
    return count


@dataclass(frozen=True, slots=True)
class _File:
    """A batch that is written and not handed in yet."""

    id: str
    path: Path
    items: tuple[BatchItem, ...]
    expected: Spending


def _files(dispatch: Dispatch, tasks: Iterable[Task], expected: Callable[[Task], Spending | None]) -> Iterator[_File]:
    """The calls in files within the API's limits. Each is handed in before the next is written."""
    waiting, kept = iter(tasks), b""
    held: Task | None = None
    share: Spending | None = None
    while True:
        batch_id, items, size, total = new_id(), list[BatchItem](), 0, Spending()
        path = dispatch.folder / f"{batch_id}.jsonl"
        with path.open("wb") as file:
            while len(items) < dispatch.most_requests:
                if held is None:
                    held = next(waiting, None)
                    share = expected(held) if held is not None else None
                    if held is not None and share is not None:
                        kept = dispatch.api.line(custom_id(held), held.question)
                if held is None or share is None:
                    held, waiting = None, iter(())
                    break
                if items and size + len(kept) > dispatch.most_bytes:
                    break
                file.write(kept)
                size, total = size + len(kept), total + share
                items.append(
                    BatchItem(batch_id=batch_id, custom_id=custom_id(held), version_id=held.version.id, key=held.key)
                )
                held = None
        if items:
            yield _File(batch_id, path, tuple(items), total)
        path.unlink()
        if not items:
            return


async def _hand_in(dispatch: Dispatch, run: Run, file: _File) -> None:
    batch = Batch(
        id=file.id,
        run_id=run.id,
        host=dispatch.api.host,
        requests=len(file.items),
        bytes=file.path.stat().st_size,
        tokens=file.expected.tokens,
        usd=file.expected.usd,
    )
    dispatch.store.add_batch(batch, file.items)
    try:
        file_id = await dispatch.api.upload(file.path, f"intercoder-{batch.id}.jsonl")
    except ProviderError as error:
        dispatch.note(batch.id, "dropped", error.message)
        raise
    dispatch.note(batch.id, "uploaded", file=file_id)
    remote = await _made(dispatch, batch, file_id)
    dispatch.note(batch.id, "submitted", batch=remote.id)


async def _made(dispatch: Dispatch, batch: Batch, file_id: str) -> Remote:
    """Have the batch made; where the answer was lost, look for it before asking again."""
    reason = ""
    for _ in range(TRIES):
        began = now()
        dispatch.note(batch.id, "submitting", reason)
        try:
            return await dispatch.api.create(file_id, batch.id)
        except Unsure as error:
            reason = str(error)
            if (found := await _found(dispatch, batch, began)) is not None:
                return found
        except ProviderError as error:
            dispatch.note(batch.id, "dropped", error.message)
            raise
    dispatch.note(batch.id, "dropped", reason)
    raise ProviderError(f"{dispatch.api.host}: no batch is made ({reason})", "run the same command again later")


async def _found(dispatch: Dispatch, batch: Batch, since: datetime) -> Remote | None:
    """The batch at the endpoint, looked for until it would long be there; None where it was never made."""
    while True:
        late = (now() - since).total_seconds() > dispatch.settle_s
        if (found := await dispatch.api.find(batch.id, batch.created_at)) is not None:
            return found
        if late:
            return None
        await dispatch.sleep(dispatch.look_s)


# go on after a kill


async def settle(dispatch: Dispatch, run: Run) -> list[BatchState]:
    """The run's open batches, after it is clear for each whether it was ever made."""
    for state in dispatch.store.batches(run.id):
        if state.step in ("", "uploaded"):
            dispatch.note(state.batch.id, "dropped", "the program was stopped before it was made")
        elif state.step == "submitting":
            found = await _found(dispatch, state.batch, state.events[-1].created_at)
            if found is None:
                dispatch.note(state.batch.id, "dropped", "the program was stopped, and it was never made")
            else:
                dispatch.note(state.batch.id, "submitted", "found at the endpoint by its tag", batch=found.id)
    return [state for state in dispatch.store.batches(run.id) if state.open]
