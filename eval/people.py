"""How well people agree with each other on the same texts: the ceiling beside which a coder's figures stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from coder.agreement.coefficients import EPSILON
from coder.agreement.multilabel import masi_distances
from coder.agreement.tables import FloatArray
from coder.model import Coding, Dimension
from eval.resample import measure, pairs_by_item

MIN_COMMON = 20
"""Fewest items that two people must both have coded for a kappa between them."""


@dataclass(frozen=True)
class Ceiling:
    """Agreement among people on one dimension.

    `kappa` is the mean over the pairs of people with 20 common items, weighted by those, of the coefficient that the
    coders are held to; None without such a pair. `alpha` is Krippendorff's over all people at once: rotating workers
    are never pooled into one coder. `answers` and `items` are what alpha rests on.
    """

    dimension: str
    kappa: float | None
    pairs: int
    alpha: float | None
    answers: int
    items: int


def ceiling(dimension: Dimension, versions: Sequence[str], people: Mapping[str, Sequence[Coding]]) -> Ceiling:
    """Human-human agreement on one dimension over these versions."""
    wanted = set(versions)
    given = {
        name: [one for one in codings if one.dimension_id == dimension.id and one.version_id in wanted]
        for name, codings in people.items()
    }
    kappas = _pairwise(dimension, given)
    total = sum(common for _, common in kappas)
    alpha, answers, items = _alpha(dimension, given)
    return Ceiling(
        dimension=dimension.id,
        kappa=sum(kappa * common for kappa, common in kappas) / total if total else None,
        pairs=len(kappas),
        alpha=alpha,
        answers=answers,
        items=items,
    )


def _pairwise(dimension: Dimension, given: Mapping[str, Sequence[Coding]]) -> list[tuple[float, int]]:
    """Kappa and common items of every pair of people with enough of them."""
    coded = {name: {coding.version_id for coding in codings} for name, codings in given.items()}
    found = []
    for first, second in combinations(sorted(given), 2):
        common = sorted(coded[first] & coded[second])
        if len(common) < MIN_COMMON:
            continue
        pairs = pairs_by_item(dimension, common, given[first], given[second])
        items = sum(pair is not None for pair in pairs)
        measured = measure(dimension, pairs)
        if items >= MIN_COMMON and measured.kappas:
            found.append((float(measured.values(np.ones((1, len(pairs))))[0]), items))
    return found


def _alpha(dimension: Dimension, given: Mapping[str, Sequence[Coding]]) -> tuple[float | None, int, int]:
    """Alpha over the answers (a code or `absent`) of items that two people or more answered; and how many those are."""
    codes = [frozenset([category.id]) for category in dimension.codes]
    answers: dict[str, list[frozenset[str]]] = {}
    for coding in (coding for codings in given.values() for coding in codings):
        if coding.status.is_answer:
            answers.setdefault(coding.version_id, []).append(frozenset(coding.codes))
    units = [said for said in answers.values() if len(said) > 1]
    if dimension.single:
        values = [*codes, frozenset[str]()]
    else:
        values = sorted({answer for said in units for answer in said}, key=sorted)
    place = {value: number for number, value in enumerate(values)}
    counts = np.zeros((len(units), len(values)))
    for row, said in enumerate(units):
        for answer in said:
            counts[row, place[answer]] += 1
    if not dimension.single:
        distances = masi_distances(values)
    elif dimension.ordered and dimension.absent is None:
        distances = ordinal_distances(counts.sum(axis=0))
    else:
        distances = 1 - np.eye(len(values))
    return krippendorff_alpha(counts, distances), int(counts.sum()), len(units)


def krippendorff_alpha(counts: FloatArray, distances: FloatArray) -> float | None:
    """Krippendorff's alpha of any number of coders with gaps; None where it is undefined.

    `counts` says how many coders gave a unit each value, shape (units, values), with two answers a unit or more;
    `distances` between values, shape (values, values), 0 on the diagonal. alpha = 1 - Do / De with
    Do = sum_u sum_ck n_uc n_uk d_ck / (m_u - 1) / n and De = sum_ck n_c n_k d_ck / (n (n - 1))
    (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability).
    """
    total = counts.sum()
    if total < 2:
        return None
    margin = counts.sum(axis=0)
    within = ((counts @ distances) * counts).sum(axis=1) / (counts.sum(axis=1) - 1)
    expected = float(margin @ distances @ margin) / (total * (total - 1))
    return None if expected < EPSILON else float(1 - within.sum() / total / expected)


def ordinal_distances(margin: FloatArray) -> FloatArray:
    """Krippendorff's ordinal distances: (n_c / 2 + what lies between + n_k / 2) squared, of the values' counts."""
    middle = np.cumsum(margin) - margin / 2
    return np.asarray((middle[:, None] - middle[None, :]) ** 2, dtype=np.float64)
