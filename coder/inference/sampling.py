"""Probability samples of documents: drawn by a design, with the inclusion probability of every document."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coder.agreement.tables import FloatArray, IntArray
from coder.errors import InputError

BoolArray = NDArray[np.bool_]
Rule = Literal["proportional", "equal"]
Selection = Literal["sample", "queue"]

MIN_PER_STRATUM = 2
"""Fewest documents drawn from a stratum: one alone has no variance."""
MAX_MISCOUNT = 0.1
"""How far the number of documents that the probabilities imply may be from their true number, as a share."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Which of N documents were drawn for human coding, and with which probability; arrays of shape (N,).

    `probability` is of the drawn and the undrawn alike, each in (0, 1]. `stratum` and `unit` are numbers: documents
    were drawn within strata, and all documents of a unit were drawn together (a unit is one document unless whole
    clusters were drawn). ValueError where the arrays do not fit together.
    """

    drawn: BoolArray
    probability: FloatArray
    stratum: IntArray
    unit: IntArray

    def __post_init__(self) -> None:
        if {len(self.probability), len(self.stratum), len(self.unit)} != {len(self.drawn)}:
            raise ValueError("drawn, probability, stratum and unit need one value a document")
        if not ((self.probability > 0) & (self.probability <= 1)).all():
            raise ValueError("inclusion probabilities lie above 0 and not above 1")

    @property
    def population(self) -> int:
        """N: the documents that the sample stands for."""
        return len(self.drawn)

    @property
    def n(self) -> int:
        """The documents drawn."""
        return int(self.drawn.sum())

    @property
    def is_census(self) -> bool:
        """Whether every document was drawn for certain, so that nothing is left to chance."""
        return bool(self.drawn.all() and (self.probability == 1).all())

    @cached_property
    def has_clusters(self) -> bool:
        """Whether units hold more than one document."""
        return len(np.unique(self.unit)) < self.population

    @property
    def has_equal_probabilities(self) -> bool:
        """Whether every document had the same chance, up to rounding."""
        return bool(np.ptp(self.probability) < 1e-9) if self.population else True

    @property
    def df(self) -> int:
        """Degrees of freedom of a variance: drawn units less one, in one stratum.

        In several, Satterthwaite's (1946; Cochran 1977, section 5.4) with variances alike in all: with m_h drawn units
        and v_h = W_h^2 (1 - pi_h)/m_h, (sum v_h)^2 / sum v_h^2/(m_h - 1), rounded down. Strata drawn whole add nothing
        to the variance and do not count, unless all are.
        """
        chance = self.drawn & (self.probability < 1)
        chosen, left = (chance, 1 - self.probability) if chance.any() else (self.drawn, np.ones(self.population))
        parts, within = [], []
        for stratum in np.unique(self.stratum[chosen]):
            inside = self.stratum == stratum
            units = self.unit[chosen & inside]
            m = len(np.unique(units)) if self.has_clusters else len(units)
            parts.append(inside.mean() ** 2 * left[inside].mean() / m)
            within.append(parts[-1] ** 2 / (m - 1) if m > 1 else np.inf)
        return int(sum(parts) ** 2 / sum(within) + 1e-9) if parts else 0

    def without(self, unusable: BoolArray) -> Sample:
        """The sample without the drawn documents that gave no usable code, shape (N,).

        The rest of a stratum stands in for them: each probability is multiplied by the stratum's weighted share of
        usable documents (weighting-class adjustment; Särndal, Swensson & Wretman 1992, section 15.6). InputError
        where a stratum is left with none.
        """
        lost = self.drawn & unusable
        if not lost.any():
            return self
        probability = self.probability.copy()
        for stratum in np.unique(self.stratum[lost]):
            members = self.stratum == stratum
            weights = 1 / self.probability
            kept = float(weights[members & self.drawn & ~lost].sum())
            if kept == 0:
                raise InputError(
                    "a stratum of the sample has no document left with a usable code",
                    "code more of its documents, or draw a new sample with `intercoder sample`",
                )
            probability[members] *= kept / float(weights[members & self.drawn].sum())
        return replace(self, drawn=self.drawn & ~lost, probability=probability)


def draw_simple(population: int, n: int, *, seed: int) -> Sample:
    """A simple random sample of `n` of `population` documents without replacement; each has probability n/N."""
    wanted = _checked({"all": population}, {"all": n})
    return _drawn(np.zeros(population, dtype=np.int64), np.array(list(wanted.values())), seed)


def draw_stratified(strata: Sequence[str] | NDArray[np.str_], allocation: Mapping[str, int], *, seed: int) -> Sample:
    """A simple random sample within each stratum, independent of the others.

    `strata` names each document's stratum, for instance its model code, shape (N,); `allocation` says how many to
    draw from each (see `allocate`). A document of stratum h has probability n_h/N_h. InputError where a stratum has no
    allocation, or more than it has documents, or only one of several.
    """
    names, member = np.unique(np.asarray(strata, dtype=str), return_inverse=True)
    sizes = np.bincount(member, minlength=len(names))
    wanted = _checked({str(name): int(size) for name, size in zip(names, sizes, strict=True)}, allocation)
    return _drawn(member.astype(np.int64), np.array([wanted[str(name)] for name in names]), seed)


def _drawn(stratum: IntArray, wanted: IntArray, seed: int) -> Sample:
    """`wanted` documents of each stratum (numbered from 0), without replacement."""
    random = np.random.default_rng(seed)
    drawn = np.zeros(len(stratum), dtype=np.bool_)
    for number, n in enumerate(wanted):
        drawn[random.choice(np.flatnonzero(stratum == number), size=n, replace=False)] = True
    probability = (wanted / np.bincount(stratum, minlength=len(wanted)))[stratum]
    return Sample(drawn, probability, stratum, np.arange(len(stratum)))


def draw_clusters(clusters: Sequence[str], m: int, *, seed: int) -> Sample:
    """A simple random sample of `m` of M clusters, whole: all documents of a drawn cluster are drawn.

    `clusters` names each document's cluster (source, near-duplicates), shape (N,); every document has probability m/M.
    """
    names, unit = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    chosen = draw_simple(len(names), m, seed=seed)
    return Sample(
        chosen.drawn[unit], chosen.probability[unit], np.zeros(len(unit), dtype=np.int64), unit.astype(np.int64)
    )


def allocate(strata: Sequence[str] | NDArray[np.str_], n: int, rule: Rule = "proportional") -> dict[str, int]:
    """How many of `n` documents to draw from each stratum: by its size, or the same number from each.

    No stratum gets fewer than 2 (or all it has), since one drawn document has no variance; remainders go to the
    largest fractions. InputError where `n` does not reach for that or exceeds the documents.
    """
    names, sizes = np.unique(np.asarray(strata, dtype=str), return_counts=True)
    least = np.minimum(sizes, MIN_PER_STRATUM)
    if not least.sum() <= n <= sizes.sum():
        raise InputError(
            f"{n} documents cannot be drawn from {sizes.sum()} in {len(names)} strata",
            f"ask for {least.sum()} to {sizes.sum()}: at least {MIN_PER_STRATUM} a stratum",
        )
    ideal = sizes * n / sizes.sum() if rule == "proportional" else np.full(len(names), n / len(names))
    given = np.clip(np.floor(ideal), least, sizes).astype(np.int64)
    while (missing := n - int(given.sum())) != 0:
        open_ = given < sizes if missing > 0 else given > least
        gap = np.where(open_, np.sign(missing) * (ideal - given), -np.inf)
        given[int(np.argmax(gap))] += int(np.sign(missing))
    return {str(name): int(count) for name, count in zip(names, given, strict=True)}


def documents_to_code(population: int, *, half_width: float = 0.1, share: float = 0.5, z: float = 1.96) -> int:
    """How many of `population` documents a simple random sample needs for a share's interval of `half_width`.

    n = n0 / (1 + (n0 - 1)/N) with n0 = z^2 p (1 - p) / half_width^2 (Cochran 1977, section 4.4): for people's codes
    alone, so that codes corrected with a model's need no more.
    """
    n0 = z**2 * share * (1 - share) / half_width**2
    return min(population, math.ceil(n0 / (1 + (n0 - 1) / population))) if population else 0


def stored_sample(
    drawn: BoolArray,
    probability: FloatArray,
    *,
    stratum: IntArray | None = None,
    unit: IntArray | None = None,
    selection: Selection = "sample",
) -> Sample:
    """The probability sample that stored probabilities describe; InputError where they describe none.

    `probability` is NaN where none is stored. Every drawn document needs one. Undrawn documents may lack theirs (as
    when gold was imported with probabilities of its own) if the drawn ones' imply the right number of documents:
    sum 1/pi within 10% of N; otherwise some documents had no chance to be drawn, and nothing can be said of them.
    """
    reason = _refusal(drawn, probability, selection)
    if reason:
        n = documents_to_code(len(drawn))
        raise InputError(
            f"shares cannot be corrected: {reason}",
            f"draw a probability sample of all {len(drawn)} documents with `intercoder sample --n {n}` (interval of "
            "about ±0.10, or narrower), code those by hand, and use that sample",
        )
    filled = np.where(np.isnan(probability), drawn.sum() / max(len(drawn), 1), probability)
    return Sample(
        drawn.astype(np.bool_),
        filled,
        np.zeros(len(drawn), dtype=np.int64) if stratum is None else stratum,
        np.arange(len(drawn)) if unit is None else unit,
    )


def _refusal(drawn: BoolArray, probability: FloatArray, selection: Selection) -> str | None:
    known = np.isfinite(probability)
    if selection == "queue":
        return "the codes come from the queue, which holds the documents that looked wrong and not a random sample"
    if not drawn.any():
        return "no document was drawn for coding by hand"
    if missing := int((drawn & ~known).sum()):
        return f"{missing} hand-coded documents have no inclusion probability"
    if impossible := int((known & ((probability <= 0) | (probability > 1))).sum()):
        return f"{impossible} documents have an inclusion probability that is not above 0 and at most 1"
    implied = float((1 / probability[drawn]).sum())
    if not known.all() and abs(implied / len(drawn) - 1) > MAX_MISCOUNT:
        return (
            f"the stored probabilities stand for {implied:.0f} documents and there are {len(drawn)}, so some had no "
            "chance to be drawn"
        )
    return None


def _checked(sizes: Mapping[str, int], allocation: Mapping[str, int]) -> dict[str, int]:
    if unknown := sorted(set(allocation) - set(sizes)):
        raise InputError(f"no document is in the stratum {unknown[0]!r}", f"strata are: {', '.join(sizes)}")
    for name, size in sizes.items():
        n = allocation.get(name, 0)
        least = max(1, min(size, MIN_PER_STRATUM))
        if not least <= n <= size:
            of = f"the {size} of stratum {name!r}" if len(sizes) > 1 else str(size)
            raise InputError(
                f"{n} cannot be drawn from {of}",
                f"draw {least} to {size}: each stratum must have a chance, and one document alone has no variance",
            )
    return {name: allocation[name] for name in sizes}
