"""Where a source may lie and lead to, and that one which breaks its reader costs itself alone."""

from __future__ import annotations

import json

import pytest

from coder.search.fetching.hosts import allowed_hosts, is_public
from tests.integration.search.asked import ATOM, FEED, TOPIC, search, site
from tests.integration.search.sites import Site, ok

__all__ = ["site"]


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
