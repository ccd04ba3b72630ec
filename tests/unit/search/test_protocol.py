"""The protocol: what it holds, and the exact queries that come of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from coder.errors import InputError
from coder.paths import data_dir
from coder.search.loading import load_protocol, parse_protocol
from coder.search.protocol import Combination, Protocol
from coder.search.queries import queries_of, texts_of

BOOK = """\
name: small
contact: ada@example.org
terms:
  - {id: a, terms: [one, two words]}
  - {id: b, terms: [x]}
queries:
  - {id: grid, groups: [a, b]}
sources:
  - {name: PubMed, kind: pubmed}
"""


def test_the_example_asks_exactly_the_grid_of_table_1() -> None:
    # Table 1 of Schuur et al. 2021, the row below the sources, word for word: 8 x 5 x 3 = 120.
    offers = [
        "professional training program",
        "dedicated training programs",
        "educational programs",
        "continuing education",
        "complementary education",
        "graduate medical education",
        "hands-on training",
        "study materials",
    ]
    audiences = [
        "for radiologists",
        "in the radiology domain",
        "in medical imaging",
        "in diagnostic imaging",
        "for the new generation of radiologist",
    ]
    topics = ["on artificial intelligence AI", "on machine learning ML", "on deep learning DL"]
    grid = [f"{offer} {audience} {topic}" for offer in offers for audience in audiences for topic in topics]
    protocol = load_protocol(data_dir("gold") / "radiology-ai-training" / "search.yaml")
    assert len(grid) == 120
    for source in protocol.sources:
        assert [query.text for query in queries_of(protocol, source)] == grid


def test_the_example_reports_the_counts_of_table_1() -> None:
    protocol = load_protocol(data_dir("gold") / "radiology-ai-training" / "search.yaml")
    reported = {source.name: source.reported for source in protocol.sources}
    assert reported == {"LinkedIn": 52, "Google": 38, "PubMed": 10}  # 100 programs in all


def boolean(field: str = "", **parts: object) -> list[str]:
    protocol = parse_protocol(BOOK, "book")
    return texts_of(protocol, Combination.model_validate({"id": "q", **parts}), field)


def test_a_boolean_query_holds_every_term_once() -> None:
    assert boolean(groups=["a", "b"], form="all") == ['(one OR "two words") AND x']
    assert boolean("tiab", groups=["a", "b"], form="all") == ['(one[tiab] OR "two words"[tiab]) AND x[tiab]']
    assert boolean(groups=["b"], form="all", without=["a"]) == ['x NOT (one OR "two words")']


def test_a_query_that_is_written_out_is_asked_as_it_is() -> None:
    assert boolean("tiab", text='"deep learning"[ti] NOT x') == ['"deep learning"[ti] NOT x']


def test_two_protocols_with_the_same_content_have_the_same_hash_however_they_are_written() -> None:
    other = BOOK.replace("{name: PubMed, kind: pubmed}", "# a remark\n    kind: pubmed\n    name: PubMed").replace(
        "  - #", "  -\n    #"
    )
    assert parse_protocol(other, "other").hash() == parse_protocol(BOOK, "book").hash()
    assert parse_protocol(BOOK.replace("two words", "three"), "book").hash() != parse_protocol(BOOK, "book").hash()


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("kind: pubmed", "kind: pubmd", "line 9: sources.0: kind must be one of by_hand, feed, json, pubmed, sitemap"),
        ("kind: pubmed", "kind: pubmed, maximun: 3", "line 9: sources.0.maximun: this field is not known here"),
        ("kind: pubmed", "kind: pubmed, maximum: 10000", "line 9: sources.0.maximum"),
        ("kind: pubmed", "kind: feed", "line 9: sources.0.url: this field is missing"),
        ("kind: pubmed", "kind: feed, url: 'ftp://x/y'", "is no web address"),
        ("kind: pubmed", "kind: sitemap, url: 'https://x.org/', matching: '('", "not a regular expression"),
        ("kind: pubmed", "kind: json, url: 'https://x.org/?q={query}', fields: {year: y}", "fields must say where"),
        ("kind: pubmed", "kind: json, url: 'https://{query}/', fields: {url: u}", "behind the host"),
        ("kind: pubmed", "kind: json, url: 'https://x.org/{wat}', fields: {url: u}", "{wat} is not known"),
        ("kind: pubmed", "kind: json, url: 'https://x.org/?c={cursor}', fields: {url: u}", "go together"),
        (
            "kind: pubmed",
            "kind: pubmed, queries: [gird]",
            "names the query 'gird', which there is not; there are: grid",
        ),
        ("groups: [a, b]", "groups: [a, c]", "names the term group 'c'"),
        ("groups: [a, b]", "form: each", "line 7: queries.0: give either groups or text"),
        ("contact: ada@example.org", "contact: ada", "line 2: contact"),
        ("id: b", "id: a", "two of the name 'a'"),
        ("terms: [x]", "terms: []", "line 5: terms.1.terms"),
        ("name: small", "name: small\nperiod: {from: 2020-06-30, to: 2019-01-01}", "'from' lies after 'to'"),
    ],
)
def test_an_error_names_the_line_and_the_fault(wrong: str, right: str, said: str) -> None:
    assert BOOK.count(wrong) == 1
    with pytest.raises(InputError) as caught:
        parse_protocol(BOOK.replace(wrong, right), "search.yaml")
    assert said in caught.value.message
    assert caught.value.message.startswith("search.yaml, line ")


def test_a_grid_beyond_ten_thousand_queries_is_a_slip() -> None:
    many = ", ".join(f"t{number}" for number in range(101))
    with pytest.raises(InputError, match="10,201 queries"):
        parse_protocol(BOOK.replace("one, two words", many).replace("[x]", f"[{many}]"), "search.yaml")


def test_a_missing_protocol_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_protocol(tmp_path / "search.yaml")
    assert "intercoder search --example" in caught.value.hint


def test_the_canonical_text_is_the_protocol() -> None:
    protocol = parse_protocol(BOOK, "book")
    assert Protocol.model_validate_json(protocol.canonical_text()) == protocol


def test_the_protocol_in_the_documentation_is_one() -> None:
    page = (Path(__file__).parents[3] / "docs" / "search.md").read_text(encoding="utf-8")
    protocol = parse_protocol(page.partition("```yaml\n")[2].partition("```")[0], "docs/search.md")
    asked = {source.name: [query.text for query in queries_of(protocol, source)] for source in protocol.sources}
    assert asked["PubMed"] == [
        '("training program"[tiab] OR "continuing education"[tiab]) AND '
        '("artificial intelligence"[tiab] OR "deep learning"[tiab])',
        '"AI education"[ti] NOT review[pt]',
    ]
    assert len(asked["LinkedIn"]) == len(asked["Works"]) == 4  # 2 x 2
