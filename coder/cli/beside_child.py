"""The process that reads replies and keeps answers for another: a word back for each that is on disk."""

from __future__ import annotations

import os
import pickle
import select
import time
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from coder.child import answering, framed, messages_in
from coder.errors import StoreError
from coder.model import Run, Segment
from coder.prompting import Prompt
from coder.run.answers import Answer, Asked, answer_of_reply, read
from coder.run.garbage import seldom_collected
from coder.run.protocols import Reply
from coder.store.engine import connect
from coder.store.runs import RunRecords

LINGER_S = 0.01
"""Seconds that the first of some answers waits for others: a commit takes as long for one as for twenty."""
ENOUGH = 32
"""Answers that wait for no others."""
READ = 1 << 20
"""Bytes that are read at a time."""

Verdict = tuple[str, str] | None
"""Status and error of a call that is kept; None for a reply that cannot be read."""
Broken = tuple[str, str]
"""Message and hint of the StoreError that kept answers from the disk."""


class Raw(NamedTuple):
    """A reply to be read: the call's id, the prompt's number, `Asked` and `Reply` as tuples, what it cost in USD.

    The text's segments are the number of the first of them, and where each begins and ends, one after the other.
    """

    id: str
    prompt: int
    asked: tuple[Any, ...]
    reply: tuple[Any, ...]
    cost: float | None
    first: int
    ends: Sequence[int]


bare = attrgetter(*Reply.__dataclass_fields__)
"""The fields of a reply, in order."""


def main() -> None:
    """Serve until the parent closes its end, also when it was killed; what was handed over is kept first."""
    answers, messages = answering(), _messages(0)
    (location, wait), *more = next(messages)
    run: Run | None = None
    prompts: list[Prompt] = []
    with seldom_collected(), RunRecords(location, connect(location, wait), wait) as store:
        for batch in chain([more], messages):
            given = []
            for message in batch:
                if isinstance(message, Run):
                    run = message
                elif isinstance(message, Prompt):
                    prompts.append(message)
                else:
                    given.append(message)
            if given and run is not None:
                answers.write(framed(pickle.dumps(_kept(store, run, prompts, given))))
                answers.flush()


def _kept(
    store: RunRecords, run: Run, prompts: Sequence[Prompt], given: Sequence[tuple[Any, ...]]
) -> list[Verdict] | Broken:
    # an answer is a call and its codings, all else a reply in seven parts
    read_ = [message if len(message) == 2 else _answer(run, prompts, Raw(*message)) for message in given]
    try:
        store.save_answers([answer for answer in read_ if answer is not None])
    except StoreError as error:
        return error.message, error.hint
    return [answer and (answer[0].status, answer[0].error) for answer in read_]


def _answer(run: Run, prompts: Sequence[Prompt], raw: Raw) -> Answer | None:
    asked, reply, prompt = Asked(*raw.asked), Reply(*raw.reply), prompts[raw.prompt]
    pairs = zip(raw.ends[::2], raw.ends[1::2], strict=True)
    segments = [Segment(number, start, end, "") for number, (start, end) in enumerate(pairs, raw.first)]
    reading = read(reply, asked, prompt, segments)
    if reading is not None and reading.problem:
        return None
    return answer_of_reply(run, asked, prompt, reply, reading, raw.cost, id=raw.id)


def _messages(source: int) -> Iterator[list[Any]]:
    """All messages that are there, as soon as there are any, and those that come within a moment; ends with the input.

    It sleeps for that moment and waits for nothing: to be woken by each message would cost as much as to read it.
    """
    os.set_blocking(source, False)
    received, ended = bytearray(), False
    while not ended:
        select.select([source], [], [])
        ended = _drain(source, received)
        found = messages_in(received)
        if not ended and len(found) < ENOUGH:
            time.sleep(LINGER_S)
            ended = _drain(source, received)
            found += messages_in(received)
        if found:
            yield [pickle.loads(message) for message in found]  # noqa: S301 - from our own process


def _drain(source: int, into: bytearray) -> bool:
    """Read all that is there; whether input has ended."""
    while True:
        try:
            piece = os.read(source, READ)
        except BlockingIOError:
            return False
        if not piece:
            return True
        into += piece


if __name__ == "__main__":
    main()
