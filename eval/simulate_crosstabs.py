"""Does the corrected test of independence keep its level? `python -m eval.simulate_crosstabs`.

Two dimensions are coded by a model in all documents and by hand, without error, in a random sample of them. The
model errs on the second dimension independently of the first, or with a halo: where it errs, it gives the category
that its own code on the first suggests. Where the truth is independent, a test at .05 should reject in 5 % of the
samples; where it is not, the more often the better.

Pearson's test on the model's codes takes them for true. A halo is an association to it, so it should reject
independence nearly always, the more surely the more documents there are; independent errors do it no harm.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Literal

import click
import numpy as np

from coder.agreement.tables import FloatArray, IntArray
from coder.inference.crosstabs import CrossTable, cross_dimensions
from coder.inference.sampling import draw_simple
from eval.simulate_clusters import categories

RESULT = Path(__file__).parent / "results" / "simulate-crosstabs.json"
LEVEL = 0.05
POPULATION = 2000
ERROR = 0.2
"""The share of documents in which the model's code is not by the text, on either dimension."""
Errors = Literal["independent", "halo"]
SHAPES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "2 x 2": ((0.6, 0.4), (0.5, 0.5)),
    "3 x 2": ((0.5, 0.3, 0.2), (0.6, 0.4)),
    "3 x 3": ((0.5, 0.3, 0.2), (0.4, 0.35, 0.25)),
}


@dataclass(frozen=True)
class World:
    """How the model errs, and the share of documents in which the second dimension follows from the first."""

    shape: str
    errors: Errors
    association: float
    n: int


ERRORS: tuple[Errors, ...] = ("independent", "halo")
WORLDS = tuple(World(*each) for each in product(SHAPES, ERRORS, (0.0, 0.2), (100, 200, 400)))


@dataclass(frozen=True)
class Rejected:
    """How often each test rejects independence at .05; the corrected one among the `given` samples that allow it.

    `mcse` is the Monte Carlo standard error at .05.
    """

    world: World
    given: int
    samples: int
    corrected: float | None
    naive: float
    mcse: float | None

    @property
    def verdict(self) -> str:
        """Under independence, whether the corrected test keeps its level: keeps, liberal or conservative."""
        if self.world.association or self.corrected is None or self.mcse is None:
            return ""
        off = (self.corrected - LEVEL) / self.mcse
        return "liberal" if off > 2 else "conservative" if off < -2 else "keeps"


def simulate(world: World, samples: int, seed: int) -> Rejected:
    """Draw documents, code them and test, so many times."""
    random = np.random.default_rng([seed, *map(ord, repr(world))])
    tables = [_cross(world, random) for _ in range(samples)]
    corrected = [table.wald.p < LEVEL for table in tables if table.wald.p is not None]
    naive = [table.naive.p is not None and table.naive.p < LEVEL for table in tables]
    mcse = float(np.sqrt(LEVEL * (1 - LEVEL) / len(corrected))) if corrected else None
    share = float(np.mean(corrected)) if corrected else None
    return Rejected(world, len(corrected), samples, share, float(np.mean(naive)), mcse)


def _cross(world: World, random: np.random.Generator) -> CrossTable:
    margins = SHAPES[world.shape]
    first, second = (_by(each, random) for each in margins)
    second = np.where(random.random(POPULATION) < world.association, suggested(first, margins), second)
    codes = model(world, first, second, random)
    sample = draw_simple(POPULATION, world.n, seed=int(random.integers(2**32)))
    names = tuple([str(place) for place in range(len(each))] for each in margins)
    return cross_dimensions((first, second), codes, (names[0], names[1]), sample)


def suggested(first: IntArray, margins: tuple[tuple[float, ...], tuple[float, ...]]) -> IntArray:
    """The category of the second dimension that one of the first suggests."""
    return np.asarray(np.minimum(first, len(margins[1]) - 1), dtype=np.int64)


def model(world: World, first: IntArray, second: IntArray, random: np.random.Generator) -> tuple[IntArray, IntArray]:
    """The model's codes on both dimensions."""
    margins = SHAPES[world.shape]
    wrong = random.random((2, POPULATION)) < ERROR
    one = np.where(wrong[0], _by(margins[0], random), first)
    instead = suggested(one, margins) if world.errors == "halo" else _by(margins[1], random)
    return one, np.where(wrong[1], instead, second)


def _by(shares: tuple[float, ...], random: np.random.Generator) -> IntArray:
    table: FloatArray = np.tile(np.array(shares), (POPULATION, 1))
    return categories(table, random)


@click.command(help="How often tests of independence reject; the result goes to eval/results.")
@click.option("--samples", type=click.IntRange(min=10), default=600, show_default=True, help="Drawn in each world.")
@click.option("--seed", type=int, default=20210215, show_default=True)
@click.option("--keep/--no-keep", default=True, help="Write the result file.")
def main(samples: int, seed: int, keep: bool) -> None:
    """Run every world."""
    rows = [simulate(world, samples, seed) for world in WORLDS]
    click.echo(f"{'table':8}{'errors':14}{'association':>12}{'n':>5}{'given':>7}{'corrected':>11}{'naive':>8}")
    for row in rows:
        world, share = row.world, "–" if row.corrected is None else f"{row.corrected:.3f}"
        mark = {"liberal": "*", "conservative": "-"}.get(row.verdict, " ")
        click.echo(
            f"{world.shape:8}{world.errors:14}{world.association:>12g}{world.n:>5}{row.given:>7}"
            f"{share + mark:>11}{row.naive:>8.3f}"
        )
    click.echo("* above .05 by more than two Monte Carlo standard errors under independence, - below")
    if keep:
        kept = {"level": LEVEL, "population": POPULATION, "error": ERROR, "samples": samples, "seed": seed}
        found = [asdict(row) | {"verdict": row.verdict} for row in rows]
        RESULT.write_text(json.dumps(kept | {"shapes": SHAPES, "rejected": found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
