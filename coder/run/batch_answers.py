"""The answers of batches: fetched, and taken in the way every answer goes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from coder.model import BatchState, Run
from coder.run.batch_names import Names, custom_id
from coder.run.batches import ENDED, BatchApi, Dispatch, Gone, Remote
from coder.run.execute import Job, Progress, Quiet, execute, together
from coder.run.plan import Named, Task
from coder.run.protocols import Before, CallFailed, Provider, Question, Reply
from coder.run.session import unanswered

if TYPE_CHECKING:
    from pydantic import BaseModel

PAGE = 200
"""Versions that are read, and calls whose answers are looked for, at a time."""
Watch = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a look at the open batches brought. `failed` says why a batch was not taken at all, '' if none."""

    progress: Progress
    ended: int = 0
    failed: str = ""
    crowded: bool = False


TasksOf = Callable[[Sequence[Named]], Iterable[Task]]
"""All calls that the run would make for these versions were each of them short enough."""


async def fetch(
    dispatch: Dispatch, job: Job, states: Sequence[BatchState], tasks_of: TasksOf, watch: Callable[[Progress], None]
) -> Fetched:
    """Look at each open batch once, and bring the answers of those that ended into the store.

    A call that the batch did not answer is kept as failed, with the reason; the next batch asks it again.
    """
    total, ended, failed, crowded = Progress(total=0), 0, "", False
    for state in states:
        remote = await dispatch.api.status(state.remote("batch"))
        if remote.state not in ENDED:
            continue
        ended += 1
        files = {"output": remote.output, "errors": remote.errors}
        if state.step != "ended":
            dispatch.note(state.batch.id, "ended", remote.words, **{k: v for k, v in files.items() if v})
        if remote.state == "failed" and not remote.output:  # the file was not taken: nothing was asked or paid
            failed, crowded = remote.words, "token_limit_exceeded" in remote.codes
        else:
            came = await _collected(dispatch, job, state, remote, tasks_of, watch)
            total = together(total, came)
            if came.stopped:  # not all of it is in the store: it is fetched again
                continue
        dispatch.note(state.batch.id, "collected", remote.words)
    return Fetched(total, ended, failed, crowded)


async def _collected(
    dispatch: Dispatch,
    job: Job,
    state: BatchState,
    remote: Remote,
    tasks_of: TasksOf,
    watch: Callable[[Progress], None],
) -> Progress:
    lines, words = _Lines(), remote.words
    try:
        for name, file_id in (("output", remote.output), ("errors", remote.errors)):
            if file_id:
                path = dispatch.folder / f"{state.batch.id}-{name}.jsonl"
                try:
                    await dispatch.api.download(file_id, path)
                except Gone:
                    words = f"{words}, its file {file_id} is no longer there"
                else:
                    lines.add(path)
        provider = Delivered(dispatch.api, job.provider, lines, f"the batch {words}, and this call has no answer")
        tasks = provider.expecting(_unsaved(dispatch, job.run, state, tasks_of))
        # A deadline stops asking, repairs too, but not the taking in of answers that are paid.
        return await execute(replace(job, provider=provider, signal=Quiet()), tasks, watch, state.batch.requests)
    finally:
        lines.close()


def _unsaved(dispatch: Dispatch, run: Run, state: BatchState, tasks_of: TasksOf) -> Iterator[Task]:
    """The batch's calls whose answers are not in the store, also of texts that have a newer version by now."""
    items = dispatch.store.batch_items(state.batch.id)
    names = Names(items)
    versions = list(dict.fromkeys(item.version_id for item in items))
    for start in range(0, len(versions), PAGE):
        named = dispatch.store.named_versions(versions[start : start + PAGE])
        yield from unanswered(dispatch.store, run, names.calls(tasks_of(named)))


class _Lines:
    """Lines of files on disk, by the call's name: a file of answers can be as long as memory."""

    def __init__(self) -> None:
        self._files: list[Path] = []
        self._places: dict[str, tuple[int, int]] = {}

    def add(self, path: Path) -> None:
        """Read where each call's line begins. Of two lines the first counts."""
        self._files.append(path)
        with path.open("rb") as file:
            start = 0
            for line in file:
                try:
                    name = json.loads(line).get("custom_id")
                except (ValueError, AttributeError):
                    name = None
                if isinstance(name, str):
                    self._places.setdefault(name, (len(self._files) - 1, start))
                start += len(line)

    def line(self, name: str) -> bytes | None:
        """The line of a call, None where there is none."""
        if name not in self._places:
            return None
        number, start = self._places[name]
        with self._files[number].open("rb") as file:
            file.seek(start)
            return file.readline()

    def close(self) -> None:
        """Remove the files."""
        for path in self._files:
            path.unlink(missing_ok=True)


class Delivered(Before):
    """A provider whose answers have come already; an unreadable one is repaired by an ordinary call."""

    def __init__(self, api: BatchApi, provider: Provider, lines: _Lines, missing: str) -> None:
        super().__init__(provider)
        self._api, self._lines, self._missing = api, lines, missing
        self._names: dict[int, str] = {}

    def expecting(self, tasks: Iterable[Task]) -> Iterator[Task]:
        """The tasks, each remembered by its question until that is asked."""
        for task in tasks:
            self._names[id(task.question)] = custom_id(task)
            yield task

    async def ask(self, question: Question) -> Reply:
        """The answer that came. Raises CallFailed where none did."""
        line = self._lines.line(self._names.pop(id(question)))
        if line is None:
            raise CallFailed(self._missing)
        return self._api.reply(question, line)

    async def repair(self, question: Question, bad: Reply, problem: str, response_model: type[BaseModel]) -> Reply:
        """As the provider does, at its full price."""
        return await self._provider.repair(question, bad, problem, response_model)
