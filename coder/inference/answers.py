"""Codings of one dimension as arrays over the documents of a population, as the estimators take them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coder.agreement.tables import FloatArray, IntArray
from coder.inference.bounds import LEVEL
from coder.inference.coded import UNCODED, UNDECIDABLE
from coder.inference.sampling import Sample
from coder.inference.shares import MethodShares, ShareReport, estimate_labels, estimate_shares
from coder.model import Coding, Status
from coder.model.codebook import DimensionBase

ABSENT, NOT_APPLICABLE = Status.ABSENT.value, Status.NOT_APPLICABLE.value
OTHERWISE = "without"
"""In a view of one label: the documents to which it was not given."""

Codings = Mapping[str, Coding]
"""At most one coding of the dimension for each version, by version id."""


@dataclass(frozen=True, eq=False)
class View:
    """A dimension, or one label of it, as positions in `categories`; shapes (N,) over the documents.

    Hand codes are UNCODED or UNDECIDABLE where there is no code, model codes NO_ANSWER (see coder.inference.coded).
    """

    name: str
    categories: tuple[str, ...]
    gold: IntArray
    predicted: IntArray

    @property
    def not_applicable(self) -> str | None:
        """The category that takes documents out of the shares, where there is one."""
        return NOT_APPLICABLE if NOT_APPLICABLE in self.categories else None


def by_version(codings: Iterable[Coding], dimension_id: str) -> dict[str, Coding]:
    """The codings of one dimension by version; of several the last."""
    return {coding.version_id: coding for coding in codings if coding.dimension_id == dimension_id}


def views(dimension: DimensionBase, versions: Sequence[str], gold: Codings, model: Codings) -> tuple[View, ...]:
    """The dimension as one view, a multi-label one as a view for each label (given, `without`, and `not_applicable`).

    `versions` are the N documents' current versions. Where someone found the dimension not to apply, or it has a
    condition, `not_applicable` is a category.
    """
    sides = _side(versions, gold), _side(versions, model)
    out = (NOT_APPLICABLE,) if dimension.applies_if or any(_says_not(side) for side in sides) else ()
    if dimension.single:
        categories = (*_codes(dimension), *out)
        return (View(dimension.id, categories, *(_positions(side, categories) for side in sides)),)
    return tuple(
        View(f"{dimension.id}: {label}", (label, OTHERWISE, *out), *(_of_label(side, label) for side in sides))
        for label in _codes(dimension)
    )


def dimension_shares(
    dimension: DimensionBase,
    versions: Sequence[str],
    gold: Codings,
    model: Codings,
    sample: Sample,
    *,
    cluster: IntArray | None = None,
    level: float = LEVEL,
) -> ShareReport:
    """The shares of a dimension's categories or labels by the four methods; see `estimate_shares`.

    `absent` is a category; of labels, the share of documents with none. Where the dimension does not apply to all,
    shares are among the documents to which it does.
    """
    shown = views(dimension, versions, gold, model)
    if not dimension.single and shown[0].not_applicable is None:
        labels = _codes(dimension)
        by_hand = np.column_stack([_given(view.gold) for view in shown])
        by_model = np.column_stack([_given(view.predicted) for view in shown])
        return estimate_labels(by_hand, by_model, labels, sample, cluster=cluster, level=level)
    reports = [
        estimate_shares(
            view.gold,
            view.predicted,
            view.categories,
            sample,
            not_applicable=view.not_applicable,
            cluster=cluster,
            level=level,
        )
        for view in shown
    ]
    return reports[0] if dimension.single else _joined(reports)


def model_shares(view: View) -> dict[str, float | None]:
    """The naive shares: of the model's codes where the dimension applies; None where it answered nothing."""
    counts = np.bincount(view.predicted[view.predicted >= 0], minlength=len(view.categories))
    rest = {name: int(n) for name, n in zip(view.categories, counts, strict=True) if name != NOT_APPLICABLE}
    total = sum(rest.values())
    return {name: n / total if total else None for name, n in rest.items()}


def _joined(reports: Sequence[ShareReport]) -> ShareReport:
    """Reports of single labels as one: the first category of each. Labels have no joint covariance then."""

    def labels(method: str) -> MethodShares:
        found: list[MethodShares] = [getattr(report, method) for report in reports]
        shares = tuple(one.shares[0] for one in found if one.shares)
        return MethodShares(found[0].method, shares, reason=found[0].reason)

    return replace(
        reports[0],
        categories=tuple(report.categories[0] for report in reports),
        naive=labels("naive"),
        human=labels("human"),
        dsl=labels("dsl"),
        ppi=labels("ppi"),
        notes=tuple(dict.fromkeys(note for report in reports for note in report.notes)),
    )


def _codes(dimension: DimensionBase) -> tuple[str, ...]:
    """The categories, with `absent` where it is offered, or for labels what an empty set is."""
    offered = (ABSENT,) if dimension.absent is not None or not dimension.single else ()
    return (*(category.id for category in dimension.codes), *offered)


def _side(versions: Sequence[str], codings: Codings) -> list[Coding | None]:
    return [codings.get(version) for version in versions]


def _says_not(side: Iterable[Coding | None]) -> bool:
    return any(coding is not None and coding.status is Status.NOT_APPLICABLE for coding in side)


def _positions(side: Sequence[Coding | None], categories: Sequence[str]) -> IntArray:
    place = {category: position for position, category in enumerate(categories)}
    return np.array([_place(coding, place) for coding in side], dtype=np.int64)


def _place(coding: Coding | None, place: Mapping[str, int]) -> int:
    if coding is None:
        return UNCODED
    if coding.status is Status.UNDECIDABLE:
        return UNDECIDABLE
    return place.get(coding.codes[0] if coding.status is Status.CODED else coding.status.value, UNCODED)


def _of_label(side: Sequence[Coding | None], label: str) -> IntArray:
    """0 given, 1 not, 2 not applicable, for each document."""
    return np.array([_label_place(coding, label) for coding in side], dtype=np.int64)


def _label_place(coding: Coding | None, label: str) -> int:
    if coding is None:
        return UNCODED
    if coding.status is Status.UNDECIDABLE:
        return UNDECIDABLE
    if coding.status is Status.NOT_APPLICABLE:
        return 2
    given = coding.codes or (ABSENT,)
    return (0 if label in given else 1) if coding.status.is_answer else UNCODED


def _given(positions: IntArray) -> FloatArray:
    """1 given, 0 not, NaN where there is no code."""
    return np.where(positions >= 0, (positions == 0).astype(np.float64), np.nan)
