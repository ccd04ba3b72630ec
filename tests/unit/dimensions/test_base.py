"""Segment numbers as a model writes them become spans of the text, or a named error."""

from __future__ import annotations

import pytest

from coder.dimensions.base import AnswerError, spans
from coder.documents import segment


def test_spans_come_once_each_in_the_order_of_the_text() -> None:
    found = segment("One. Two. Three.", "en")
    assert [(span.start, span.end) for span in spans([3, 1, 3], found)] == [(0, 4), (10, 16)]


@pytest.mark.parametrize("number", [0, 4, -1])
def test_a_number_that_no_segment_has_is_named(number: int) -> None:
    with pytest.raises(AnswerError, match=f"segment {number} does not exist"):
        spans([1, number], segment("One. Two. Three.", "en"))
