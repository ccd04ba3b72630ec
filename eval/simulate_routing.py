"""Whether routing and audit keep what they promise, where the truth is known: `python -m eval.simulate_routing`.

Calibration items are drawn from distributions of confidence and error that are known, so that the true agreement
above every threshold is too. Of each guarantee the table shows what is promised, what was found over the replicates
with its Monte Carlo standard error, and what a naive rule (the loosest threshold at which the calibration items seem
good enough) would have done.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import click
import numpy as np

from coder.agreement.tables import FloatArray, IntArray
from coder.inference.conformal import Against, Batch, Dependence, joint_loss_route, select
from coder.inference.routing import DELTA, THRESHOLDS, exact_p, least_accepted, tested_places
from coder.inference.sampling import BoolArray
from eval.simulate_audit import AuditCoverage, audit_table, simulate_audits

RESULT = Path(__file__).parent / "results" / "simulate-routing.json"
TARGETS, SIZES = (0.90, 0.95), (100, 200, 400)
ALPHA = 0.10
"""The false discovery rate and the joint loss that are asked for."""
BATCH = 300
QUANTILES = (np.arange(100_000) + 0.5) / 100_000


@dataclass(frozen=True, eq=False)
class World:
    """A distribution of confidence (equally likely values, shape (k,)) and the chance of an error at each."""

    name: str
    confidence: FloatArray
    error: FloatArray

    def bins(self, grid: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The share of items and the rate of errors between each threshold and the next stricter one."""
        place = np.searchsorted(-grid, -self.confidence)
        mass = np.bincount(place, minlength=len(grid)).astype(np.float64)
        wrong = np.bincount(place, self.error, minlength=len(grid))
        return mass / mass.sum(), np.divide(wrong, mass, out=np.zeros_like(wrong), where=mass > 0)


@dataclass(frozen=True)
class Kept:
    """A promise about routing: found to hold if `found` is not more than two standard errors above `promised`.

    `accepted` is the mean share of items accepted. `naive` is what the naive rule would have come to, where compared.
    """

    promise: str
    world: str
    setting: str
    n: int
    promised: float
    found: float
    mcse: float
    accepted: float
    naive: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the promise is kept as far as the replicates can tell."""
        return self.found <= self.promised + 2 * self.mcse


def worlds(target: float) -> Iterator[World]:
    """Confidences that tell right from wrong, tell nothing, mislead, and come in few values; hard for the target.

    Where nothing is told, and where the confidence misleads, agreement lies just under the target, so that accepting
    anything breaks the promise.
    """
    risk, edge = 1 - target, (1 - target) * 1.001
    spread = QUANTILES ** (1 / 4)
    yield World("informative", spread, np.clip(3 * risk * (1 - spread) ** 0.5, 0, 1))
    yield World("uninformative", spread, np.full(len(spread), edge))
    yield World("anti-informative", spread, edge * (0.6 + 0.8 * QUANTILES))
    yield World("misleading top", spread, np.where(QUANTILES > 0.7, 1.3 * edge, 0.2 * risk))
    tied = np.ceil(QUANTILES * 10)
    votes = np.select([tied > 6, tied > 4, tied > 2], [1.0, 0.8, 0.6], 0.4)
    yield World("tied, first value too poor", votes, np.select([votes == 1, votes == 0.8], [edge, 2 * risk], 0.4))
    yield World(
        "tied, second value too poor", votes, np.select([votes == 1, votes == 0.8], [risk / 2, 2.01 * risk], 0.4)
    )


def simulate_thresholds(replicates: int, random: np.random.Generator) -> list[Kept]:
    """How often the chosen threshold's true agreement is under the target."""
    grid = np.array(THRESHOLDS)
    return [
        _thresholds(world, grid, target, n, replicates, random)
        for target, n in product(TARGETS, SIZES)
        for world in worlds(target)
    ]


