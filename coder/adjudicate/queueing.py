"""Decide which cells of a run a person must look at, and draw the random audit of the rest. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from coder.adjudicate.wording import answer_words
from coder.errors import InputError
from coder.model import Codebook, Coding, QueueItem, QueueReason, Status

Cell = tuple[str, str]
"""A version's id and a dimension's id: the place one answer goes."""

PRECEDENCE: tuple[QueueReason, ...] = (
    "failed", "invalid", "refused", "disagreement", "between_coders", "tie", "changed", "unsupported", "low_confidence",
    "not_accepted", "audit",
)  # fmt: skip
"""A cell enters the queue once, for the first of these that holds; `detail` names all of them.

No usable answer comes first (there is nothing to compare), then the disagreement, which says the most, then what is
doubtful about an answer that nobody has contradicted: first what the answer itself shows, that the text is newer than
what people coded, then how sure the model was.
"""


@dataclass(frozen=True)
class Standing:
    """Which of the model's codes of one dimension may stand without a person.

    Those with at least the confidence `least`, or none where it is None. `by` says in words by which rule, and is kept
    with every item that it queues or lets an audit draw.
    """

    least: float | None
    by: str

    def admits(self, coding: Coding) -> bool:
        """Whether the code may stand; one without a confidence never does."""
        return self.least is not None and coding.confidence is not None and coding.confidence >= self.least

    def words(self, coding: Coding) -> str:
        """What became of the code, and by which rule."""
        confidence = "no confidence" if coding.confidence is None else f"confidence {coding.confidence:.6g}"
        if self.least is None:
            return f"{confidence}, and no code of this dimension may stand ({self.by})"
        return f"{confidence}, {self.least:g} {'reached' if self.admits(coding) else 'needed'} ({self.by})"


_NOT_COMPARED = (Status.UNDECIDABLE, Status.SKIPPED)
_NO_ANSWER: dict[Status, QueueReason] = {
    Status.FAILED: "failed",
    Status.INVALID: "invalid",
    Status.REFUSED: "refused",
}


def build_queue(
    codebook: Codebook,
    codings: Iterable[Coding],
    gold: Iterable[Coding] | None,
    *,
    run_id: str | None,
    gold_id: str | None,
    audit_rate: float = 0.1,
    min_confidence: float | None = None,
    standing: Mapping[str, Standing] | None = None,
    seed: int,
    already: Sequence[QueueItem] = (),
    people: Iterable[Coding] = (),
    names: Mapping[str, str] | None = None,
    changed: Collection[Cell] = (),
) -> tuple[QueueItem, ...]:
    """The new items of one run's queue, by document and then in the codebook's order of dimensions.

    `codings` are the model's, of this run (none, with `run_id` None, where no model coded); of several replicates the
    first counts. `gold` holds the reference codings, or None. `people` are what persons coded blind, one coding a
    coder and cell, with `names` by coder id: cells on which they differ are queued. So are the cells in `changed`, of
    whose document people coded an earlier text. A gold coding that is `undecidable` or `skipped` is no reference: its
    cell is treated as one without gold.
    Cells that both sides call `not_applicable` (or that the model does, without gold) make no item. An audit item is
    drawn with probability `audit_rate` by hashing seed, version and dimension, so the same call draws the same cells
    whatever else is in the run. Codes with a confidence below `min_confidence` are queued for it; None queues none, and
    codes without a confidence never are. `standing` says by dimension which codes may stand; of the cells without gold
    those whose code may not are queued for it, but for `not_applicable`, which is no code. Cells that `already` holds
    for this run are left out. Raises InputError for a rate or confidence outside 0 to 1.
    """
    if min_confidence is not None and not 0 <= min_confidence <= 1:
        raise InputError(f"confidence {min_confidence}: not a probability", "Give a number from 0 to 1, such as 0.6.")
    if not 0 <= audit_rate <= 1:
        raise InputError(f"audit rate {audit_rate}: not a probability", "Give a number from 0 to 1, such as 0.1.")
    place = {dimension.id: position for position, dimension in enumerate(codebook.dimensions)}
    reference = _by_cell(coding for coding in gold or () if coding.status not in _NOT_COMPARED)
    queued = {
        (item.version_id, item.dimension_id)
        for item in already
        if item.run_id in (None, run_id) and item.coder_id is None
    }
    first = {cell: found[0] for cell, found in _by_cell(codings).items()}
    at_odds = {cell: found for cell, found in _by_cell(people).items() if _differing(found)}
    cells = {cell for cell in {*first, *at_odds, *changed} if cell not in queued and cell[1] in place}
    items: list[QueueItem] = []
    for cell in sorted(cells, key=lambda cell: (cell[0], place[cell[1]])):
        coding, references = first.get(cell), reference.get(cell, [])
        rule = (standing or {}).get(cell[1]) if not references else None
        doubts = () if coding is None else reasons_for(coding, references, min_confidence, rule)
        reasons = _all_reasons(doubts, cell in at_odds, cell in changed)
        drawn = not reasons and coding is not None and _auditable(coding) and draw(seed, cell) < audit_rate
        if reasons or drawn:
            reason: QueueReason = reasons[0] if reasons else "audit"
            said = [
                f"{(names or {}).get(one.coder_id, 'a coder')}: {answer_words(codebook.dimension(cell[1]), one)}"
                for one in at_odds.get(cell, ())
            ]
            items.append(
                QueueItem(
                    version_id=cell[0],
                    dimension_id=cell[1],
                    run_id=run_id,
                    gold_id=gold_id if references else None,
                    reason=reason,
                    detail="; ".join([*said, *_details(codebook, coding, references, reasons, rule)]),
                    probability=audit_rate if drawn else 1.0,
                )
            )
    return tuple(items)


def _all_reasons(doubts: Sequence[QueueReason], at_odds: bool, changed: bool) -> tuple[QueueReason, ...]:
    found: set[QueueReason] = {*doubts}
    if at_odds:
        found.add("between_coders")
    if changed:
        found.add("changed")
    return tuple(reason for reason in PRECEDENCE if reason in found)


def _differing(codings: Sequence[Coding]) -> bool:
    return any(differ(one, other) for place, one in enumerate(codings) for other in codings[:place])


def reasons_for(
    coding: Coding,
    references: Sequence[Coding] = (),
    min_confidence: float | None = None,
    standing: Standing | None = None,
) -> tuple[QueueReason, ...]:
    """Every reason to select a model's coding, in order of `PRECEDENCE`; empty where only an audit could draw it."""
    if coding.status in _NO_ANSWER:
        return (_NO_ANSWER[coding.status],)
    found: set[QueueReason] = set()
    if any(differ(coding, reference) for reference in references):
        found.add("disagreement")
    if coding.reason.casefold().startswith("tie"):
        found.add("tie")
    if coding.unsupported:
        found.add("unsupported")
    lowest = lowest_confidence(coding)
    if min_confidence is not None and lowest is not None and lowest < min_confidence:
        found.add("low_confidence")
    if standing is not None and coding.status.is_answer and not standing.admits(coding):
        found.add("not_accepted")
    return tuple(reason for reason in PRECEDENCE if reason in found)


