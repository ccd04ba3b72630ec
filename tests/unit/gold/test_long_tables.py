"""Long tables: one row an answer, or several for several codes."""

from __future__ import annotations

import pytest

from coder.errors import InputError
from coder.model import Status


def test_several_rows_are_several_codes(read):
    found = read("item,dimension,code\nalpha,topics,medical\nalpha,topics,technical\nalpha,mode,online\n")
    assert [(coding.dimension_id, coding.codes) for coding in found.codings_by_coder["ann"]] == [
        ("topics", ("medical", "technical")),
        ("mode", ("online",)),
    ]


def test_an_empty_code_is_absent(read):
    (coding,) = read("item,dimension,code\nalpha,mode,\n").codings_by_coder["ann"]
    assert coding.status is Status.ABSENT


def test_two_codes_for_a_single_code_dimension_name_both_rows(read):
    found = read("item,dimension,code\nalpha,mode,online\nbeta,mode,online\nalpha,mode,offline\n")
    assert str(found.problems[0]) == "lines 2, 4, mode: 2 codes (online, offline) where one is allowed"
    assert len(found.codings_by_coder["ann"]) == 1


def test_a_repeated_row_counts_once(read):
    found = read("item,dimension,code\nalpha,mode,online\nalpha,mode,Online\n")
    assert [coding.codes for coding in found.codings_by_coder["ann"]] == [("online",)]
    assert found.problems == ()


def test_absent_beside_a_code_is_a_contradiction(read):
    found = read("item,dimension,code\nalpha,topics,medical\nalpha,topics,\n")
    assert str(found.problems[0]) == "lines 2, 3, topics: says medical, absent at once"


def test_unknown_documents_dimensions_and_codes_are_all_listed(read):
    found = read("item,dimension,code\ngamma,mode,online\nalpha,modus,online\nalpha,mode,onlein\n,mode,online\n")
    assert [(problem.kind, problem.rows) for problem in found.problems] == [
        ("unknown_document", (2,)),
        ("unknown_dimension", (3,)),
        ("unknown_code", (4,)),
        ("unknown_document", (5,)),
    ]
    assert found.codings_by_coder == {}


def test_an_unknown_code_spoils_the_set_and_is_blamed_on_its_own_row(read):
    found = read("item,dimension,code\nalpha,topics,medical\nalpha,topics,juridical\n")
    assert [(problem.kind, problem.rows) for problem in found.problems] == [("unknown_code", (3,))]
    assert found.codings_by_coder == {}


def test_any_number_of_coders_may_stand_in_one_file(read):
    found = read("item,dimension,coder,code\nalpha,mode,a,online\nalpha,mode,b,offline\nalpha,mode,c,\n", coder=None)
    assert {who: codings[0].codes for who, codings in found.codings_by_coder.items()} == {
        "a": ("online",),
        "b": ("offline",),
        "c": (),
    }
    assert dict(found.kinds) == {"a": "person", "b": "person", "c": "person"}


def test_the_kind_of_a_coder_comes_from_the_file(read):
    found = read("item,dimension,coder,coder_kind,code\nalpha,mode,sheet,constructed,online\n", coder=None)
    assert dict(found.kinds) == {"sheet": "constructed"}


def test_a_model_is_not_taken_for_a_person(read):
    found = read("item,dimension,coder,coder_kind,code\nalpha,mode,gpt,model,online\n", coder=None, kind="person")
    assert str(found.problems[0]) == "line 2: coder 'gpt' is model here, but the file is read as by person"
    assert found.codings_by_coder == {}


def test_one_coder_is_not_of_two_kinds(read):
    found = read(
        "item,dimension,coder,coder_kind,code\nalpha,mode,x,person,online\nbeta,mode,x,alien,online\n7,mode,x,model,online\n",
        coder=None,
    )
    assert [(problem.kind, problem.rows) for problem in found.problems] == [("coder", (3,)), ("coder", (4,))]
    assert len(found.codings_by_coder["x"]) == 1


def test_a_status_column_counts(read):
    found = read(
        "document,dimension,status,codes\nalpha,mode,not_applicable,\nbeta,mode,coded,online\n7,mode,failed,\n"
    )
    assert [coding.status for coding in found.codings_by_coder["ann"]] == [
        Status.NOT_APPLICABLE,
        Status.CODED,
        Status.FAILED,
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("coded,", "is 'coded' without a code"),
        ("absent,online", "says online, absent at once"),
        ("perhaps,online", "unknown status 'perhaps'"),
    ],
)
def test_a_status_that_does_not_fit_its_codes_is_a_problem(read, row, reason):
    found = read(f"document,dimension,status,codes\nalpha,mode,{row}\n")
    assert reason in str(found.problems[0])
    assert found.codings_by_coder == {}


def test_quotes_become_spans_and_unknown_ones_problems(read, documents):
    found = read(
        "document,dimension,codes,evidence\n"
        "alpha,mode,online,It is  online | 90 minutes\n"  # two quotes; a doubled blank does not matter
        "beta,mode,offline,entirely invented\n"
    )
    text = documents["alpha"][1].text
    coding = found.codings_by_coder["ann"][0]
    assert [text[span.start : span.end] for span in coding.evidence] == ["It is online", "90 minutes"]
    assert str(found.problems[0]) == "line 3, mode: the quote 'entirely invented' does not occur in the document"


def test_memos_are_kept(read):
    (coding,) = read("document,dimension,code,memo\nalpha,mode,online,not sure\n").codings_by_coder["ann"]
    assert coding.memo == "not sure"


def test_probabilities_that_differ_by_dimension_are_kept_by_dimension(read):
    found = read(
        "document,dimension,code,probability\n"
        "alpha,mode,online,0.5\nalpha,topics,medical,0.2\nbeta,mode,online,0.5\nbeta,topics,legal,0.5\n"
    )
    assert [(one.dimension_id, one.probability) for one in found.inclusions] == [
        ("mode", 0.5),
        ("topics", 0.2),
        ("", 0.5),
    ]


def test_two_probabilities_for_one_answer_contradict(read):
    found = read("document,dimension,code,probability\nalpha,topics,medical,0.5\nalpha,topics,legal,0.25\n")
    assert str(found.problems[0]) == "line 3, topics: 0.25 contradicts 0.5 for document 'alpha'"


def test_shape_overrules_what_the_columns_suggest(read):
    with pytest.raises(InputError, match="a long table needs a column"):
        read("document,mode\nalpha,online\n", shape="long")


def test_credited_codings_carry_the_ids_of_the_store(read):
    found = read("item,dimension,coder,code\nalpha,mode,a,online\n", coder=None)
    credited = found.credited({"a": "01ID"})
    assert [coding.coder_id for coding in credited.codings_by_coder["a"]] == ["01ID"]
    assert [item.coding_id for item in credited.gold_items("a")] == [found.codings_by_coder["a"][0].id]
