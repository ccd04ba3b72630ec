"""The simulations of clusters, of differences and of cross-tabs draw from the truth that they hold results against."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coder.agreement.coefficients import cohen_kappa
from coder.agreement.tables import Table
from eval import simulate_clusters, simulate_crosstabs, simulate_differences


def test_documents_of_one_source_go_together_and_their_kappa_is_the_one_named() -> None:
    world = simulate_clusters.World("", (0.6, 0.3, 0.1), 0.7, 20_000, 0.3)
    table = simulate_clusters.draw(world, np.random.default_rng(1))
    assert table.clusters is not None
    assert table.clusters.n == 20_000
    assert cohen_kappa(Table(table.counts, 3)).value == pytest.approx(0.7, abs=0.01)


def test_intervals_of_documents_are_too_short_where_sources_differ() -> None:
    world = simulate_clusters.World("", (0.5, 0.5), 0.7, 60, 0.5)
    found = {one.method: one for one in simulate_clusters.simulate(world, tables=60, replicates=200, seed=1)}
    assert found["documents_bca"].verdict == "under"
    assert found["sources_bca"].verdict != "under"
    assert (found["sources_bca"].width or 0) > 1.3 * (found["documents_bca"].width or 0)


def test_two_coders_have_the_kappas_named_and_are_right_on_the_same_items() -> None:
    world = simulate_differences.World("", (0.2,) * 5, 0.8, 0.6, 200_000)
    items = simulate_differences.draw(world, np.random.default_rng(1))
    kappas = [cohen_kappa(table).value for table in items.tables()]
    assert kappas == pytest.approx([0.8, 0.6], abs=0.01)
    right = [items.counts[(side == items.reference)].sum() / 200_000 for side in (items.first, items.second)]
    both = items.counts[(items.first == items.reference) & (items.second == items.reference)].sum() / 200_000
    assert both > right[0] * right[1] + 0.03


def test_a_difference_of_coders_taken_for_independent_has_too_long_an_interval() -> None:
    world = simulate_differences.World("", (0.5, 0.5), 0.7, 0.7, 100)
    found = {one.method: one for one in simulate_differences.simulate(world, samples=40, replicates=200, seed=1)}
    assert (found["as_if_independent"].width or 0) > 1.1 * (found["paired_wald"].width or 0)
    assert found["paired_bca"].given == found["as_if_independent"].given > 30


def test_samples_that_carry_no_interval_are_counted_and_left_out() -> None:
    world = simulate_differences.World("", (0.95, 0.05), 0.7, 0.7, 50)
    found = simulate_differences.simulate(world, samples=10, replicates=100, seed=1)
    assert {(one.given, one.coverage) for one in found} == {(0, None)}


def test_a_halo_is_an_association_to_pearsons_test_and_not_to_the_corrected_one() -> None:
    world = simulate_crosstabs.World("2 x 2", "halo", 0.0, 200)
    found = simulate_crosstabs.simulate(world, samples=40, seed=1)
    assert found.naive > 0.9
    assert found.corrected is not None
    assert found.corrected < 0.2
    linked = simulate_crosstabs.simulate(replace(world, association=0.2), samples=40, seed=1)
    assert (linked.corrected or 0) > 0.5
    assert linked.verdict == ""
