"""JSON lines: one answer a line, evidence as verbatim quotes."""

from __future__ import annotations

import json

import pytest

from coder.model import QuantityMention, Span, Status


def lines(*records: object) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def test_quotes_of_codes_and_of_the_answer_become_spans(read, documents):
    record = {
        "document": "alpha",
        "dimension": "mode",
        "status": "coded",
        "codes": [{"category": "online", "evidence": ["It is online"]}],
        "evidence": ["Prof. Ånström teaches."],
    }
    (coding,) = read(lines(record), "codes.jsonl").codings_by_coder["ann"]
    text = documents["alpha"][1].text
    start = text.index("It is online")
    assert coding.assignments[0].evidence == (Span(start=start, end=start + 12),)
    assert [text[span.start : span.end] for span in coding.evidence] == ["Prof. Ånström teaches."]


def test_a_quote_in_decomposed_unicode_is_found(read, documents):
    # A + combining ring is one letter once composed, as version texts are
    quote = "A\u030anstro\u0308m"
    (coding,) = read(
        lines({"document": "alpha", "dimension": "mode", "codes": ["online"], "evidence": [quote]}), "c.jsonl"
    ).codings_by_coder["ann"]
    assert documents["alpha"][1].text[coding.evidence[0].start : coding.evidence[0].end] == "Ånström"


def test_a_quote_that_does_not_occur_is_a_problem_with_its_line(read):
    good = {"document": "beta", "dimension": "mode", "status": "coded", "codes": ["offline"]}
    bad = {"document": "alpha", "dimension": "mode", "codes": [{"category": "online", "evidence": ["never said"]}]}
    found = read(lines(good, bad), "c.jsonl")
    assert [str(problem) for problem in found.problems] == [
        "line 2, mode: the quote 'never said' does not occur in the document"
    ]


def test_mentions_carry_their_evidence(read, documents):
    record = {
        "document": "alpha",
        "dimension": "duration",
        "status": "coded",
        "codes": ["h1_3"],
        "mentions": [{"low": 90, "unit": "minutes", "qualifier": "total", "evidence": ["90 minutes"]}],
    }
    (coding,) = read(lines(record), "c.jsonl").codings_by_coder["ann"]
    start = documents["alpha"][1].text.index("90 minutes")
    span = Span(start=start, end=start + 10)
    assert coding.mentions == (QuantityMention(low=90, unit="minutes", qualifier="total", evidence=(span,)),)


def test_defensible_codes_stay_with_the_coding_and_make_gold_items(read):
    record = {
        "document": "alpha",
        "dimension": "topics",
        "codes": ["medical"],
        "defensible": [["Technical", "medical"], ["absent"], ["nonsense"]],
    }
    found = read(lines(record), "c.jsonl")
    (item,) = found.gold_items("ann")
    assert item.defensible == (("technical", "medical"), ("absent",))
    assert "defensible: unknown code 'nonsense'" in str(found.problems[0])


def test_absent_may_cite_the_sentence_that_says_so(read):
    record = {"document": "beta", "dimension": "mode", "status": "absent", "evidence": ["price on request"]}
    (coding,) = read(lines(record), "c.jsonl").codings_by_coder["ann"]
    assert (coding.status, len(coding.evidence)) == (Status.ABSENT, 1)


def test_every_bad_line_is_listed_and_the_good_ones_are_read(read):
    text = (
        '{"document": "alpha", "dimension": "mode", "codes": ["online"]}\n'
        "{not json\n"
        "[1, 2]\n"
        '{"dimension": "mode", "codes": ["online"]}\n'
        '{"document": "alpha", "dimension": "mode"}\n'
        '{"document": "alpha", "dimension": "topics", "status": "absent", "codes": ["legal"]}\n'
        '{"document": "alpha", "dimension": "topics", "status": "dunno", "codes": ["legal"]}\n'
        '{"document": "alpha", "dimension": "duration", "codes": ["h1_3"], "mentions": [{"low": -1, "unit": "x"}]}\n'
        '{"document": "alpha", "dimension": "start", "codes": ["outside"], "mentions": [{"kind": "quantity", "low": 1, "unit": "x"}]}\n'
    )
    found = read(text, "c.jsonl")
    assert [(problem.kind, problem.rows) for problem in found.problems] == [
        ("record", (2,)),
        ("record", (3,)),
        ("record", (4,)),
        ("unknown_code", (5,)),
        ("contradiction", (6,)),
        ("unknown_code", (7,)),
        ("value", (8,)),
        ("value", (9,)),
    ]
    assert found.codings_by_coder["ann"][0].codes == ("online",)


@pytest.mark.parametrize("line", ["[" * 100_000, '{"document": ' + "9" * 5000 + "}"])
def test_a_line_made_to_break_the_parser_is_a_problem(read, line):
    assert [problem.kind for problem in read(line + "\n", "c.jsonl").problems] == ["record"]


def test_lines_that_contradict_each_other_are_both_left_out(read):
    one = {"document": "alpha", "dimension": "mode", "codes": ["online"]}
    other = {"document": "alpha", "dimension": "mode", "codes": ["offline"]}
    found = read(lines(one, other), "c.jsonl")
    assert [(problem.kind, problem.rows) for problem in found.problems] == [("contradiction", (1, 2))]
    assert found.codings_by_coder == {}


def test_coder_kind_and_probability_may_stand_in_the_line(read):
    record = {"document": "7", "dimension": "mode", "codes": ["online"], "coder": "sheet", "coder_kind": "constructed"}
    found = read(lines({**record, "probability": 0.5, "extra": 1}), "c.jsonl", coder=None)
    assert dict(found.kinds) == {"sheet": "constructed"}
    assert [one.probability for one in found.inclusions] == [0.5]
    assert found.notes == ("fields not read: 'extra'",)


def test_a_line_without_a_coder_is_a_problem(read):
    found = read(lines({"document": "alpha", "dimension": "mode", "codes": ["online"]}), "c.jsonl", coder=None)
    assert str(found.problems[0]) == "line 1: names no coder"
