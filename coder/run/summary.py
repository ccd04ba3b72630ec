"""What a run came to, counted from its calls."""

from __future__ import annotations

from collections.abc import Sequence

from coder.model import Call, Run, RunSummary
from coder.run.session import spent


def summarise(run: Run, calls: Sequence[Call]) -> RunSummary:
    """Counts over the run's calls; a document is coded when the newest of each of its calls is, failed otherwise."""
    answered = newest(calls)
    documents = {call.version_id for call in answered}
    unread = {call.version_id for call in answered if call.status != "ok"}
    asked = [call for call in calls if call.attempts]
    return RunSummary(
        run_id=run.id,
        documents=len(documents),
        coded=len(documents - unread),
        failed=len(unread),
        calls=len(asked),
        retries=sum(call.attempts - 1 for call in asked),
        prompt_tokens=sum(call.prompt_tokens for call in calls),
        cached_tokens=sum(call.cached_tokens for call in calls),
        completion_tokens=sum(call.completion_tokens for call in calls),
        cost_usd=spent(calls),
        seconds=sum(call.milliseconds for call in calls) / 1000,
    )


def failures(calls: Sequence[Call]) -> dict[str, str]:
    """The reason of each version whose newest call brought no usable answer."""
    return {call.version_id: call.error or call.status for call in newest(calls) if call.status != "ok"}


def newest(calls: Sequence[Call]) -> list[Call]:
    """The last call of each question: a version, a replicate and the dimensions asked."""
    return list({(call.version_id, call.replicate, call.dimensions): call for call in calls}.values())
