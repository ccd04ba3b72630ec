"""What is to be held of a document by the answers to each criterion. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from coder.model import Coding, Status
from coder.screening.criteria import NO, YES

State = Literal["included", "excluded", "unclear", "unscreened"]
Sayer = Literal["person", "model", ""]
Answer = Literal["yes", "no", "unclear", ""]
"""What is held of one criterion; '' where nobody was asked, or what came is no answer."""


@dataclass(frozen=True)
class Verdict:
    """What screening says of a document.

    `criterion` is the reason of an exclusion, the first criterion in the codebook's order that is not met; of what is
    unclear the first that is; else ''. `by` is who said what decides: of an inclusion a person only where every
    criterion was answered by one. `answers` holds each criterion's answer in the codebook's order.
    """

    document_id: str
    state: State
    criterion: str = ""
    by: Sayer = ""
    answers: tuple[tuple[str, Answer], ...] = ()


@dataclass(frozen=True)
class Held:
    """What is held of one criterion, who said so, and the coding that says it, if any counts."""

    answer: Answer
    by: Sayer = ""
    coding: Coding | None = None


def held(coding: Coding, by: Sayer) -> Held:
    """What a coding that counts says; '' where it is no answer."""
    return Held(_answer(coding), by, coding)


def _answer(coding: Coding) -> Answer:
    if coding.status in (Status.ABSENT, Status.UNDECIDABLE):
        return "unclear"
    if coding.status is not Status.CODED:
        return ""
    return "yes" if coding.codes == (YES,) else "no" if coding.codes == (NO,) else ""


def verdict(document_id: str, criteria: Sequence[str], by_criterion: Mapping[str, Held]) -> Verdict:
    """The verdict by what counts for each of the criteria, which are in the codebook's order.

    Excluded where one is not met, and never else: a criterion that is unclear, or has no usable answer, excludes
    nothing. A document of which nothing at all is held is unscreened.
    """
    answers = tuple((name, by_criterion[name].answer if name in by_criterion else "") for name in criteria)
    if not any(name in by_criterion for name in criteria):
        return Verdict(document_id, "unscreened", answers=answers)
    failed = next((name for name, answer in answers if answer == "no"), "")
    if failed:
        return Verdict(document_id, "excluded", failed, by_criterion[failed].by, answers)
    open_ = next((name for name, answer in answers if answer != "yes"), "")
    if open_:
        return Verdict(document_id, "unclear", open_, by_criterion[open_].by if open_ in by_criterion else "", answers)
    people = all(by_criterion[name].by == "person" for name in criteria)
    return Verdict(document_id, "included", by="person" if people else "model", answers=answers)
