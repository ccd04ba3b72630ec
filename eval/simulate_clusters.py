"""Does resampling whole sources hold where documents share them? `python -m eval.simulate_clusters`.

Documents come from C sources of unequal size. In each source the coder knows the answer of a share of the documents,
and guesses that of the others by the overall shares of the categories. The share differs from source to source (a
beta distribution of mean kappa), and so do the categories (a Dirichlet distribution around the overall shares m), both
with the same correlation of two documents of one source. The truth is then simple: over all sources, documents fall
on the table (1 - kappa) m m' + kappa diag(m), whose kappa is the mean share known.

Intervals that take documents for independent should hold without correlation and be too short with it, the more so
the larger it is. Intervals from whole sources should hold from some number of sources on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import click
import numpy as np

from coder.agreement.clusters import MIN_CLUSTERS, cluster_robust_se, cluster_rows
from coder.agreement.coefficients import cohen_kappa, kappa_influence, kappa_statistic
from coder.agreement.intervals import Bootstrap, Interval, bootstrap_interval, too_few, wald_interval
from coder.agreement.tables import FloatArray, IntArray, Table, contingency_table

RESULT = Path(__file__).parent / "results" / "simulate-clusters.json"
NOMINAL = 0.95
METHODS = ("documents_bca", "sources_bca", "sources_percentile", "sources_analytic")
SIZES = (1, 2, 3, 4, 6, 8)
"""Documents of a source, each as likely: a mean of 4."""


@dataclass(frozen=True)
class World:
    """`sources` sources; two documents of one source are correlated by `correlation`."""

    name: str
    margins: tuple[float, ...]
    kappa: float
    sources: int
    correlation: float


MARGINS = {"half and half": (0.5, 0.5), "three, skewed (.6 .3 .1)": (0.6, 0.3, 0.1)}
WORLDS = tuple(
    World(name, margins, 0.7, sources, correlation)
    for (name, margins), sources, correlation in product(MARGINS.items(), (MIN_CLUSTERS, 40, 100), (0.0, 0.1, 0.3))
)


def against_nominal(coverage: float | None, mcse: float | None) -> str:
    """Coverage held against nominal, two Monte Carlo standard errors granted: holds, under, over or none."""
    if coverage is None or mcse is None:
        return "none"
    off = (coverage - NOMINAL) / mcse
    return "under" if off < -2 else "over" if off > 2 else "holds"


@dataclass(frozen=True)
class Coverage:
    """One world and method: how often the interval holds the truth, lies below it and above it, and its mean width."""

    world: World
    method: str
    given: int
    coverage: float | None
    mcse: float | None
    below: float | None
    above: float | None
    width: float | None

    @property
    def verdict(self) -> str:
        """See `against_nominal`."""
        return against_nominal(self.coverage, self.mcse)


def simulate(world: World, tables: int, replicates: int, seed: int) -> list[Coverage]:
    """Coverage of every method over the same draws of sources."""
    random = np.random.default_rng([seed, *map(ord, repr(world))])
    found: dict[str, list[Interval]] = {method: [] for method in METHODS}
    for _ in range(tables):
        table = draw(world, random)
        drawn = Bootstrap(int(random.integers(2**32)), replicates)
        if too_few(table.reference, table.coder, table.n) is None:
            for method, interval in intervals(table, drawn).items():
                found[method].append(interval)
    return [_coverage(world, method, found[method]) for method in METHODS]


def draw(world: World, random: np.random.Generator) -> Table:
    """The table of all documents of freshly drawn sources, with its clusters."""
    sizes = random.choice(SIZES, world.sources)
    source = np.repeat(np.arange(world.sources), sizes)
    margins = np.array(world.margins)
    knows, shares = _sources(world, margins, random)
    reference = categories(shares[source], random)
    guessed = categories(np.tile(margins, (len(source), 1)), random)
    coder = np.where(random.random(len(source)) < knows[source], reference, guessed)
    one, size = np.ones(len(source), dtype=np.int64), len(margins)
    rows = cluster_rows(source.tolist(), np.arange(len(source)), one, len(source))
    return contingency_table(reference, coder, size, clusters=rows)


def _sources(world: World, margins: FloatArray, random: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Each source's share of documents that the coder knows, and its shares of the categories."""
    if not world.correlation:
        return np.full(world.sources, world.kappa), np.tile(margins, (world.sources, 1))
    spread = 1 / world.correlation - 1
    knows = random.beta(spread * world.kappa, spread * (1 - world.kappa), world.sources)
    return knows, random.dirichlet(spread * margins, world.sources)


