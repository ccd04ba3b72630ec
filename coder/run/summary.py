"""The calls of a run that count."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from coder.model import Call, Run, RunSummary


@dataclass(frozen=True, slots=True)
class Carried:
    """Versions, by id, with answers that a run carried over, and those of the run's versions with all answers."""

    some: Collection[str] = ()
    whole: Collection[str] = ()


def summarise(run: Run, calls: Sequence[Call], carried: Carried | None = None) -> RunSummary:
    """Counts over the run's calls; a document is coded when the newest of each of its calls is, failed otherwise.

    Of a run that carried answers over (`carried`) a document is coded once all of its answers are there.
    """
    answered = newest(calls)
    asked_of = {call.version_id for call in answered}
    unread = {call.version_id for call in answered if call.status != "ok"}
    documents = asked_of | set(carried.some if carried else ())
    coded = (documents & set(carried.whole) if carried else asked_of) - unread
    parts = [call for call in answered if call.parts]
    asked = [call for call in calls if call.attempts]
    return RunSummary(
        run_id=run.id,
        documents=len(documents),
        coded=len(coded),
        failed=len(unread),
        calls=len(asked),
        retries=sum(call.attempts - 1 for call in asked),
        prompt_tokens=sum(call.prompt_tokens for call in calls),
        cached_tokens=sum(call.cached_tokens for call in calls),
        completion_tokens=sum(call.completion_tokens for call in calls),
        cost_usd=None if any(call.cost_usd is None for call in calls) else sum(call.cost_usd or 0.0 for call in calls),
        seconds=sum(call.milliseconds for call in calls) / 1000,
        long_texts=len({call.version_id for call in parts}),
        windows=len(parts),
        carried=len(carried.some) if carried else 0,
    )


def newest(calls: Sequence[Call]) -> list[Call]:
    """The last call of each question: a version, a replicate, the dimensions asked and the window.

    A text that is cut otherwise than before, or no longer, has the calls of the newest cutting.
    """
    cutting = {_question(call): call.parts for call in calls}
    last = {(_question(call), call.part): call for call in calls if call.parts == cutting[_question(call)]}
    return list(last.values())


def _question(call: Call) -> tuple[str, int, tuple[str, ...]]:
    return call.version_id, call.replicate, call.dimensions
