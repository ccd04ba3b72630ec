"""Which answers people look at: what is unclear, and a random audit of what was excluded or included. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from coder.model import Codebook, Inclusion, QueueItem, QueueReason
from coder.model.base import new_id
from coder.screening.verdicts import Held, Verdict

Side = Literal["excluded", "included"]
SIDES: tuple[Side, ...] = ("excluded", "included")
Rate = int | float
"""How much of a side is audited: a number of documents, or a share below 1."""


@dataclass(frozen=True)
class Doubt:
    """A criterion of a text that a person must look at, and why."""

    version_id: str
    criterion: str
    reason: QueueReason
    detail: str = ""


def doubts(
    version_id: str, found: Verdict, answers: Mapping[str, Held], least: float | None = None
) -> tuple[Doubt, ...]:
    """What a person must settle of a text by the model's answers.

    All criteria that it could not tell or gave no usable answer to, of a text that none excludes; and each criterion
    that would exclude it, where the model was less sure than `least` of every one of them.
    """
    failing = [name for name, answer in found.answers if answer == "no"]
    if failing and (least is None or any(_sure(answers[name], least) for name in failing)):
        return ()
    open_ = tuple(
        Doubt(version_id, name, _why(answers.get(name)), _words(answers.get(name)))
        for name, answer in found.answers
        if answer in ("unclear", "") and name in answers
    )
    unsure = tuple(
        Doubt(version_id, name, "low_confidence", f"{_words(answers[name])}, less than {least:g} needed")
        for name in failing
        if least is not None
    )
    return (*open_, *unsure)


def _sure(said: Held, least: float) -> bool:
    """Whether the model was sure enough; an answer without a confidence stands, as it does elsewhere."""
    confidence = said.coding.confidence if said.coding else None
    return confidence is None or confidence >= least


def _why(said: Held | None) -> QueueReason:
    status = said.coding.status.value if said and said.coding else "failed"
    reasons: dict[str, QueueReason] = {"failed": "failed", "invalid": "invalid", "refused": "refused"}
    return reasons.get(status, "unclear")


def _words(said: Held | None) -> str:
    if said is None or said.coding is None:
        return "model: no answer"
    confidence = said.coding.confidence
    return f"model: {said.answer or said.coding.status.value}" + (
        "" if confidence is None else f", confidence {confidence:.2f}"
    )


def queued(codebook: Codebook, run_id: str, found: Iterable[Doubt], already: Sequence[QueueItem]) -> list[QueueItem]:
    """The new items of the queue for doubts; a cell that this run queued before is left alone."""
    known = {dimension.id for dimension in codebook.dimensions}
    there = {(item.version_id, item.dimension_id) for item in already if item.run_id == run_id and not item.coder_id}
    return [
        QueueItem(
            version_id=one.version_id,
            dimension_id=one.criterion,
            run_id=run_id,
            reason=one.reason,
            detail=one.detail,
        )
        for one in found
        if one.criterion in known and (one.version_id, one.criterion) not in there
    ]


@dataclass(frozen=True)
class Draw:
    """A simple random sample without replacement of one side: who was in it, and who was drawn."""

    side: Side
    population: tuple[str, ...]
    drawn: tuple[str, ...]

    def rows(self, sample: str) -> list[Inclusion]:
        """What is kept of the draw: every document of the side, with the probability that all had."""
        chance = len(self.drawn) / len(self.population)
        chosen = set(self.drawn)
        return [
            Inclusion(
                sample=sample, document_id=one, probability=chance, drawn=one in chosen, stratum=self.side, id=new_id()
            )
            for one in self.population
        ]


def draw(side: Side, documents: Collection[str], rate: Rate, seed: int, least: int = 0) -> Draw | None:
    """Draw so many of them, or such a share rounded up, and no fewer than `least`; None of none.

    Each document has a random number for good, fixed by seed and side, and the smallest are drawn (Ohlsson 1995): a
    later draw of more, or from more documents, keeps what it can, and is a simple random sample again.
    """
    population = sorted(documents)
    wanted = rate if isinstance(rate, int) else -int(-rate * len(population) // 1)
    wanted = min(max(wanted, least), len(population))
    if wanted < 1:
        return None
    by_chance = sorted(population, key=lambda one: hashlib.sha256(f"{seed}:{side}:{one}".encode()).hexdigest())
    return Draw(side, tuple(population), tuple(sorted(by_chance[:wanted])))


def audit_items(
    codebook: Codebook, run_id: str, versions: Mapping[str, float], already: Sequence[QueueItem]
) -> list[QueueItem]:
    """Every criterion of the texts drawn, by version id with the probability: people screen them whole.

    A cell that was queued before for an audit is left alone.
    """
    there = {(item.version_id, item.dimension_id) for item in already if item.reason == "audit"}
    return [
        QueueItem(version_id=version_id, dimension_id=dimension.id, run_id=run_id, reason="audit", probability=chance)
        for version_id, chance in versions.items()
        for dimension in codebook.dimensions
        if (version_id, dimension.id) not in there
    ]
