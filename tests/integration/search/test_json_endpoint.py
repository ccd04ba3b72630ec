"""Endpoints that answer with JSON: paging, the mapping, keys, and what does not fit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from coder.search.recording import Listed
from tests.integration.search.asked import search, site
from tests.integration.search.sites import Page, Site, ok, serving

__all__ = ["site"]


def endpoint(total: int) -> Any:
    """Pages of two, by offset or by cursor, in the form that a bibliographic index answers in."""

    def page(asked: dict[str, str]) -> Page:
        start = int(asked.get("offset", asked.get("cursor", "0").strip("*") or "0"))
        items = [
            {
                "title": [f"T{number}"],
                "DOI": f"10.1000/{number}",
                "author": [{"family": "Doe"}, {"family": "Roe"}],
                "n": {"y": 2020},
            }
            for number in range(start, min(total, start + 2))
        ]
        tree = {"message": {"total": total, "items": items, "next": str(start + 2) if items else ""}}
        return ok(json.dumps(tree), "application/json")

    return page


FIELDS = "results: message.items, fields: {title: title.0, doi: DOI, authors: author.family, year: n.y}"


@pytest.mark.parametrize("paging", ["offset={offset}', total: message.total", "cursor={cursor}', next: message.next"])
def test_a_json_endpoint_is_asked_page_by_page_through_a_mapping(site: Site, paging: str) -> None:
    site.pages["/works"] = endpoint(5)
    source = f"{{name: Index, kind: json, url: 'SITE/works?q={{query}}&mail={{contact}}&{paging}, {FIELDS}}}"
    (found,) = search(site, source, queries="[{id: q, text: 'a & b {offset}'}]")
    assert [one.title for one in found.results] == ["T0", "T1", "T2", "T3", "T4"]
    assert dict(found.results[0].fields) == {"title": "T0", "doi": "10.1000/0", "authors": "Doe; Roe", "year": "2020"}
    assert site.asked[0][1]["q"] == "a & b {offset}"  # what looks like a place in a query stays what it is
    assert site.asked[0][1]["mail"] == "ada@example.org"


def test_what_an_endpoint_lists_and_nothing_says_what_it_is_keeps_its_rank_and_is_told(site: Site) -> None:
    site.pages["/works"] = ok('[{"t": "One"}, {"y": 2020}, {"t": "Three"}, null, {"t": "Five"}]', "application/json")
    source = "{name: Index, kind: json, maximum: 4, url: 'SITE/works?q={query}', fields: {title: t, year: y}}"
    (found,) = search(site, source)
    assert [one.title for one in found.results] == ["One", "Three"]
    assert list(found.unread) == [2, 4]
    assert list(found.notes) == ["2 results have neither address, identifier nor title (rank 2, 4)"]
    listed = Listed("Index", "ai", found.results, unread=found.unread)
    assert [rank for rank, _ in listed.ranked()] == [1, 3]


def test_a_json_endpoint_ends_at_the_maximum(site: Site) -> None:
    site.pages["/works"] = endpoint(1_000)
    source = f"{{name: Index, kind: json, maximum: 3, url: 'SITE/works?q={{query}}&offset={{offset}}', total: message.total, {FIELDS}}}"
    (found,) = search(site, source)
    assert (len(found.results), found.total, len(site.asked)) == (3, 1_000, 2)


def test_the_key_of_an_endpoint_comes_from_the_environment_and_stays_on_its_host(site: Site) -> None:
    other = Site()
    with serving(other):
        other.pages["/works"] = ok('[{"u": "https://a.example/"}]', "application/json")
        site.pages["/works"] = (302, {"Location": f"{other.url}/works"}, b"")
        source = "{name: Index, kind: json, url: 'SITE/works?q={query}', fields: {url: u}, key: {environment: K, header: X-Key}}"
        (found,) = search(site, source, environment={"K": "secret"})
        assert found.results[0].url == "https://a.example/"
        assert site.asked[0][2]["X-Key"] == "secret"
        assert "X-Key" not in other.asked[0][2]


@pytest.mark.parametrize(
    ("body", "said"),
    [("<html>", "no JSON"), ('{"message": {}}', "nothing at 'message.items'"), ('{"message": {"items": "x"}}', "is no list"), ("[" * 100_000, "no JSON")],
    ids=["html", "nothing", "text", "deep"],
)  # fmt: skip
def test_an_answer_that_the_mapping_does_not_fit_is_told(site: Site, body: str, said: str) -> None:
    site.pages["/works"] = ok(body, "application/json")
    (found,) = search(site, f"{{name: Index, kind: json, url: 'SITE/works?q={{query}}', {FIELDS}}}")
    assert said in found.problem
