"""How often intervals for shares hold the truth, where the truth is known: `python -m eval.simulate_shares`.

Documents are drawn from a known distribution over three categories (common, middle, rare), coded by a model whose
errors are known, and a sample of them is coded by hand without error. Each interval is held against the share it is
meant for: the superpopulation one against the distribution, the finite-population one against the shares of the N
documents. Coverage comes with its Monte Carlo standard error.

What to expect. Naive intervals miss the share wherever the model's errors do not cancel, the more surely the more
documents there are. Corrected ones hold in large samples. They hold too much (+) where they were widened because the
hand codes hardly differ, and where the superpopulation variance takes a sample of fixed size and fixed strata for
independent draws. They stay a little below (*) where the normal distribution is a poor one: a category of 5% in some
hundred hand codes (the plain interval of a rare share; Brown, Cai & DasGupta 2001). Among so many cells a few more
fall below by chance.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Literal

import click
import numpy as np

from coder.agreement.tables import FloatArray, IntArray
from coder.inference.bounds import LEVEL, Bounds, Spread
from coder.inference.sampling import Sample, allocate, draw_simple, draw_stratified
from coder.inference.shares import METHODS, Method, Share, ShareReport, estimate_shares

CATEGORIES = ("common", "middle", "rare")
SHARES = (0.60, 0.35, 0.05)
ERRORS: dict[str, tuple[tuple[float, ...], ...]] = {
    "biased": ((0.90, 0.10, 0.00), (0.25, 0.75, 0.00), (0.30, 0.20, 0.50)),
    "good": ((0.97, 0.03, 0.00), (0.03, 0.96, 0.01), (0.04, 0.06, 0.90)),
}
"""For each coder, the distribution of the model's code (column) given the true one (row)."""
RESULT = Path(__file__).parent / "results" / "simulate-shares.json"

Scheme = Literal["simple", "stratified"]
Target = Literal["superpopulation", "finite"]
TARGETS: tuple[Target, ...] = ("superpopulation", "finite")


@dataclass(frozen=True)
class Setting:
    """How many documents there are and are coded by hand, how these are drawn, and how the model errs."""

    population: int
    n: int
    scheme: Scheme
    coder: str


@dataclass(frozen=True)
class Coverage:
    """One method's intervals for one category: how often they hold the truth, over `replicates`.

    `coverage` is of the intervals as given, which are widened where hand codes hardly differ (`widened` is how often);
    `plain` is of value +- factor * se. `mcse` is the Monte Carlo standard error at nominal, `bias` the mean error of
    the estimates. `verdict`: under (more than two such errors below nominal), over (more than two above), or holds.
    """

    setting: Setting
    method: Method
    category: str
    target: Target
    bias: float
    coverage: float
    plain: float
    widened: float
    mcse: float
    half_width: float
    verdict: str


def settings() -> Iterator[Setting]:
    """What is simulated: every combination with the biased model, and the good one among 2000 documents."""
    schemes: tuple[Scheme, ...] = ("simple", "stratified")
    for coder, population, n, scheme in product(ERRORS, (500, 2000), (50, 100, 200), schemes):
        if coder == "biased" or population == 2000:
            yield Setting(population, n, scheme, coder)


def simulate(setting: Setting, replicates: int, seed: int) -> list[Coverage]:
    """The coverage of every method, category and target in one setting."""
    random = np.random.default_rng([seed, *map(ord, repr(setting))])
    outcomes = [_replicate(setting, random) for _ in range(replicates)]
    return [
        _coverage(setting, method, place, target, outcomes)
        for method in METHODS
        if getattr(outcomes[0][0], method).shares
        for place in range(len(CATEGORIES))
        for target in TARGETS[: 1 if method == "naive" else 2]
    ]


def _replicate(setting: Setting, random: np.random.Generator) -> tuple[ShareReport, FloatArray]:
    truth = random.choice(len(SHARES), size=setting.population, p=SHARES)
    limits = np.cumsum(np.array(ERRORS[setting.coder]), axis=1)[truth]
    predicted = np.asarray((random.random(setting.population)[:, None] >= limits[:, :-1]).sum(axis=1), dtype=np.int64)
    report = estimate_shares(truth, predicted, CATEGORIES, _draw(setting, predicted, random))
    return report, np.bincount(truth, minlength=len(SHARES)) / setting.population


