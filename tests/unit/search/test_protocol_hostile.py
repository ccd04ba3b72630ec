"""A protocol that is none: each fault in one line that says where, in words of the protocol and not of Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from coder.errors import InputError
from coder.search.loading import load_protocol, parse_protocol
from coder.search.protocol import MAX_QUERY

GROUPS = "terms: [{id: a, terms: [one, two]}, {id: b, terms: [x]}]\n"
ASKED = "queries: [{id: q, groups: [a]}]\n"
SOURCES = "sources: [{name: P, kind: pubmed}]\n"
FEED = "sources: [{name: F, kind: feed, url: 'https://x.example/'}]\n"
MANY = f"terms: [{{id: a, terms: [{', '.join(f't{number}' for number in range(100))}]}}]\n"
LONG = f"terms: [{{id: a, terms: [{', '.join(f'{number:0300}z' for number in range(100))}]}}]\n"
BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))


CASES = [
    ("", "holds no search protocol"),
    ("- a\n- b\n", "holds no search protocol"),
    ("42", "holds no search protocol"),
    ("name: [a\nb: {", "line 2: expected ',' or ']'"),
    ("name: *nowhere", "line 1: found undefined alias"),
    ("name: a\n---\nname: b", "line 2: but found another document"),
    ("name: a\0b", "not valid YAML: unacceptable character #x0000"),
    ("name: " + "[" * 2_000, "lists within lists"),
    (BOMB + "name: s\n", "its aliases (*name) unfold to millions of entries"),
    ("name: s\nperiod:\n  from: 2021-13-01\n" + FEED, "line 3: not valid YAML: month must be in 1..12"),
    ("name: 5\n" + FEED, "line 1: name: text is wanted; put what looks like a number in quotes"),
    ("name: s\nsources: pubmed", "line 2: sources: a list is wanted"),
    ("name: s\nsources: []", "line 2: sources: at least one entry is wanted"),
    ("name: s\nsources: [pubmed]", "line 2: sources.0: fields are wanted"),
    ("name: s\nperiod: 2021\n" + FEED, "line 2: period: fields are wanted"),
    ("name: s\nperiod: {from: 2021}\n" + FEED, "line 2: period.from: a day is wanted, as 2021-01-31"),
    ("name: s\nperiod: {to: soon}\n" + FEED, "line 2: period.to: a day is wanted, as 2021-01-31"),
    ("name: s\ncontact: me\n" + FEED, "line 2: contact: no e-mail address"),
    ("name: s\n" + GROUPS + ASKED.replace("[a]", "[c]") + SOURCES, "line 3: query 'q' names the term group 'c'"),
    ("name: s\n" + GROUPS + FEED.replace("}", ", containing: [c]}"), "line 3: source 'F' names the term group 'c'"),
    ("name: s\n" + GROUPS.replace("id: b", "id: a") + FEED, "line 2: two of the name 'a'"),
    ("name: s\n" + SOURCES, "line 2: source 'P' needs something to ask"),
    ("name: s\n" + MANY + ASKED.replace("[a]", "[a, a, a]") + SOURCES, "line 3: query 'q' comes to 1,000,000 queries"),
    (
        "name: s\n" + MANY + "queries: [{id: q, groups: [a, a]}, {id: r, groups: [a]}]\n" + SOURCES,
        "line 4: source 'P' is asked 10,100 queries; 10,000 is the most",
    ),
    (
        "name: s\n" + LONG + ASKED.replace("}", ", form: all}") + SOURCES,
        "line 3: query 'q' comes to 30,500 characters; 20,000 is the most",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), CASES, ids=[said for _, said in CASES])
def test_what_is_no_protocol_is_told_in_one_line_with_a_remedy(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_protocol(text, "search.yaml")
    assert said in caught.value.message
    assert caught.value.message.startswith("search.yaml")
    assert "\n" not in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"name: \xe9", "not UTF-8 text (byte 6)"),
        ("name: s".encode("utf-16"), "not UTF-8 text (byte 0)"),
        (b"# " + b"x" * 5_000_001, "larger than 5 MB"),
        (None, "a folder, not a search protocol"),
    ],
    ids=["latin-1", "utf-16", "huge", "folder"],
)
def test_a_file_that_is_no_text_is_told(tmp_path: Path, raw: bytes | None, said: str) -> None:
    path = tmp_path / "search.yaml"
    path.mkdir() if raw is None else path.write_bytes(raw)
    with pytest.raises(InputError) as caught:
        load_protocol(path)
    assert (caught.value.message, bool(caught.value.hint)) == (f"{path}: {said}", True)


def test_a_device_without_end_is_no_protocol() -> None:
    with pytest.raises(InputError, match="larger than 5 MB"):
        load_protocol(Path("/dev/zero"))


def test_what_is_asked_of_nobody_is_named() -> None:
    two = ASKED.replace("]\n", ", {id: r, text: never}]\n")
    text = "name: s\n" + GROUPS + two + SOURCES.replace("}", ", queries: [q]}")
    assert parse_protocol(text, "p").idle() == ["term group 'b' is in no query", "query 'r' is asked of no source"]
    held = parse_protocol("name: s\n" + GROUPS + FEED.replace("}", ", containing: [a, b]}"), "p")
    assert held.idle() == []


def test_a_query_that_is_written_out_may_be_as_long_as_those_that_reviews_print() -> None:
    text = " OR ".join(["term"] * 600)
    protocol = parse_protocol(f"name: s\nqueries: [{{id: q, text: {text}}}]\n" + SOURCES, "p")
    assert protocol.queries[0].text == text
    with pytest.raises(InputError, match=r"line 2: queries\.0\.text: "):
        parse_protocol(f"name: s\nqueries: [{{id: q, text: {'x' * (MAX_QUERY + 1)}}}]\n" + SOURCES, "p")
