"""Windows hold every segment once or in the overlap, point at the right spans, and merge by the rule of each kind."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coder.codebook import parse_codebook
from coder.dimensions import Draft
from coder.documents import segment
from coder.model import Assignment, DateMention, Dimension, QuantityMention, Segment, Span, Status
from coder.run.windows import OVERLAP, cut, failed, merge

BOOK = parse_codebook(
    """\
name: small
version: 1
dimensions:
  - {id: mode, kind: nominal, question: How?, absent: {}, categories: [{id: online}, {id: offline}]}
  - {id: level, kind: ordinal, question: How far?, categories: [{id: low}, {id: high}]}
  - {id: parts, kind: multilabel, question: What?, absent: {}, categories: [{id: x}, {id: y}, {id: z}]}
  - {id: always, kind: multilabel, question: Which?, categories: [{id: x}, {id: y}]}
  - id: hours
    kind: quantity
    question: How long?
    absent: {}
    unit: hours
    counts: total
    bins: [{id: short, to: 10}, {id: long, from: 10}]
  - {id: start, kind: date, question: When?, absent: {}, period: {from: 2018-01, to: 2020-12}, by: year}
""",
    "book.yaml",
)


def dimension(name: str) -> Dimension:
    return BOOK.dimension(name)


def words(piece: Segment) -> float:
    return len(piece.text.split())


def characters(piece: Segment) -> float:
    return len(piece.text)


def coded(code: str, *evidence: tuple[int, int], confidence: float | None = None) -> Draft:
    spans = tuple(Span(start=start, end=end) for start, end in evidence)
    source = "logprob" if confidence is not None else None
    given_ = Assignment(category=code, evidence=spans, confidence=confidence, confidence_source=source)
    return Draft(Status.CODED, (given_,))


SILENT = Draft(Status.ABSENT)

# Cutting


def test_windows_are_full_and_go_on_with_the_last_segments_of_the_one_before() -> None:
    # Ten segments of two words; room for eight words is four segments, of which a quarter (one segment) comes again.
    text = "\n".join(f"Line {number}" for number in range(10))
    windows = cut(segment(text, "en"), 8, words)
    assert [[piece.number for piece in window] for window in windows] == [[1, 2, 3, 4], [4, 5, 6, 7], [7, 8, 9, 10]]


def test_the_overlap_is_at_most_the_stated_number_of_segments() -> None:
    text = "\n".join(f"Line {number}" for number in range(100))
    first, second, *_ = cut(segment(text, "en"), 80, words)
    assert OVERLAP == 3
    assert [piece.number for piece in first[-3:]] == [piece.number for piece in second[:3]] == [38, 39, 40]


def test_a_text_that_fits_is_one_window_of_its_own_segments() -> None:
    segments = segment("One line.\nAnother line.", "en")
    assert cut(segments, 100, words) == (segments,)


def test_a_segment_longer_than_the_window_is_split_between_words() -> None:
    text = "aaaa bbbb cccc dddd"
    windows = cut(segment(text, "en"), 9, characters)
    assert [[(piece.number, piece.text) for piece in window] for window in windows] == [
        [(1, "aaaa bbbb")],
        [(1, "cccc dddd")],
    ]
    assert all(text[p.span.start : p.span.end] == p.text for window in windows for p in window)


def test_a_segment_without_blanks_is_split_between_characters() -> None:
    text = "語" * 25
    windows = cut(segment(text, "en"), 10, characters)
    assert [piece.text for window in windows for piece in window] == ["語" * 10, "語" * 10, "語" * 5]
    assert [(piece.span.start, piece.span.end) for window in windows for piece in window] == [
        (0, 10),
        (10, 20),
        (20, 25),
    ]


@settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.sampled_from("ab .\n語"), max_size=40), max_size=30), st.integers(5, 60), st.integers(0, 5))
def test_every_character_that_can_be_cited_lies_in_a_window_that_holds_it(
    lines: list[str], room: int, over: int
) -> None:
    text = "\n".join(lines)
    segments = segment(text, "en")
    windows = cut(segments, room, characters, over)
    for window in windows:
        assert sum(map(characters, window)) <= room + len(window)  # joined pieces may have their blank back
        assert [after.number - before.number for before, after in pairwise(window)] == [1] * (len(window) - 1)
        for piece in window:
            assert text[piece.span.start : piece.span.end].split() == piece.text.split()
    covered = {place for window in windows for piece in window for place in range(piece.span.start, piece.span.end)}
    citable = {place for one in segments for place in range(one.span.start, one.span.end) if not text[place].isspace()}
    assert citable <= covered
    starts = [window[0].number for window in windows]
    assert starts == sorted(starts)


# Merging


def test_labels_are_joined_in_the_codebooks_order_with_all_their_evidence() -> None:
    first = Draft(Status.CODED, (*coded("y", (5, 9)).assignments, *coded("z", (1, 2)).assignments))
    merged = merge(
        dimension("parts"), [first, SILENT, Draft(Status.CODED, coded("x", (30, 31)).assignments), coded("y", (40, 44))]
    )
    assert [(one.category, [(s.start, s.end) for s in one.evidence]) for one in merged.assignments] == [
        ("x", [(30, 31)]),
        ("y", [(5, 9), (40, 44)]),
        ("z", [(1, 2)]),
    ]
    assert (merged.status, merged.reason) == (Status.CODED, "")


@pytest.mark.parametrize("name", ["mode", "parts"])
def test_silence_yields_to_a_code_and_stands_where_every_window_is_silent(name: str) -> None:
    code = "online" if name == "mode" else "x"
    assert merge(dimension(name), [SILENT, coded(code, (1, 2)), SILENT]).assignments[0].category == code
    says_so = Draft(Status.ABSENT, evidence=(Span(start=7, end=9),))
    merged = merge(dimension(name), [SILENT, says_so])
    assert (merged.status, merged.evidence) == (Status.ABSENT, says_so.evidence)


def test_of_several_codes_the_most_confident_stands_and_the_cell_is_marked() -> None:
    drafts = [
        coded("online", (1, 2), confidence=0.6),
        coded("online", confidence=0.7),
        coded("offline", (8, 9), confidence=0.9),
    ]
    merged = merge(dimension("mode"), drafts)
    assert (merged.assignments[0].category, merged.assignments[0].confidence) == ("offline", 0.9)
    assert merged.reason == "tie between windows: online (windows 1, 2), offline (window 3)"


def test_without_confidences_the_code_of_most_windows_stands_and_of_equal_ones_the_first() -> None:
    assert (
        merge(dimension("mode"), [coded("offline"), coded("online"), coded("offline")]).assignments[0].category
        == "offline"
    )
    # One confidence is not known: it cannot be weighed against the other.
    some = [coded("offline", confidence=0.9), coded("online"), coded("online")]
    assert merge(dimension("mode"), some).assignments[0].category == "online"
    assert merge(dimension("level"), [coded("high"), coded("low")]).assignments[0].category == "low"


def test_one_code_of_several_windows_is_no_tie_and_keeps_the_highest_confidence() -> None:
    merged = merge(
        dimension("mode"), [coded("online", (1, 2), confidence=0.6), SILENT, coded("online", (8, 9), confidence=0.8)]
    )
    assert (merged.reason, merged.assignments[0].confidence) == ("", 0.8)
    assert [(one.start, one.end) for one in merged.assignments[0].evidence] == [(1, 2), (8, 9)]


def test_a_code_that_needs_evidence_and_has_none_is_unsupported() -> None:
    assert merge(dimension("mode"), [coded("online"), SILENT]).unsupported
    assert not merge(dimension("mode"), [coded("online"), coded("online", (1, 2))]).unsupported


def hours(low: float, qualifier: str = "unspecified", at: int = 0) -> Draft:
    mention = QuantityMention(low=low, unit="hours", qualifier=qualifier, evidence=(Span(start=at, end=at + 1),))  # type: ignore[arg-type]
    return Draft(Status.CODED, mentions=(mention,))


def test_amounts_are_joined_and_the_codebooks_rule_decides() -> None:
    # counts: total. Three hours a session in one window, twenty in total in another: the total counts.
    merged = merge(dimension("hours"), [hours(3, "per_session"), SILENT, hours(20, "total", 50)])
    assert [one.category for one in merged.assignments] == ["long"]
    assert [(one.start, one.end) for one in merged.assignments[0].evidence] == [(50, 51)]
    assert len(merged.mentions) == 2


def test_the_same_amount_in_two_windows_is_one_mention_and_two_that_differ_are_a_tie() -> None:
    same = merge(dimension("hours"), [hours(3, at=1), hours(3, at=1), hours(3, at=70)])
    assert [len(one.evidence) for one in same.mentions] == [2]
    tie = merge(dimension("hours"), [hours(3), hours(20)])
    assert (tie.status, tie.reason) == (Status.INVALID, "tie: short or long")


def test_an_amount_that_was_a_tie_in_its_window_can_be_settled_by_another() -> None:
    unsettled = Draft(Status.INVALID, mentions=(*hours(3).mentions, *hours(20).mentions), reason="tie: short or long")
    assert merge(dimension("hours"), [unsettled, hours(40, "total")]).assignments[0].category == "long"


def test_the_earliest_date_of_all_windows_decides() -> None:
    drafts = [Draft(Status.CODED, mentions=(DateMention(start=start),)) for start in ("2020-03", "2018-11")]
    assert merge(dimension("start"), [drafts[0], SILENT, drafts[1]]).assignments[0].category == "2018"


@pytest.mark.parametrize("status", [Status.REFUSED, Status.INVALID])
def test_what_a_window_would_not_say_makes_the_whole_unknown(status: Status) -> None:
    merged = merge(dimension("mode"), [coded("online"), Draft(status, reason="no"), coded("online")])
    assert (merged.status, merged.assignments, merged.reason) == (status, (), "window 2 of 3: no")


def test_where_the_codebook_knows_no_silence_no_code_in_any_window_is_invalid() -> None:
    assert merge(dimension("always"), [SILENT, SILENT]).status is Status.INVALID


def test_windows_without_an_answer_are_counted_and_named() -> None:
    draft = failed(12, {3: "HTTP 500", 7: "no answer in time"})
    assert draft.status is Status.FAILED
    assert draft.reason == "2 of 12 windows brought no answer (window 3: HTTP 500; window 7: no answer in time)"
