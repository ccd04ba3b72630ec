"""When two addresses or identifiers are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder.documents.addresses import (
    address_key,
    canonical_url,
    doi_of_url,
    normalise_doi,
    normalise_pmid,
    record_keys,
)
from coder.errors import InputError


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("HTTPS://WWW.Example.ORG/Course", "https://www.example.org/Course"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:80", "http://example.org"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://example.org/a/?utm_source=x&id=3&fbclid=y", "https://example.org/a?id=3"),
        ("https://example.org/?gclid=1", "https://example.org"),
        ("https://example.org?p=3", "https://example.org/?p=3"),
        ("https://example.org/a#programme", "https://example.org/a"),
        ("https://example.org/#!/course/3", "https://example.org#!/course/3"),
        ("https://example.org/app#/course/3", "https://example.org/app#/course/3"),
        ("https://bücher.example/", "https://xn--bcher-kva.example"),
        ("https://example.org/%7Eada/%c3%a9", "https://example.org/~ada/%C3%A9"),
        ("https://example.org/é b", "https://example.org/%C3%A9%20b"),
        ("https://example.org/a/../b/./c", "https://example.org/b/c"),
        ("https://ada:secret@example.org/a", "https://example.org/a"),
        ("https://example.org./a", "https://example.org/a"),
        ("http://[::1]:80/x", "http://[::1]/x"),
        (" https://example.org/a ", "https://example.org/a"),
        ("https://www.linkedin.com/posts/x?trk=feed&id=1", "https://www.linkedin.com/posts/x?id=1"),
    ],
)
def test_what_does_not_choose_the_page_is_taken_out_of_an_address(written: str, canonical: str) -> None:
    assert canonical_url(written) == canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/Course", "https://example.org/course"),  # a path's case may matter
        ("https://www.example.org/", "https://example.org/"),
        ("https://example.org/a?x=1&y=2", "https://example.org/a?y=2&x=1"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org/a?trk=2", "https://example.org/a?trk=3"),  # a tracking parameter on LinkedIn only
        ("https://example.org/a?q=a%26b", "https://example.org/a?q=a&b"),
    ],
)
def test_what_may_choose_another_page_stays(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    "no_address",
    [
        "",
        "example.org",
        "ftp://example.org/a",
        "javascript:alert(1)",
        "https://",
        "http://h:99999/",
        "file:///etc/passwd",
        "https://ex\u200bample.org/",
    ],
)
def test_what_is_no_web_address_is_refused_with_its_text(no_address: str) -> None:
    with pytest.raises(InputError, match="is no web address"):
        canonical_url(no_address)
    assert address_key(no_address) == ""


@given(st.text(max_size=60), st.text(max_size=30))
def test_a_canonical_address_is_canonical(path: str, query: str) -> None:
    once = address_key(f"https://Example.org/{path}?{query}")
    assert address_key(f"https://{once}") == once


def test_http_and_https_are_one_address() -> None:
    assert address_key("http://example.org/a/") == address_key("https://example.org/a") == "example.org/a"


@pytest.mark.parametrize(
    ("written", "doi"),
    [
        ("10.1007/S00330-020-07621-Y", "10.1007/s00330-020-07621-y"),
        ("doi:10.1000/abc.", "10.1000/abc"),
        ("https://doi.org/10.1000/abc", "10.1000/abc"),
        ("https://doi.org/10.1002%2F(SICI)1097", "10.1002/(sici)1097"),
        ("(see 10.1000/abc)", "10.1000/abc"),
        ("10.1016/S0140-6736(20)30183-5", "10.1016/s0140-6736(20)30183-5"),
        ("10.1000/", ""),
        ("no doi", ""),
    ],
)
def test_a_doi_is_found_in_every_spelling(written: str, doi: str) -> None:
    assert normalise_doi(written) == doi


@pytest.mark.parametrize(
    ("written", "pmid"),
    [
        ("33592112", "33592112"),
        ("PMID: 33592112", "33592112"),
        ("33592112 [pmid]", "33592112"),
        ("https://pubmed.ncbi.nlm.nih.gov/33592112/", "33592112"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/33592112", "33592112"),
        ("https://example.org/33592112", ""),
        ("0", ""),
        ("123456789", ""),
    ],
)
def test_a_pubmed_id_is_found_in_every_spelling(written: str, pmid: str) -> None:
    assert normalise_pmid(written) == pmid


def test_the_surest_key_stands_first_and_names_the_document() -> None:
    keys = record_keys(url="https://example.org/a/", doi="10.1000/ABC", pmid="PMID: 12")
    assert keys == ("pmid:12", "doi:10.1000/abc", "example.org/a")


def test_the_address_of_an_identifier_is_the_identifier() -> None:
    assert record_keys(url="https://pubmed.ncbi.nlm.nih.gov/12/") == ("pmid:12",)
    assert record_keys(url="https://doi.org/10.1000/abc") == ("doi:10.1000/abc",)
    assert doi_of_url("https://link.example/article/10.1000/abc/figures/1") == ""
