"""A multi-label dimension asked as yes or no a label comes back as the set of its labels."""

from __future__ import annotations

import json

import pytest

from coder.codebook import parse_codebook
from coder.dimensions import Form
from coder.documents import segment
from coder.model import Assignment, CodeProbability, Coding, Status, Version
from coder.prompting import Example, build_prompts, interpret
from coder.prompting.labels import apart, probabilities_of_labels

BOOK = """\
name: small
version: 1
dimensions:
  - {id: parts, kind: multilabel, question: What is in it?, absent: {}, categories: [{id: "no", label: N}, {id: x, label: X}]}
  - {id: must, kind: multilabel, question: Which?, categories: [{id: y, label: Y}, {id: z, label: Z}]}
"""
CODEBOOK = parse_codebook(BOOK, "book.yaml")
VERSION = Version(document_id="d", text="One. Two. Three.", hash="h")
SEGMENTS = segment(VERSION.text, "en")


def coding(dimension: str, *codes: str) -> Coding:
    given = tuple(Assignment(category=code, evidence=(SEGMENTS[1].span,)) for code in codes)
    status = Status.CODED if codes else Status.ABSENT
    return Coding(version_id=VERSION.id, dimension_id=dimension, coder_id="c", status=status, assignments=given,
                  codebook_hash="b", dimension_hash="d")  # fmt: skip


@pytest.mark.parametrize("form", ["object", "compact"])
@pytest.mark.parametrize("parts", [("x",), ("no", "x"), ()])
def test_a_worked_answer_reads_as_the_coding_it_was_written_from(form: Form, parts: tuple[str, ...]) -> None:
    known = {"parts": coding("parts", *parts), "must": coding("must", "z")}
    example = Example(VERSION, SEGMENTS, known)
    for prompt in build_prompts(CODEBOOK, form, examples=(example,), calls="each", labels="yes_no"):
        (name,) = prompt.asked
        draft = interpret(prompt.examples[1]["content"], prompt, SEGMENTS).drafts[name]
        assert (draft.status, draft.assignments) == (known[name].status, known[name].assignments)


def test_each_label_has_its_question_and_the_dimension_its_one_call() -> None:
    parts, must = build_prompts(CODEBOOK, "object", calls="each", labels="yes_no")
    assert [one.id for one in parts.questions] == ["parts/no", "parts/x"]
    assert (parts.asked, must.asked) == (("parts",), ("must",))
    assert "What is in it? Does this hold: X?" in parts.before
    assert parts.schema["properties"]["parts/x"]["properties"]["code"]["enum"] == ["yes", "no"]


def test_no_label_at_all_is_invalid_where_the_codebook_has_no_absent() -> None:
    _, must = build_prompts(CODEBOOK, "object", calls="each", labels="yes_no")
    no = {"evidence": [], "code": "no"}
    draft = interpret(json.dumps({"must/y": no, "must/z": no}), must, SEGMENTS).drafts["must"]
    assert (draft.status, draft.reason) == (
        Status.INVALID,
        "no label holds, and the codebook has no 'absent' for 'must'",
    )


def test_codes_given_from_outside_stand_in_place_of_the_answers_own() -> None:
    parts, _ = build_prompts(CODEBOOK, "object", calls="each", labels="yes_no")
    raw = json.dumps({"parts/no": {"evidence": [1], "code": "yes"}, "parts/x": {"evidence": [2], "code": "no"}})
    draft = interpret(raw, parts, SEGMENTS, {"parts/no": "no", "parts/x": "yes"}).drafts["parts"]
    assert [(one.category, one.evidence) for one in draft.assignments] == [("x", (SEGMENTS[1].span,))]


def test_the_probability_of_yes_is_that_of_the_label() -> None:
    yes = CodeProbability(dimension="parts/x", code="yes", probability=0.75)
    no = CodeProbability(dimension="parts/no", code="no", probability=0.5)
    assert probabilities_of_labels([yes, no]) == [CodeProbability(dimension="parts", code="x", probability=0.75), no]


def test_a_dimension_that_is_asked_whole_stays_whole() -> None:
    known = coding("parts", "x")
    assert apart(CODEBOOK.dimensions[0], known, "list") == {"parts": known}
