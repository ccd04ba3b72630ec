"""What an import adds to what is stored."""

from __future__ import annotations

from coder.documents.duplicates import plan_import
from coder.documents.normalise import text_hash
from coder.documents.records import ReadDocument


def read(name: str, text: str, **variables: str) -> ReadDocument:
    return ReadDocument(name=name, text=text, variables=variables, language="en", source=f"x.csv, {name}")


def test_new_documents_come_with_a_first_version() -> None:
    ((document, version),) = plan_import([read("a", "One.", year="2020")]).new
    assert (document.name, document.variables, document.source) == ("a", {"year": "2020"}, "x.csv, a")
    assert (version.document_id, version.text, version.hash) == (document.id, "One.", text_hash("One."))


def test_a_second_document_with_the_same_text_is_left_out_with_a_note() -> None:
    plan = plan_import([read("a", "One."), read("b", "One. \r\n")])
    assert [document.name for document, _ in plan.new] == ["a"]
    assert [(found.name, found.original, found.kept) for found in plan.duplicates] == [("b", "a", False)]
    assert plan.notes == ("x.csv, b: 'b' has the text of 'a' and is left out",)


def test_duplicates_are_kept_on_request_and_still_reported() -> None:
    plan = plan_import([read("a", "One."), read("b", "One.")], keep_duplicates=True)
    assert [document.name for document, _ in plan.new] == ["a", "b"]
    assert [(found.name, found.kept) for found in plan.duplicates] == [("b", True)]


def test_a_text_stored_under_another_name_is_a_duplicate() -> None:
    stored = plan_import([read("a", "One.")]).new
    plan = plan_import([read("b", "One.")], stored)
    assert plan.new == ()
    assert plan.duplicates[0].original == "a"


def test_a_stored_name_with_the_same_text_is_unchanged() -> None:
    stored = plan_import([read("a", "One.")]).new
    plan = plan_import([read("a", "One.")], stored)
    assert (plan.new, plan.versions, plan.unchanged, plan.notes) == ((), (), ("a",), ())


def test_a_stored_name_with_another_text_is_a_new_version_of_its_document() -> None:
    stored = plan_import([read("a", "One.")]).new
    plan = plan_import([read("a", "Two.")], stored)
    assert plan.new == ()
    assert [(version.document_id, version.text) for version in plan.versions] == [(stored[0][0].id, "Two.")]


def test_a_changed_text_that_another_document_has_is_stored_and_reported() -> None:
    stored = plan_import([read("a", "One."), read("b", "Two.")]).new
    plan = plan_import([read("b", "One.")], stored)
    assert len(plan.versions) == 1
    assert [(found.name, found.original, found.kept) for found in plan.duplicates] == [("b", "a", True)]


def test_a_text_that_its_document_gives_up_in_this_import_is_free_for_another() -> None:
    stored = plan_import([read("a", "One.")]).new
    plan = plan_import([read("a", "Two."), read("b", "One.")], stored)
    assert [document.name for document, _ in plan.new] == ["b"]
    assert plan.duplicates == ()


def test_two_stored_copies_stay_unchanged_on_a_second_import() -> None:
    both = [read("a", "One."), read("b", "One.")]
    stored = plan_import(both, keep_duplicates=True).new
    assert plan_import(both, stored).unchanged == ("a", "b")


def test_other_variables_under_a_stored_name_are_told_of_and_not_taken_over() -> None:
    stored = plan_import([read("a", "One.", year="2020")]).new
    plan = plan_import([read("a", "One.", year="2021")], stored)
    assert plan.notes == ("x.csv, a: 'a' is stored already with other variables; the stored ones stay",)


def test_variables_named_as_context_are_shown_beside_the_text() -> None:
    ((_, version),) = plan_import([read("a", "One.", title="AI", year="2020")], context=["title", "place"]).new
    assert version.context == {"title": "AI"}