def _draw(setting: Setting, predicted: IntArray, random: np.random.Generator) -> Sample:
    seed = int(random.integers(2**32))
    if setting.scheme == "simple":
        return draw_simple(setting.population, setting.n, seed=seed)
    strata = np.array(CATEGORIES)[predicted]
    return draw_stratified(strata, allocate(strata, setting.n, "equal"), seed=seed)


def _coverage(
    setting: Setting,
    method: Method,
    place: int,
    target: Target,
    outcomes: list[tuple[ShareReport, FloatArray]],
) -> Coverage:
    shares: list[Share] = [getattr(report, method).shares[place] for report, _ in outcomes]
    truths = np.array([SHARES[place] if target == "superpopulation" else true[place] for _, true in outcomes])
    found: list[Bounds] = [getattr(share, target) for share in shares]
    values = np.array([share.value for share in shares], dtype=np.float64)
    factor = np.array([Spread(report.df, LEVEL).factor for report, _ in outcomes])
    plain = factor * np.array([one.se for one in found], dtype=np.float64)
    margin = np.array([one.high for one in found], dtype=np.float64) - values
    distance = np.abs(values - truths) - 1e-12
    coverage, mcse = float((distance <= margin).mean()), math.sqrt(LEVEL * (1 - LEVEL) / len(outcomes))
    return Coverage(
        setting,
        method,
        CATEGORIES[place],
        target,
        bias=float((values - truths).mean()),
        coverage=coverage,
        plain=float((distance <= plain).mean()),
        widened=float(np.mean([one.widened for one in found])),
        mcse=mcse,
        half_width=float(margin.mean()),
        verdict="under" if coverage < LEVEL - 2 * mcse else "over" if coverage > LEVEL + 2 * mcse else "holds",
    )


def table(found: list[Coverage], target: Target) -> str:
    """Coverage of the intervals as given and, where they differ, of the plain ones; a line a setting and category."""
    lines = [f"target: {target}; coverage, in brackets without widening; * below nominal, + above, by over 2 MC errors"]
    lines.append(f"{'coder':7}{'N':>5}{'n':>5} {'scheme':11}{'category':9}" + "".join(f"{m:>15}" for m in METHODS))
    by_key = {(one.setting, one.category, one.target, one.method): one for one in found}
    for setting, category in dict.fromkeys((one.setting, one.category) for one in found):
        start = f"{setting.coder:7}{setting.population:5}{setting.n:5} {setting.scheme:11}{category:9}"
        cells = [_cell(by_key.get((setting, category, target, method))) for method in METHODS]
        lines.append(start + "".join(f"{cell:>15}" for cell in cells))
    return "\n".join(lines)


def _cell(one: Coverage | None) -> str:
    if one is None:
        return "-"
    mark = {"under": "*", "over": "+"}.get(one.verdict, " ")
    return f"{one.coverage:.3f}{mark}" + (f"({one.plain:.3f})" if one.widened else " " * 7)


@click.command()
@click.option("--replicates", default=700, show_default=True, type=click.IntRange(min=50))
@click.option("--seed", default=20210215, show_default=True)
@click.option("--out", default=RESULT, show_default=False, type=click.Path(path_type=Path, dir_okay=False))
def main(replicates: int, seed: int, out: Path) -> None:
    """Simulate every setting, print the coverage, and write all figures to results/simulate-shares.json."""
    found = [one for setting in settings() for one in simulate(setting, replicates, seed)]
    for target in TARGETS:
        click.echo(table(found, target) + "\n")
    click.echo(f"{replicates} replicates; Monte Carlo standard error {math.sqrt(LEVEL * (1 - LEVEL) / replicates):.4f}")
    kept = {
        "replicates": replicates,
        "seed": seed,
        "level": LEVEL,
        "shares": dict(zip(CATEGORIES, SHARES, strict=True)),
    }
    rows = [_rounded(one) for one in found]
    out.write_text(json.dumps({**kept, "errors": ERRORS, "coverage": rows}, indent=1) + "\n", encoding="utf-8")


def _rounded(one: Coverage) -> dict[str, object]:
    row = asdict(replace(one)) | asdict(one.setting)
    del row["setting"]
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in row.items()}


if __name__ == "__main__":
    main()