def categories(shares: FloatArray, random: np.random.Generator) -> IntArray:
    """One category a row, drawn by the row's shares, shape (documents, categories)."""
    limits = np.cumsum(shares, axis=1)[:, :-1]
    return np.asarray((random.random(len(shares))[:, None] >= limits).sum(axis=1), dtype=np.int64)


def intervals(table: Table, drawn: Bootstrap) -> dict[str, Interval]:
    """The interval of kappa by each method."""
    counts, statistic = kappa_statistic(table, np.eye(table.scale))
    value, clusters = cohen_kappa(table).value, table.clusters
    if value is None or clusters is None:
        raise ValueError("a table that may carry an interval has a kappa")
    cells = clusters.among(np.flatnonzero(table.counts))
    se = cluster_robust_se(kappa_influence(table).ravel(), clusters)
    return {
        "documents_bca": bootstrap_interval(counts, statistic, drawn),
        "sources_bca": bootstrap_interval(counts, statistic, drawn, clusters=cells),
        "sources_percentile": bootstrap_interval(counts, statistic, drawn, method="percentile", clusters=cells),
        "sources_analytic": wald_interval(value, se, df=clusters.n - 1),
    }


def _coverage(world: World, method: str, found: Sequence[Interval]) -> Coverage:
    ends = np.array([(one.low, one.high) for one in found if one.low is not None], dtype=np.float64).reshape(-1, 2)
    if not len(ends):
        return Coverage(world, method, 0, None, None, None, None, None)
    below, above = float((ends[:, 1] < world.kappa).mean()), float((ends[:, 0] > world.kappa).mean())
    mcse = float(np.sqrt(NOMINAL * (1 - NOMINAL) / len(ends)))
    width = float((ends[:, 1] - ends[:, 0]).mean())
    return Coverage(world, method, len(ends), 1 - below - above, mcse, below, above, width)


@click.command(help="Coverage of kappa's intervals where documents share sources; the result goes to eval/results.")
@click.option("--tables", type=click.IntRange(min=10), default=600, show_default=True, help="Drawn in each world.")
@click.option("--replicates", type=click.IntRange(min=100), default=500, show_default=True, help="Of each bootstrap.")
@click.option("--seed", type=int, default=20210215, show_default=True)
@click.option("--keep/--no-keep", default=True, help="Write the result file.")
def main(tables: int, replicates: int, seed: int, keep: bool) -> None:
    """Run every world."""
    rows = [row for world in WORLDS for row in simulate(world, tables, replicates, seed)]
    click.echo(f"{'categories':26}{'sources':>8}{'correlation':>12}" + "".join(f"{name:>20}" for name in METHODS))
    for world in WORLDS:
        cells = "".join(f"{_shown(row):>20}" for row in rows if row.world == world)
        click.echo(f"{world.name:26}{world.sources:>8}{world.correlation:>12g}{cells}")
    click.echo("* below .95 by more than two Monte Carlo standard errors, + above")
    if keep:
        kept = {"nominal": NOMINAL, "tables": tables, "replicates": replicates, "seed": seed, "sizes": SIZES}
        found = [asdict(row) | {"verdict": row.verdict} for row in rows]
        RESULT.write_text(json.dumps(kept | {"coverage": found}, indent=1) + "\n", encoding="utf-8")


def _shown(row: Coverage) -> str:
    mark = {"under": "*", "over": "+"}.get(row.verdict, " ")
    return "–" if row.coverage is None else f"{row.coverage:.3f}{mark}"


if __name__ == "__main__":
    main()
