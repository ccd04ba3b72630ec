"""Texts cut and written out in a process beside this one, a page ahead of those that are asked about.

With hundreds of calls in flight the process that asks works all the time, and cutting and writing would be a quarter of
it: a second core can do that meanwhile. What the other process gives is what this one would have made.
"""

from __future__ import annotations

import marshal
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import IO, Self, cast

from coder.child import framed, message_from, pays, start_child
from coder.model import Segment, Version
from coder.prompting import Prompt
from coder.prompting.words import Frame
from coder.run.plan import Named, Write, Written, write_here

PAGE = 200
"""Texts that are sent over at a time."""


class WritingAhead:
    """The other process. Use as `with`: it is started on entering, so that it is ready when there is work.

    Where it breaks, or cannot be started, this process does the work itself.
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._sent = self._due = 0

    def __enter__(self) -> Self:
        try:
            self._child = start_child("coder.run.ahead_child")
        except OSError:
            self._child = None
        return self

    def __exit__(self, *exception: object) -> None:
        self._give_up()

    def write(self, named: Iterable[Named], prompts: Sequence[Prompt]) -> Iterator[Written]:
        """As `write_here`. One page is on its way while the tasks of the one before it are given out."""
        frames = [prompt.frame for prompt in prompts]
        waiting = iter(named)
        page = list(islice(waiting, PAGE))
        number = self._send(page, frames)
        while page:
            found = self._receive(number)
            coming = list(islice(waiting, PAGE))
            number = self._send(coming, frames)
            if found is None:
                yield from write_here(page, prompts)
            else:
                yield from (
                    (name, version, _segments(version, ends), [*map(Prompt.asking, prompts, contents)])
                    for (name, version), (ends, contents) in zip(page, found, strict=True)
                )
            page = coming

    def _send(self, page: Sequence[Named], frames: list[Frame]) -> int:
        """The number of the page on its way; one that nobody took is taken first, or both sides would wait to write."""
        self._receive(self._due)
        self._sent += 1
        if self._child is not None and page:
            texts = [(version.text, version.language, dict(version.context)) for _, version in page]
            message = marshal.dumps((frames, texts))
            try:
                given = cast("IO[bytes]", self._child.stdin)
                given.write(framed(message))
                given.flush()
                self._due = self._sent
            except OSError:
                self._give_up()
        return self._sent

    def _receive(self, number: int) -> list[tuple[list[int], list[str]]] | None:
        """What came of the page of this number; None where it is not on its way."""
        if self._child is None or number != self._due or not self._due:
            return None
        self._due = 0
        message = message_from(cast("IO[bytes]", self._child.stdout))
        if not message:
            self._give_up()
            return None
        return list(marshal.loads(message))  # noqa: S302 - from our own process

    def _give_up(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None


@contextmanager
def writing(texts: int, concurrency: int) -> Iterator[Write]:
    """How so many texts are written out for a run with so many calls in flight: beside this process where that pays."""
    if not pays(texts, concurrency):
        yield write_here
        return
    with WritingAhead() as ahead:
        yield ahead.write


def _segments(version: Version, ends: Sequence[int]) -> tuple[Segment, ...]:
    pairs = zip(ends[::2], ends[1::2], strict=True)
    return tuple([Segment(number, start, end, version.text[start:end]) for number, (start, end) in enumerate(pairs, 1)])
