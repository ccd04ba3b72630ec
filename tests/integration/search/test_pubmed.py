"""PubMed against a loopback site: pages, pace, keys, and answers that are none."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from tests.integration.search.asked import BOMB, OUTSIDE, QUICK, search, site
from tests.integration.search.sites import Page, Site, eutilities, ok

__all__ = ["site"]


PUBMED = "{name: PubMed, kind: pubmed, url: 'SITE'}"


def test_pubmed_is_paged_through_and_its_records_are_whole(site: Site) -> None:
    site.pages.update(eutilities({"ai": [5, 4, 3, 2, 1]}))
    (found,) = search(site, PUBMED, more="period: {from: 2019-01-01, to: 2020-06-30}")
    assert [one.name for one in found.results] == [f"pmid:{number}" for number in (5, 4, 3, 2, 1)]
    first = found.results[0]
    assert first.keys == ("pmid:5", "doi:10.1000/5")  # its own DOI, not that of a reference
    assert dict(first.fields) == {
        "pmid": "5", "doi": "10.1000/5", "title": "Title 5", "abstract": "AIM: To teach.\nIt works & lasts.",
        "authors": "Doe, J; The Group", "journal": "J", "year": "2019", "language": "eng",
    }  # fmt: skip
    # Three ids a page: two searches, then one fetch of all five.
    assert [path for path, _, _ in site.asked] == ["/esearch.fcgi", "/esearch.fcgi", "/efetch.fcgi"]
    asked = site.asked[0][1]
    assert (asked["tool"], asked["email"], asked["sort"]) == ("intercoder", "ada@example.org", "relevance")
    assert (asked["mindate"], asked["maxdate"], asked["datetype"]) == ("2019/01/01", "2020/06/30", "pdat")
    assert "api_key" not in asked


def test_pubmed_gives_no_more_than_the_maximum_and_says_what_it_has(site: Site) -> None:
    site.pages.update(eutilities({"ai": list(range(1, 8))}))
    (found,) = search(site, PUBMED.replace("}", ", maximum: 4}"))
    assert (len(found.results), found.total, found.left) == (4, 7, 3)


def test_a_record_that_an_earlier_query_brought_is_not_fetched_again(site: Site) -> None:
    site.pages.update(eutilities({"ai": [1, 2], "ml": [2, 3]}))
    search(site, PUBMED, queries="[{id: q, text: ai}, {id: r, text: ml}]")
    assert [asked["id"] for path, asked, _ in site.asked if path == "/efetch.fcgi"] == ["1,2", "3"]


def test_a_record_without_description_is_a_hit_all_the_same(site: Site) -> None:
    site.pages.update(eutilities({"ai": [404, 1]}))
    (found,) = search(site, PUBMED)
    assert [one.name for one in found.results] == ["pmid:404", "pmid:1"]
    assert list(found.notes) == ["1 records came without a description"]


def test_too_many_requests_are_waited_out_and_asked_again(site: Site) -> None:
    site.pages.update(eutilities({"ai": [1]}))
    busy: Page = (429, {"Retry-After": "0"}, b'{"error":"API rate limit exceeded"}')
    site.faults["/esearch.fcgi"] += [busy, (503, {}, b"")]
    (found,) = search(site, PUBMED)
    assert (len(found.results), found.problem) == (1, "")


def test_a_pause_that_no_reader_of_numbers_takes_is_none(site: Site) -> None:
    site.pages.update(eutilities({"ai": [1]}))
    site.faults["/esearch.fcgi"] += [(429, {"Retry-After": "\u00b2"}, b"")]  # a digit to Python, and no number
    (found,) = search(site, PUBMED)
    assert (len(found.results), found.problem) == (1, "")


def test_a_source_that_asks_for_an_hour_is_not_waited_for(site: Site) -> None:
    site.faults["/esearch.fcgi"] += [(429, {"Retry-After": "3600"}, b"")]
    (found,) = search(site, PUBMED)
    assert "asks to wait 3,600 seconds" in found.problem


def test_a_key_is_sent_in_the_body_and_never_shown(site: Site) -> None:
    key = "0123456789abcdef"
    site.faults["/esearch.fcgi"] += [ok(f"<eSearchResult><ERROR>API key {key} is not valid</ERROR></eSearchResult>")]
    (found,) = search(site, PUBMED, environment={"NCBI_API_KEY": key})
    assert site.asked[0][:2] == ("/esearch.fcgi", site.asked[0][1])  # no ? in the path
    assert site.asked[0][1]["api_key"] == key
    assert found.problem == "API key *** is not valid"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ok(BOMB), "declares a document type"),
        (ok(OUTSIDE), "declares a document type"),
        (ok("<eSearchResult><Count>1"), "not valid XML"),
        (ok("<html/>"), "the answer is none that esearch gives"),
        (ok("<eSearchResult><Count>-1</Count></eSearchResult>"), "the answer is none that esearch gives"),
        (ok("é<a/>".encode("utf-16")), "not valid XML"),
        (ok(b"<?xml version='1.0' encoding='nonsense'?><a/>"), "not valid XML"),
        (ok("x" * 2_000_000), "more than 1 MB"),
        (ok(gzip.compress(b"0" * 3_000_000), Content_Encoding="gzip"), "more than 1 MB"),
        ((403, {}, b""), "answers 403"),
        ((302, {"Location": "https://elsewhere.example/"}, b""), "leads on to https://elsewhere.example/"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_answer_that_is_none_is_told_and_breaks_nothing(site: Site, answer: Page, said: str) -> None:
    site.pages.update(eutilities({"ml": [1]}))
    site.faults["/esearch.fcgi"] += [answer]
    bad, good = search(
        site, PUBMED, queries="[{id: q, text: ai}, {id: r, text: ml}]", manners=replace(QUICK, max_bytes=1_000_000)
    )
    assert said in bad.problem
    assert len(good.results) == 1


def test_after_three_failures_in_a_row_a_source_is_left_alone(site: Site) -> None:
    queries = ", ".join(f"{{id: q{number}, text: t{number}}}" for number in range(5))
    outcomes = search(site, PUBMED, queries=f"[{queries}]")
    assert [one.problem.startswith("not asked") for one in outcomes] == [False, False, False, True, True]
    assert len(site.asked) == 3  # a 404 is not asked again


def test_requests_keep_the_distance_that_the_source_wants(site: Site) -> None:
    site.pages.update(eutilities({"ai": [1], "ml": [2]}))
    search(site, PUBMED, queries="[{id: q, text: ai}, {id: r, text: ml}]", manners=replace(QUICK, per_second=5))
    gaps = [later - earlier for earlier, later in zip(site.moments, site.moments[1:], strict=False)]
    # Requests are made 200 ms apart. The first arrives later than it is made by the time that connecting takes, which
    # on a busy machine is some 10 ms; over three gaps the rest evens out.
    assert len(gaps) == 3
    assert sum(gaps) > 0.5
