"""Codes are found in an answer where the schema has them, and nothing else is taken for one."""

from __future__ import annotations

import json

import pytest

from coder.codebook import parse_codebook
from coder.prompting import build_prompt
from coder.providers.positions import code_positions

BOOK = """\
name: n
version: 1
dimensions:
  - {id: tone, kind: nominal, question: How?, absent: {}, categories: [{id: warm}, {id: cold}]}
  - {id: bare, kind: ordinal, question: How?, evidence: none, categories: [{id: low}, {id: high}]}
  - {id: parts, kind: multilabel, question: What?, absent: {}, categories: [{id: x}, {id: y}]}
  - {id: marks, kind: multilabel, question: What?, evidence: none, absent: {}, categories: [{id: m}, {id: n}]}
  - {id: length, kind: quantity, question: How long?, unit: minutes, absent: {}, bins: [{id: short, to: 60}, {id: long, from: 60}]}
  - {id: start, kind: date, question: When?, absent: {}, period: {from: 2019-01, to: 2021-12}}
"""
OBJECT = {
    "tone": {"evidence": [1], "code": "warm"},
    "bare": {"code": "high"},
    "parts": [{"evidence": [1], "code": "y"}, {"evidence": [2], "code": "x"}],
    "marks": [{"code": "n"}],
    "length": [{"evidence": [1], "low": 2, "high": None, "unit": "minutes", "count": 1, "qualifier": "total"}],
    "start": [{"evidence": [], "year": 2020, "month": None, "recurrence": "once"}],
}
COMPACT = {
    "tone": [[1], "warm"],
    "bare": ["high"],
    "parts": [[[1], "y"], [[2], "x"]],
    "marks": [["n"]],
    "length": [[[1], 2, None, "minutes", 1, "total"]],
    "start": [[[], 2020, None, "once"]],
}
CODES = [("tone", "warm"), ("bare", "high"), ("parts", "y"), ("parts", "x"), ("marks", "n")]


@pytest.mark.parametrize(("form", "answer"), [("object", OBJECT), ("compact", COMPACT)])
@pytest.mark.parametrize("indent", [None, 2])
def test_codes_are_found_in_order_and_units_qualifiers_and_recurrences_are_not(
    form: str, answer: dict[str, object], indent: int | None
) -> None:
    schema = build_prompt(parse_codebook(BOOK, "b"), form).schema  # type: ignore[arg-type]
    raw = json.dumps(answer, indent=indent)
    found = code_positions(raw, schema)
    assert [(one.dimension, one.code) for one in found] == CODES
    assert [raw[one.start - 1 : one.end + 1] for one in found] == [f'"{code}"' for _, code in CODES]


def test_a_choice_may_be_absent_and_a_label_may_not() -> None:
    schema = build_prompt(parse_codebook(BOOK, "b"), "compact").schema
    found = code_positions(json.dumps(COMPACT), schema)
    assert [found[0].options, found[2].options] == [("warm", "cold", "absent"), ("x", "y")]


@pytest.mark.parametrize(
    "raw",
    [
        "", "no JSON", '{"tone":[[1],"warm"', "[" * 100_000, '"warm"', "7", "[]", "{}",
        '{"tone":[[1],"lukewarm"]}', '{"tone":["warm",[1]]}', '{"tone":{"code":"warm"}}', '{"other":[[1],"warm"]}',
    ],
)  # fmt: skip
def test_what_does_not_fit_the_schema_has_no_codes(raw: str) -> None:
    schema = build_prompt(parse_codebook(BOOK, "b"), "compact").schema
    assert code_positions(raw, schema) == ()


def test_a_code_written_with_an_escape_is_found_whole() -> None:
    schema = build_prompt(parse_codebook(BOOK, "b"), "compact").schema
    raw = '{"tone":[[1],"w\\u0061rm"]}'
    (found,) = code_positions(raw, schema)
    assert (found.code, raw[found.start : found.end]) == ("warm", "w\\u0061rm")


def test_a_code_beside_a_reason_or_before_its_sentences_is_one_all_the_same() -> None:
    numbers = {"type": "array", "items": {"type": "integer"}}
    code = {"type": "string", "enum": ["a", "b"]}
    record = {"type": "array", "items": False}
    schema = {
        "properties": {
            "after": record | {"prefixItems": [code, numbers]},
            "reasoned": record | {"prefixItems": [{"type": "string"}, numbers, code]},
        }
    }
    found = code_positions('{"after":["a",[1]],"reasoned":["b",[2],"a"]}', schema)
    assert [(one.dimension, one.code, one.start) for one in found] == [("after", "a", 11), ("reasoned", "a", 40)]
