"""Whether newly found documents are like the old ones, and when what was learned on the old may be said of the new.

Newly found documents are not a random sample of the old. A test can show that they differ, never that the model errs
on them as it did before: the margins may agree while the errors do not. So corrected estimates for a new batch need
an audit sample from that batch, whatever the tests say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtrc
from scipy.stats import ks_2samp

from coder.agreement import hypotheses
from coder.agreement.intervals import LEVEL
from coder.agreement.tables import FloatArray, IntArray
from coder.errors import InputError
from coder.inference.difference import difference
from coder.inference.evidence import MIN_CODED
from coder.inference.sampling import BoolArray, documents_to_code

MIN_EXPECTED = 5
"""Fewest documents expected in a cell for the chi-square distribution; below, the test permutes."""
PERMUTATIONS = 9_999


@dataclass(frozen=True)
class Shift:
    """The category whose share moved most, `before` to `now`, and the limits of the difference (now less before).

    Newcombe's interval at a level that Bonferroni makes hold for all categories at once, since it is the largest of
    them that is shown; documents count as independent.
    """

    category: str
    before: float
    now: float
    low: float
    high: float


@dataclass(frozen=True)
class Drift:
    """One test of whether new and old documents differ; `adjusted` is p after Holm's correction.

    `distance` is the total variation distance of the margins (0 same, 1 disjoint), or the largest distance of the
    distribution functions; of few documents it is large by chance alone. `n` are the old and the new documents that
    it compares. Without a p value, `reason` says why.
    """

    name: str
    distance: float | None
    p: float | None
    adjusted: float | None = None
    test: str = ""
    reason: str | None = None
    n: tuple[int, int] = (0, 0)
    shift: Shift | None = None


def margin_drift(
    name: str,
    old: IntArray,
    new: IntArray,
    *,
    categories: Sequence[str] = (),
    clusters: tuple[Sequence[str], Sequence[str]] | None = None,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> Drift:
    """Whether the model's codes (positions, shapes (n_old,), (n_new,)) are spread alike over the categories.

    Pearson's chi-square of homogeneity; where a cell expects fewer than 5, or `clusters` name the source of each
    document, its distribution by permuting whole clusters between the batches: p = (1 + as large or larger) /
    (1 + permutations). A cluster in both batches counts as one in each. With the positions' `categories` named, the
    share that moved most is given too, unless documents share clusters.
    """
    n = len(old), len(new)
    if not all(n):
        return Drift(name, None, None, reason="no test: a batch has no documents", n=n)
    size = int(max(old.max(), new.max())) + 1
    counts = np.array([np.bincount(old, minlength=size), np.bincount(new, minlength=size)], dtype=np.float64)
    shift = largest_shift(counts, categories) if categories and clusters is None else None
    counts = counts[:, counts.sum(axis=0) > 0]
    shares = counts / counts.sum(axis=1, keepdims=True)
    distance = float(np.abs(shares[0] - shares[1]).sum() / 2)
    if counts.shape[1] < 2:
        return Drift(name, distance, None, reason="no test: every document has the same code", n=n)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    if clusters is None and expected.min() >= MIN_EXPECTED:
        statistic = float(_chi_square(counts[:, None, :])[0])
        p = float(chdtrc(counts.shape[1] - 1, statistic))
        return Drift(name, distance, p, test="chi-square", n=n, shift=shift)
    permuted = _permuted(old, new, clusters, permutations, np.random.default_rng(seed))
    if permuted is None:
        return Drift(name, distance, None, reason="no test: a batch has fewer than 2 clusters", n=n)
    test = "permutation of clusters" if clusters else "permutation"
    return Drift(name, distance, permuted, test=test, n=n, shift=shift)


def largest_shift(counts: FloatArray, categories: Sequence[str], *, level: float = LEVEL) -> Shift | None:
    """Of counts, shape (2, categories) of old and new documents; None where fewer than two categories occur.

    Of two categories one interval says all: it is at `level`. Of k, each is at 1 - (1 - level)/k (Bonferroni).
    """
    present = np.flatnonzero(counts.sum(axis=0) > 0)
    if len(present) < 2:
        return None
    old, new = (int(total) for total in counts.sum(axis=1))
    apart = np.abs(counts[1] / new - counts[0] / old)
    place = int(present[np.argmax(apart[present])])
    compared = 1 if len(present) == 2 else len(present)
    before, now = int(counts[0, place]), int(counts[1, place])
    found = difference((now, new), (before, old), level=1 - (1 - level) / compared)
    return Shift(categories[place], before / old, now / new, found.low, found.high) if found else None


def confidence_drift(name: str, old: FloatArray, new: FloatArray) -> Drift:
    """Whether the model's confidences are distributed alike: the two-sample Kolmogorov-Smirnov test.

    With many equal confidences p is too large rather than too small. Documents count as independent; with many
    documents a source, read the distance and not p.
    """
    known = [values[np.isfinite(values)] for values in (old, new)]
    n = len(known[0]), len(known[1])
    if not all(n):
        return Drift(name, None, None, reason="no test: a batch has no confidences", n=n)
    found = ks_2samp(known[0], known[1])
    return Drift(name, float(found.statistic), float(found.pvalue), test="Kolmogorov-Smirnov", n=n)


def holm(drifts: Sequence[Drift]) -> tuple[Drift, ...]:
    """The tests with p values adjusted for their number, see `coder.agreement.hypotheses.holm`."""
    adjusted = hypotheses.holm([drift.p for drift in drifts])
    return tuple(replace(drift, adjusted=p) for drift, p in zip(drifts, adjusted, strict=True))


def require_audit(
    batch: str, in_batch: BoolArray, drawn: BoolArray, drifts: Sequence[Drift], *, alpha: float = 0.05
) -> None:
    """InputError unless the hand-coded sample reaches into a new batch, shapes (N,) over old and new documents.

    The message says how many of the batch to draw, and whether the drift tests found a difference (a missing
    difference is no evidence that the model errs alike).
    """
    size, audited = int(in_batch.sum()), int((in_batch & drawn).sum())
    needed = min(size, MIN_CODED)
    if audited >= needed:
        return
    moved = [drift.name for drift in drifts if drift.adjusted is not None and drift.adjusted <= alpha]
    found = f"and it differs in {', '.join(moved)}" if moved else "that no drift was seen proves none"
    raise InputError(
        f"no corrected estimate for {batch}: {audited} of its {size} documents were drawn for coding by hand, and what "
        f"the model got wrong on the old documents need not be what it gets wrong on new ones ({found})",
        f"draw {documents_to_code(size)} of its documents with `intercoder sample` (at least {needed}) and code them",
    )


def _chi_square(counts: FloatArray) -> FloatArray:
    """Pearson's chi-square of 2 x k tables, shape (2, tables, k), columns of zeros left out."""
    rows, columns = counts.sum(axis=2, keepdims=True), counts.sum(axis=0, keepdims=True)
    expected = rows * columns / columns.sum(axis=2, keepdims=True)
    parts = np.divide((counts - expected) ** 2, expected, out=np.zeros_like(counts), where=expected > 0)
    return np.asarray(parts.sum(axis=(0, 2)), dtype=np.float64)


