"""How long BCa intervals of kappa take, against loops over resampled items: `python -m eval.bench_agreement`.

Ours is timed whole: from two arrays of codes a dimension to the interval, with the table counted on the way. The loops
draw items and compute kappa anew, with scikit-learn or with the leanest NumPy there is; they are timed on a few
resamples and multiplied up, since they would run for hours, and they leave out the jackknife, which a BCa interval
from items would need besides. Every time is the best of three.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
from sklearn.metrics import cohen_kappa_score

from coder.agreement.coefficients import agreement_weights, kappa_statistic
from coder.agreement.estimates import estimate
from coder.agreement.intervals import Bootstrap, Interval, bca_interval
from coder.agreement.multilabel import set_distances, set_ratings
from coder.agreement.ratings import Ratings
from coder.agreement.tables import IntArray, Table, contingency_table

RESULT = Path(__file__).parent / "results" / "bench-agreement.json"
SIZES = (2, 3, 4, 4, 5, 5, 6, 7, 8, 10)
"""Categories of the ten dimensions."""
RIGHT = 0.85
"""How often the coder gives the reference's category for sure; else any."""
SAMPLED = 3
"""Resamples a dimension for which a loop is timed."""
LABELS = 6
Codes = tuple[int, IntArray, IntArray]
"""The number of categories, and the positions that reference and coder gave, shape (documents,) each."""


def simulate(documents: int, seed: int) -> list[Codes]:
    """Ten dimensions with uneven categories, the coder mostly right."""
    random = np.random.default_rng(seed)
    return [_dimension(size, documents, random) for size in SIZES]


def _dimension(size: int, documents: int, random: np.random.Generator) -> Codes:
    share = 1 / np.arange(1, size + 1)
    reference = random.choice(size, documents, p=share / share.sum())
    coder = np.where(random.random(documents) < RIGHT, reference, random.integers(0, size, documents))
    return size, reference, coder


def count(dimensions: list[Codes]) -> list[Table]:
    """The table of each dimension: the one step whose time grows with the documents."""
    return [contingency_table(reference, coder, size) for size, reference, coder in dimensions]


def intervals(tables: list[Table], replicates: int) -> list[Interval]:
    """The BCa interval of each dimension's kappa."""
    drawn = Bootstrap(replicates=replicates)
    return [
        bca_interval(*kappa_statistic(table, agreement_weights("unweighted", table.scale)), drawn) for table in tables
    ]


def by_scikit_learn(reference: IntArray, coder: IntArray, size: int) -> float:
    """Kappa of resampled items by scikit-learn."""
    return float(cohen_kappa_score(reference, coder, labels=range(size)))


def by_numpy(reference: IntArray, coder: IntArray, size: int) -> float:
    """Kappa of resampled items with one pass over them."""
    share = np.bincount(reference * size + coder, minlength=size * size).reshape(size, size) / len(reference)
    expected = float(share.sum(axis=1) @ share.sum(axis=0))
    return (float(np.trace(share)) - expected) / (1 - expected)


def loop_seconds(dimensions: list[Codes], kappa: Callable[[IntArray, IntArray, int], float]) -> float:
    """Seconds for one resample of every dimension, from a few."""
    random = np.random.default_rng(1)

    def run() -> None:
        for size, reference, coder in dimensions:
            for _ in range(SAMPLED):
                items = random.integers(0, len(reference), len(reference))
                kappa(reference[items], coder[items], size)

    return seconds(run) / SAMPLED


def seconds(run: Callable[[], object]) -> float:
    """Wall time, the best of three."""
    return min(_once(run) for _ in range(3))


