"""Audit of agreements: what the codes are worth after adjudication, from a random sample of codes nobody disputed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from coder.agreement.coefficients import cohen_kappa
from coder.agreement.intervals import LEVEL
from coder.agreement.tables import FloatArray, IntArray, contingency_table
from coder.inference.audit_estimates import AuditedTable, Drawn, Estimate
from coder.inference.sampling import BoolArray, draw_simple
from coder.model import Inclusion

NOT_SETTLED = -1
"""In `settled`: not coded a second time."""

SELECTED = (
    "not estimable: selected items; only codes that were disputed or flagged were coded a second time, and {rest} "
    "undisputed ones had no chance: draw a random audit of them"
)


@dataclass(frozen=True)
class Audit:
    """One dimension's codes by a coder and a reference, before and after a second coder settled them.

    Of `n` items `agreements` had the same code from both, `disagreements` had not; `audited` agreements were coded a
    second time, and `errors` of these settled otherwise. `agreement` is the share on which the two agreed before: a
    count, without sampling error. `undisputed` is the share right among the agreements; `coder` and `reference` are
    the shares of all items to which each gave the settled code (accuracy before adjudication), `resolved` the share
    right of what stands after it, the errors found by the audit mended. `kappa_before` is coder against reference,
    `kappa` coder against settled code. All speak of these items; limits come from the audit's randomness alone.
    """

    n: int
    agreements: int
    disagreements: int
    audited: int
    errors: int
    agreement: float | None
    undisputed: Estimate
    coder: Estimate
    reference: Estimate
    resolved: Estimate
    kappa_before: float | None
    kappa: Estimate


def draw_audit(
    document_ids: Sequence[str], *, sample: str, dimension_id: str, seed: int, rate: float = 0.1, at_least: int = 1
) -> tuple[Inclusion, ...]:
    """A simple random sample of accepted or undisputed documents for a person, with its probabilities to store.

    It draws ceil(`rate` x documents), or `at_least` where that is more and there are as many; each document has
    probability drawn / documents. The same seed draws the same documents whatever their order, and others for each
    dimension. ValueError where the rate is not above 0 and at most 1, or a document comes twice.
    """
    if not 0 < rate <= 1:
        raise ValueError(f"an audit rate lies above 0 and is at most 1, not {rate}")
    ordered = sorted(set(document_ids))
    if len(ordered) < len(document_ids):
        raise ValueError("a document comes twice; an audit is of one dimension")
    if not ordered:
        return ()
    size = min(len(ordered), max(ceil(rate * len(ordered) - 1e-9), at_least))
    digest = hashlib.sha256(f"{seed}\0{sample}\0{dimension_id}".encode()).digest()
    drawn = draw_simple(len(ordered), size, seed=int.from_bytes(digest[:8]))
    return tuple(
        Inclusion(sample=sample, document_id=ordered[place], dimension_id=dimension_id, probability=size / len(ordered))
        for place in np.flatnonzero(drawn.drawn)
    )


def audit(
    coder: IntArray,
    reference: IntArray,
    settled: IntArray,
    probability: FloatArray,
    scale: int,
    *,
    never_agree: int = 0,
    level: float = LEVEL,
) -> Audit:
    """Accuracy and kappa after adjudication, from second codings of all disagreements and a sample of agreements.

    `coder`, `reference` and `settled` are category positions, shape (n,): 0 to `scale` - 1 can agree, the
    `never_agree` positions after them (refused) are never right; `settled` is -1 where nobody coded a second time.
    `probability`, shape (n,), is the chance with which an agreement came to the second coder: below 1 where drawn at
    random, 1 where it was certain to come (flagged), NaN where unknown; it is read where an agreement was settled.
    Items the second coder could not decide are to be left out beforehand, and counted. For sets of labels let positions
    stand for the distinct sets: accuracy is then of whole sets, and kappa says little. Estimates are Hájek's over
    the known number of agreements, with design variance and finite-population correction. ValueError where the
    arrays do not fit.
    """
    before = contingency_table(reference, coder, scale, never_agree=never_agree)
    _check(coder, settled, probability, scale + never_agree)
    same = (coder == reference) & (coder < scale)
    found = same & (settled != NOT_SETTLED)
    wrong = found & (settled != coder)
    certain, sampled = found & (probability == 1), found & (probability < 1)
    rest = int(same.sum() - certain.sum())
    drawn = Drawn(wrong[sampled], probability[sampled], rest)
    unknown = _unknown_errors(found, probability, drawn)
    open_ = int((~same & (settled == NOT_SETTLED)).sum())
    blocked = unknown or _unsettled(open_)
    among = _wrong(drawn, int(wrong[certain].sum()), level)
    agreements, errors = int(same.sum()), int(wrong.sum())
    right = [int((~same & (codes == settled) & (codes < scale)).sum()) for codes in (coder, reference)]
    return Audit(
        n=before.n,
        agreements=agreements,
        disagreements=before.n - agreements,
        audited=int(found.sum()),
        errors=errors,
        agreement=agreements / before.n if before.n else None,
        undisputed=among.share(agreements, agreements, unknown),
        coder=among.share(agreements + right[0], before.n, blocked),
        reference=among.share(agreements + right[1], before.n, blocked),
        resolved=among.share(before.n + errors, before.n, blocked),
        kappa_before=cohen_kappa(before).value,
        kappa=Estimate(None, level=level, reason=blocked or "undefined: there are no items")
        if blocked or not before.n
        else _table(coder, settled, same, sampled, drawn, scale, never_agree).kappa(level),
    )


@dataclass(frozen=True)
class _Wrong:
    """How many agreements are wrong: estimate, limits, and standard error (None where the sample does not vary)."""

    value: float
    fewest: float
    most: float
    se: float | None
    level: float

    def share(self, right: int, n: int, reason: str | None) -> Estimate:
        """(right - wrong) / n, where `right` counts what would be right if no agreement were wrong."""
        if reason or not n:
            return Estimate(None, level=self.level, reason=reason or "undefined: there are no such items")
        value, low, high = ((right - wrong) / n for wrong in (self.value, self.most, self.fewest))
        return Estimate(value, low, high, None if self.se is None else self.se / n, self.level)


def _wrong(drawn: Drawn, certain: int, level: float) -> _Wrong:
    fewest, most = drawn.error_limits(level)
    unvaried = drawn.population and drawn.wrong.all() == drawn.wrong.any()
    se = None if unvaried else float(np.sqrt(drawn.variance(drawn.wrong.astype(np.float64))))
    return _Wrong(certain + drawn.errors, certain + fewest, certain + most, se, level)


def _table(
    coder: IntArray, settled: IntArray, same: BoolArray, sampled: BoolArray, drawn: Drawn, scale: int, never_agree: int
) -> AuditedTable:
    """The table of settled code by coder; an agreement not settled stands on the diagonal until the audit moves it."""
    truth = np.where(same & (sampled | (settled == NOT_SETTLED)), coder, settled)
    base = contingency_table(truth, coder, scale, never_agree=never_agree).counts.astype(np.float64)
    return AuditedTable(base, scale, drawn, settled[sampled], coder[sampled])


def _unknown_errors(found: BoolArray, probability: FloatArray, drawn: Drawn) -> str | None:
    """Why nothing can be said of the agreements' errors; None where something can."""
    if missing := int((found & np.isnan(probability)).sum()):
        return f"not estimable: selected items; {missing} audited codes have no inclusion probability"
    if drawn.population and not len(drawn.wrong):
        return SELECTED.format(rest=drawn.population)
    return None


def _unsettled(open_: int) -> str | None:
    return f"not estimable: {open_} disagreements are not settled yet; settle them all" if open_ else None


def _check(coder: IntArray, settled: IntArray, probability: FloatArray, size: int) -> None:
    if not len(coder) == len(settled) == len(probability):
        raise ValueError(f"{len(coder)} codes, {len(settled)} settled codes and {len(probability)} probabilities")
    if len(settled) and (settled.min() < NOT_SETTLED or settled.max() >= size):
        raise ValueError(f"settled codes are positions 0..{size - 1}, or {NOT_SETTLED} for none")
    known = probability[~np.isnan(probability)]
    if ((known <= 0) | (known > 1)).any():
        raise ValueError("inclusion probabilities lie above 0 and not above 1")
