"""Amounts are kept as written; which one counts, and its bin, is computed by the codebook's rule."""

import pytest

from coder.dimensions.base import AnswerError
from coder.dimensions.quantity import bin_mentions
from coder.model import QuantityDimension, QuantityMention, Status

DURATION = QuantityDimension.model_validate(
    {
        "id": "duration",
        "kind": "quantity",
        "question": "How long?",
        "unit": "minutes",
        "units": {"minutes": 1, "hours": 60, "days": 480, "weeks": 2400, "credits": None},
        "elapsed": ["weeks"],
        "counts": "total",
        "absent": {},
        "bins": [{"id": "short", "to": 60}, {"id": "middle", "from": 60, "to": 480}, {"id": "long", "from": 480}],
    }
)
PRICE = QuantityDimension.model_validate(
    {
        "id": "price",
        "kind": "quantity",
        "question": "How much?",
        "unit": "EUR",
        "units": {"EUR": 1, "USD": 0.893},
        "counts": "standard",
        "bins": [{"id": "free", "to": 0.01}, {"id": "cheap", "from": 0.01, "to": 50.5}, {"id": "dear", "from": 50.5}],
    }
)


def amount(low: float, unit: str, qualifier: str = "unspecified", **more: object) -> QuantityMention:
    return QuantityMention.model_validate({"low": low, "unit": unit, "qualifier": qualifier, **more})


@pytest.mark.parametrize(
    ("mention", "expected"),
    [
        (amount(59, "minutes"), "short"),
        (amount(60, "minutes"), "middle"),  # bins are [from, to)
        (amount(8, "hours"), "long"),  # 8 x 60 = 480
        (amount(1, "days"), "long"),
        (amount(15, "minutes", "per_session", count=4), "middle"),  # 4 x 15 = 60
    ],
)
def test_an_amount_falls_into_its_half_open_bin(mention: QuantityMention, expected: str) -> None:
    draft = bin_mentions(DURATION, [mention])
    assert draft.status is Status.CODED
    assert [assignment.category for assignment in draft.assignments] == [expected]


def test_a_stated_total_decides_over_its_parts() -> None:
    draft = bin_mentions(DURATION, [amount(20, "minutes"), amount(2, "hours", "total")])
    assert draft.assignments[0].category == "middle"


def test_contact_time_decides_over_elapsed_time() -> None:
    draft = bin_mentions(DURATION, [amount(6, "weeks"), amount(45, "minutes")])
    assert draft.assignments[0].category == "short"
    assert bin_mentions(DURATION, [amount(6, "weeks")]).assignments[0].category == "long"


def test_two_amounts_in_different_bins_are_a_tie_and_no_code() -> None:
    draft = bin_mentions(DURATION, [amount(30, "minutes"), amount(90, "minutes")])
    assert draft.status is Status.INVALID
    assert draft.reason == "tie: short or middle"
    assert len(draft.mentions) == 2


def test_a_range_across_a_bin_edge_is_a_tie() -> None:
    assert bin_mentions(DURATION, [amount(45, "minutes", high=75)]).reason == "tie: short or middle"


def test_amounts_without_a_conversion_say_nothing_of_the_length_but_are_kept() -> None:
    draft = bin_mentions(DURATION, [amount(3, "credits", evidence=[[0, 9]])])
    assert draft.status is Status.ABSENT
    assert draft.mentions[0].unit == "credits"
    assert draft.evidence == draft.mentions[0].evidence
    assert draft.reason == "no amount can be converted to minutes (credits)"
    silent = DURATION.model_copy(update={"absent": None})
    assert bin_mentions(silent, [amount(3, "credits")]).status is Status.INVALID


def test_the_standard_price_decides_over_member_and_early_prices() -> None:
    draft = bin_mentions(
        PRICE, [amount(0, "EUR", "member"), amount(95, "EUR", "early_bird"), amount(120, "EUR", "standard")]
    )
    assert draft.assignments[0].category == "dear"


def test_a_price_only_members_pay_decides_where_it_is_the_only_one() -> None:
    assert bin_mentions(PRICE, [amount(0, "EUR", "member")]).assignments[0].category == "free"


def test_currency_is_converted_by_the_codebook_table() -> None:
    # 60 USD x 0.893 = 53.58 EUR: above the edge at 50.5
    assert bin_mentions(PRICE, [amount(60, "USD")]).assignments[0].category == "dear"
    # 56 USD x 0.893 = 50.008 EUR: below it
    assert bin_mentions(PRICE, [amount(56, "USD")]).assignments[0].category == "cheap"


def test_minimum_and_maximum_take_one_end() -> None:
    mentions = [amount(30, "minutes", high=90), amount(2, "days")]
    lowest = DURATION.model_copy(update={"counts": "minimum"})
    highest = DURATION.model_copy(update={"counts": "maximum"})
    assert bin_mentions(lowest, mentions).assignments[0].category == "short"
    assert bin_mentions(highest, mentions).assignments[0].category == "long"


def test_a_range_that_runs_backwards_cannot_be_true() -> None:
    with pytest.raises(AnswerError, match="runs backwards"):
        bin_mentions(DURATION, [amount(90, "minutes", high=30)])


def test_a_code_without_evidence_is_unsupported() -> None:
    assert bin_mentions(DURATION, [amount(30, "minutes")]).unsupported
    assert not bin_mentions(DURATION, [amount(30, "minutes", evidence=[[0, 5]])]).unsupported
