"""Dates are as exact as the text; a bin is named only where the text fixes it."""

import pytest

from coder.dimensions.dates import bin_dates
from coder.model import Absent, DateDimension, DateMention, Status

DATE = DateDimension.model_validate(
    {"id": "date", "kind": "date", "question": "When?", "period": {"from": "2019-01", "to": "2020-06"}, "absent": {}}
)


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        (["2019-06-30"], "2019-H1"),
        (["2019-07"], "2019-H2"),
        (["2020-06", "2019-02"], "2019-H1"),  # the earliest start decides
        (["2018-12"], "outside"),
        (["2018"], "outside"),  # every month of that year is outside
    ],
)
def test_the_earliest_start_names_the_bin(starts: list[str], expected: str) -> None:
    draft = bin_dates(DATE, [DateMention(start=start) for start in starts])
    assert [assignment.category for assignment in draft.assignments] == [expected]


def test_a_bare_year_does_not_name_a_half_year() -> None:
    draft = bin_dates(DATE, [DateMention(start="2019")])
    assert draft.status is Status.ABSENT
    assert draft.mentions[0].start == "2019"
    assert draft.reason == "2019 without a month does not name the period"


def test_a_bare_year_is_a_tie_where_the_codebook_knows_no_silence() -> None:
    draft = bin_dates(DATE.model_copy(update={"absent": None}), [DateMention(start="2019")])
    assert draft.status is Status.INVALID
    assert draft.reason.startswith("tie: 2019-H1 or 2019-H2")


def test_on_demand_without_a_year_is_absent_with_its_evidence() -> None:
    mention = DateMention.model_validate({"recurrence": "on_demand", "evidence": [[3, 9]]})
    draft = bin_dates(DATE, [mention])
    assert draft.status is Status.ABSENT
    assert draft.evidence == mention.evidence


def test_no_date_is_absent() -> None:
    assert bin_dates(DATE.model_copy(update={"absent": Absent()}), []).status is Status.ABSENT
