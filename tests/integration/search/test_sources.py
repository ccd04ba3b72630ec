"""Each kind of source against a loopback site, faults and hostile answers included."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from coder.search.asking import Manners
from coder.search.fetching.hosts import EVERY_HOST, allowed_hosts, is_public
from coder.search.loading import parse_protocol
from coder.search.recording import Listed
from coder.search.running import Circumstances, Outcome, asked_sources, run
from tests.integration.search.sites import Page, Site, eutilities, ok, serving

QUICK = Manners(per_second=10_000, tries=3, first_wait=0.001, timeout=5)
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><x>&d;</x>'
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    with serving(made):
        yield made


def search(
    site: Site, source: str, *, queries: str = "[{id: q, text: ai}]", more: str = "", manners: Manners = QUICK,
    allowed: Container[str] = EVERY_HOST, environment: Mapping[str, str] | None = None,
) -> list[Outcome]:  # fmt: skip
    text = f"name: s\ncontact: ada@example.org\n{more}\nqueries: {queries}\nsources:\n  - {source.replace('SITE', site.url)}\n"
    protocol = parse_protocol(text, "search.yaml")
    outcomes: list[Outcome] = []
    around = Circumstances(environment or {}, allowed, manners)
    asyncio.run(run(protocol, asked_sources(protocol), around, outcomes.append))
    return outcomes


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


ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
<entry><title>AI &lt;b&gt;course&lt;/b&gt;</title><link href="/a?utm_source=feed"/><published>2019-05-01T00:00:00Z</published><summary>For radiologists</summary></entry>
<entry><title>AI course, too late</title><link href="/b"/><published>2021-05-01T00:00:00Z</published></entry>
<entry><title>Cooking</title><link href="/c"/><published>2019-05-01T00:00:00Z</published></entry>
<entry><title>Said, not AI</title><link href="https://other.example/d"/></entry>
</feed>"""
FEED = "{name: News, kind: feed, url: 'SITE/feed', containing: [topic]}"
TOPIC = "terms: [{id: topic, terms: [ai]}]\nperiod: {to: 2020-06-30}"


def test_of_a_feed_the_items_in_the_period_with_the_terms_are_taken(site: Site) -> None:
    site.pages["/feed"] = ok(ATOM, "application/atom+xml")
    (found,) = search(site, FEED, more=TOPIC)
    # "Said" holds no word "ai"; the second lies after the period, the third is of something else; one has no date.
    assert [(one.url.removeprefix(site.url), one.title) for one in found.results] == [
        ("/a?utm_source=feed", "AI course"),
        ("https://other.example/d", "Said, not AI"),
    ]
    assert found.results[0].fields["published"] == "2019-05-01"


def test_rss_in_another_encoding_is_read(site: Site) -> None:
    rss = (
        '<?xml version="1.0" encoding="iso-8859-1"?><rss version="2.0"><channel><title>x</title>'
        "<item><title>Künstliche Intelligenz</title><link>https://a.example/</link></item></channel></rss>"
    )
    site.pages["/feed"] = ok(rss.encode("latin-1"))
    (found,) = search(site, "{name: News, kind: feed, url: 'SITE/feed'}")
    assert found.results[0].title == "Künstliche Intelligenz"


@pytest.mark.parametrize(
    "body", [BOMB, OUTSIDE, BOMB.encode("utf-16"), "<html><p>no feed</p></html>", "", "http://169.254.169.254/"]
)
def test_a_feed_that_is_none_or_defines_entities_is_refused(site: Site, body: str | bytes) -> None:
    site.pages["/feed"] = ok(body)
    (found,) = search(site, "{name: News, kind: feed, url: 'SITE/feed'}")
    assert found.problem in ("no RSS or Atom feed", "the feed defines entities, which are not read")
    assert not found.results


def ranks(found: Outcome) -> list[tuple[int, str]]:
    """Each result's rank, and its address behind the host."""
    listed = Listed("any", "", found.results, unread=found.unread)
    return [(rank, one.url.partition("example")[2]) for rank, one in listed.ranked()]


def test_what_the_protocol_excludes_of_a_feed_and_what_comes_twice_takes_up_no_rank(site: Site) -> None:
    def item(path: str, title: str, day: str = "Wed, 01 May 2019 00:00:00 GMT") -> str:
        return f"<item><title>{title}</title><link>https://a.example{path}</link><pubDate>{day}</pubDate></item>"

    site.pages["/feed"] = ok(
        '<rss version="2.0"><channel>'
        + item("/cooking", "Cooking")
        + item("/z", "AI, first")
        + item("/late", "AI", "Sat, 01 May 2021 00:00:00 GMT")
        + "<item><description>neither address nor title, on AI</description></item>"
        + "<item><description>nor a term</description></item>"
        + item("/z/?utm_source=feed", "AI, first, announced again")
        + item("/a", "AI, second")
        + item("/m", "AI, third")
        + item("/a", "AI, second, beyond the maximum")
        + item("/n", "AI, fourth")
        + "</channel></rss>"
    )
    first, again = (search(site, FEED.replace("}", ", maximum: 3}"), more=TOPIC)[0] for _ in range(2))
    assert ranks(first) == [(1, "/z"), (2, "/a"), (3, "/m")]
    assert ranks(again) == ranks(first)
    assert (first.total, first.left) == (4, 1)
    assert list(first.notes) == ["1 entry has neither address, identifier nor title: left out"]


