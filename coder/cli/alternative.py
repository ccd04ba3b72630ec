"""The alternative-annotator test on a project's dimensions, where two or more people coded the same items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from coder.inference.alternative import AlternativeTest, Answer, Scoring, alternative_test
from coder.model import Coding, Dimension, Status

OUT = Status.NOT_APPLICABLE.value


@dataclass(frozen=True)
class DimensionAlternative:
    """The test on one dimension."""

    dimension: str
    test: AlternativeTest


def alternative_tests(
    dimensions: Iterable[Dimension],
    model: Sequence[Coding],
    people: Mapping[str, Sequence[Coding]],
    epsilon: float,
) -> tuple[DimensionAlternative, ...]:
    """The test on each dimension, `people` by name.

    Sets of labels are scored by MASI; ordered categories by the squared distance of their places, unless somebody
    said `absent` or not applicable, which have no place; all else by accuracy. What everybody calls not applicable is
    out; what a person could not decide is no answer of that person.
    """
    return tuple(DimensionAlternative(one.id, _test(one, model, people, epsilon)) for one in dimensions)


def _test(
    dimension: Dimension, model: Sequence[Coding], people: Mapping[str, Sequence[Coding]], epsilon: float
) -> AlternativeTest:
    own = _of(dimension, model)
    theirs = {name: _of(dimension, codings) for name, codings in people.items()}
    trivial = _trivial(own, theirs.values())
    answered = [coding for codings in (own, *theirs.values()) for coding in codings.values()]
    scoring = _scoring(dimension, answered)
    return alternative_test(
        {version: _answer(coding, dimension, scoring) for version, coding in own.items() if version not in trivial},
        {
            name: {
                version: answer
                for version, coding in codings.items()
                if version not in trivial and (answer := _answer(coding, dimension, scoring)) is not None
            }
            for name, codings in theirs.items()
            if codings
        },
        scoring=scoring,
        epsilon=epsilon,
    )


def _of(dimension: Dimension, codings: Iterable[Coding]) -> dict[str, Coding]:
    return {coding.version_id: coding for coding in codings if coding.dimension_id == dimension.id}


def _trivial(own: Mapping[str, Coding], people: Iterable[Mapping[str, Coding]]) -> set[str]:
    """The versions that everybody who coded them calls not applicable, the model among them."""
    sides = [own, *people]
    out = {version for version, coding in own.items() if coding.status is Status.NOT_APPLICABLE}
    return {v for v in out if all(side[v].status is Status.NOT_APPLICABLE for side in sides if v in side)}


def _scoring(dimension: Dimension, answered: Iterable[Coding]) -> Scoring:
    if not dimension.single:
        return "masi"
    placed = not any(coding.status in (Status.ABSENT, Status.NOT_APPLICABLE) for coding in answered)
    return "neg_rmse" if dimension.ordered and placed else "accuracy"


def _answer(coding: Coding, dimension: Dimension, scoring: Scoring) -> Answer | None:
    if coding.status is Status.NOT_APPLICABLE:
        return frozenset({OUT}) if scoring == "masi" else OUT
    if not coding.status.is_answer:
        return None
    if scoring == "masi":
        return frozenset(coding.codes)
    code = coding.codes[0] if coding.codes else coding.status.value
    return float([one.id for one in dimension.codes].index(code)) if scoring == "neg_rmse" else code


def record(found: DimensionAlternative) -> dict[str, Any]:
    """The keys of one entry of `alternative` in `eval --json`."""
    return {"dimension": found.dimension, **asdict(found.test), "passed": found.test.passed}
