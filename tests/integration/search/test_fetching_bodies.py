"""Pages that are endless, slow, huge, packed, or no HTTP at all."""

from __future__ import annotations

import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncIterator

import pytest

from tests.integration.search.fetched import fetch, public_site, site
from tests.integration.search.site import Reply, Site

__all__ = ["public_site", "site"]


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