def sitemap(*rows: str) -> str:
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{"".join(rows)}</urlset>'


def test_a_sitemap_index_is_followed_on_its_own_host_packed_or_not(site: Site) -> None:
    site.pages["/index.xml"] = ok(
        f"<sitemapindex><sitemap><loc>{site.url}/one.xml</loc></sitemap><sitemap><loc> {site.url}/two.xml.gz </loc></sitemap>"
        f"<sitemap><loc>{site.url}/index.xml</loc></sitemap><sitemap><loc>http://169.254.169.254/x</loc></sitemap>"
        "<sitemap><loc>file:///etc/passwd</loc></sitemap></sitemapindex>"
    )
    site.pages["/one.xml"] = ok(
        sitemap(
            "<url><loc>https://s.example/course/a</loc><lastmod>2019-07-01T08:00:00+02:00</lastmod></url>",
            "<url><loc>https://s.example/course/late</loc><lastmod>2022-07-01</lastmod></url>",
            "<url><loc>https://s.example/about</loc></url>",
            "<url><loc>javascript:alert(1)//course/</loc></url>",
        )
    )
    site.pages["/two.xml.gz"] = ok(
        gzip.compress(sitemap("<url><loc>https://s.example/course/b</loc></url>").encode()), "application/gzip"
    )
    source = "{name: Site, kind: sitemap, url: 'SITE/index.xml', matching: '/course/'}"
    (found,) = search(site, source, more="period: {to: 2020-06-30}")
    assert [one.url for one in found.results] == ["https://s.example/course/a", "https://s.example/course/b"]
    assert list(found.notes) == [
        "1 lists on other hosts were not followed",
        "1 entry has neither address, identifier nor title: left out",
    ]


def test_what_the_protocol_excludes_of_a_sitemap_and_what_comes_twice_takes_up_no_rank(site: Site) -> None:
    def pages(*paths: str, changed: str = "2019-07-01") -> str:
        return "".join(f"<url><loc>https://s.example{path}</loc><lastmod>{changed}</lastmod></url>" for path in paths)

    site.pages["/index.xml"] = ok(
        f"<sitemapindex><sitemap><loc>{site.url}/2.xml</loc></sitemap><sitemap><loc>{site.url}/1.xml</loc></sitemap></sitemapindex>"
    )
    site.pages["/1.xml"] = ok(sitemap(pages("/c/z", "/c/k/"), pages("/c/n")))
    site.pages["/2.xml"] = ok(
        sitemap(pages("/about"), pages("/c/late", changed="2022-07-01"), pages("/c/k", "/c/b", "/c/k?utm_source=x"))
    )
    source = "{name: Site, kind: sitemap, url: 'SITE/index.xml', matching: '/c/', maximum: 3}"
    first, again = (search(site, source, more="period: {to: 2020-06-30}")[0] for _ in range(2))
    assert ranks(first) == [(1, "/c/k"), (2, "/c/b"), (3, "/c/z")]
    assert ranks(again) == ranks(first)
    assert (first.total, first.left) == (4, 1)


def test_a_list_of_addresses_of_which_none_is_wanted_is_read_and_no_failure(site: Site) -> None:
    site.pages["/s.txt"] = ok("https://s.example/about", "text/plain")
    (found,) = search(site, "{name: Site, kind: sitemap, url: 'SITE/s.txt', matching: /courses/}")
    assert (found.problem, list(found.results), found.total) == ("", [], 0)


def test_a_compressed_list_of_several_members_is_read_to_its_end_and_counted_beyond_the_maximum(site: Site) -> None:
    lines = [f"https://s.example/{number}\n".encode() for number in range(5)]
    site.pages["/s.txt.gz"] = ok(b"".join(map(gzip.compress, lines)), "application/gzip")
    (found,) = search(site, "{name: Site, kind: sitemap, url: 'SITE/s.txt.gz', maximum: 2}")
    assert ([one.url for one in found.results], found.total, found.left) == (
        ["https://s.example/0", "https://s.example/1"], 5, 3,
    )  # fmt: skip


def test_a_list_of_addresses_is_a_sitemap_too(site: Site) -> None:
    site.pages["/s.txt"] = ok("https://s.example/a\nhttps://s.example/b\n", "text/plain")
    (found,) = search(site, "{name: Site, kind: sitemap, url: 'SITE/s.txt', maximum: 1}")
    assert ([one.url for one in found.results], found.left) == (["https://s.example/a"], 1)


