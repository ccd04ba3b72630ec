"""From a reply to what is stored of it: a call, raw, and its codings. Pure: it may be done by another process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from coder.model import Call, Coding, Run, Segment, Status
from coder.model.run import CallStatus
from coder.prompting import Prompt, Reading, interpret
from coder.run.codings import codings_of, failed_codings
from coder.run.protocols import Reply

Answer = tuple[Call, Sequence[Coding]]
"""A call with the codings that it brought; they are kept together or not at all."""


class Asked(NamedTuple):
    """All of a question that what is stored of its answer names.

    `part` of `parts` says which window of a long text it was about, from 1; both are 0 for a whole text.
    """

    version_id: str
    key: str
    model: str
    replicate: int = 0
    part: int = 0
    parts: int = 0


def read(reply: Reply, asked: Asked, prompt: Prompt, segments: Sequence[Segment]) -> Reading | None:
    """What a reply says; None where the model refused."""
    return None if reply.refusal else read_content(reply, asked, prompt, segments)


def read_content(reply: Reply, asked: Asked, prompt: Prompt, segments: Sequence[Segment]) -> Reading:
    """What the content of a reply says, whether or not the model refused."""
    return interpret(reply.content, prompt, segments, window=bool(asked.parts))


def answer_of_reply(
    run: Run, asked: Asked, prompt: Prompt, reply: Reply, reading: Reading | None, cost: float | None, **call: Any
) -> Answer:
    """What is stored of a reply as it was read; `cost` is in USD, `call` are further fields of the call."""
    error = reply.refusal if reading is None else reading.problem
    made = _call(run, asked, prompt, _status(reading), error, **call, **_came(reply, cost))
    if asked.parts:  # what is said of a part is no coding yet: the windows are joined once all are answered
        return made, ()
    return made, codings_of(run, made, prompt, reading, reply.probabilities)


def answer_of_failure(run: Run, asked: Asked, prompt: Prompt, reason: str, **call: Any) -> Answer:
    """What is stored of a call that brought nothing to read; `call` are further fields of the call."""
    made = _call(run, asked, prompt, "failed", reason, **call)
    return made, () if asked.parts else failed_codings(run, made, prompt, reason)


def answer_unread(run: Run, asked: Asked, prompt: Prompt, reply: Reply, reason: str, cost: float | None) -> Answer:
    """What is stored of an unreadable reply that nobody asks about any more: the next run asks again."""
    return answer_of_failure(run, asked, prompt, reason, **_came(reply, cost))


def _came(reply: Reply, cost: float | None) -> dict[str, Any]:
    return {
        "served_model": reply.served_model,
        "fingerprint": reply.fingerprint,
        "raw": reply.content,
        "attempts": reply.attempts,
        "prompt_tokens": reply.prompt_tokens,
        "cached_tokens": reply.cached_tokens,
        "completion_tokens": reply.completion_tokens,
        "milliseconds": reply.milliseconds,
        "cost_usd": cost,
        "probabilities": reply.probabilities,
    }


def _call(run: Run, asked: Asked, prompt: Prompt, status: CallStatus, error: str, **more: Any) -> Call:
    return Call(
        run_id=run.id,
        version_id=asked.version_id,
        key=asked.key,
        replicate=asked.replicate,
        dimensions=prompt.asked,
        status=status,
        requested_model=asked.model,
        error=error,
        part=asked.part,
        parts=asked.parts,
        **more,
    )


def _status(reading: Reading | None) -> CallStatus:
    return "refused" if reading is None else "invalid" if unreadable(reading) == len(reading.drafts) else "ok"


def unreadable(reading: Reading) -> int:
    """How many of the dimensions could not be read."""
    return sum(draft.status == Status.INVALID for draft in reading.drafts.values())


def added(chosen: Reply, first: Reply, second: Reply) -> Reply:
    """The chosen one of two replies to a question, with what both cost."""
    return replace(
        chosen,
        prompt_tokens=first.prompt_tokens + second.prompt_tokens,
        cached_tokens=first.cached_tokens + second.cached_tokens,
        completion_tokens=first.completion_tokens + second.completion_tokens,
        milliseconds=first.milliseconds + second.milliseconds,
        attempts=first.attempts + second.attempts,
        batch_tokens=first.batch_tokens if any(first.batch_tokens) else second.batch_tokens,
    )