def _thresholds(
    world: World, grid: FloatArray, target: float, n: int, replicates: int, random: np.random.Generator
) -> Kept:
    mass, rate = world.bins(grid)
    items = random.multinomial(n, mass, size=replicates)
    errors = np.cumsum(random.binomial(items, rate), axis=1)
    accepted = np.cumsum(items, axis=1)
    share = np.cumsum(mass)
    truly = 1 - np.divide(np.cumsum(mass * rate), share, out=np.zeros_like(share), where=share > 0)
    chosen = _chosen(accepted, errors, n, target)
    seeming = (accepted > 0) & (errors <= (1 - target) * accepted)
    naive = np.where(seeming.any(axis=1), len(grid) - 1 - seeming[:, ::-1].argmax(axis=1), -1)
    broken, naively = (float(_broken(places, truly, target).mean()) for places in (chosen, naive))
    return Kept(
        promise="threshold",
        world=world.name,
        setting=f"target {target:.2f}, delta {DELTA:.2f}",
        n=n,
        promised=DELTA,
        found=broken,
        mcse=_mcse(DELTA, replicates),
        accepted=float(np.where(chosen >= 0, share[chosen], 0).mean()),
        naive=naively,
    )


def _chosen(accepted: IntArray, errors: IntArray, n: int, target: float) -> IntArray:
    """The place of the threshold that the program would choose, by replicate; -1 for none."""
    begin, stop = tested_places(exact_p(accepted, errors, target), accepted >= least_accepted(n), DELTA)
    return np.where(stop > begin, stop - 1, -1)


def _broken(places: IntArray, truly: FloatArray, target: float) -> BoolArray:
    return np.asarray((places >= 0) & (truly[places] < target - 1e-9))


def simulate_selections(replicates: int, random: np.random.Generator) -> list[Kept]:
    """The share of wrong codes among the accepted, over one dimension and over three of the same documents."""
    rules: tuple[tuple[Against, Dependence], ...] = (("all", "positive"), ("wrong", "positive"), ("all", "any"))
    return [
        _selections(world, dimensions, n, rule, replicates, random)
        for world, dimensions, n, rule in product(_selection_worlds(), (1, 3), SIZES, rules)
    ]


def _selection_worlds() -> Iterable[World]:
    yield World("informative", QUANTILES, 0.5 * (1 - QUANTILES))
    yield World("uninformative", QUANTILES, np.full(len(QUANTILES), 0.15))
    votes = np.ceil(QUANTILES * 5) / 5
    yield World("tied", votes, 0.5 * (1.1 - votes))


def _selections(
    world: World,
    dimensions: int,
    n: int,
    rule: tuple[Against, Dependence],
    replicates: int,
    random: np.random.Generator,
) -> Kept:
    false, accepted = np.zeros(replicates), np.zeros(replicates)
    for replicate in range(replicates):
        drawn = [_codes(world, n + BATCH, random, common) for common in [_common(n + BATCH, random)] * dimensions]
        batches = {str(place): Batch(s[:n], right[:n], s[n:]) for place, (s, right) in enumerate(drawn)}
        found = select(batches, alpha=ALPHA, against=rule[0], dependence=rule[1]).accepted
        stands = np.concatenate([found[name] for name in batches])
        wrong = ~np.concatenate([right[n:] for _, right in drawn])
        false[replicate] = (stands & wrong).sum() / max(stands.sum(), 1)
        accepted[replicate] = stands.mean()
    procedure = {"positive": "BH", "any": "BY"}[rule[1]]
    return Kept(
        promise="false discovery rate",
        world=world.name,
        setting=f"{dimensions} dim., against {rule[0]}, {procedure}",
        n=n,
        promised=ALPHA,
        found=float(false.mean()),
        mcse=float(false.std(ddof=1)) / math.sqrt(replicates),
        accepted=float(accepted.mean()),
    )


def _common(items: int, random: np.random.Generator) -> FloatArray:
    """What the dimensions of a document share: hard documents are hard in all, and are coded wrong in all together."""
    return random.random((2, items))


