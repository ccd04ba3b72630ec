"""How often the limits of an audit of agreements hold the truth, over repeated audits of one population."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from coder.agreement.coefficients import cohen_kappa
from coder.agreement.intervals import LEVEL
from coder.agreement.tables import FloatArray, IntArray, contingency_table
from coder.inference.audit import Audit, audit
from coder.inference.audit_estimates import Estimate
from coder.inference.sampling import BoolArray

SCALE = 3
AGREED = 0.75
Design = Literal["simple", "each by itself", "unequal"]
DESIGNS: tuple[Design, ...] = ("simple", "each by itself", "unequal")


@dataclass(frozen=True, eq=False)
class Population:
    """Codes of coder and reference, and the truth that a second coder would settle on; positions, shape (n,)."""

    coder: IntArray
    reference: IntArray
    truth: IntArray

    @property
    def same(self) -> BoolArray:
        """Where coder and reference gave the same code."""
        return np.asarray(self.coder == self.reference)


@dataclass(frozen=True)
class AuditCoverage:
    """How often the limits of the coder's accuracy (or kappa) hold the population's, over the audits that give any."""

    quantity: str
    design: Design
    n: int
    rate: float
    errors: float
    bias: float
    given: float
    coverage: float | None
    mcse: float | None
    width: float | None

    @property
    def holds(self) -> bool:
        """Whether coverage is at most two standard errors under nominal; True where no limits were given."""
        return self.coverage is None or self.mcse is None or self.coverage >= LEVEL - 2 * self.mcse


def simulate_audits(replicates: int, random: np.random.Generator) -> list[AuditCoverage]:
    """Coverage for populations of n items, shares of wrong agreements, audit rates and designs."""
    return [
        each
        for n, errors, rate, design in product((400, 2000), (0.01, 0.05, 0.15), (0.1, 0.2), DESIGNS)
        for each in _coverages(_population(n, errors, random), design, rate, errors, replicates, random)
    ]


def _population(n: int, errors: float, random: np.random.Generator) -> Population:
    """Three categories of 60, 30 and 10%; of the agreements exactly `errors` are wrong, mostly in one direction."""
    reference = random.choice(SCALE, size=n, p=(0.6, 0.3, 0.1))
    agreed = np.arange(n) < AGREED * n
    coder = np.where(agreed, reference, (reference + random.integers(1, SCALE, n)) % SCALE)
    truth = np.where(agreed, reference, np.where(random.random(n) < 0.4, coder, reference))
    wrong = random.choice(np.flatnonzero(agreed), size=round(errors * agreed.sum()), replace=False)
    truth[wrong] = np.where(random.random(len(wrong)) < 0.8, (coder[wrong] + 1) % SCALE, (coder[wrong] + 2) % SCALE)
    return Population(coder, reference, truth)


def _coverages(
    population: Population, design: Design, rate: float, errors: float, replicates: int, random: np.random.Generator
) -> Iterable[AuditCoverage]:
    audits = [_audit(population, design, rate, random) for _ in range(replicates)]
    kappa = cohen_kappa(contingency_table(population.truth, population.coder, SCALE)).value or 0.0
    accuracy = float((population.truth == population.coder).mean())
    for quantity, found, true in (
        ("accuracy", [each.coder for each in audits], accuracy),
        ("kappa", [each.kappa for each in audits], kappa),
    ):
        yield _coverage(quantity, found, true, design, len(population.truth), rate, errors)


def _audit(population: Population, design: Design, rate: float, random: np.random.Generator) -> Audit:
    probability = _probability(population, design, rate)
    undisputed = np.flatnonzero(population.same)
    if design == "simple":
        drawn = random.choice(undisputed, size=round(rate * len(undisputed)), replace=False)
    else:
        drawn = undisputed[random.random(len(undisputed)) < probability[undisputed]]
    settled = np.where(population.same, -1, population.truth)
    settled[drawn] = population.truth[drawn]
    return audit(population.coder, population.reference, settled, probability, SCALE)


def _probability(population: Population, design: Design, rate: float) -> FloatArray:
    """Equal chances, or rarer codes with two to three times the chance of the common one."""
    if design != "unequal":
        return np.full(len(population.coder), rate)
    wanted = np.array([0.7, 1.3, 2.1])[population.coder]
    return np.asarray(wanted * rate / wanted[population.same].mean(), dtype=np.float64)


def _coverage(
    quantity: str, found: Sequence[Estimate], true: float, design: Design, n: int, rate: float, errors: float
) -> AuditCoverage:
    values = np.array([each.value for each in found if each.value is not None])
    limits = np.array([(each.low, each.high) for each in found if each.low is not None], dtype=np.float64).reshape(
        -1, 2
    )
    held = (limits[:, 0] <= true + 1e-9) & (limits[:, 1] >= true - 1e-9)
    count = len(limits)
    return AuditCoverage(
        quantity=quantity,
        design=design,
        n=n,
        rate=rate,
        errors=errors,
        bias=float((values - true).mean()),
        given=count / len(found),
        coverage=float(held.mean()) if count else None,
        mcse=math.sqrt(LEVEL * (1 - LEVEL) / count) if count else None,
        width=float((limits[:, 1] - limits[:, 0]).mean()) if count else None,
    )


def audit_table(found: Iterable[AuditCoverage]) -> str:
    """One line a population and rate; the designs across: coverage, and the share of audits that give limits."""
    rows: dict[str, list[AuditCoverage]] = {}
    for each in sorted(found, key=lambda one: one.quantity):
        key = f"{each.quantity}, {each.n} items, {each.errors:.0%} of agreements wrong, {each.rate:.0%} audited"
        rows.setdefault(key, []).append(each)
    width = max(map(len, rows))
    head = "coverage of 95% limits (their mean width)"
    lines = [f"{head:{width}}  " + "  ".join(f"{design:14}" for design in DESIGNS)]
    lines += [f"{key:{width}}  " + "  ".join(f"{_cell(each):14}" for each in cells) for key, cells in rows.items()]
    return "\n".join([*lines, "* more than two standard errors under 95%"])


def _cell(each: AuditCoverage) -> str:
    if each.coverage is None or each.width is None:
        return "none"
    return f"{each.coverage:.3f}{'' if each.holds else '*'} ({each.width:.2f})"
