"""The simulation of kappa's intervals draws from the truth that it holds them against."""

from __future__ import annotations

import numpy as np
import pytest

from coder.agreement.coefficients import agreement_weights, cohen_kappa
from coder.agreement.tables import Table
from eval.simulate_agreement import METHODS, WORLDS, World, simulate


@pytest.mark.parametrize("world", [world for world in WORLDS if world.weighting == "unweighted"])
def test_a_world_has_the_kappa_it_names(world: World) -> None:
    counts = np.rint(world.shares * 10**9).astype(np.int64)
    found = cohen_kappa(Table(counts, len(counts)), agreement_weights("unweighted", len(counts))).value
    assert found == pytest.approx(world.kappa, abs=1e-6)


def test_every_method_is_held_against_the_same_tables_and_the_withheld_ones_are_counted() -> None:
    rows = simulate(World("rare", (0.2, 0.8), 0.7), 50, tables=40, replicates=100, seed=1)
    assert [row.method for row in rows] == list(METHODS)
    # Fewer than ten of the rarer side come up often at 50 items with 20 %: the mean is 10.
    assert {row.given for row in rows} == {40 - round(rows[0].withheld * 40)}
    assert 0.2 < rows[0].withheld < 0.7
    for row in rows:
        assert row.coverage is not None
        assert row.coverage + (row.below or 0) + (row.above or 0) == pytest.approx(1)


def test_no_interval_at_all_is_no_coverage() -> None:
    rows = simulate(World("very rare", (0.02, 0.98), 0.7), 50, tables=20, replicates=100, seed=1)
    assert [(row.given, row.withheld, row.coverage) for row in rows] == [(0, 1.0, None)] * len(METHODS)
