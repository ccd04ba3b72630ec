"""Answers filled in step by step: what is fixed, what is weighed, what the model writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from coder.codebook import parse_codebook
from coder.model import Segment
from coder.prompting import build_prompt
from coder.providers.local.filling import Filled, fill

BOOK = """\
name: courses
version: 1
dimensions:
  - id: place
    kind: nominal
    question: Where is the course held?
    absent: {}
    categories: [{id: online, label: Online}, {id: on_site, label: On site}]
  - id: price
    kind: quantity
    question: What does it cost?
    unit: EUR
    counts: standard
    bins: [{id: free, to: 1}, {id: paid, from: 1}]
  - id: topics
    kind: multilabel
    question: What is taught?
    categories: [{id: statistics, label: Statistics}, {id: cooking, label: Cooking}]
"""
OBJECT = build_prompt(parse_codebook(BOOK, "b"), "object")
COMPACT = build_prompt(parse_codebook(BOOK, "b"), "compact")
PLACES = {"online": 0.2, "on_site": 0.5, "absent": 0.3}


class Model:
    """Weighs every code by `chances` and writes `values` in turn; keeps what it was asked behind which text."""

    def __init__(self, chances: Mapping[str, float], *values: Any, positional: bool = False) -> None:
        self.chances = chances
        self.values = list(values)
        self.separators = (",", ":") if positional else (", ", ": ")
        self.sentences: Mapping[str, float] = {}
        self.weighed: list[str] = []
        self.cited: list[tuple[str, int]] = []
        self.written: list[tuple[str, Mapping[str, Any]]] = []

    def weigh(self, text: str, options: Sequence[str]) -> Mapping[str, float]:
        self.weighed.append(text)
        return self.chances

    def cite(self, text: str, numbers: range) -> Mapping[str, float]:
        self.cited.append((text, numbers[-1]))
        return self.sentences

    def write(self, text: str, space: str, schema: Mapping[str, Any]) -> str:
        self.written.append((text, schema))
        return space + json.dumps(self.values.pop(0), separators=self.separators)

    def fill(self, schema: dict[str, Any]) -> Filled:
        return fill("Q", schema, self.weigh, self.cite, self.write)


def amount(**fields: Any) -> dict[str, Any]:
    return {"evidence": [2], "low": 5, "high": None, "unit": "EUR", "count": 1, "qualifier": "standard"} | fields


def test_an_object_is_filled_with_its_usual_spaces_and_can_be_read() -> None:
    label = {"evidence": [3], "code": "cooking"}
    model = Model(PLACES, [1], [amount()], [label])
    filled = model.fill(OBJECT.schema)
    wanted = {"place": {"evidence": [1], "code": "on_site"}, "price": [amount()], "topics": [label]}
    assert filled.content == json.dumps(wanted)
    OBJECT.response_model.model_validate_json(filled.content)


def test_records_of_positions_are_filled_without_a_space() -> None:
    model = Model(PLACES, [1], [[[2], 5, None, "EUR", 1, "standard"]], [[[3], "cooking"]], positional=True)
    filled = model.fill(COMPACT.schema)
    assert (
        filled.content
        == '{"place":[[1],"on_site"],"price":[[[2],5,null,"EUR",1,"standard"]],"topics":[[[3],"cooking"]]}'
    )


def test_a_code_is_weighed_behind_its_evidence_and_its_open_quote() -> None:
    model = Model(PLACES, [1], [], [])
    (found,) = model.fill(OBJECT.schema).probabilities
    assert model.weighed == ['Q{"place": {"evidence": [1], "code": "']
    assert (found.dimension, found.code, found.probability) == ("place", "on_site", 0.5)
    assert found.distribution == PLACES


def test_of_equally_likely_codes_the_codebooks_first_is_taken() -> None:
    model = Model({"online": 0.4, "on_site": 0.4, "absent": 0.2}, [1], [], [])
    assert json.loads(model.fill(OBJECT.schema).content)["place"]["code"] == "online"


def test_the_model_writes_behind_all_that_stands_before_and_by_the_schema_of_that_value_alone() -> None:
    model = Model(PLACES, [1], [], [])
    model.fill(OBJECT.schema)
    texts = ['Q{"place": {"evidence":', 'Q{"place": {"evidence": [1], "code": "on_site"}, "price":']
    assert [text for text, _ in model.written[:2]] == texts
    assert [schema for _, schema in model.written[1:]] == [
        OBJECT.schema["properties"][name] for name in ("price", "topics")
    ]


def test_behind_its_code_evidence_is_one_sentence_and_none_for_an_answer_that_the_text_does_not_say() -> None:
    schema = build_prompt(parse_codebook(BOOK, "b"), "object", first="code").schema
    model = Model(PLACES, [2], [], [])
    assert json.loads(model.fill(schema).content)["place"] == {"code": "on_site", "evidence": [2]}
    text, asked = model.written[0]
    assert (text, asked["minItems"], asked["maxItems"]) == ('Q{"place": {"code": "on_site", "evidence":', 1, 1)
    silent = Model({"online": 0.1, "on_site": 0.2, "absent": 0.7}, [], [])
    assert json.loads(silent.fill(schema).content)["place"] == {"code": "absent", "evidence": []}


def test_a_label_that_does_not_hold_cites_nothing() -> None:
    schema = build_prompt(parse_codebook(BOOK, "b"), "compact", labels="yes_no", first="code").schema
    model = Model(PLACES | {"yes": 0.4, "no": 0.6}, [2], [], positional=True)
    assert json.loads(model.fill(schema).content)["topics/cooking"] == ["no", []]


def sentences(count: int) -> tuple[Segment, ...]:
    return tuple(Segment(number=n, text="On site.", start=9 * n, end=9 * n + 8) for n in range(1, count + 1))


def test_the_likeliest_sentence_is_cited_and_its_probabilities_kept() -> None:
    prompt = build_prompt(parse_codebook(BOOK, "b"), "compact", first="code")
    model = Model(PLACES, [], [], positional=True)
    model.sentences = {"1": 0.2, "2": 0.7, "3": 0.1}
    filled = model.fill(prompt.schema_for(sentences(3)))
    assert json.loads(filled.content)["place"] == ["on_site", [2]]
    assert model.cited == [('Q{"place":["on_site",[', 3)]
    assert [(one.dimension, one.code) for one in filled.probabilities] == [("place", "on_site"), ("place#", "2")]
    assert filled.probabilities[1].distribution == model.sentences


def test_an_answer_that_claims_nothing_cites_nothing_and_the_sentence_of_the_claim_that_it_might_become_is_kept() -> (
    None
):
    prompt = build_prompt(parse_codebook(BOOK, "b"), "compact", first="code")
    silent = Model({"online": 0.1, "on_site": 0.2, "absent": 0.7}, [], [], positional=True)
    silent.sentences = {"1": 0.9, "2": 0.1}
    filled = silent.fill(prompt.schema_for(sentences(2)))
    assert json.loads(filled.content)["place"] == ["absent", []]
    assert silent.cited == [('Q{"place":["on_site",[', 2)]
    sure = Model({"online": 0.01, "on_site": 0.04, "absent": 0.95}, [], [], positional=True)
    sure.fill(prompt.schema_for(sentences(2)))
    assert sure.cited == []


def test_the_only_sentence_is_cited_without_being_asked_for() -> None:
    prompt = build_prompt(parse_codebook(BOOK, "b"), "compact", first="code")
    model = Model(PLACES, [], [], positional=True)
    only = (Segment(number=1, text="On site.", start=0, end=8),)
    assert json.loads(model.fill(prompt.schema_for(only)).content)["place"] == ["on_site", [1]]


@pytest.mark.parametrize("prompt", [OBJECT, COMPACT], ids=["object", "compact"])
def test_a_code_that_cannot_be_weighed_is_written_and_has_no_probability(prompt: Any) -> None:
    positional = prompt is COMPACT
    model = Model({}, [1], "online", [], [], positional=positional)
    filled = model.fill(prompt.schema)
    assert filled.probabilities == ()
    place = json.loads(filled.content)["place"]
    assert (place[1] if positional else place["code"]) == "online"
    assert model.written[1][1] == {"enum": ["online", "on_site", "absent"]}
