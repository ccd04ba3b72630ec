"""Samples: who is drawn, with which probability, and what is refused."""

import numpy as np
import pytest

from coder.errors import InputError
from coder.inference.sampling import (
    Sample,
    allocate,
    documents_to_code,
    draw_clusters,
    draw_simple,
    draw_stratified,
    stored_sample,
)

STRATA = ["a"] * 10 + ["b"] * 6 + ["c"]


def test_a_simple_sample_gives_every_document_the_same_chance_and_is_the_same_for_the_same_seed():
    sample = draw_simple(20, 5, seed=3)
    assert sample.n == 5
    assert sample.probability.tolist() == [0.25] * 20
    assert (sample.drawn == draw_simple(20, 5, seed=3).drawn).all()
    assert (sample.drawn != draw_simple(20, 5, seed=4).drawn).any()


def test_a_stratified_sample_draws_what_was_allocated_and_gives_each_stratum_its_own_probability():
    sample = draw_stratified(STRATA, {"a": 5, "b": 2, "c": 1}, seed=1)
    names = np.array(STRATA)
    assert [int(sample.drawn[names == name].sum()) for name in "abc"] == [5, 2, 1]
    assert [float(sample.probability[names == name][0]) for name in "abc"] == [0.5, 2 / 6, 1.0]


def test_degrees_of_freedom_are_one_less_than_the_units_of_a_simple_sample():
    assert draw_simple(20, 5, seed=3).df == 4
    assert draw_simple(20, 20, seed=3).df == 19


def test_degrees_of_freedom_of_strata_are_satterthwaites_and_strata_drawn_whole_do_not_count():
    # v = (10/17)^2 (1 - 5/10)/5 = .0346 and (6/17)^2 (1 - 2/6)/2 = .0415; .0761^2/(.0346^2/4 + .0415^2/1) = 2.9.
    assert draw_stratified(STRATA, {"a": 5, "b": 2, "c": 1}, seed=1).df == 2


def test_clusters_are_drawn_whole():
    clusters = [str(place // 3) for place in range(12)]
    sample = draw_clusters(clusters, 2, seed=5)
    assert sample.n == 6
    assert sample.probability.tolist() == [0.5] * 12
    assert all(len(set(sample.drawn[place : place + 3])) == 1 for place in range(0, 12, 3))
    assert sample.df == 1


@pytest.mark.parametrize(
    ("rule", "n", "expected"),
    [
        # By size: 8 * 10/17 = 4.7, 8 * 6/17 = 2.8, c has 1 of 0.47; 4 + 2 + 1 leaves one, to b (.82 over .71).
        ("proportional", 8, {"a": 4, "b": 3, "c": 1}),
        # Three each, but c has only one; its two go to the others, whose ideal is passed alike.
        ("equal", 9, {"a": 4, "b": 4, "c": 1}),
        ("equal", 17, {"a": 10, "b": 6, "c": 1}),
    ],
)
def test_an_allocation_adds_up_and_leaves_no_stratum_with_a_single_document_of_several(rule, n, expected):
    assert allocate(STRATA, n, rule) == expected


@pytest.mark.parametrize("n", [4, 18])
def test_an_allocation_that_cannot_be_filled_is_refused(n):
    with pytest.raises(InputError, match="cannot be drawn"):
        allocate(STRATA, n)


@pytest.mark.parametrize("wanted", [{"a": 5, "b": 2}, {"a": 11, "b": 2, "c": 1}, {"a": 1, "b": 2, "c": 1}, {"z": 1}])
def test_a_stratum_without_a_chance_or_with_a_single_draw_is_refused(wanted):
    with pytest.raises(InputError):
        draw_stratified(STRATA, wanted, seed=0)


@pytest.mark.parametrize(("population", "n"), [(10, 0), (10, 11), (10, 1), (0, 0)])
def test_a_simple_sample_of_an_impossible_size_is_refused(population, n):
    with pytest.raises(InputError, match="cannot be drawn"):
        draw_simple(population, n, seed=0)


def test_inclusion_frequencies_over_many_draws_are_the_stated_probabilities():
    # 2000 draws: the frequency of a document with probability 1/3 has a standard error of .0105.
    names = ["a"] * 6 + ["b"] * 4
    drawn = [draw_stratified(names, {"a": 2, "b": 2}, seed=seed).drawn for seed in range(2000)]
    stated = draw_stratified(names, {"a": 2, "b": 2}, seed=0).probability
    assert np.abs(np.mean(drawn, axis=0) - stated).max() < 4 * 0.0112


def test_documents_to_code_is_cochrans_number():
    # n0 = 1.96^2 * .25 / .01 = 96.04; of 100: 96.04 / (1 + 95.04/100) = 49.2.
    assert documents_to_code(10**9) == 97
    assert documents_to_code(100) == 50
    assert documents_to_code(0) == 0


def test_undecidable_documents_hand_their_weight_to_the_rest_of_their_stratum():
    # Four of eight drawn (1/2 each); one unusable: three stand for eight, 3/8. The other stratum is left alone.
    drawn = np.array([True] * 4 + [False] * 4 + [True, True, False, False])
    sample = Sample(drawn, np.full(12, 0.5), np.repeat([0, 1], [8, 4]), np.arange(12))
    unusable = np.arange(12) == 0
    left = sample.without(unusable)
    assert left.n == 5
    assert left.probability.tolist() == [0.375] * 8 + [0.5] * 4
    assert sample.without(np.zeros(12, dtype=bool)) is sample


def test_a_stratum_without_any_usable_code_is_refused():
    sample = draw_simple(10, 3, seed=0)
    with pytest.raises(InputError, match="no document left"):
        sample.without(np.ones(10, dtype=bool))


def refused(drawn, probability, **options):
    with pytest.raises(InputError) as error:
        stored_sample(np.array(drawn, dtype=bool), np.array(probability), **options)
    return error.value


def test_codes_from_the_queue_are_refused_with_the_sample_to_draw():
    error = refused([1, 0] * 50, [0.5] * 100, selection="queue")
    assert "queue" in error.message
    assert "intercoder sample --n 50" in error.hint


@pytest.mark.parametrize(
    ("drawn", "probability", "words"),
    [
        ([0, 0, 0, 0], [0.5] * 4, "no document was drawn"),
        ([1, 1, 0, 0], [0.5, np.nan, 0.5, 0.5], "1 hand-coded documents have no inclusion probability"),
        ([1, 1, 0, 0], [0.5, 0.5, 0.0, 0.5], "1 documents have an inclusion probability"),
        ([1, 1, 0, 0], [0.5, 0.5, 1.5, 0.5], "1 documents have an inclusion probability"),
        # 1/.8 + 1/.8 = 2.5 of 4 documents: the others had no chance.
        ([1, 1, 0, 0], [0.8, 0.8, np.nan, np.nan], "stand for 2 documents and there are 4"),
    ],
)
def test_what_is_no_probability_sample_is_refused_with_the_reason(drawn, probability, words):
    assert words in refused(drawn, probability).message


def test_probabilities_of_the_drawn_alone_do_where_they_stand_for_all_documents():
    sample = stored_sample(np.array([True, True, False, False]), np.array([0.5, 0.5, np.nan, np.nan]))
    assert sample.probability.tolist() == [0.5] * 4


def test_a_sample_with_impossible_probabilities_cannot_be_made():
    with pytest.raises(ValueError, match="above 0"):
        Sample(np.array([True]), np.array([0.0]), np.array([0]), np.array([0]))
    with pytest.raises(ValueError, match="one value a document"):
        Sample(np.array([True]), np.array([0.5, 0.5]), np.array([0]), np.array([0]))
