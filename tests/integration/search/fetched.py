"""A loopback site that pages are fetched from, by its number or by a public name."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from coder.search.fetching import Fetcher, FetchRules, Page
from tests.integration.search.site import Site, page

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
