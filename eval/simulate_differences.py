"""Do the interval and the test of two runs' difference hold? `python -m eval.simulate_differences`.

Each of two coders knows the answer of a share of the items and guesses the others by the shares of the categories, so
that their kappas are these shares exactly. Half of the items are hard or easy for both alike, which makes the two
kappas go together: the difference varies less than two kappas of different items would.

The paired interval should hold. Taking the two kappas for independent should give intervals that are too long. Where
both kappas are the same, the test should reject in 5 % of the samples.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import click
import numpy as np

from coder.agreement.coefficients import cohen_kappa
from coder.agreement.intervals import Bootstrap, Interval, wald_interval
from coder.agreement.paired import PairedDifference, Triples, paired_kappas, triples
from eval.simulate_clusters import NOMINAL, against_nominal, categories

RESULT = Path(__file__).parent / "results" / "simulate-differences.json"
METHODS = ("paired_bca", "paired_wald", "as_if_independent")
SHARED = 0.5
"""The share of items that are as hard for both coders."""
MARGINS = {
    "half and half": (0.5, 0.5),
    "four, skewed (.85 .09 .04 .02)": (0.85, 0.09, 0.04, 0.02),
    "five, balanced": (0.2,) * 5,
}


@dataclass(frozen=True)
class World:
    """Two coders of these kappas against the same reference."""

    name: str
    margins: tuple[float, ...]
    first: float
    second: float
    n: int


WORLDS = tuple(
    World(name, margins, first, second, n)
    for (name, margins), (first, second), n in product(MARGINS.items(), ((0.7, 0.7), (0.8, 0.6)), (50, 100, 200))
)


@dataclass(frozen=True)
class Coverage:
    """One world and method: how often intervals hold the difference, and their mean width.

    `rejected` is how often a test at .05 rejects that there is none; for the paired Wald interval that of the program.
    """

    world: World
    method: str
    given: int
    coverage: float | None
    mcse: float | None
    width: float | None
    rejected: float | None

    @property
    def verdict(self) -> str:
        """See `against_nominal`."""
        return against_nominal(self.coverage, self.mcse)


def simulate(world: World, samples: int, replicates: int, seed: int) -> list[Coverage]:
    """Coverage of every method over the same samples; those that carry no interval are left out of all."""
    random = np.random.default_rng([seed, *map(ord, repr(world))])
    found: dict[str, list[Interval]] = {method: [] for method in METHODS}
    for _ in range(samples):
        items = draw(world, random)
        paired = paired_kappas(items, bootstrap=Bootstrap(int(random.integers(2**32)), replicates))
        if paired.low is not None:
            for method, interval in intervals(items, paired).items():
                found[method].append(interval)
    return [_coverage(world, method, found[method]) for method in METHODS]


def draw(world: World, random: np.random.Generator) -> Triples:
    """What reference and coders say of fresh items."""
    shares = np.tile(np.array(world.margins), (world.n, 1))
    reference, *guessed = (categories(shares, random) for _ in range(3))
    hard = random.random((world.n, 2))
    hard[:, 1] = np.where(random.random(world.n) < SHARED, hard[:, 0], hard[:, 1])
    first, second = (
        np.where(hard[:, place] < kappa, reference, guessed[place])
        for place, kappa in enumerate((world.first, world.second))
    )
    return triples(reference, first, second, len(world.margins))


def intervals(items: Triples, paired: PairedDifference) -> dict[str, Interval]:
    """The interval of the difference by each method."""
    one, two = (cohen_kappa(table).se or 0.0 for table in items.tables())
    return {
        "paired_bca": Interval(paired.low, paired.high),
        "paired_wald": wald_interval(paired.difference or 0.0, paired.se or 0.0),
        "as_if_independent": wald_interval(paired.difference or 0.0, math.hypot(one, two)),
    }


def _coverage(world: World, method: str, found: Sequence[Interval]) -> Coverage:
    ends = np.array([(one.low, one.high) for one in found if one.low is not None], dtype=np.float64).reshape(-1, 2)
    if not len(ends):
        return Coverage(world, method, 0, None, None, None, None)
    truth = world.first - world.second
    held = (ends[:, 0] <= truth) & (truth <= ends[:, 1])
    mcse = float(np.sqrt(NOMINAL * (1 - NOMINAL) / len(ends)))
    rejected = float(((ends[:, 0] > 0) | (ends[:, 1] < 0)).mean())
    width = float((ends[:, 1] - ends[:, 0]).mean())
    return Coverage(world, method, len(ends), float(held.mean()), mcse, width, rejected)


@click.command(help="Coverage of the paired difference of two kappas; the result goes to eval/results.")
@click.option("--samples", type=click.IntRange(min=10), default=600, show_default=True, help="Drawn in each world.")
@click.option("--replicates", type=click.IntRange(min=100), default=500, show_default=True, help="Of each bootstrap.")
@click.option("--seed", type=int, default=20210215, show_default=True)
@click.option("--keep/--no-keep", default=True, help="Write the result file.")
def main(samples: int, replicates: int, seed: int, keep: bool) -> None:
    """Run every world."""
    rows = [row for world in WORLDS for row in simulate(world, samples, replicates, seed)]
    click.echo(f"{'categories':32}{'kappas':>9}{'n':>5}{'given':>7}" + "".join(f"{name:>26}" for name in METHODS))
    for world in WORLDS:
        mine = [row for row in rows if row.world == world]
        cells = "".join(f"{_shown(row):>26}" for row in mine)
        kappas = f"{world.first:g} {world.second:g}"
        click.echo(f"{world.name:32}{kappas:>9}{world.n:>5}{mine[0].given:>7}{cells}")
    click.echo("coverage (mean width; rejected); * below .95 by more than two Monte Carlo standard errors, + above")
    if keep:
        kept = {"nominal": NOMINAL, "samples": samples, "replicates": replicates, "seed": seed, "shared": SHARED}
        found = [asdict(row) | {"verdict": row.verdict} for row in rows]
        RESULT.write_text(json.dumps(kept | {"coverage": found}, indent=1) + "\n", encoding="utf-8")


def _shown(row: Coverage) -> str:
    if row.coverage is None:
        return "–"
    mark = {"under": "*", "over": "+"}.get(row.verdict, " ")
    return f"{row.coverage:.3f}{mark}({row.width:.2f}; {row.rejected:.3f})"


if __name__ == "__main__":
    main()
