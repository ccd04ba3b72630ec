"""Krippendorff's alpha over any number of coders of one dimension: several people, or repeated runs of one model."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from coder.agreement.alpha import Distance
from coder.agreement.estimates import estimate
from coder.agreement.intervals import Bootstrap
from coder.agreement.multilabel import masi_distances
from coder.agreement.pairing import Answer, Mark, cluster_names
from coder.agreement.ratings import from_long
from coder.model.codebook import Dimension
from coder.model.coding import Coding, Status

DistanceName = Literal["nominal", "ordinal", "masi"]


@dataclass(frozen=True)
class SeveralAlpha:
    """Krippendorff's alpha of `coders` coders over the `n` items that two of them or more answered.

    `gaps` counts the codings that are no answer (refused, cannot tell, ...), which are left out. `low` and `high` are
    the BCa interval at 95 %, items resampled, or their `clusters`; None with a `reason` where there is none.
    """

    dimension: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    coders: int
    gaps: int
    distance: DistanceName
    reason: str | None = None
    clusters: int | None = None


def alpha_of(
    dimension: Dimension,
    coders: Mapping[str, Sequence[Coding]],
    bootstrap: Bootstrap,
    clusters: Mapping[str, Hashable] | None = None,
) -> SeveralAlpha:
    """Alpha of the coders' codings, one a version each; nominal, ordinal where the categories are ordered, else MASI.

    `not_applicable` is an answer of its own where some say it and others do not; where the categories are ordered it
    has no place and is a gap. `clusters` names the source of each version where items share one. ValueError where a
    coder has two codings of a version.
    """
    ordinal = dimension.ordered and dimension.absent is None
    distance: DistanceName = "ordinal" if ordinal else "nominal" if dimension.single else "masi"
    said = [
        (coding.version_id, name, _answer(coding, ordinal))
        for name, codings in coders.items()
        for coding in codings
        if coding.dimension_id == dimension.id
    ]
    rows = [(version, name, answer) for version, name, answer in said if answer is not None]
    distances = _distance(distance, dimension, rows)
    kept = _applying(rows)
    names = None if clusters is None else cluster_names(dict.fromkeys(version for version, _, _ in kept), clusters)
    ratings = from_long(kept, _categories(dimension, rows))
    found = estimate(ratings, "alpha", distance=distances, bootstrap=bootstrap, clusters=names)
    return SeveralAlpha(
        dimension.id,
        found.value,
        found.low,
        found.high,
        n=found.n,
        coders=len({name for _, name, _ in rows}),
        gaps=len(said) - len(rows),
        distance=distance,
        reason=found.reason,
        clusters=found.clusters,
    )


def _answer(coding: Coding, ordinal: bool) -> Answer | None:
    if coding.status is Status.NOT_APPLICABLE:
        return None if ordinal else Mark.NOT_APPLICABLE
    return frozenset(coding.codes) if coding.status.is_answer else None


def _applying(rows: Sequence[tuple[str, str, Answer]]) -> list[tuple[str, str, Answer]]:
    """The items on which not everyone says that the dimension does not apply."""
    applies = {version for version, _, answer in rows if answer is not Mark.NOT_APPLICABLE}
    return [row for row in rows if row[0] in applies]


def _categories(dimension: Dimension, rows: Sequence[tuple[str, str, Answer]]) -> list[Answer]:
    occurring = {answer for _, _, answer in rows}
    marks: list[Answer] = [Mark.NOT_APPLICABLE] if Mark.NOT_APPLICABLE in occurring else []
    if not dimension.single:
        sets = sorted((answer for answer in occurring if not isinstance(answer, Mark)), key=sorted)
        return [*(sets or [frozenset()]), *marks]
    codes: list[Answer] = [frozenset({category.id}) for category in dimension.codes]
    absent: list[Answer] = [] if dimension.absent is None else [frozenset()]
    return [*codes, *absent, *marks]


def _distance(name: DistanceName, dimension: Dimension, rows: Sequence[tuple[str, str, Answer]]) -> Distance:
    if name != "masi":
        return name
    distances = masi_distances(_categories(dimension, rows))
    np.fill_diagonal(distances, 0)  # two who say that it does not apply agree
    return distances