def _codes(world: World, items: int, random: np.random.Generator, common: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Confidences and whether the codes are right; half the documents take both from what dimensions share."""
    own, shared = random.random((2, items)), random.random(items) < 0.5
    place, luck = np.where(shared, common, own)
    at = np.minimum((place * len(QUANTILES)).astype(np.int64), len(QUANTILES) - 1)
    return world.confidence[at], luck >= world.error[at]


def simulate_joint_loss(replicates: int, random: np.random.Generator) -> list[Kept]:
    """The true share of all items accepted with a wrong code, in the mean over calibration sets."""
    return [_joint(world, n, replicates, random) for world, n in product(_selection_worlds(), SIZES)]


def _joint(world: World, n: int, replicates: int, random: np.random.Generator) -> Kept:
    loss, accepted = np.zeros(replicates), np.zeros(replicates)
    for replicate in range(replicates):
        confidence, right = _codes(world, n, random, _common(n, random))
        threshold = joint_loss_route(confidence, right, alpha=ALPHA).threshold
        if threshold is not None:
            stands = world.confidence >= threshold
            loss[replicate], accepted[replicate] = (stands * world.error).mean(), stands.mean()
    mcse = float(loss.std(ddof=1)) / math.sqrt(replicates)
    return Kept("joint loss", world.name, "alpha", n, ALPHA, float(loss.mean()), mcse, float(accepted.mean()))


def _mcse(share: float, replicates: int) -> float:
    return math.sqrt(share * (1 - share) / replicates)


def table(found: Iterable[Kept]) -> str:
    """One line a promise, world and setting; n across: found +- its standard error, and the share accepted."""
    rows: dict[tuple[str, str, str], list[Kept]] = {}
    for each in found:
        rows.setdefault((each.promise, each.setting, each.world), []).append(each)
    width = max(len(" | ".join(key)) for key in rows)
    lines = [f"{'promise | setting | world':{width}}  at most  " + "  ".join(f"{f'n = {n}':24}" for n in SIZES)]
    for key, cells in rows.items():
        shown = "  ".join(f"{_cell(each):24}" for each in cells)
        lines.append(f"{' | '.join(key):{width}}  {cells[0].promised:7.2f}  {shown}".rstrip())
    return "\n".join([*lines, "found (accepted share; naive rule); * more than two standard errors above the promise"])


def _cell(each: Kept) -> str:
    naive = "" if each.naive is None else f"; {each.naive:.2f}"
    return f"{each.found:.3f}{'' if each.holds else '*'} ({each.accepted:.2f}{naive})"


@click.command()
@click.option("--replicates", default=5000, show_default=True, help="Of thresholds; others get fewer.")
@click.option("--seed", default=20210215, show_default=True)
def main(replicates: int, seed: int) -> None:
    """Simulate routing and audit, print the tables and write results/simulate-routing.json."""
    parts: tuple[Callable[[int, np.random.Generator], list[Kept]], ...] = (
        simulate_thresholds,
        lambda count, random: simulate_selections(count // 10, random),
        lambda count, random: simulate_joint_loss(count // 5, random),
    )
    kept = [each for place, part in enumerate(parts) for each in part(replicates, np.random.default_rng([seed, place]))]
    audits = simulate_audits(replicates // 20, np.random.default_rng([seed, len(parts)]))
    click.echo(table(kept))
    click.echo(audit_table(audits))
    RESULT.write_text(json.dumps(_record(kept, audits, replicates, seed), indent=1) + "\n", encoding="utf-8")


def _record(kept: list[Kept], audits: list[AuditCoverage], replicates: int, seed: int) -> dict[str, object]:
    return {
        "kind": "simulation",
        "replicates": replicates,
        "seed": seed,
        "routing": [{**asdict(each), "holds": each.holds} for each in kept],
        "audit": [{**asdict(each), "holds": each.holds} for each in audits],
    }


if __name__ == "__main__":
    main()
