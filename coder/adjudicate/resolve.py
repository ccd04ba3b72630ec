"""Find the code that analysis and export use for each cell, and say where it comes from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from coder.adjudicate.log import conflicting, settlements
from coder.adjudicate.queueing import Cell
from coder.model import CoderKind, Coding, Decision, QueueItem, Status

Source = Literal["settled", "consensus", "model", "unresolved"]


@dataclass(frozen=True)
class ResolvedCell:
    """The resolved coding of a cell and where it comes from; None and `unresolved` where there is none."""

    coding: Coding | None
    source: Source


UNRESOLVED = ResolvedCell(None, "unresolved")


def resolve(
    model: Sequence[Coding],
    others: Sequence[Coding],
    items: Sequence[QueueItem],
    decisions: Sequence[Decision],
    decided: Mapping[str, Coding],
    *,
    kinds: Mapping[str, CoderKind],
) -> dict[Cell, ResolvedCell]:
    """The resolved code of every cell that the model or a consensus coded, or that was queued.

    `model` are the codings of the run that is reported (of several of a cell the newest counts). Of `others` only
    those by coders of kind `consensus` are used, by `kinds` (coder id to kind): what one person coded resolves
    nothing until it is settled. `decided` holds, by id, every coding that `decisions` name. First comes the settled
    decision, then the consensus, then the model's code if it is an answer (or `not_applicable`) and nothing speaks
    against it: a cell that waits for another reason than the random audit is unresolved. A cell that two people
    settled differently is unresolved too: neither wins in silence.
    """
    items = [item for item in items if item.coder_id is None]  # first codings and repeats put nothing in doubt
    settled = settlements(items, decisions, decided)
    consensus = newest(coding for coding in others if kinds[coding.coder_id] == "consensus")
    coded = newest(model)
    queued = {(item.version_id, item.dimension_id) for item in items}
    doubted = {(item.version_id, item.dimension_id) for item in items if item.reason not in ("audit", "overruled")}
    resolved: dict[Cell, ResolvedCell] = {}
    for cell in sorted(queued | set(consensus) | set(coded)):
        if cell in settled:
            conflict = conflicting(settled[cell])
            resolved[cell] = UNRESOLVED if conflict else ResolvedCell(settled[cell][-1], "settled")
        elif cell in consensus:
            resolved[cell] = ResolvedCell(consensus[cell], "consensus")
        elif cell in coded and cell not in doubted and _acceptable(coded[cell]):
            resolved[cell] = ResolvedCell(coded[cell], "model")
        else:
            resolved[cell] = UNRESOLVED
    return resolved


def _acceptable(coding: Coding) -> bool:
    return coding.status.is_answer or coding.status is Status.NOT_APPLICABLE


def newest(codings: Iterable[Coding]) -> dict[Cell, Coding]:
    """The newest coding of each cell; of the replicates of one run, the first."""
    ordered = sorted(codings, key=lambda coding: (coding.run_id or "", -coding.replicate, coding.id))
    return {(coding.version_id, coding.dimension_id): coding for coding in ordered}
