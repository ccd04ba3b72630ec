"""Fetching politely: who asks, robots.txt, pace, and what each status means."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from coder.errors import InputError
from coder.search.fetching import Fetcher
from tests.integration.search.fetched import fetch, public_site, rules, site
from tests.integration.search.site import Asked, Reply, Site, moved, page

__all__ = ["public_site", "site"]


# Who asks


async def test_a_page_comes_with_what_is_needed_to_ask_again(site: Site) -> None:
    site.pages["/"] = page("Welcome.", ETag='"v1"', Last_Modified="Mon, 01 Feb 2021 10:00:00 GMT")
    found = await fetch(site.url())
    assert (found.outcome, found.status, found.media_type, found.charset) == ("fetched", 200, "text/html", "utf-8")
    assert (found.etag, found.modified) == ('"v1"', "Mon, 01 Feb 2021 10:00:00 GMT")
    assert found.body is not None
    assert b"Welcome." in found.body


async def test_every_request_says_who_asks_and_sends_no_cookie(site: Site) -> None:
    site.pages["/"] = moved("/two", **{"Set-Cookie": "session=1"})
    site.pages["/two"] = page("Two.")
    await fetch(site.url())
    assert len(site.asked) == 3  # robots.txt, /, /two
    for one in site.asked:
        assert one.headers["user-agent"].startswith("intercoder/")
        assert "(+mailto:ada@example.org)" in one.headers["user-agent"]
        assert "cookie" not in one.headers


@pytest.mark.parametrize("contact", ["", "ada", "ada@example.org\r\nX: y", "ada@localhost", "ftp://example.org"])
def test_without_a_contact_address_nothing_is_asked(contact: str) -> None:
    with pytest.raises(InputError, match="contact") as caught:
        rules(contact=contact)
    assert "intercoder.toml" in caught.value.hint


# robots.txt


@pytest.mark.parametrize(
    ("robots", "allowed"),
    [
        ("User-agent: *\nDisallow: /\n", False),
        ("User-agent: intercoder\nDisallow: /pri\n\nUser-agent: *\nAllow: /\n", False),
        ("User-agent: somebody\nDisallow: /\n", True),
        ("User-agent: *\nDisallow: /*.html$\nDisallow: /pri*e\n", False),
        ("User-agent: *\nDisallow: /\nAllow: /private$\n", True),  # the longer rule counts: RFC 9309, 2.2.2
        ("\ufeffUser-agent: *\nDisallow: /private\n", False),  # a byte order mark before the first rule
        ("<html>no rules at all</html>", True),
        ("", True),
    ],
)
async def test_robots_txt_is_heeded(site: Site, robots: str, allowed: bool) -> None:
    site.pages["/robots.txt"] = Reply(robots.encode(), kind="text/plain")
    site.pages["/private"] = page("Here.")
    found = await fetch(site.url("/private"))
    assert found.outcome == ("fetched" if allowed else "refused")
    assert site.paths() == (["/private"] if allowed else [])


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(404, "fetched"), (403, "fetched"), (401, "fetched"), (500, "refused"), (503, "refused"), (429, "refused")],
)
async def test_without_robots_txt_all_may_be_asked_and_with_a_broken_one_nothing(
    site: Site, status: int, outcome: str
) -> None:
    site.pages["/robots.txt"] = Reply(status=status)
    found = await fetch(site.url())
    assert found.outcome == outcome
    assert site.paths() == (["/"] if outcome == "fetched" else [])
    assert outcome == "fetched" or str(status) in found.reason


async def test_robots_txt_is_asked_for_once_a_site_and_again_where_a_redirect_leads_elsewhere(site: Site) -> None:
    with Site({"/robots.txt": Reply(b"User-agent: *\nDisallow: /closed", kind="text/plain")}) as other:
        site.pages |= {"/a": moved(other.url("/closed")), "/b": page("B.")}
        async with Fetcher(rules()) as fetcher:
            refused, fetched = await fetcher.fetch(site.url("/a")), await fetcher.fetch(site.url("/b"))
        assert (refused.outcome, fetched.outcome) == ("refused", "fetched")
        assert refused.final_url == other.url("/closed")
        assert [one.path for one in site.asked] == ["/robots.txt", "/a", "/b"]
        assert [one.path for one in other.asked] == ["/robots.txt"]


async def test_an_interface_for_programs_is_asked_without_its_robots_txt(site: Site) -> None:
    site.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /", kind="text/plain")
    async with Fetcher(rules()) as fetcher:
        found = await fetcher.fetch(site.url(), robots=False, form={"id": "1,2"}, headers={"X-Key": "k"})
    assert found.outcome == "fetched"
    (asked,) = site.asked
    assert (asked.method, asked.body, asked.headers["x-key"]) == ("POST", b"id=1%2C2", "k")


async def test_a_form_goes_to_the_site_that_it_is_meant_for_only(site: Site) -> None:
    with Site({"/x": page("Elsewhere.")}) as other:
        site.pages["/form"] = Reply(status=307, headers={"Location": other.url("/x")})
        async with Fetcher(rules()) as fetcher:
            await fetcher.fetch(site.url("/form"), robots=False, form={"api_key": "sesame"})
        assert [(one.method, one.body) for one in other.asked] == [("GET", b"")]


async def test_a_huge_robots_txt_is_read_as_far_as_half_a_megabyte(site: Site) -> None:
    site.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /\n" + b"# more\n" * 200_000, kind="text/plain")
    assert (await fetch(site.url())).outcome == "refused"


# Pace


async def test_a_host_is_asked_one_at_a_time_with_the_pause_that_its_robots_txt_wants(site: Site) -> None:
    site.pages["/robots.txt"] = Reply(b"User-agent: *\nCrawl-delay: 0.2\n", kind="text/plain")
    async with Fetcher(rules(delay_s=0.05)) as fetcher:
        await asyncio.gather(*(fetcher.fetch(site.url()) for _ in range(3)))
    times = [one.at for one in site.asked]
    assert len(times) == 4
    assert times[1] - times[0] >= 0.04  # the pause of our own, before its robots.txt is known
    assert all(later - earlier >= 0.19 for earlier, later in pairwise(times[1:]))


@pytest.mark.parametrize("delay", ["3600", "nan", "-1e9"])
async def test_a_pause_that_nobody_waits_for_is_a_refusal_or_no_pause(site: Site, delay: str) -> None:
    site.pages["/robots.txt"] = Reply(f"User-agent: *\nCrawl-delay: {delay}\n".encode(), kind="text/plain")
    found = await asyncio.wait_for(fetch(site.url()), 5)
    assert found.outcome == ("refused" if delay == "3600" else "fetched")


async def test_retry_after_is_waited_for(site: Site) -> None:
    answers = [Reply(status=429, headers={"Retry-After": "1"}), page("At last.")]
    site.pages["/"] = lambda _: answers.pop(0)
    assert (await fetch(site.url())).outcome == "fetched"
    first, second = (one.at for one in site.asked if one.path == "/")
    assert second - first >= 0.95


async def test_a_long_retry_after_is_reported_and_the_host_left_alone(site: Site) -> None:
    site.pages["/"] = Reply(status=503, headers={"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"})
    async with Fetcher(rules()) as fetcher:
        first, second = await fetcher.fetch(site.url()), await fetcher.fetch(site.url("/other"))
    assert (first.outcome, first.status, second.outcome) == ("failed", 503, "failed")
    assert "pause" in first.reason
    assert "pause" in second.reason
    assert site.paths() == ["/"]


async def test_a_site_that_stays_busy_is_given_up(site: Site) -> None:
    site.pages["/"] = Reply(status=429, headers={"Retry-After": "0"})
    found = await fetch(site.url())
    assert (found.outcome, found.status, site.paths()) == ("failed", 429, ["/"] * 3)


# What sites answer


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (404, "gone"),
        (410, "gone"),
        (401, "refused"),
        (403, "refused"),
        (451, "refused"),
        (500, "failed"),
        (204, "failed"),
    ],
)
async def test_each_status_has_its_outcome_and_its_reason(site: Site, status: int, outcome: str) -> None:
    site.pages["/"] = Reply(b"" if status == 204 else b"<p>Log in</p>", status=status)
    found = await fetch(site.url())
    assert (found.outcome, found.status, found.body) == (outcome, status, None)
    assert str(status) in found.reason


async def test_a_page_that_did_not_change_is_not_sent_again(site: Site) -> None:
    def conditional(asked: Asked) -> Reply:
        same = asked.headers.get("if-none-match") == '"v1"' and asked.headers.get("if-modified-since") == "then"
        return Reply(status=304) if same else page("New.")

    site.pages["/"] = conditional
    async with Fetcher(rules()) as fetcher:
        assert (await fetcher.fetch(site.url(), etag='"v1"', modified="then")).outcome == "unchanged"
        assert (await fetcher.fetch(site.url(), etag='"v0"')).outcome == "fetched"
