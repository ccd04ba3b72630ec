"""Passwords and keys are left out of addresses, and nothing else is changed."""

from __future__ import annotations

import pytest

from coder.documents.records import read_document
from coder.documents.secret_parts import without_secrets
from coder.errors import InputError
from coder.search.loading import parse_protocol
from coder.search.protocol import Protocol
from coder.search.queries import queries_of
from coder.search.results import result


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://ada:sesame@a.example/c", "https://a.example/c"),
        ("ftp://ada:p@ss@a.example/c", "ftp://a.example/c"),
        ("https://a.example/c?api_key=sesame", "https://a.example/c"),
        ("https://a.example/c?id=7&API-Key=sesame&page=2#top", "https://a.example/c?id=7&page=2#top"),
        ("https://a.example/c?id=7&amp;access_token=sesame", "https://a.example/c?id=7"),
        ("https://a.example/c?%61pikey=sesame", "https://a.example/c"),
        ("https://a.example/c#access_token=sesame&x=1", "https://a.example/c#x=1"),
        ("https://a.example/c;jsessionid=sesame?x=1", "https://a.example/c?x=1"),
        ("https://s3.example/f?X-Amz-Date=1&X-Amz-Signature=sesame", "https://s3.example/f?X-Amz-Date=1"),
        ("https://a.example/c?key=AIzaSyA1234567890abcdefghijklmnopqrstu", "https://a.example/c"),
        ("see https://u:p@a.example/ and https://b.example/?token=t now", "see https://a.example/ and https://b.example/ now"),
    ],
)  # fmt: skip
def test_a_password_or_key_is_left_out(written: str, kept: str) -> None:
    assert without_secrets(written) == kept
    assert without_secrets(kept) == kept


@pytest.mark.parametrize(
    "address",
    [
        "https://a.example/@ada/post?key=deep-learning-for-radiologists-2020&x=a@b.example",
        "https://a.example/?tokens=7&design=x&author=Key&api_key",
        "https://a.example/?q=a%20b&&x=&#!/page",
        "mail ada@example.org, or doi:10.1000/a?token=1",
    ],
)
def test_what_chooses_a_page_stays_to_the_letter(address: str) -> None:
    assert without_secrets(address) == address


def test_a_result_and_a_document_hold_no_password_or_key_in_any_field() -> None:
    made = result(
        {"url": "https://ada:sesame@a.example/?api_key=sesame", "note": "from https://b.example/?token=sesame"}
    )
    assert made is not None
    assert (made.url, made.keys) == ("https://a.example/", ("a.example",))
    assert "sesame" not in repr(made)
    read = read_document("https://ada:sesame@a.example", "Words.", {"link": "https://a.example/?pwd=sesame"}, "f", "f")
    assert "sesame" not in repr(read)


PROTOCOL = """\
name: s
queries: [{id: q, text: ai}]
sources:
  - {name: Works, kind: json, url: "https://a.example/?q={query}&api_key=KEY", fields: {url: u}}
  - {name: Engine, kind: by_hand, url: "https://ada:KEY@b.example/?q={query}"}
"""


def test_a_protocol_is_asked_with_its_key_and_kept_shown_and_compared_without() -> None:
    def with_key(key: str) -> Protocol:
        return parse_protocol(PROTOCOL.replace("KEY", key), "search.yaml")

    protocol = with_key("sesame")
    works, engine = protocol.sources
    assert works.url.endswith("api_key=sesame")
    shown = protocol.canonical_text() + works.address + engine.address + queries_of(protocol, engine)[0].url
    assert "sesame" not in shown
    assert protocol.hash() == with_key("another").hash()


def test_an_error_does_not_repeat_the_password() -> None:
    with pytest.raises(InputError) as told:
        parse_protocol(PROTOCOL.replace("https://ada:KEY@b.example", "https://ada:sesame@"), "search.yaml")
    assert "sesame" not in told.value.message


def test_a_long_word_that_is_no_address_takes_no_time() -> None:
    hostile = "a" * 300_000  # tried from each letter to the end this would take minutes
    assert without_secrets(f"{hostile} https://u:p@a.example/") == f"{hostile} https://a.example/"
