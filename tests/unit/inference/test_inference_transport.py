"""New documents against old ones, and when an audit sample is needed."""

import numpy as np
import pytest
from scipy.stats import chi2

from coder.errors import InputError
from coder.inference.difference import difference
from coder.inference.transport import Drift, confidence_drift, holm, margin_drift, require_audit


def test_margins_by_hand():
    # 60/40 against 40/60: chi-square 200 * (60 * 60 - 40 * 40)^2/(100^4) = 8.
    found = margin_drift("topic", np.repeat([0, 1], [60, 40]), np.repeat([0, 1], [40, 60]))
    assert found.p == pytest.approx(chi2.sf(8, 1))
    assert found.distance == pytest.approx(0.2)
    assert found.test == "chi-square"


def test_the_share_that_moved_most_has_limits_that_hold_for_all_categories():
    # 30 of 100 against 60 of 100; the others move by 20 and 10 points. Of three categories each limit is at 1 - .05/3.
    old, new = np.repeat([0, 1, 2], [30, 40, 30]), np.repeat([0, 1, 2], [60, 20, 20])
    found = margin_drift("topic", old, new, categories=("a", "b", "c"))
    expected = difference((60, 100), (30, 100), level=1 - 0.05 / 3)
    assert (found.n, found.shift.category) == ((100, 100), "a")
    assert (found.shift.low, found.shift.high) == (pytest.approx(expected.low), pytest.approx(expected.high))
    assert (found.shift.low, found.shift.high) == (pytest.approx(0.130, abs=0.005), pytest.approx(0.446, abs=0.005))


def test_of_two_categories_one_interval_says_all():
    # The other share moves by as much the other way: no correction.
    found = margin_drift("topic", np.repeat([0, 1], [60, 40]), np.repeat([0, 1], [40, 60]), categories=("a", "b"))
    limits = difference((40, 100), (60, 100))
    assert (found.shift.low, found.shift.high) == (pytest.approx(limits.low), pytest.approx(limits.high))


def test_documents_that_share_sources_have_no_limits_that_take_them_for_independent():
    names = list("aabb"), list("ccdd")
    found = margin_drift("topic", np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]), categories=("a", "b"), clusters=names)
    assert found.shift is None
    assert found.n == (4, 4)


def test_small_tables_are_permuted_and_agree_with_the_exact_test():
    # 5 of 5 against 0 of 5: two of the 252 divisions are as extreme, p = 2/252.
    found = margin_drift("topic", np.zeros(5, dtype=np.int64), np.ones(5, dtype=np.int64))
    assert found.test == "permutation"
    assert found.p == pytest.approx(2 / 252, abs=0.004)


def test_sources_that_differ_within_a_batch_are_no_drift_between_batches():
    # Ten sources of 40 documents, each all 0 or all 1; the new batch happens to hold more sources of 1.
    old, new = np.repeat([0, 0, 0, 1, 1], 40), np.repeat([0, 0, 1, 1, 1], 40)
    names = [f"old{place // 40}" for place in range(200)], [f"new{place // 40}" for place in range(200)]
    assert margin_drift("topic", old, new).p < 0.001
    clustered = margin_drift("topic", old, new, clusters=names, permutations=999)
    assert clustered.p > 0.3
    assert clustered.test == "permutation of clusters"


@pytest.mark.parametrize(
    ("old", "new", "clusters", "words"),
    [
        ([], [0], None, "no documents"),
        ([0, 0], [0], None, "same code"),
        ([0, 1], [0, 1], (["s", "s"], ["t", "u"]), "fewer than 2 clusters"),
    ],
)
def test_where_no_test_can_be_had_the_reason_is_given(old, new, clusters, words):
    found = margin_drift("topic", np.array(old, dtype=np.int64), np.array(new, dtype=np.int64), clusters=clusters)
    assert found.p is None
    assert words in found.reason


def test_confidences_are_compared_by_their_distribution_functions():
    found = confidence_drift("topic", np.array([0.1, 0.2, 0.3, 0.4, np.nan]), np.array([0.35, 0.5, 0.6, 0.7]))
    # Below .35: 3 of 4 old ones, none of the new.
    assert found.distance == pytest.approx(0.75)
    assert confidence_drift("topic", np.array([np.nan]), np.array([0.5])).p is None


def test_holm_by_hand():
    # .01 * 3, then max(.03, .03 * 2), then max(.06, .04 * 1); what has no p value does not count.
    tested = holm([Drift("a", 0.1, 0.01), Drift("b", 0.1, 0.04), Drift("c", 0.1, None), Drift("d", 0.1, 0.03)])
    assert [drift.adjusted for drift in tested] == [pytest.approx(0.03), pytest.approx(0.06), None, pytest.approx(0.06)]


def audit(drawn, drifts=()):
    batch = np.arange(200) >= 100
    require_audit("the July batch", batch, np.isin(np.arange(200), drawn), drifts)


def test_a_new_batch_needs_hand_codes_of_its_own_even_without_drift():
    with pytest.raises(InputError, match="that no drift was seen proves none") as error:
        audit(range(60))
    assert "draw 50 of its documents" in error.value.hint


def test_drift_that_was_found_is_named():
    with pytest.raises(InputError, match="it differs in topic"):
        audit(range(90, 110), [Drift("topic", 0.3, 0.001, 0.002), Drift("tone", 0.1, 0.2, 0.2)])


def test_a_batch_with_thirty_hand_codes_of_its_own_may_be_corrected():
    assert audit(range(100, 130)) is None