@pytest.mark.parametrize(
    "body", [BOMB, OUTSIDE, "<html/>", "words", sitemap("<url>"), b"\x1f\x8bnot gzip", gzip.compress(b"x" * 9)[:-4], gzip.compress(b"<" * 60_000_000)],
    ids=["bomb", "outside", "html", "words", "cut", "no gzip", "cut gzip", "gzip bomb"],
)  # fmt: skip
def test_a_sitemap_that_is_none_is_refused(site: Site, body: str | bytes) -> None:
    site.pages["/s.xml"] = ok(body)
    (found,) = search(site, "{name: Site, kind: sitemap, url: 'SITE/s.xml'}")
    assert found.problem
    assert "Site" not in found.problem  # whoever shows it names the source


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


def test_private_addresses_are_not_asked_unless_that_is_wanted(site: Site) -> None:
    site.pages["/feed"] = ok(ATOM)
    (by_number,) = search(site, "{name: News, kind: feed, url: 'SITE/feed'}", allowed=())
    named = site.url.replace("127.0.0.1", "localhost")
    (by_name,) = search(site, f"{{name: News, kind: feed, url: '{named}/feed'}}", allowed=())
    assert "this machine or network" in by_number.problem
    assert "this machine or network" in by_name.problem
    assert not site.asked


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_host_that_is_named_may_be_private_and_no_other(site: Site, host: str) -> None:
    site.pages["/feed"] = ok(ATOM)
    there = site.url.replace("127.0.0.1", host)
    (found,) = search(site, f"{{name: News, kind: feed, url: '{there}/feed'}}", allowed=allowed_hosts([host.upper()]))
    assert (found.problem, len(found.results)) == ("", 4)
    elsewhere = "localhost" if host == "127.0.0.1" else "127.0.0.1"
    site.pages["/feed"] = (302, {"Location": f"{site.url.replace('127.0.0.1', elsewhere)}/real"}, b"")
    (found,) = search(site, f"{{name: News, kind: feed, url: '{there}/feed'}}", allowed=allowed_hosts([host]))
    assert f"{elsewhere} is an address of this machine or network" in found.problem
    assert [path for path, _, _ in site.asked] == ["/feed", "/feed"]


@pytest.mark.parametrize(
    ("to", "said"),
    [("file:///etc/passwd", "only http and https"), ("http://127.1/", "in disguise"), ("http://ada:secret@c.example/", "user name"),
     ("http://[", "no address"), ("gopher:x", "only http and https")],
)  # fmt: skip
def test_a_source_that_leads_out_of_bounds_is_told(site: Site, to: str, said: str) -> None:
    site.pages["/feed"] = (302, {"Location": to}, b"")
    (found,) = search(site, FEED, more=TOPIC)
    assert said in found.problem
    assert "secret" not in found.problem


@pytest.mark.parametrize(
    ("address", "wanted"),
    [("8.8.8.8", True), ("10.0.0.1", False), ("169.254.169.254", False), ("::1", False), ("::ffff:127.0.0.1", False),
     ("fe80::1%eth0", False), ("0.0.0.0", False), ("224.0.0.1", False), ("2002:7f00:1::", False), ("100.64.0.1", False)],
)  # fmt: skip
def test_which_addresses_are_of_the_internet(address: str, wanted: bool) -> None:
    assert is_public(address) is wanted


def test_an_answer_that_breaks_its_reader_costs_that_source_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.pages["/good.json"] = ok(json.dumps([{"url": "https://example.org/a"}]))
    site.pages["/sitemap.xml"] = ok("<urlset><url><loc>https://example.org/b</loc></url></urlset>")

    def broken(*_: object) -> None:
        raise RuntimeError("what a library stumbles over")

    monkeypatch.setattr("coder.search.sources.sitemap.parse", broken)
    second = f"\n  - {{name: Good, kind: json, url: '{site.url}/good.json', fields: {{url: url}}}}"
    lost, kept = search(site, f"{{name: Bad, kind: sitemap, url: 'SITE/sitemap.xml'}}{second}")
    assert (lost.problem, [one.url for one in kept.results]) == (
        "the answer could not be read (RuntimeError)",
        ["https://example.org/a"],
    )


def test_a_number_that_is_none_and_a_host_that_cannot_be_do_not_cost_the_results(site: Site) -> None:
    # Python takes '\u00b2' for a digit that int() refuses, and 'xn--' for a host until it is decoded.
    site.pages["/total.json"] = ok(json.dumps({"n": "\u00b2", "all": [{"url": "https://example.org/a"}]}))
    source = "{name: J, kind: json, url: 'SITE/total.json', results: all, total: n, fields: {url: url}}"
    (found,) = search(site, source)
    assert (found.problem, len(found.results)) == ("", 1)
    site.pages["/list.xml"] = ok(
        f"<sitemapindex><sitemap><loc>http://xn--/</loc></sitemap><sitemap><loc>{site.url}/pages.xml</loc></sitemap>"
        "</sitemapindex>"
    )
    site.pages["/pages.xml"] = ok("<urlset><url><loc>https://example.org/b</loc></url></urlset>")
    (found,) = search(site, "{name: S, kind: sitemap, url: 'SITE/list.xml'}")
    assert (found.problem, len(found.results)) == ("", 1)
