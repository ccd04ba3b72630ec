"""How often intervals of kappa hold the truth, where it is known: `python -m eval.simulate_agreement`.

Tables are drawn from a distribution with given margins and kappa. For each way to an interval the table shows its
coverage with the Monte Carlo standard error, over the tables that the program gives an interval for, and the share of
tables that it withholds one from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np

from coder.agreement.coefficients import Weighting, agreement_weights, cohen_kappa, kappa_statistic
from coder.agreement.intervals import Bootstrap, Interval, bootstrap_interval, fisher_z_interval, wald_interval
from coder.agreement.kappa import no_interval
from coder.agreement.tables import FloatArray, Table

RESULT = Path(__file__).parent / "results" / "simulate-agreement.json"
NOMINAL = 0.95
METHODS = ("bca", "percentile", "wald", "fisher_z")


@dataclass(frozen=True)
class World:
    """Equal margins of both coders, and the kappa between them: p_kl = (1 - kappa) m_k m_l + kappa m_k [k = l]."""

    name: str
    margins: tuple[float, ...]
    kappa: float
    weighting: Weighting = "unweighted"

    @property
    def shares(self) -> FloatArray:
        """The distribution of items over the cells, shape (q, q)."""
        margin = np.array(self.margins)
        return np.asarray((1 - self.kappa) * np.outer(margin, margin) + self.kappa * np.diag(margin), dtype=np.float64)


WORLDS = (
    World("two categories, half and half", (0.5, 0.5), 0.7),
    World("two categories, 20 %", (0.2, 0.8), 0.7),
    World("two categories, 5 %", (0.05, 0.95), 0.7),
    World("four skewed (.85 .09 .04 .02)", (0.85, 0.09, 0.04, 0.02), 0.7),
    World("five balanced", (0.2,) * 5, 0.7),
    World("five balanced, poor", (0.2,) * 5, 0.2),
    World("five balanced, excellent", (0.2,) * 5, 0.9),
    World("five ordered, linear weights", (0.1, 0.2, 0.4, 0.2, 0.1), 0.6, "linear"),
)


@dataclass(frozen=True)
class Coverage:
    """One world, size and method; `given` counts the tables with an interval, `below` and `above` the misses."""

    world: str
    n: int
    method: str
    given: int
    withheld: float
    coverage: float | None
    mcse: float | None
    below: float | None
    above: float | None

    @property
    def nominal(self) -> bool:
        """Whether coverage is nominal as far as the replicates can tell: within two standard errors."""
        return self.coverage is not None and abs(self.coverage - NOMINAL) <= 2 * (self.mcse or 0.0)


def simulate(world: World, n: int, tables: int, replicates: int, seed: int) -> list[Coverage]:
    """Coverage of every method over the same tables. The weighted truth is that of the distribution itself."""
    random = np.random.default_rng(seed)
    size = len(world.margins)
    weights = agreement_weights(world.weighting, size)
    truth = _kappa(world.shares, weights)
    found: dict[str, list[Interval]] = {method: [] for method in METHODS}
    withheld = 0
    for drawn in random.multinomial(n, world.shares.ravel(), size=tables):
        table = Table(drawn.reshape(size, size), size)
        if no_interval(table):
            withheld += 1
            continue
        for method, interval in _intervals(table, weights, Bootstrap(int(random.integers(2**32)), replicates)).items():
            found[method].append(interval)
    return [_coverage(world.name, n, method, found[method], withheld / tables, truth) for method in METHODS]


def _kappa(shares: FloatArray, weights: FloatArray) -> float:
    expected = float(shares.sum(axis=1) @ weights @ shares.sum(axis=0))
    return (float((weights * shares).sum()) - expected) / (1 - expected)


def _intervals(table: Table, weights: FloatArray, bootstrap: Bootstrap) -> dict[str, Interval]:
    counts, statistic = kappa_statistic(table, weights)
    kappa = cohen_kappa(table, weights)
    if kappa.value is None or kappa.se is None:
        raise ValueError("a table that may carry an interval has a kappa")
    return {
        "bca": bootstrap_interval(counts, statistic, bootstrap),
        "percentile": bootstrap_interval(counts, statistic, bootstrap, method="percentile"),
        "wald": wald_interval(kappa.value, kappa.se),
        "fisher_z": fisher_z_interval(kappa.value, kappa.se),
    }


def _coverage(
    world: str, n: int, method: str, intervals: Iterable[Interval], withheld: float, truth: float
) -> Coverage:
    ends = [(one.low, one.high) for one in intervals if one.low is not None and one.high is not None]
    if not ends:
        return Coverage(world, n, method, 0, withheld, None, None, None, None)
    below, above = (float(np.mean(miss)) for miss in zip(*((h < truth, low > truth) for low, h in ends), strict=True))
    held = 1 - below - above
    mcse = float(np.sqrt(NOMINAL * (1 - NOMINAL) / len(ends)))
    return Coverage(world, n, method, len(ends), withheld, held, mcse, below, above)


@click.command(help="Coverage of intervals of kappa on tables whose truth is known; the result goes to eval/results.")
@click.option("--tables", type=click.IntRange(min=10), default=1000, show_default=True, help="Drawn per world and n.")
@click.option("--replicates", type=click.IntRange(min=100), default=1000, show_default=True, help="Of each bootstrap.")
@click.option("--seed", type=int, default=20210215, show_default=True)
@click.option("--keep/--no-keep", default=True, help="Write the result file.")
def main(tables: int, replicates: int, seed: int, keep: bool) -> None:
    """Run every world at 50, 100 and 200 items."""
    rows = [row for world in WORLDS for n in (50, 100, 200) for row in simulate(world, n, tables, replicates, seed)]
    click.echo(f"{'world':34}{'n':>4}{'withheld':>10}" + "".join(f"{method:>12}" for method in METHODS))
    for start in range(0, len(rows), len(METHODS)):
        four = rows[start : start + len(METHODS)]
        cells = "".join(f"{_shown(row):>12}" for row in four)
        click.echo(f"{four[0].world:34}{four[0].n:>4}{four[0].withheld:>10.0%}{cells}")
    click.echo("* further than two Monte Carlo standard errors from .95")
    if keep:
        record = {
            "nominal": NOMINAL,
            "tables": tables,
            "replicates": replicates,
            "seed": seed,
            "worlds": [asdict(world) for world in WORLDS],
            "coverage": [asdict(row) | {"nominal": row.nominal} for row in rows],
        }
        RESULT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _shown(row: Coverage) -> str:
    return "–" if row.coverage is None else f"{row.coverage:.3f}{' ' if row.nominal else '*'}"


if __name__ == "__main__":
    main()
