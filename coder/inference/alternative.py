"""The alternative-annotator test: may the model stand in for the people who coded the same items?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtr

from coder.agreement.multilabel import masi_distances
from coder.agreement.tables import FloatArray
from coder.inference.multiplicity import benjamini_yekutieli
from coder.inference.sampling import BoolArray

Answer = str | float | frozenset[str]
"""A category, a number (the place on an ordinal scale, or an amount), or a set of labels, by the scoring."""
Scoring = Literal["accuracy", "neg_rmse", "masi"]
Loss = Callable[[FloatArray, FloatArray], FloatArray]
"""How far encoded answers, shape (items, 1), are from those of others, (items, people); NaN where one is missing."""

EXPERTS, SKILLED, CROWD = 0.2, 0.15, 0.1
"""The advantage granted to the model, which costs less, over experts, skilled coders and crowd workers."""
PASSING = 0.5
TIE = 1e-12
"""Scores closer than this differ by rounding only."""

ONE_PERSON = (
    "not computable: it asks whether the model agrees with the other people at least as well as each person does, and "
    "with one person there are no others; it needs 2, better 3, people who code the same 50 to 100 items independently"
)


@dataclass(frozen=True)
class Comparison:
    """The model against one person, on `n` items, both judged by their agreement with the remaining people.

    `advantage` is the share of items on which the model does at least as well as the person, `person_advantage` that
    on which the person does at least as well as the model; `p` belongs to the hypothesis that the person's exceeds
    the model's by epsilon or more. `won` says whether that is rejected after the correction for several people.
    """

    person: str
    n: int
    advantage: float
    person_advantage: float
    p: float
    won: bool


@dataclass(frozen=True)
class AlternativeTest:
    """The test's result over `items` items; `winning_rate` and `advantage` are None, with a reason, if it has none.

    `winning_rate` is the share of people the model won against, `advantage` the mean of its advantage over them.
    `too_few` names the people left out with the number of items they share with others, `refused` counts the model's
    missing answers among the items: on these the model loses.
    """

    scoring: Scoring
    epsilon: float
    q: float
    items: int
    refused: int
    comparisons: tuple[Comparison, ...]
    too_few: Mapping[str, int]
    winning_rate: float | None = None
    advantage: float | None = None
    reason: str | None = None

    @property
    def passed(self) -> bool | None:
        """Whether the model won against at least half of the people; None where nothing was computed."""
        return None if self.winning_rate is None else self.winning_rate >= PASSING


def alternative_test(
    model: Mapping[str, Answer | None],
    people: Mapping[str, Mapping[str, Answer]],
    *,
    scoring: Scoring = "accuracy",
    epsilon: float = EXPERTS,
    q: float = 0.05,
    min_people: int = 2,
    min_items: int = 30,
) -> AlternativeTest:
    """The alternative-annotator test of Calderon, Reichart & Dror (ACL 2025).

    `model` holds answers by item, None for one it refused; `people` the answers by person and item. An item counts
    where the model was asked and at least `min_people` people answered; a person counts with `min_items` such items
    or more. For each person in turn, model and person are scored against the remaining people: mean accuracy, minus
    the root mean squared error, or the mean of 1 - MASI distance. The people's p-values are held to a false
    discovery rate `q` by Benjamini & Yekutieli (2001), under any dependence. ValueError where an option makes no
    sense.
    """
    if min_people < 2:
        raise ValueError("an item needs at least 2 people: the one compared and one to compare with")
    if not (0 <= epsilon <= 1 and 0 < q < 1):
        raise ValueError(f"epsilon {epsilon} and q {q} are to be shares")
    items = _shared_items(model, people, min_people)
    coded, loss = _encode([[answers.get(item) for item in items] for answers in (model, *people.values())], scoring)
    shared = np.isfinite(coded[1:]).sum(axis=1)
    tested = [place for place in range(len(people)) if shared[place] >= max(min_items, 2)]
    indicators = [_indicators(coded, place, loss, scoring) for place in tested]
    p_values = [_p_value(theirs.astype(np.float64) - ours, epsilon) for ours, theirs in indicators]
    won = benjamini_yekutieli(p_values, q)
    names = tuple(people)
    comparisons = tuple(
        Comparison(names[place], len(ours), float(ours.mean()), float(theirs.mean()), p, bool(win))
        for place, (ours, theirs), p, win in zip(tested, indicators, p_values, won, strict=True)
    )
    return AlternativeTest(
        scoring=scoring,
        epsilon=epsilon,
        q=q,
        items=len(items),
        refused=int(np.isnan(coded[0]).sum()),
        comparisons=comparisons,
        too_few={name: int(shared[place]) for place, name in enumerate(names) if place not in tested},
        winning_rate=float(np.mean(won)) if tested else None,
        advantage=float(np.mean([each.advantage for each in comparisons])) if tested else None,
        reason=None if tested else _reason(people, len(items), min_people, min_items),
    )


def _shared_items(
    model: Mapping[str, Answer | None], people: Mapping[str, Mapping[str, Answer]], min_people: int
) -> list[str]:
    """The items that the model was asked and enough people answered, in the order of their first appearance."""
    coders: dict[str, int] = {}
    for answers in people.values():
        for item in answers:
            coders[item] = coders.get(item, 0) + 1
    return [item for item, count in coders.items() if count >= min_people and item in model]


def _encode(rows: Sequence[Sequence[Answer | None]], scoring: Scoring) -> tuple[FloatArray, Loss]:
    """Answers by coder as numbers, shape (coders, items), NaN where there is none, with the loss that reads them."""
    if scoring == "neg_rmse":
        return _numbers(rows), lambda own, others: (own - others) ** 2
    place: dict[Answer, int] = {}
    coded = np.full((len(rows), len(rows[0])), np.nan)
    for row, answers in enumerate(rows):
        for column, answer in enumerate(answers):
            if answer is not None:
                coded[row, column] = place.setdefault(answer, len(place))
    if scoring == "accuracy":
        return coded, lambda own, others: np.where(np.isnan(own + others), np.nan, own != others)
    if wrong := [answer for answer in place if not isinstance(answer, frozenset)]:
        raise ValueError(f"MASI compares sets of labels, not {wrong[0]!r}")
    distances = masi_distances([answer for answer in place if isinstance(answer, frozenset)])

    def masi(own: FloatArray, others: FloatArray) -> FloatArray:
        known = ~np.isnan(own + others)
        first, second = np.broadcast_arrays(own, others)
        found = np.full(known.shape, np.nan)
        found[known] = distances[first[known].astype(np.int64), second[known].astype(np.int64)]
        return found

    return coded, masi


def _numbers(rows: Sequence[Sequence[Answer | None]]) -> FloatArray:
    for answer in (answer for row in rows for answer in row):
        if isinstance(answer, str | frozenset):
            raise ValueError(f"a root mean squared error needs numbers, not {answer!r}")
    return np.array(rows, dtype=np.float64).reshape(len(rows), -1)


def _indicators(coded: FloatArray, place: int, loss: Loss, scoring: Scoring) -> tuple[BoolArray, BoolArray]:
    """Where the model does at least as well as the person, and the person as the model, shape (the person's items,).

    An answer that the model refused is worse than any.
    """
    asked = ~np.isnan(coded[1 + place])
    others = np.delete(coded[1:], place, axis=0)[:, asked].T
    model, person = (_score(coded[row, asked], others, loss, scoring) for row in (0, 1 + place))
    model = np.where(np.isnan(model), -np.inf, model)
    return np.asarray(model >= person - TIE), np.asarray(person >= model - TIE)


def _score(own: FloatArray, others: FloatArray, loss: Loss, scoring: Scoring) -> FloatArray:
    """Agreement with the others who answered, shape (items,): 1 - mean loss, or minus its root; NaN if refused."""
    losses = loss(own[:, None], others)
    answered = ~np.isnan(others)
    mean = np.where(answered, losses, 0.0).sum(axis=1) / answered.sum(axis=1)
    return np.asarray(-np.sqrt(mean) if scoring == "neg_rmse" else 1 - mean, dtype=np.float64)


def _p_value(difference: FloatArray, epsilon: float) -> float:
    """The one-sided t-test of H0: mean >= epsilon; differences all alike decide it by themselves."""
    n, distance = len(difference), float(difference.mean()) - epsilon
    if (difference == difference[0]).all():
        return 0.0 if distance < 0 else 1.0
    return float(stdtr(n - 1, distance / (difference.std(ddof=1) / np.sqrt(n))))


def _reason(people: Mapping[str, Mapping[str, Answer]], items: int, min_people: int, min_items: int) -> str:
    if len(people) < 2:
        return ONE_PERSON
    return (
        f"not computable: no person shares {min_items} items with others ({items} items were answered by the model and "
        f"by {min_people} people or more); it needs 2, better 3, people who code the same 50 to 100 items independently"
    )
