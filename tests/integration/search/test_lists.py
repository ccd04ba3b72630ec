"""Feeds and sitemaps against a loopback site: what is taken, in which order, and what is none."""

from __future__ import annotations

import gzip

import pytest

from coder.search.recording import Listed
from coder.search.running import Outcome
from tests.integration.search.asked import ATOM, BOMB, FEED, OUTSIDE, TOPIC, search, site
from tests.integration.search.sites import Site, ok

__all__ = ["site"]


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