def lowest_confidence(coding: Coding) -> float | None:
    """The confidence of the code that the model was least sure of; None where none was measured."""
    known = [one.confidence for one in coding.assignments if one.confidence is not None]
    return min(known, default=None)


def differ(one: Coding, other: Coding) -> bool:
    """Whether two codings of a cell disagree, by the status table of the design.

    Sets of categories are compared without order; `absent` is a category of its own, for a multi-label dimension the
    same as the empty set; `not_applicable` agrees only with itself; a refused, invalid or failed coding agrees with
    nothing; `undecidable` and `skipped` are out of agreement and so disagree with nothing.
    """
    if one.status in _NOT_COMPARED or other.status in _NOT_COMPARED:
        return False
    if one.status.never_agrees or other.status.never_agrees:
        return True
    return _value(one) != _value(other)


def _value(coding: Coding) -> tuple[bool, frozenset[str]]:
    # A coded empty set can only come from a multi-label dimension, where it means the same as `absent`.
    return coding.status is Status.NOT_APPLICABLE, frozenset(coding.codes)


def _auditable(coding: Coding) -> bool:
    return coding.status.is_answer


def draw(seed: int, cell: tuple[str, ...]) -> float:
    """A number in [0, 1) fixed by seed and cell alone."""
    digest = hashlib.sha256("\x1f".join((str(seed), *cell)).encode()).digest()
    # 53 bits are what a float holds, so that rounding never gives 1.
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def _by_cell(codings: Iterable[Coding]) -> Mapping[Cell, list[Coding]]:
    cells: dict[Cell, list[Coding]] = {}
    for coding in codings:
        cells.setdefault((coding.version_id, coding.dimension_id), []).append(coding)
    return {cell: sorted(found, key=lambda coding: (coding.replicate, coding.id)) for cell, found in cells.items()}


def _details(
    codebook: Codebook,
    coding: Coding | None,
    references: Sequence[Coding],
    reasons: Sequence[QueueReason],
    standing: Standing | None,
) -> list[str]:
    parts = []
    if "changed" in reasons:
        parts.append("people coded an earlier text of this document")
    if coding is None:
        return parts
    dimension = codebook.dimension(coding.dimension_id)
    parts.extend(f"gold: {answer_words(dimension, reference)}" for reference in references)
    parts.append(f"model: {answer_words(dimension, coding)}")
    if coding.reason and (coding.status.never_agrees or "tie" in reasons):
        parts.append(coding.reason)
    if "unsupported" in reasons:
        parts.append("no evidence was cited")
    if "low_confidence" in reasons:
        parts.append(f"confidence {lowest_confidence(coding):.2f}")
    if standing is not None and coding.status.is_answer:
        parts.append(standing.words(coding))
    return parts
