"""Raw answers become drafts; what cannot be read becomes invalid and leaves the rest standing."""

import json
from typing import Any

import pytest

from coder.dimensions import Form
from coder.model import Codebook, Coding, Segment, Span, Status, Version
from coder.prompting import Example, Reading, build_prompt, interpret
from coder.prompting.example import worked_answer

OBJECT: dict[str, Any] = {
    "mode": {"evidence": [1], "code": "online"},
    "level": {"evidence": [], "code": "low"},
    "topics": [{"evidence": [1, 2], "code": "technical"}],
    "length": [{"evidence": [2], "low": 45, "high": None, "unit": "minutes", "count": 1, "qualifier": "total"}],
    "start": [{"evidence": [3], "year": 2019, "month": 5, "recurrence": "once"}],
    "platform": {"code": "zoom"},
}
COMPACT = {
    "mode": [[1], "online"],
    "level": [[], "low"],
    "topics": [[[1, 2], "technical"]],
    "length": [[[2], 45, None, "minutes", 1, "total"]],
    "start": [[[3], 2019, 5, "once"]],
    "platform": ["zoom"],
}


def read(answer: object, codebook: Codebook, segments: tuple[Segment, ...], form: Form = "object") -> Reading:
    return interpret(answer if isinstance(answer, str) else json.dumps(answer), build_prompt(codebook, form), segments)


@pytest.mark.parametrize(("answer", "form"), [(OBJECT, "object"), (COMPACT, "compact")])
def test_both_forms_read_alike(answer: object, form: Form, codebook: Codebook, segments: tuple[Segment, ...]) -> None:
    reading = read(answer, codebook, segments, form)
    assert reading.problem == ""
    codes = {name: [a.category for a in draft.assignments] for name, draft in reading.drafts.items()}
    assert codes == {
        "mode": ["online"],
        "level": ["low"],
        "topics": ["technical"],
        "length": ["short"],
        "start": ["2019-H1"],
        "platform": ["zoom"],
    }
    assert reading.drafts["topics"].assignments[0].evidence == (segments[0].span, segments[1].span)


def test_a_segment_that_does_not_exist_makes_only_its_dimension_invalid(
    codebook: Codebook, segments: tuple[Segment, ...]
) -> None:
    reading = read({**OBJECT, "mode": {"evidence": [4], "code": "online"}}, codebook, segments)
    assert reading.drafts["mode"].status is Status.INVALID
    assert reading.problem == "mode: segment 4 does not exist (the text has 1 to 3)"
    assert reading.drafts["topics"].status is Status.CODED


def test_a_code_outside_the_codebook_never_becomes_a_code(codebook: Codebook, segments: tuple[Segment, ...]) -> None:
    reading = read({**OBJECT, "mode": {"evidence": [1], "code": "hybrid"}}, codebook, segments)
    assert reading.drafts["mode"].status is Status.INVALID
    assert reading.drafts["mode"].assignments == ()


def test_a_missing_dimension_is_invalid(codebook: Codebook, segments: tuple[Segment, ...]) -> None:
    answer = {name: value for name, value in OBJECT.items() if name != "start"}
    assert read(answer, codebook, segments).problem == "start: missing from the answer"


@pytest.mark.parametrize("content", ["", "I think the answer is yes.", '{"mode": ', "[1]", '{"mode": NaN}'])
def test_an_answer_that_is_no_object_makes_everything_invalid(
    content: str, codebook: Codebook, segments: tuple[Segment, ...]
) -> None:
    reading = read(content, codebook, segments)
    assert {draft.status for draft in reading.drafts.values()} == {Status.INVALID}
    assert reading.problem.startswith("the answer is not one JSON object")


def test_a_fenced_answer_is_read(codebook: Codebook, segments: tuple[Segment, ...]) -> None:
    assert read(f"Here it is:\n```json\n{json.dumps(OBJECT)}\n```", codebook, segments).problem == ""


def test_absent_keeps_the_sentence_that_says_so(codebook: Codebook, segments: tuple[Segment, ...]) -> None:
    draft = read({**OBJECT, "mode": {"evidence": [3], "code": "absent"}}, codebook, segments).drafts["mode"]
    assert draft.status is Status.ABSENT
    assert draft.evidence == (segments[2].span,)
    assert not draft.unsupported


def test_a_code_without_evidence_is_unsupported_unless_the_codebook_says_otherwise(
    codebook: Codebook, segments: tuple[Segment, ...]
) -> None:
    drafts = read({**OBJECT, "mode": {"evidence": [], "code": "online"}}, codebook, segments).drafts
    assert drafts["mode"].unsupported
    assert not drafts["level"].unsupported  # evidence: optional
    assert not drafts["platform"].unsupported  # evidence: none


def test_an_empty_list_of_labels_is_absent(codebook: Codebook, segments: tuple[Segment, ...]) -> None:
    assert read({**OBJECT, "topics": []}, codebook, segments).drafts["topics"].status is Status.ABSENT


def test_a_label_named_twice_keeps_both_evidences(codebook: Codebook, segments: tuple[Segment, ...]) -> None:
    twice = [{"evidence": [2], "code": "medical"}, {"evidence": [1], "code": "medical"}]
    (assignment,) = read({**OBJECT, "topics": twice}, codebook, segments).drafts["topics"].assignments
    assert assignment.evidence == (Span(start=0, end=13), segments[1].span)


def test_a_dimension_whose_condition_is_false_is_not_applicable(
    codebook: Codebook, segments: tuple[Segment, ...]
) -> None:
    reading = read({**OBJECT, "mode": {"evidence": [1], "code": "on_site"}}, codebook, segments)
    assert reading.drafts["platform"].status is Status.NOT_APPLICABLE
    unread = read({**OBJECT, "mode": {"evidence": [9], "code": "online"}}, codebook, segments)
    assert unread.drafts["platform"].status is Status.CODED


@pytest.mark.parametrize("form", ["object", "compact"])
def test_a_worked_answer_reads_back_as_the_codings_it_was_made_from(
    form: Form, codebook: Codebook, segments: tuple[Segment, ...]
) -> None:
    version = Version(document_id="d", text="x" * 60, hash="h")
    drafts = read(OBJECT, codebook, segments).drafts
    codings = {
        name: Coding(
            version_id=version.id,
            dimension_id=name,
            coder_id="c",
            status=draft.status,
            assignments=draft.assignments,
            mentions=draft.mentions,
            evidence=draft.evidence,
            codebook_hash="b",
            dimension_hash="d",
        )
        for name, draft in drafts.items()
    }
    prompt = build_prompt(codebook, form)
    answer = worked_answer(Example(version, segments, codings), prompt.dimensions, form)
    again = interpret(answer, prompt, segments)
    assert again.problem == ""
    assert again.drafts == drafts