def _permuted(
    old: IntArray,
    new: IntArray,
    clusters: tuple[Sequence[str], Sequence[str]] | None,
    permutations: int,
    random: np.random.Generator,
) -> float | None:
    size = int(max(old.max(), new.max())) + 1
    total = np.bincount(np.concatenate([old, new]), minlength=size)
    if clusters is None:
        drawn = random.multivariate_hypergeometric(total, len(new), size=permutations, method="marginals")
    else:
        tables = [_by_cluster(codes, ids, size) for codes, ids in zip((old, new), clusters, strict=True)]
        if min(len(table) for table in tables) < 2:
            return None
        every = np.vstack(tables)
        shuffles = (random.permutation(len(every))[: len(tables[1])] for _ in range(permutations))
        drawn = np.array([every[chosen].sum(axis=0) for chosen in shuffles])
    seen = _statistic(np.bincount(new, minlength=size)[None, :], total)[0]
    return float((1 + (_statistic(drawn, total) >= seen - 1e-9).sum()) / (1 + permutations))


def _statistic(drawn: IntArray, total: IntArray) -> FloatArray:
    return _chi_square(np.stack([total - drawn, drawn]).astype(np.float64))


def _by_cluster(codes: IntArray, ids: Sequence[str], size: int) -> IntArray:
    """Documents per cluster (row) and code (column)."""
    _, member = np.unique(np.asarray(ids, dtype=str), return_inverse=True)
    counts = np.zeros((int(member.max()) + 1, size), dtype=np.int64)
    np.add.at(counts, (member, codes), 1)
    return counts
