"""Several people on one dimension: the model against each, and people against each other, the ceiling beside it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from coder.agreement.evaluate import REPLICATES, SEED, evaluate_dimension
from coder.model.agreement import Coefficient
from coder.model.codebook import Dimension
from coder.model.coding import Coding

MIN_COMMON = 20
"""Fewest items that two coders must have in common for a coefficient between them."""
_MIN_REPLICATES = 1_000


@dataclass(frozen=True)
class Between:
    """The agreement of two coders, by name, on the items that both coded; the first is the reference."""

    first: str
    second: str
    agreement: Coefficient


@dataclass(frozen=True)
class People:
    """What several people make of one dimension.

    `model` holds the model against each person, `pairs` each two people, on the items that the model coded: both only
    with `MIN_COMMON` items in common. `few` counts the people who share fewer with the model. They are not pooled into
    one coder, since a kappa of a pool is that of nobody. `ceiling` is the mean coefficient between two people, weighted
    by their common items; None without such a pair, or for the reason `no_ceiling`.
    """

    dimension: str
    model: tuple[Between, ...]
    pairs: tuple[Between, ...]
    few: int
    ceiling: float | None = None
    no_ceiling: str | None = None


def compare_people(
    dimension: Dimension,
    model: Sequence[Coding],
    people: Mapping[str, Sequence[Coding]],
    *,
    seed: int = SEED,
    replicates: int = REPLICATES,
    clusters: Mapping[str, Hashable] | None = None,
) -> People:
    """Hold the model against each person and the people against each other, on the items that the model coded.

    `people` gives each person's codings by name, `clusters` the source of each version where items share one. Many
    pairs share the replicates, at least 1,000 each.
    """
    coded = [coding for coding in model if coding.dimension_id == dimension.id]
    versions = {coding.version_id for coding in coded}
    given = {
        name: [one for one in codings if one.dimension_id == dimension.id and one.version_id in versions]
        for name, codings in people.items()
    }
    given = {name: codings for name, codings in given.items() if codings}

    def between(first: str, one: Sequence[Coding], second: str, other: Sequence[Coding], share: int) -> Between | None:
        drawn = max(_MIN_REPLICATES, replicates // max(share, 1))
        found = evaluate_dimension(dimension, one, other, seed=seed, replicates=drawn, clusters=clusters)
        return Between(first, second, found) if found.n >= MIN_COMMON else None

    against = [between(name, codings, "model", coded, 1) for name, codings in given.items() if _enough(codings, coded)]
    steady = [name for name, codings in given.items() if len(codings) >= MIN_COMMON]  # workers in turn can be many
    couples = [(one, two) for one, two in combinations(steady, 2) if _enough(given[one], given[two])]
    pairs = [between(one, given[one], two, given[two], len(couples)) for one, two in couples]
    kept, held = (tuple(one for one in found if one is not None) for found in (against, pairs))
    return People(dimension.id, kept, held, len(given) - len(kept), _mean(held))


def _mean(pairs: Sequence[Between]) -> float | None:
    known = [(pair.agreement.value, pair.agreement.n) for pair in pairs if pair.agreement.value is not None]
    return sum(value * n for value, n in known) / sum(n for _, n in known) if known else None


def _enough(one: Sequence[Coding], other: Sequence[Coding]) -> bool:
    return len({coding.version_id for coding in one} & {coding.version_id for coding in other}) >= MIN_COMMON
