"""Items that share a source, in a comparison with a reference: intervals of whole clusters, and where there are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from coder.agreement import evaluate_dimension
from coder.agreement.beside import beside
from coder.agreement.clusters import cluster_robust_se, cluster_rows
from coder.agreement.comparison import compare_coders
from coder.agreement.intervals import Bootstrap
from coder.agreement.paired import paired_kappas, triples
from coder.agreement.proportions import effective_items
from coder.agreement.several import alpha_of
from coder.agreement.tables import contingency_table
from coder.model import Codebook, Status

Build = Callable[..., Any]
FEW = 400
GOLD = ["a"] * 40 + ["b"] * 40
GIVEN = ["a"] * 32 + ["b"] * 8 + ["b"] * 34 + ["a"] * 6
ALONE = {f"v{item}": f"source {item}" for item in range(400)}


def bounds(found: Any) -> tuple[Any, ...]:
    return found.low, found.high


@pytest.mark.parametrize("kind", ["nominal", "ordinal", "multilabel"])
def test_sources_of_one_document_each_give_the_interval_of_documents(
    dimension: Build, codings: Build, kind: str
) -> None:
    asked = dimension(kind, "a b c", absent=kind == "nominal")
    sides = codings(asked, GOLD), codings(asked, GIVEN)
    plain, alone = (evaluate_dimension(asked, *sides, replicates=FEW, clusters=clusters) for clusters in (None, ALONE))
    assert bounds(alone) == bounds(plain)
    assert (plain.clusters, alone.clusters) == (None, 80)
    # independent documents tell of the share of identical answers up to the divisor, 80 or 79
    assert alone.percent_agreement_low == pytest.approx(plain.percent_agreement_low, abs=0.002)


def test_every_document_twice_in_its_source_brings_no_new_information(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b", absent=True)
    twice = {f"v{item}": f"source {item // 2}" for item in range(160)}
    single = evaluate_dimension(asked, codings(asked, GOLD), codings(asked, GIVEN), replicates=FEW)
    sides = (codings(asked, [answer for answer in side for _ in range(2)]) for side in (GOLD, GIVEN))
    doubled = evaluate_dimension(asked, *sides, replicates=FEW, clusters=twice)
    assert doubled.value == pytest.approx(single.value)
    assert bounds(doubled) == pytest.approx(bounds(single))
    # Binder's factor C / (C - 1) over the multinomial's divisor n
    assert doubled.se == pytest.approx(single.se * np.sqrt(80 / 79))
    assert doubled.percent_agreement_low == pytest.approx(single.percent_agreement_low, abs=0.003)
    assert doubled.specified is not None
    assert doubled.specified.clusters == 80


def test_what_stands_beside_a_clustered_kappa_knows_of_the_sources(dimension: Build, codings: Build) -> None:
    asked = dimension("ordinal", "a b c", absent=True)
    gold = ["a", "b", "c", Status.ABSENT] * 30
    given = [*gold[:60], *gold[64:96], *["a"] * 28]
    found = evaluate_dimension(
        asked, codings(asked, gold), codings(asked, given), replicates=FEW,
        clusters={f"v{item}": item // 3 for item in range(120)},
    )  # fmt: skip
    assert found.clusters == 40
    assert found.weighted is not None
    assert found.specified is not None
    assert found.weighted.n < found.specified.n == 120
    assert found.weighted.clusters == 40  # each source keeps a document that both coded specified
    reach = stats.t.ppf(0.975, 39) * found.se
    assert beside(found).analytic_low == pytest.approx(found.value - reach)
    assert beside(found).margins_test is None  # it takes items for independent


def test_nineteen_sources_carry_no_interval_and_no_verdict(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    few = {f"v{item}": item % 19 for item in range(80)}
    found = evaluate_dimension(
        asked, codings(asked, GOLD), codings(asked, GIVEN), replicates=FEW, min_kappa=0.1, clusters=few
    )
    assert found.value == pytest.approx(0.65)  # po 66/80, pe .5: (.825 - .5) / .5
    assert bounds(found) == (None, None)
    assert found.reason == "no interval: 19 clusters, fewer than 20"
    assert found.verdict == "not estimable"


def test_labels_and_both_alphas_are_resampled_by_source(dimension: Build, codings: Build) -> None:
    asked = dimension("multilabel", "x y")
    gold = [{"x"}, {"x", "y"}, {"y"}, Status.ABSENT] * 30
    given = [*gold[:80], *[{"x"}] * 40]
    sources = {f"v{item}": item // 4 for item in range(120)}
    found = evaluate_dimension(asked, codings(asked, gold), codings(asked, given), replicates=FEW, clusters=sources)
    assert found.jaccard is not None
    assert found.jaccard.coefficient == "alpha_jaccard"
    assert {found.clusters, found.jaccard.clusters, *(label.clusters for label in found.labels)} == {30}
    plain = evaluate_dimension(asked, codings(asked, gold), codings(asked, given), replicates=FEW)
    # all errors lie in 10 of 30 sources
    assert found.high - found.low > 1.2 * (plain.high - plain.low)


def test_the_effective_number_of_items_is_that_of_the_design_effect() -> None:
    # 30 sources of 4 like documents, half of them right: se^2 = 30/29 sum (+-2)^2 / 120^2, p (1 - p) / se^2 = 29
    cells = np.repeat([0, 1], 60)
    sources = cluster_rows([item // 4 for item in range(120)], cells, np.ones(120, dtype=np.int64), 2)
    found = effective_items(np.array([1.0, 0.0]), np.array([60, 60]), sources)
    assert found == pytest.approx(29 * (stats.t.ppf(0.975, 119) / stats.t.ppf(0.975, 29)) ** 2)


def test_items_that_are_all_alike_count_once_a_source() -> None:
    sources = cluster_rows([item // 4 for item in range(120)], np.zeros(120, dtype=np.int64), np.ones(120, np.int64), 1)
    assert effective_items(np.array([1.0]), np.array([120]), sources) == 30


def test_perfect_agreement_of_few_sources_says_little(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    sides = codings(asked, GOLD), codings(asked, GOLD)
    found = evaluate_dimension(asked, *sides, replicates=10, clusters={f"v{item}": item // 4 for item in range(80)})
    # 20 of 20 sources: .025 ** (1 / 20)
    assert found.percent_agreement_low == pytest.approx(0.025 ** (1 / 20))


def test_refusals_that_come_from_one_source_are_less_sure(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    given = [Status.REFUSED] * 8 + GIVEN[8:]
    sides = codings(asked, GOLD), codings(asked, given)
    sources = {f"v{item}": item // 4 for item in range(80)}
    plain, clustered = (beside(evaluate_dimension(asked, *sides, replicates=10, clusters=c)) for c in (None, sources))
    assert clustered.refused_rate == plain.refused_rate == 0.1
    assert clustered.refused_high > plain.refused_high


def test_a_table_keeps_its_sources_when_categories_move() -> None:
    # four sources: (0,0)(0,1) | (1,1)(2,2) | (2,2) | (2,0)
    reference, coder = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 2, 2, 0])
    rows = cluster_rows(list("ppqqrs"), np.arange(6), np.ones(6, dtype=np.int64), 6)
    table = contingency_table(reference, coder, 3, clusters=rows)
    assert table.clusters is not None
    assert table.clusters.n == 4
    for moved, n in ((table.leading(2), 2), (table.without(2), 2), (table.merged([0, 0, 1], 2), 4)):
        assert moved.clusters is not None
        assert moved.clusters.n == n
        together = moved.clusters.counts @ moved.clusters.members.toarray()
        assert together.tolist() == moved.counts.ravel().tolist()


def simulated(n: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    gold = random.integers(0, 3, n)
    first, second = (np.where(random.random(n) < right, gold, random.integers(0, 3, n)) for right in (0.8, 0.6))
    return gold, first, second


def test_a_paired_difference_sums_within_sources() -> None:
    gold, first, second = simulated(150)
    single = paired_kappas(triples(gold, first, second, 3), bootstrap=Bootstrap(replicates=FEW))
    twice = (np.repeat(side, 2) for side in (gold, first, second))
    doubled = paired_kappas(
        triples(*twice, 3, clusters=[item // 2 for item in range(300)]), bootstrap=Bootstrap(replicates=FEW)
    )
    assert doubled.clusters == 150
    assert single.se is not None
    assert doubled.se == pytest.approx(single.se * np.sqrt(150 / 149))
    assert (doubled.low, doubled.high) == pytest.approx((single.low, single.high))
    assert doubled.p == pytest.approx(2 * stats.t.sf(abs(doubled.z), 149))


def test_a_comparison_of_two_runs_has_no_test_on_few_sources(dimension: Build, codings: Build) -> None:
    single, sets = dimension("nominal", "a b"), dimension("multilabel", "x y").model_copy(update={"id": "sets"})
    book = Codebook(name="b", version="1", unit="page", dimensions=(single, sets))
    other = [*GIVEN[10:], *GIVEN[:10]]
    as_sets = {"a": {"x"}, "b": {"x", "y"}}
    sides = [
        [*codings(single, side), *codings(sets, [as_sets[answer] for answer in side])] for side in (GOLD, GIVEN, other)
    ]
    few = {f"v{item}": item % 10 for item in range(80)}
    for one in compare_coders(book, *sides, Bootstrap(replicates=FEW), few):
        assert one.difference is not None
        assert (one.low, one.p, one.p_holm, one.clusters) == (None, None, None, 10)
        assert one.reason == "no interval: 10 clusters, fewer than 20"
    for one in compare_coders(book, *sides, Bootstrap(replicates=FEW), {f"v{item}": item // 2 for item in range(80)}):
        assert one.clusters == 40
        assert one.low is not None


def test_the_alpha_of_people_is_resampled_by_source(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    coders = {"ada": codings(asked, GOLD), "ben": codings(asked, GIVEN)}
    found = alpha_of(asked, coders, Bootstrap(replicates=FEW), {f"v{item}": item // 2 for item in range(80)})
    assert found.clusters == 40
    assert found.low is not None
    few = alpha_of(asked, coders, Bootstrap(replicates=FEW), {f"v{item}": item // 20 for item in range(80)})
    assert few.reason == "no interval: 4 clusters, fewer than 20"


def test_one_cluster_has_no_standard_error() -> None:
    one = cluster_rows(["p", "p"], np.array([0, 1]), np.ones(2, dtype=np.int64), 2)
    with pytest.raises(ValueError, match="two clusters"):
        cluster_robust_se(np.array([0.5, -0.5]), one)
    assert effective_items(np.array([1.0, 0.0]), np.array([1, 1]), one) is None
