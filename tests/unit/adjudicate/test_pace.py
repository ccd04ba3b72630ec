"""The time that the rest takes."""

from coder.adjudicate.pace import seconds_left
from coder.model import Decision


def acts(*seconds: float) -> list[Decision]:
    """One item for each, answered in half the time and settled in the other half."""
    return [
        Decision(item_id=f"item{number}", coder_id="ann", action=action, seconds=spent / 2)
        for number, spent in enumerate(seconds)
        for action in ("answer", "settle")
    ]


def test_below_ten_items_nothing_is_said() -> None:
    assert seconds_left(acts(*[20.0] * 9), 100) is None


def test_the_rest_takes_the_median_pace_whatever_one_long_break_adds() -> None:
    # Nine of 20 s and one over lunch: the median is 20 s, and 30 items wait.
    assert seconds_left(acts(*[20.0] * 9, 3600.0), 30) == 600.0


def test_only_the_latest_acts_count() -> None:
    # 100 items of 10 s fill the 200 acts; the slow ones before them are not looked at.
    assert seconds_left(acts(*[10.0] * 100, *[90.0] * 50), 2) == 20.0
