"""Thresholds that `route --json` found, as `queue --route FILE` applies them: with what they promise."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from coder.adjudicate import ItemState, Standing
from coder.adjudicate.queueing import differ
from coder.agreement.proportions import proportion
from coder.errors import InputError
from coder.model import Codebook, Coding, Status

AGAIN = "write the thresholds again: intercoder route --json > FILE"


class Learned(BaseModel):
    """One dimension's threshold; None where every code goes to a person. Of `waiting` codes it speaks."""

    dimension: str
    threshold: float | None = Field(ge=0, le=1)
    waiting: int = Field(ge=0)


class Thresholds(BaseModel):
    """What `route --json` printed, as far as the queue needs it; other keys are left aside."""

    run: str
    method: Literal["ltt", "fdr", "joint"]
    target: float = Field(gt=0, lt=1)
    delta: float | None
    guarantee: str
    warnings: tuple[str, ...]
    dimensions: tuple[Learned, ...]

    @property
    def words(self) -> str:
        """The rule in short, kept with every item of the queue."""
        risk = "" if self.delta is None else f", delta {self.delta:g}"
        return f"route, method {self.method}, target {self.target:g}{risk}"

    def standing(self) -> dict[str, Standing]:
        """By dimension, which codes may stand."""
        return {one.dimension: Standing(one.threshold, self.words) for one in self.dimensions}


@dataclass(frozen=True)
class AuditOfStanding:
    """Of one dimension's codes that stand `drawn` came to a person at random; `settled` are done, `right` as they were.

    What the person could not decide is in neither.
    """

    drawn: int = 0
    settled: int = 0
    right: int = 0

    def words(self) -> str:
        """How often the codes that stand are right, with the exact interval (Clopper & Pearson 1934)."""
        if not self.settled:
            return f"of those that stand {self.drawn:,} were drawn for the audit, none settled yet"
        found = proportion(self.right, self.settled)
        waits = "" if self.settled == self.drawn else f" (of {self.drawn:,} drawn: settle all of them)"
        return (
            f"audit of those that stand: {self.right:,} of {self.settled:,} settled{waits} as the model had it, "
            f"{found.share:.2f} ({found.low:.2f} to {found.high:.2f}, exact)"
        )


@dataclass(frozen=True)
class Applied:
    """What the thresholds came to, by dimension: answers that stand (some of them audited), and that a person gets.

    `unsettled` counts those of the latter that were drawn into an audit before, which lets them stand until a person
    settles them.
    """

    thresholds: Thresholds
    stand: Mapping[str, int]
    queued: Mapping[str, int]
    unsettled: int
    audits: Mapping[str, AuditOfStanding]

    def lines(self) -> list[str]:
        """For people: the promise, what speaks against it, and the counts."""
        found = [f"Warning: {warning}." for warning in self.thresholds.warnings]
        found.append(f"Thresholds of {self.thresholds.words}. Guarantee: {self.thresholds.guarantee}")
        found += [
            f"{one.dimension}: "
            + (
                "no code stands"
                if one.threshold is None
                else f"codes with a confidence of {one.threshold:g} or more stand ({self.stand[one.dimension]:,})"
            )
            + f", {self.queued[one.dimension]:,} go to a person"
            + (f"; {self.audits[one.dimension].words()}" if self.stand[one.dimension] else "")
            for one in self.thresholds.dimensions
        ]
        if self.unsettled:
            found.append(
                f"{self.unsettled:,} that go to a person were drawn into the audit earlier: until somebody settles "
                "them, export and analysis take their codes as they are, which the guarantee does not cover."
            )
        return found


def read_thresholds(path: Path, codebook: Codebook) -> Thresholds:
    """The thresholds in a file; InputError where it is no output of `route --json`, or of another codebook."""
    try:
        found = Thresholds.model_validate(json.loads(path.read_bytes()))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})", AGAIN) from None
    except (ValueError, ValidationError):
        raise InputError(f"{path}: not what 'intercoder route --json' prints", AGAIN) from None
    known = {dimension.id for dimension in codebook.dimensions}
    if unknown := [one.dimension for one in found.dimensions if one.dimension not in known]:
        raise InputError(f"{path}: {unknown[0]} is no dimension of the codebook", AGAIN)
    return found


def check_batch(thresholds: Thresholds, model: Iterable[Coding], reference: Iterable[Coding]) -> None:
    """InputError where thresholds of the false discovery rate are handed other codes than they were chosen for.

    They bound the share wrong among the codes of that batch (Jin & Candès 2023); the others hold for like codes too.
    """
    if thresholds.method != "fdr":
        return
    coded = {(one.version_id, one.dimension_id) for one in reference}
    cells = {(one.version_id, one.dimension_id) for one in model} - coded
    now = Counter(dimension for _, dimension in cells)
    for one in thresholds.dimensions:
        if now[one.dimension] != one.waiting:
            raise InputError(
                f"{one.dimension}: {now[one.dimension]:,} codes without a hand code, but the thresholds were chosen "
                f"for {one.waiting:,}, and those of --method fdr hold for these alone",
                f"{AGAIN} (with the gold that the queue compares with)",
            )


def applied(
    thresholds: Thresholds, model: Iterable[Coding], reference: Iterable[Coding], queue: Iterable[ItemState]
) -> Applied:
    """Count what stands and what waits, of the answers without a hand code."""
    rules = thresholds.standing()
    coded = {(one.version_id, one.dimension_id) for one in reference}
    states = {(state.item.version_id, state.item.dimension_id): state for state in queue}
    stand, queued, unsettled = Counter[str](), Counter[str](), 0
    audited: dict[str, list[tuple[Coding, Coding | None]]] = {name: [] for name in rules}
    for coding in model:
        cell, rule = (coding.version_id, coding.dimension_id), rules.get(coding.dimension_id)
        if rule is None or cell in coded or not coding.status.is_answer:
            continue
        state = states.get(cell)
        drawn_before = not rule.admits(coding) and state is not None and state.item.reason == "audit"
        waits = drawn_before or (state is not None and state.item.reason != "audit")
        (queued if waits else stand)[coding.dimension_id] += 1
        unsettled += drawn_before and state is not None and state.settled is None
        if state is not None and not waits:
            audited[coding.dimension_id].append((coding, state.settled if state.done else None))
    return Applied(thresholds, stand, queued, unsettled, {name: _audit(found) for name, found in audited.items()})


def _audit(found: Sequence[tuple[Coding, Coding | None]]) -> AuditOfStanding:
    settled = [(model, code) for model, code in found if code is not None]
    decided = [pair for pair in settled if pair[1].status not in (Status.UNDECIDABLE, Status.SKIPPED)]
    right = sum(not differ(model, code) for model, code in decided)
    return AuditOfStanding(len(found) - len(settled) + len(decided), len(decided), right)
