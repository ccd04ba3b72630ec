"""A plan a dimension: from the prevalences that codings let expect to the items to code by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coder.agreement.coefficients import Weighting
from coder.agreement.planning import (
    Margins,
    Required,
    half_width_of,
    items_for_half_width,
    items_for_share,
    items_for_test,
    with_minima,
)
from coder.model.codebook import Dimension
from coder.model.coding import Coding, Status

NO_ANSWERS = "no answers to expect prevalences from"
ONE_ANSWER = "one answer throughout: no kappa to plan for"


@dataclass(frozen=True)
class Goal:
    """What the items are for: kappa's interval, a test of kappa (`min_kappa`), shares (`share_half_width`).

    `kappa` is the value expected, `documents` how many there are at all, where that is known.
    """

    kappa: float = 0.7
    half_width: float = 0.1
    level: float = 0.95
    min_kappa: float | None = None
    alpha: float = 0.025
    power: float = 0.8
    share_half_width: float | None = None
    documents: int | None = None


@dataclass(frozen=True)
class Expected:
    """The margins expected of a dimension, or of one `label` of a multi-label dimension, from `based_on` answers.

    `margins` is None where they allow no plan; `reason` then says why.
    """

    dimension: str
    weighting: Weighting
    based_on: int
    margins: Margins | None
    label: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Plan:
    """The items that each part of the goal takes; None where it was not asked for or cannot be planned.

    `attainable` is the half-width of kappa's interval once every document there is has been coded by hand; None where
    their number is not known, or the minima forbid an interval.
    """

    expected: Expected
    interval: Required | None
    test: Required | None = None
    share: int | None = None
    attainable: float | None = None

    @property
    def items(self) -> int | None:
        """The items that meet every part of the goal."""
        parts = [part.n for part in (self.interval, self.test) if part is not None]
        return max([*parts, self.share or 0]) if parts else None


def expect(dimension: Dimension, codings: Iterable[Coding]) -> tuple[Expected, ...]:
    """What a plan starts from, one a dimension or one a label; over answers only: a refusal is no category.

    Weights are those of the headline: linear where the categories are ordered and `absent` is not among them.
    """
    answers = [coding for coding in codings if coding.dimension_id == dimension.id and coding.status.is_answer]
    names = [category.id for category in dimension.codes]
    given = [sum(name in coding.codes for coding in answers) for name in names]
    if not dimension.single:
        return tuple(
            _expected(dimension.id, "unweighted", (count, len(answers) - count), label=name)
            for name, count in zip(names, given, strict=True)
        )
    if dimension.absent is None:
        return (_expected(dimension.id, "linear" if dimension.ordered else "unweighted", given),)
    absent = sum(coding.status is Status.ABSENT for coding in answers)
    return (_expected(dimension.id, "unweighted", [*given, absent]),)


def _expected(name: str, weighting: Weighting, counts: Sequence[int], label: str | None = None) -> Expected:
    total = sum(counts)
    if total == 0 or max(counts) == total:
        return Expected(name, weighting, total, None, label, ONE_ANSWER if total else NO_ANSWERS)
    return Expected(name, weighting, total, Margins.same([count / total for count in counts]), label)


def plan(expected: Expected, goal: Goal) -> Plan:
    """The items that the goal takes where these margins hold. ValueError where they do not allow the kappa."""
    margins, weighting = expected.margins, expected.weighting
    if margins is None:
        return Plan(expected, None)
    wanted = items_for_half_width(margins, goal.kappa, goal.half_width, level=goal.level, weighting=weighting)
    tested = None
    if goal.min_kappa is not None:
        items = items_for_test(
            margins, goal.min_kappa, goal.kappa, alpha=goal.alpha, power=goal.power, weighting=weighting
        )
        tested = with_minima(items, margins)
    interval = with_minima(wanted, margins)
    return Plan(expected, interval, tested, _share(margins, goal), _attainable(expected, margins, goal))


def _attainable(expected: Expected, margins: Margins, goal: Goal) -> float | None:
    if goal.documents is None or with_minima(goal.documents, margins).minimum is not None:
        return None
    return half_width_of(goal.documents, margins, goal.kappa, level=goal.level, weighting=expected.weighting)


def _share(margins: Margins, goal: Goal) -> int | None:
    """The items for the share that takes the most: the one nearest a half."""
    if goal.share_half_width is None:
        return None
    costliest = min(margins.reference, key=lambda share: abs(share - 0.5))
    return items_for_share(goal.share_half_width, share=costliest, population=goal.documents, level=goal.level)


def costliest(plans: Sequence[Plan]) -> tuple[Plan, ...]:
    """One plan a dimension: of several labels the one that takes the most items."""
    kept: dict[str, Plan] = {}
    for one in plans:
        name = one.expected.dimension
        if name not in kept or (one.items or 0) > (kept[name].items or 0):
            kept[name] = one
    return tuple(kept.values())
