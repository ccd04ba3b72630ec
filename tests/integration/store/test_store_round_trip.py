"""Any coding that the model allows comes back equal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder.model import Assignment, DateMention, QuantityMention, Span, Status, new_id
from coder.store import Store
from tests.integration.store.records import World, populate

text = st.text(st.characters(), max_size=20)  # st.characters() includes NUL and lone surrogates
spans = st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)).map(lambda pair: Span(start=pair[0], end=pair[1]))
evidence = st.lists(spans, max_size=3).map(tuple)
amounts = st.floats(0, allow_nan=False, allow_infinity=False)
assignments = st.builds(
    Assignment,
    category=text,
    evidence=evidence,
    confidence=st.none() | st.floats(0, 1),
    confidence_source=st.sampled_from([None, "logprob", "samples"]),
)
quantities = st.builds(
    QuantityMention,
    low=amounts,
    high=st.none() | amounts,
    unit=text,
    count=st.integers(1, 2**70),
    qualifier=st.sampled_from(["total", "per_session", "unspecified"]),
    evidence=evidence,
)
dates = st.builds(
    DateMention,
    start=st.sampled_from(["", "2019", "2019-04", "2019-04-30"]),
    recurrence=st.sampled_from(["once", "recurring", "on_demand"]),
    evidence=evidence,
)
fields = st.fixed_dictionaries(
    {
        "dimension_id": text,
        "assignments": st.lists(assignments, max_size=3).map(tuple),
        "mentions": st.lists(quantities | dates, max_size=3).map(tuple),
        "evidence": evidence,
        "unsupported": st.booleans(),
        "reason": text,
        "memo": text,
        "replicate": st.integers(0, 2**31 - 1),
        "created_at": st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    }
)


@pytest.fixture
def world(store: Store) -> tuple[Store, World]:
    return store, populate(store)


@pytest.mark.parametrize("status", list(Status))
def test_a_coding_of_any_status_comes_back_equal(world: tuple[Store, World], status: Status) -> None:
    store, known = world

    @settings(max_examples=12, deadline=None, derandomize=True, database=None)
    @given(fields)
    def comes_back(given_fields: dict[str, object]) -> None:
        coding = known.coding(id=new_id(), status=status, **given_fields)
        store.add_codings([coding])
        assert store.coding(coding.id) == coding

    comes_back()
    assert len(store.codings()) >= 12