def _once(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def compare(documents: int, replicates: int) -> dict[str, float]:
    """Seconds of ours and of the loops for these documents and replicates, and how many times longer the loops take."""
    dimensions = simulate(documents, 7)
    tables = count(dimensions)
    ours = seconds(lambda: intervals(count(dimensions), replicates))
    sklearn, lean = (loop_seconds(dimensions, kappa) * replicates for kappa in (by_scikit_learn, by_numpy))
    return {
        "documents": documents,
        "replicates": replicates,
        "ours": ours,
        "of_which_counting": seconds(lambda: count(dimensions)),
        "of_which_intervals": seconds(lambda: intervals(tables, replicates)),
        "scikit_learn_extrapolated": sklearn,
        "numpy_extrapolated": lean,
        "ratio_scikit_learn": sklearn / ours,
        "ratio_numpy": lean / ours,
    }


def several_coders(documents: int, replicates: int) -> dict[str, float]:
    """Seconds for alpha of four coders with gaps over five ordered categories, from codes to interval."""
    random = np.random.default_rng(9)
    truth = random.integers(0, 5, (documents, 1))
    codes = np.where(random.random((documents, 4)) < RIGHT, truth, random.integers(0, 5, (documents, 4)))
    codes[random.random((documents, 4)) < 0.1] = -1

    def run(distance: str) -> None:
        ratings = Ratings(codes, np.ones(documents, dtype=np.int64), tuple("abcde"), np.arange(5.0))
        estimate(ratings, "alpha", distance=distance, bootstrap=Bootstrap(replicates=replicates))  # type: ignore[arg-type]

    times = {name: seconds(lambda name=name: run(name)) for name in ("nominal", "ordinal")}  # type: ignore[misc]
    ratings = Ratings(codes, np.ones(documents, dtype=np.int64), tuple("abcde"), np.arange(5.0))
    sizes = {"patterns": len(ratings.patterns.counts), "tallies": len(ratings.tallied.counts)}
    return {"documents": documents, "replicates": replicates, **sizes, **times}


def sets_of_labels(documents: int, replicates: int) -> dict[str, float]:
    """Seconds for alpha with MASI distance of two coders who give any of six labels, from sets to interval."""
    random = np.random.default_rng(11)
    truth = random.random((documents, LABELS)) < 0.2
    given = [np.where(random.random(truth.shape) < RIGHT, truth, random.random(truth.shape) < 0.2) for _ in range(2)]
    sets = [[frozenset(np.flatnonzero(row).tolist()) for row in side] for side in given]

    def run() -> None:
        ratings = set_ratings(sets)  # type: ignore[arg-type]
        distances = set_distances(ratings.categories, "masi")  # type: ignore[arg-type]
        estimate(ratings, "alpha", distance=distances, bootstrap=Bootstrap(replicates=replicates))

    ratings = set_ratings(sets)  # type: ignore[arg-type]
    sizes = {"sets": ratings.size, "patterns": len(ratings.patterns.counts), "tallies": len(ratings.tallied.counts)}
    return {"documents": documents, "replicates": replicates, **sizes, "masi": seconds(run)}


@click.command()
@click.option("--quick", is_flag=True, help="A hundredth of the documents and replicates, to see that it runs.")
def main(quick: bool) -> None:
    """Time it, print the table and write results/bench-agreement.json."""
    by = 100 if quick else 1
    two = [compare(documents, replicates // by) for documents, replicates in _cases(by)]
    many = [several_coders(documents // by, 10_000 // by) for documents in (1_000, 100_000)]
    sets = [sets_of_labels(documents // by, 10_000 // by) for documents in (1_000, 100_000)]
    for row in (*two, *many, *sets):
        click.echo("  ".join(f"{name} {value:,.4g}" for name, value in row.items()))
    if not quick:
        record = {"kind": "benchmark", "machine": _machine(), "dimensions": len(SIZES), "kappa": two}
        record |= {"alpha": many, "alpha_of_sets": sets}
        RESULT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _cases(by: int) -> list[tuple[int, int]]:
    return [(1_000, 2_000), (max(1_000 // by, 100), 10_000), (100_000 // by, 10_000)]


def _machine() -> str:
    return f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}"


if __name__ == "__main__":
    main()
