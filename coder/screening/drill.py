"""Worked questions about texts that no review has, shown before a small model's first text. Pure.

They show that answers differ from question to question, that silence is "unclear", and what an answer looks like. A
model this small gives what it has seen: without them it answers all criteria of a text alike (docs/decisions/0011).
"""

from __future__ import annotations

from dataclasses import dataclass

from coder.dimensions import ABSENT, First, Form
from coder.documents import segment
from coder.model import Assignment, Codebook, Coding, Criterion, Status, Version, content_hash
from coder.prompting import Example, Labels, Manual, Messages, Place, build_prompts
from coder.prompting.example import worked_answer
from coder.screening.criteria import NO, YES, screening_codebook


@dataclass(frozen=True)
class Worked:
    """A text, a criterion, the answer and the number of the sentence that it rests on; 0 for none."""

    text: str
    criterion: Criterion
    answer: str
    sentence: int


NURSES = (
    "Interviews with 24 nurses at two hospitals in Portugal, held in spring 2018, on how they plan their night shifts. "
    "The duty plans of both hospitals were read as well. Most of the nurses plan three weeks ahead and swap shifts by "
    "telephone."
)
BEES = (
    "title: Evening on the roof garden\n\nBeekeepers of the town meet on 4 May at seven. A hive is opened, swarms are "
    "caught, and beginners may try. Bring a veil. Coffee is served."
)


NO_EXPERIMENTS = ("interviews", "surveys")


def _asked(name: str, question: str, definition: str, *exclude: str) -> Criterion:
    return Criterion(id=name, question=question, definition=definition, exclude=exclude)


WORKED = (
    Worked(
        NURSES,
        _asked("nurses", "Are nurses among those who were studied?", "Nurses in training count too."),
        YES,
        1,
    ),
    Worked(
        BEES,
        _asked("disease", "Is the evening about a disease of bees?", "A disease is its subject or a named part of it."),
        NO,
        3,
    ),
    Worked(
        NURSES,
        _asked("funding", "Did the hospitals pay for the study?", "Grants by others do not count."),
        ABSENT,
        0,
    ),
    Worked(BEES, _asked("keepers", "Is it meant for people who keep bees?", "Beginners count too."), YES, 2),
    Worked(
        NURSES,
        _asked("experiment", "Is the study an experiment?", "People are assigned to conditions.", *NO_EXPERIMENTS),
        NO,
        1,
    ),
    Worked(BEES, _asked("free", "Is the evening free of charge?", "No fee is asked for."), ABSENT, 0),
)
"""As many of each answer, no two alike in a row."""


def drill(
    unit: str, form: Form, manual: Manual, labels: Labels, text: Place, first: First, *, surroundings: bool
) -> Messages:
    """The worked questions as the turns of a conversation, put and answered in the way that the run asks its own."""
    return tuple(turn for one in WORKED for turn in _turns(one, unit, form, manual, labels, text, first, surroundings))


def _turns(
    one: Worked,
    unit: str,
    form: Form,
    manual: Manual,
    labels: Labels,
    text: Place,
    first: First,
    surroundings: bool,
) -> Messages:
    codebook = screening_codebook(Codebook(name="drill", version="1", unit=unit, criteria=(one.criterion,)))
    (prompt,) = build_prompts(codebook, form, manual, (), "each", labels, text, first, surroundings=surroundings)
    example = _example(one, codebook.hash())
    answer = worked_answer(example, prompt.dimensions, form, labels, first)
    return (prompt.messages(example.segments, {})[-1], {"role": "assistant", "content": answer})


def _example(one: Worked, codebook_hash: str) -> Example:
    segments = segment(one.text, "en")
    version = Version(document_id="drill", text=one.text, hash=content_hash(one.text), language="en")
    coding = Coding(
        version_id=version.id,
        dimension_id=one.criterion.id,
        coder_id="drill",
        status=Status.ABSENT if one.answer == ABSENT else Status.CODED,
        assignments=() if one.answer == ABSENT else (Assignment(category=one.answer),),
        evidence=tuple(each.span for each in segments if each.number == one.sentence),
        codebook_hash=codebook_hash,
        dimension_hash="",
    )
    return Example(version, segments, {one.criterion.id: coding})
