"""The live display of a run: done, rate, time left, tokens, cost."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from rich.text import Text

PAUSE_S = 0.1
"""Seconds between two changes of the bar: answers come a thousand a second, and nobody reads so fast."""


class Counts(Protocol):
    """What the display reads of a run's progress."""

    done: int
    failed: int
    invalid: int
    refused: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None


@contextlib.contextmanager
def live_progress(total: int, *, quiet: bool, note: Callable[[], str] = str) -> Iterator[Callable[[Counts], None]]:
    """A progress bar on standard error; yields the function that moves it. Silent when `quiet`.

    `note` says what the run waits for now, '' where nothing; it is asked whenever the bar is drawn.
    """
    if quiet or not total:
        yield lambda counts: None
        return
    columns = (
        TextColumn("coding"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}"),
        _Note(note),
    )
    with Bar(*columns, console=Console(stderr=True), refresh_per_second=4) as bar:
        task = bar.add_task("coding", total=total, detail="")
        shown = 0.0

        def watch(counts: Counts) -> None:
            nonlocal shown
            if (present := time.monotonic()) < shown + PAUSE_S and counts.done < total:
                return
            shown = present
            bar.update(task, completed=counts.done, detail=_detail(counts, bar.tasks[0].elapsed or 0.0))

        yield watch


class _Note(ProgressColumn):
    """What is waited for, as it stands when the bar is drawn."""

    def __init__(self, note: Callable[[], str]) -> None:
        super().__init__()
        self._note = note

    def render(self, task: object) -> Text:
        return Text(self._note(), style="yellow")


def _detail(counts: Counts, seconds: float) -> str:
    rate = counts.done / seconds * 60 if seconds else 0.0
    parts = [f"{rate:.1f}/min", f"{counts.prompt_tokens:,}+{counts.completion_tokens:,} tokens"]
    if counts.cost_usd:
        parts.append(f"{counts.cost_usd:.4f} USD")
    lost = counts.failed + counts.invalid + counts.refused
    if lost:
        parts.append(f"{lost} not coded")
    return ", ".join(parts)
