"""Long texts in a run: the calls that their windows are, and the one answer that these come to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from coder.dimensions import HIGHEST_NUMBER, Draft
from coder.model import Call, Coding, Run, Segment, Status
from coder.prompting import applicable, interpret
from coder.run.codings import answer_of, drafted_codings, with_confidence
from coder.run.confirming import RULES
from coder.run.plan import Task, call_key
from coder.run.prior import Leaning, Prior
from coder.run.windows import cut, failed, merge

SMALLEST = 200
"""Tokens that a window must have room for, at the least: a model does not code a text by the sentence."""
_TRIES = 10

Count = Callable[[str], int]


def own_words(task: Task) -> str:
    """The user's turn without what the prompt puts around the text: one figure for all prompts."""
    content = task.question.messages[-1]["content"]
    return content.removeprefix(task.prompt.before).removesuffix(task.prompt.after)


def width(task: Task, room: int, count: Count) -> int:
    """How many characters the windows of a text may have so that each takes at most `room` tokens; 0 for none at all.

    Estimated from the text as a whole, then held against the count of every window.
    """
    own = own_words(task)
    density = count(own) / max(1, len(own))
    chars = int((room - density * (len(own) - sum(map(_length, task.segments)))) / max(density, 1e-9))
    for _ in range(_TRIES):
        if chars * density < SMALLEST:
            return 0
        longest = max(count(own_words(part)) for part in windows_of(task, chars))
        if longest <= room:
            return chars
        chars = int(chars * min(0.95, 0.98 * room / longest))
    return 0


def _length(segment: Segment) -> int:
    """Characters of a segment in the prompt: its number in brackets, a blank, the text, a line end."""
    return len(segment.text) + len(str(segment.number)) + 4


def windows_of(task: Task, chars: int) -> tuple[Task, ...]:
    """The calls that ask about a text window by window, each with a key of its own."""
    windows = cut(task.segments, chars, _length)
    whole = replace(task, parts=len(windows), chars=chars)
    return tuple(_window(whole, window, part) for part, window in enumerate(windows, 1))


def _window(task: Task, window: Sequence[Segment], part: int) -> Task:
    """The task for one window. Its segments have the numbers of the whole text, as far as an answer may name them."""
    segments = tuple(window)
    if segments[-1].number > HIGHEST_NUMBER:
        segments = tuple(one._replace(number=place) for place, one in enumerate(window, 1))
    prompt, before = task.prompt, task.question
    note = f"Part {part} of {task.parts} of a longer text, whose sentences are numbered through."
    own = prompt.messages(segments, task.version.context, note)[-1]
    bounded = before.schema is not prompt.schema
    question = replace(
        before,
        messages=(*before.messages[:-1], own),
        schema=prompt.schema_for(segments) if bounded else before.schema,
    )
    key = call_key(question, task.replicate)
    return replace(task, segments=segments, question=question, key=key, part=part)


class JoinStore(Protocol):
    """What joining needs of the store."""

    def calls_under(self, run_id: str, keys: Collection[str]) -> list[Call]:
        """The run's calls under these keys, in order of time."""

    def codings(self, *, run_id: str, version_id: str) -> list[Coding]:
        """The run's codings of a version, in order of time."""

    def add_codings(self, codings: Iterable[Coding]) -> None:
        """Store codings in one transaction."""


@dataclass(slots=True)
class Joined:
    """What came of it: texts whose windows were all asked, cells on which windows differ, and why texts failed."""

    texts: int = 0
    conflicts: int = 0
    failures: dict[str, str] = field(default_factory=dict)


def join(
    store: JoinStore, run: Run, texts: Iterable[Sequence[Task]], leanings: Leaning, prior: Prior = "correct"
) -> Joined:
    """Add the codings that the answers to all windows of a text come to, for each text with its windows' tasks.

    A text of which a window was not asked yet is passed over; where nothing would change nothing is added, so that it
    can be done after every pass. The answers are first held against `leanings`, by `prior`.
    """
    joined = Joined()
    for tasks in texts:
        calls = _calls(store, run, tasks)
        if len(calls) < len(tasks):
            continue
        joined.texts += 1
        drafts = _drafts(tasks, calls, leanings, prior)
        joined.conflicts += sum(draft.status is Status.CODED and bool(draft.reason) for draft in drafts.values())
        lost = [draft.reason for draft in drafts.values() if draft.status is Status.FAILED]
        if lost:
            joined.failures[tasks[0].name] = lost[0]
        _store(store, run, tasks[0], calls[-1], drafts)
    return joined


def _calls(store: JoinStore, run: Run, tasks: Sequence[Task]) -> list[Call]:
    """The call that counts for each window, the newest with an answer, else the newest; none of those never asked."""
    found: dict[str, Call] = {}
    version = tasks[0].version.id
    for call in store.calls_under(run.id, {task.key for task in tasks}):
        if call.version_id == version and not (call.key in found and call.status == "failed"):
            found[call.key] = call
    return [found[task.key] for task in tasks if task.key in found]


def _drafts(tasks: Sequence[Task], calls: Sequence[Call], leanings: Leaning, prior: Prior) -> dict[str, Draft]:
    prompt = tasks[0].prompt
    lost = {call.part: call.error for call in calls if call.status == "failed"}
    if lost:
        return dict.fromkeys(prompt.asked, failed(len(calls), lost))
    answers = [_reading(task, call, leanings, prior) for task, call in zip(tasks, calls, strict=True)]
    merged = {one.id: merge(one, [answer[one.id] for answer in answers]) for one in prompt.dimensions}
    return applicable(prompt, merged)


def _reading(task: Task, call: Call, leanings: Leaning, prior: Prior) -> Mapping[str, Draft]:
    if call.status == "refused":
        return dict.fromkeys(task.prompt.asked, Draft(Status.REFUSED, reason=call.error))
    _, freed = RULES[prior]
    better = freed(call.probabilities, leanings)
    codes = {one.dimension: one.code for one in better}
    reading = interpret(call.raw, task.prompt, task.segments, codes, window=True)
    return with_confidence(reading.drafts, (*better, *call.probabilities))


def _store(store: JoinStore, run: Run, task: Task, call: Call, drafts: Mapping[str, Draft]) -> None:
    """Add the codings that say something else than those there are."""
    of_version = store.codings(run_id=run.id, version_id=task.version.id)
    known = {one.dimension_id: one for one in of_version if one.replicate == task.replicate}
    fresh = []
    for coding in drafted_codings(run, call, task.prompt, drafts):
        before = known.get(coding.dimension_id)
        if before is None or answer_of(before) != answer_of(coding):
            fresh.append(coding.model_copy(update={"derived_from": before.id if before else None}))
    if fresh:
        store.add_codings(fresh)
