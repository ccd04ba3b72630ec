"""Fetching: polite to good sites, unharmed by bad ones. Every site is on loopback, and only where it is allowed."""

from __future__ import annotations

import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from coder.errors import InputError
from coder.search.fetching import Fetcher, FetchRules, Page, is_public
from tests.integration.search.site import Asked, Reply, Site, moved, page

HOME = ("127.0.0.1",)


def rules(**changes: object) -> FetchRules:
    given = {"contact": "ada@example.org", "delay_s": 0.0, "timeout_s": 5.0, "allow_private": HOME} | changes
    return FetchRules(**given)  # type: ignore[arg-type]


async def fetch(url: str, **changes: object) -> Page:
    async with Fetcher(rules(**changes)) as fetcher:
        return await fetcher.fetch(url)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({"/": page("Welcome.")}) as running:
        yield running


class Names(AbstractResolver):
    """A name server that gives the answers of a test, the last one again and again."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(hostname=host, host=one, port=port, family=socket.AF_INET, proto=0, flags=0) for one in found
        ]

    async def close(self) -> None:
        pass


PUBLIC = "93.184.215.14"


def public_site(monkeypatch: pytest.MonkeyPatch, site: Site) -> list[str]:
    """Have connections to a public address arrive at a site of ours, as a router might; the addresses connected to."""
    loop, reached = asyncio.get_running_loop(), []
    connect = loop.sock_connect

    async def routed(sock: socket.socket, address: tuple[str, int]) -> None:
        reached.append(address[0])
        await connect(sock, ("127.0.0.1", site.port) if address[0] == PUBLIC else address)

    monkeypatch.setattr(loop, "sock_connect", routed)
    return reached


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


# Addresses


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "example.org", "", "http://",
        "http://[", "http://ada:secret@example.org/", "http://10.0.0.1/", "http://192.168.1.1/", "http://169.254.169.254/",
        "http://100.64.0.1/", "http://0.0.0.0/", "http://224.0.0.1/", "http://255.255.255.255/", "http://2130706433/",
        "http://0177.0.0.1/", "http://0x7f.1/", "http://127.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a00:1]/", "http://[fe80::1]/", "http://[fc00::1]/", "http://[ff02::1]/", "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/", "http://[::]/", "http://127.0.0.1/", "http://\uff11\uff12\uff17.0.0.1/",
    ],
)  # fmt: skip
async def test_what_is_no_public_web_address_is_blocked_before_anything_is_sent(url: str) -> None:
    found = await fetch(url, allow_private=())
    assert (found.outcome, found.status, found.body) == ("blocked", 0, None)
    assert found.reason
    assert "secret" not in found.reason


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


async def test_a_name_that_leads_to_a_private_address_is_refused(site: Site) -> None:
    names = Names(["127.0.0.1"])
    async with Fetcher(rules(), resolver=names) as fetcher:  # the number 127.0.0.1 is allowed, the name is not
        found = await fetcher.fetch(site.url(host="innocent.example"))
    assert (found.outcome, site.asked) == ("blocked", [])
    assert "innocent.example" in found.reason


async def test_a_name_that_the_settings_allow_may_be_private(site: Site) -> None:
    async with Fetcher(rules(allow_private=("Intranet.Example.",)), resolver=Names(["127.0.0.1"])) as fetcher:
        assert (await fetcher.fetch(site.url(host="intranet.example"))).outcome == "fetched"


async def test_a_name_server_that_changes_its_answer_within_one_fetch_gains_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The attacker's site stands at a public address and sends us on to the same name at another port, which is
    # resolved anew: now the name leads to this machine, where a site listens at that port.
    site.pages["/secret"] = page("Nobody's business.")
    names = Names([PUBLIC], ["127.0.0.1"])
    with Site({"/": moved(site.url("/secret", host="rebinding.example"))}) as attacker:
        reached = public_site(monkeypatch, attacker)
        async with Fetcher(rules(), resolver=names) as fetcher:
            found = await fetcher.fetch(attacker.url(host="rebinding.example"))
        assert attacker.paths() == ["/"]  # the first answer was connected to
    assert names.asked == ["rebinding.example"] * 2
    assert set(reached) == {PUBLIC}
    assert (found.outcome, site.asked) == ("blocked", [])
    assert "sends us on to rebinding.example" in found.reason
    assert "address of this machine" in found.reason


async def test_where_a_name_goes_on_to_lead_to_public_addresses_the_redirect_is_followed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Site({"/": moved("/there"), "/there": page("There.")}) as other:
        reached = public_site(monkeypatch, other)
        async with Fetcher(rules(), resolver=Names([PUBLIC])) as fetcher:
            assert (await fetcher.fetch(other.url(host="steady.example"))).outcome == "fetched"
    assert set(reached) == {PUBLIC}


async def test_a_mixed_answer_is_reduced_to_its_public_part(site: Site) -> None:
    from coder.search.fetching.hosts import CheckedResolver

    found = await CheckedResolver((), Names(["127.0.0.1", "8.8.8.8", "10.1.1.1"])).resolve("mixed.example")
    assert [one["host"] for one in found] == ["8.8.8.8"]


# Redirects


async def test_redirects_are_followed_to_the_page(site: Site) -> None:
    site.pages |= {"/a": moved("b", 301), "/b": moved(f"//127.0.0.1:{site.port}/c", 308), "/c": page("There.")}
    found = await fetch(site.url("/a#part"))
    assert (found.outcome, found.url, found.final_url) == ("fetched", site.url("/a#part"), site.url("/c"))


@pytest.mark.parametrize(
    "to", ["http://127.0.0.2/", "http://[::1]/", "file:///etc/passwd", "http://169.254.169.254/latest/meta-data", "http://2130706433/"]
)  # fmt: skip
async def test_a_redirect_out_of_bounds_is_blocked(site: Site, to: str) -> None:
    site.pages["/"] = moved(to)
    found = await fetch(site.url())
    assert found.outcome == "blocked"
    assert "sends us on" in found.reason


async def test_circles_and_long_chains_of_redirects_end(site: Site) -> None:
    site.pages |= {"/a": moved("/b"), "/b": moved("/a")} | {f"/{n}": moved(f"/{n + 1}") for n in range(20)}
    assert "circle" in (await fetch(site.url("/a"))).reason
    found = await fetch(site.url("/0"))
    assert (found.outcome, "5 times" in found.reason) == ("failed", True)
    assert site.paths() == ["/a", "/b", "/0", "/1", "/2", "/3", "/4", "/5"]  # five redirects are followed


async def test_what_was_meant_for_one_site_is_not_sent_to_another(site: Site) -> None:
    with Site({"/": page("Other.")}) as other:
        site.pages["/"] = moved(other.url(), 307)
        async with Fetcher(rules()) as fetcher:
            await fetcher.fetch(site.url(), robots=False, headers={"X-Key": "secret"})
        assert site.asked[0].headers["x-key"] == "secret"
        assert "x-key" not in other.asked[0].headers


# Sites that are slow, endless, huge or broken


async def test_an_endless_page_ends_at_the_limit(site: Site) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100_000

    site.pages["/"] = Reply(chunks=endless)
    found = await fetch(site.url(), max_bytes=1_000_000)
    assert (found.outcome, found.body) == ("too_large", None)
    assert "1.0 MB" in found.reason


async def test_a_drip_that_never_pauses_long_ends_at_the_time_limit(site: Site) -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.05)

    site.pages["/"] = Reply(chunks=drip)
    found = await asyncio.wait_for(fetch(site.url(), timeout_s=0.6), 5)
    assert found.outcome == "too_slow"


async def test_a_site_that_takes_the_request_and_says_nothing_is_too_slow(site: Site) -> None:
    async def silence() -> AsyncIterator[bytes]:
        await asyncio.sleep(60)
        yield b""

    site.pages["/"] = Reply(chunks=silence)
    assert (await asyncio.wait_for(fetch(site.url(), timeout_s=0.5), 5)).outcome == "too_slow"


async def test_a_page_that_claims_to_be_huge_is_not_read(site: Site) -> None:
    site.pages["/"] = Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\nContent-Type: text/html\r\n\r\nx")
    assert (await fetch(site.url())).outcome == "too_large"


@pytest.mark.parametrize("packed", [gzip.compress, zlib.compress])
async def test_packed_pages_are_unpacked_and_bombs_go_off_nowhere(site: Site, packed: object) -> None:
    name = "gzip" if packed is gzip.compress else "deflate"
    site.pages["/"] = Reply(packed(b"<p>Small</p>"), headers={"Content-Encoding": name})  # type: ignore[operator]
    site.pages["/bomb"] = Reply(packed(bytes(50_000_000)), headers={"Content-Encoding": name})  # type: ignore[operator]
    assert (await fetch(site.url())).body == b"<p>Small</p>"
    assert (await fetch(site.url("/bomb"), max_bytes=1_000_000)).outcome == "too_large"


async def test_deflate_without_its_head_and_gzip_in_several_members_are_read(site: Site) -> None:
    bare = zlib.compressobj(wbits=-15)
    site.pages["/bare"] = Reply(bare.compress(b"bare") + bare.flush(), headers={"Content-Encoding": "deflate"})
    site.pages["/two"] = Reply(gzip.compress(b"one ") + gzip.compress(b"two"), headers={"Content-Encoding": "gzip"})
    assert (await fetch(site.url("/bare"))).body == b"bare"
    assert (await fetch(site.url("/two"))).body == b"one two"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"no gzip", "gzip"), (gzip.compress(b"cut short" * 100)[:-20], "gzip"), (b"x", "br"), (b"x", "gzip, gzip")],
)
async def test_what_cannot_be_unpacked_has_failed(site: Site, body: bytes, encoding: str) -> None:
    site.pages["/"] = Reply(body, headers={"Content-Encoding": encoding})
    found = await fetch(site.url())
    assert (found.outcome, found.body) == ("failed", None)
    assert "packed" in found.reason


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 302 Found\r\n\r\n",
        b"\x00\xff\x1b[2J",
    ],
)
async def test_an_answer_that_is_no_proper_http_fails_in_words(site: Site, raw: bytes) -> None:
    site.pages["/"] = Reply(raw=raw)
    found = await fetch(site.url())
    assert found.outcome in {"failed", "blocked"}
    assert found.reason
    assert len(found.reason) < 400
    assert found.reason.isprintable()


async def test_a_site_that_is_not_there_and_a_name_that_is_none_have_failed() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: nobody else takes the port, nobody answers
        found = await fetch(f"http://127.0.0.1:{closed.getsockname()[1]}/")
    assert (found.outcome, "no connection" in found.reason) == ("failed", True)
