"""One thing entered twice is found and merged, or asked of a person; things that only look alike are left alone."""

from __future__ import annotations

from pathlib import Path

from coder.documents.alike import Alike, find_alike
from coder.documents.described import Described, describe
from coder.model import Document, Version

TEXT = (
    "This two day workshop shows radiologists how deep learning reads chest films. Participants label a small data "
    "set, train a network in a notebook and weigh its errors with a physicist. Lunch is part of the fee of 450 euro."
)
RETOLD = (
    "For two days radiologists learn in a workshop how chest films are read by deep learning. They label a small data "
    "set, train a network of their own in a notebook and weigh the errors with a physicist. A fee of 450 euro, lunch in."
)
OTHER = (
    "A webinar series on consent, bias and duty of care in wards where algorithms choose who is seen first; six "
    "evenings, free of charge, recorded for members of the union of nurses in the north."
)
TITLE = "Deep learning for chest radiologists"


def told(text: str = TEXT, title: str = TITLE, **variables: str) -> Described:
    document = Document(name="x", variables={"title": title, **variables})
    return describe(document, Version(document_id=document.id, text=text, hash="x") if text else None)


def pairs(*documents: Described) -> list[tuple[bool, str]]:
    return [(one.certain, one.reason) for one in find_alike(documents)]


def test_a_changed_address_with_tracking_parameters_is_the_same_address() -> None:
    once = told(url="https://example.org/course?utm_source=mail")
    again = told(RETOLD, url="http://example.org/course/#top")
    (found,) = find_alike([once, again])
    assert (found.certain, found.reason) == (True, "address")
    assert found.grounds == "the same address: example.org/course"
    assert found.evidence["address"] == 1.0
    assert found.evidence["text"] < 1.0


def test_a_copied_text_with_the_same_title_is_certain_and_a_translated_title_is_asked() -> None:
    copied = TEXT + " Apply by mail."
    assert pairs(told(), told(copied, url="https://mirror.example/9")) == [(True, "text")]
    assert pairs(told(), told(copied, "Diep leren voor thoraxradiologen")) == [(False, "text")]


def test_a_text_told_anew_is_asked_and_certain_only_under_its_own_title() -> None:
    assert pairs(told(), told(RETOLD, "A workshop on networks")) == [(False, "text")]
    assert pairs(told(), told(RETOLD)) == [(True, "text")]


def test_another_year_or_part_is_another_edition_and_never_certain() -> None:
    (found,) = find_alike([told(title=f"{TITLE} 2023"), told(title=f"{TITLE} 2024")])
    assert not found.certain
    assert "other years: 2023 and 2024" in found.grounds
    assert pairs(told(year="2023"), told(year="2024")) == [(False, "text")]
    assert pairs(told(title=f"{TITLE}, part I"), told(title=f"{TITLE}, part II")) == [(False, "text")]
    address = {"url": "https://example.org/course"}
    assert pairs(told(title=f"{TITLE} 2023", **address), told(title=f"{TITLE} 2024", **address)) == [(False, "address")]


def test_two_things_on_one_page_are_asked_and_a_page_that_lists_many_says_nothing() -> None:
    page = {"url": "https://example.org/courses"}
    assert pairs(told(**page), told(OTHER, "Ethics of algorithms for nurses", **page)) == [(False, "address")]
    words = ["amber", "birch", "cedar", "daisy", "elder", "fennel", "garlic", "hazel", "iris", "juniper"]
    many = [
        told(" ".join(f"{word}{place}" for place in range(30)), f"{word} {word}s {word}ly", **page) for word in words
    ]
    assert pairs(*many) == []


def test_one_doi_is_one_article_whatever_year_a_database_gives() -> None:
    first = told(doi="10.1000/ABC", year="2020")
    second = told("", doi="https://doi.org/10.1000/abc", year="2021")
    assert pairs(first, second) == [(True, "address")]


def test_two_dois_are_two_works_unless_the_text_is_the_same_and_then_they_are_asked() -> None:
    first, second = {"doi": "10.1000/a", "year": "2020"}, {"doi": "10.1000/b", "year": "2020"}
    (found,) = find_alike([told(**first), told(TEXT + " Apply by mail.", **second)])
    assert (found.certain, found.reason) == (False, "text")
    assert found.grounds == "nearly the same text; other DOIs: 10.1000/a and 10.1000/b"
    assert pairs(told("", **first), told("", **second)) == []  # one title, one year, no texts
    assert pairs(told(**first), told(RETOLD, **second)) == []
    page = {"url": "https://example.org/proceedings"}
    assert pairs(told("", **first, **page), told("", **second, **page)) == []
    assert pairs(told("", pmid="1", year="2020"), told("", pmid="2", year="2020")) == []


def test_one_pubmed_id_under_two_dois_is_asked() -> None:
    (found,) = find_alike([told(doi="10.1000/a", pmid="1"), told(RETOLD, doi="10.1000/b", pmid="1")])
    assert not found.certain
    assert "the same identifier: pmid:1; other DOIs: 10.1000/a and 10.1000/b" in found.grounds


def test_a_record_without_a_doi_does_not_make_two_dois_one_work() -> None:
    bare = {"year": "2020"}
    documents = [told("", **bare), told("", doi="10.1000/a", **bare), told("", doi="10.1000/b", **bare)]
    same, asked = find_alike(documents)
    assert (same.certain, same.second) == (True, documents[1].document_id)
    assert (asked.certain, asked.second) == (False, documents[2].document_id)
    assert asked.grounds.endswith("by way of others, other DOIs: 10.1000/a and 10.1000/b")


def test_titles_alone_are_certain_in_one_year_where_no_two_texts_are() -> None:
    assert pairs(told("", year="2020"), told("", year="2020")) == [(True, "title")]
    assert pairs(told("", year="2020"), told("")) == [(False, "title")]
    assert pairs(told("", "Course"), told("", "Course")) == []


def test_a_notice_that_many_pages_share_makes_none_of_them_one() -> None:
    notice = "This page needs cookies to show anything."
    assert pairs(told(notice, "First"), told(notice, "Second")) == []


def test_case_accents_and_line_breaks_do_not_make_another_text() -> None:
    (found,) = find_alike([told("Été " + TEXT), told(("ÉTÉ " + TEXT).upper().replace(" ", "\n"))])
    assert found.certain
    assert found.copied == 1.0


def test_the_shipped_programs_are_distinct_down_to_the_sisters_of_one_house() -> None:
    folder = Path(__file__).parents[3] / "gold" / "radiology-ai-training"
    files = sorted((folder / "documents").glob("*.txt")) + sorted((folder / "screening").rglob("*.txt"))
    documents = []
    for file in files:
        head, _, text = file.read_text(encoding="utf-8").partition("---\n")
        variables = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
        made = Document(name=file.stem, variables=variables)
        documents.append(describe(made, Version(document_id=made.id, text=text.strip(), hash="x")))
    assert len(documents) == 112
    assert find_alike(documents) == []


def test_the_order_of_documents_changes_nothing_but_who_stands_first() -> None:
    documents = [told(), told(RETOLD, "A workshop on networks"), told(TEXT + " Apply by mail."), told(OTHER, "Ethics")]

    def unordered(found: list[Alike]) -> set[tuple[frozenset[str], bool]]:
        return {(frozenset((one.first, one.second)), one.certain) for one in found}

    assert unordered(find_alike(documents)) == unordered(find_alike(documents[::-1]))
