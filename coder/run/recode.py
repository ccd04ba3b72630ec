"""Take the model's leaning out of a run's codes, once its answers are there; what was said first stays stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from coder.documents import segment
from coder.model import Call, Coding, Run, Segment, Version
from coder.prompting import Prompt, interpret
from coder.prompting.labels import CITED
from coder.run.citing import Likeness, cited, places
from coder.run.codings import answer_of, codings_of
from coder.run.confirming import RULES
from coder.run.prior import Leaning, Prior
from coder.run.summary import newest


class RecodeStore(Protocol):
    """What recoding needs of the store."""

    def calls(self, run_id: str) -> list[Call]:
        """The run's calls, in order of time."""

    def codings(self, *, run_id: str) -> list[Coding]:
        """The run's codings, in order of time."""

    def version(self, version_id: str) -> Version:
        """The version of this id."""

    def add_codings(self, codings: Iterable[Coding]) -> None:
        """Store codings in one transaction."""


@dataclass(frozen=True, slots=True)
class Recoded:
    """What came of it. `answers` are those with the probabilities of all codes; `changed` counts codes that differ from
    the model's own, `moved` cited sentences that do."""

    leanings: Leaning
    answers: int
    changed: int
    moved: int = 0
    prior: Prior = "correct"


def recode(store: RecodeStore, run: Run, prompts: Sequence[Prompt], prior: Prior = "correct") -> Recoded:
    """Add the codings that the run's answers come to by `prior`, each derived from the one before it.

    The leaning is that of all of the run's answers, so a run that goes on with new texts is recoded whole; where
    nothing would change nothing is added. Windows of long texts tell no leaning, being parts: it is taken out of them
    when they are joined.
    """
    calls = [
        call for call in newest(store.calls(run.id)) if call.status == "ok" and call.probabilities and not call.parts
    ]
    answers = [call.probabilities for call in calls]
    learn, freed = RULES[prior]
    leanings, known = learn(prompts, answers), places(answers)
    cites = any(one.dimension.endswith(CITED) for answer in answers for one in answer)
    weighed = sum(any(one.distribution for one in call.probabilities) for call in calls)
    if not leanings and not cites and prior != "confirm":
        return Recoded({}, weighed, 0, prior=prior)
    stored = {_cell(coding): coding for coding in store.codings(run_id=run.id)}
    asked = {prompt.asked: prompt for prompt in prompts}
    fresh: list[Coding] = []
    changed = moved = 0
    readable = [one for one in calls if one.raw and one.dimensions in asked]  # a purged one tells its leaning only
    texts = cache(lambda version_id: _cut(store.version(version_id)))
    likeness = Likeness(prompts[0].codebook, (texts(call.version_id) for call in readable))
    for call in readable:
        better = freed(call.probabilities, leanings)
        own = {one.dimension: one.code for one in call.probabilities}
        changed += sum(one.code != own[one.dimension] for one in better)
        segments, prompt = texts(call.version_id), asked[call.dimensions]
        codes = {one.dimension: one.code for one in better}
        sentences = cited(call.probabilities, own | codes, known, likeness, segments)
        moved += sum(own[f"{question}{CITED}"] not in map(str, found) for question, found in sentences.items() if found)
        reading = interpret(call.raw, prompt, segments, codes, sentences)
        for coding in codings_of(run, call, prompt, reading, (*better, *call.probabilities)):
            before = stored[_cell(coding)]
            if answer_of(coding) != answer_of(before):
                fresh.append(coding.model_copy(update={"derived_from": before.id}))
    if fresh:
        store.add_codings(fresh)
    return Recoded(leanings, weighed, changed, moved, prior)


def _cut(version: Version) -> tuple[Segment, ...]:
    return segment(version.text, version.language)


def _cell(coding: Coding) -> tuple[str, str, int]:
    return coding.version_id, coding.dimension_id, coding.replicate
