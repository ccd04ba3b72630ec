"""Ask a source over HTTP with care: at its rate, with time and size limits, on public addresses only."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Container, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from coder.errors import IncompleteError
from coder.search.fetching.answers import pause_asked
from coder.search.fetching.hosts import EVERY_HOST, CheckedResolver, PrivateAddressError, objection
from coder.search.fetching.rules import user_agent

MAX_BYTES = 50_000_000
"""Bytes of one answer, unpacked: the most that the sitemap protocol allows for a file."""
LONGEST_WAIT = 120.0
"""Seconds that are waited when a source asks for it; what asks for more is asked again another day."""
_PRIVATE = "or ask all private addresses, this once: --allow-private"
_CORRECT = "correct the address in the protocol"
_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class SourceError(IncompleteError):
    """A source did not answer, or not with what it should; what other sources gave is kept."""


@dataclass(frozen=True)
class Answer:
    """What came: the bytes, unpacked, and where they came from after redirects."""

    body: bytes
    url: str
    content_type: str = ""


@dataclass(frozen=True)
class Manners:
    """How a source is asked: requests a second, tries of each, seconds before the second try (then twice that, ...)."""

    per_second: float = 1.0
    tries: int = 4
    first_wait: float = 1.0
    timeout: float = 60.0
    max_bytes: int = MAX_BYTES


@dataclass
class Asker:
    """Asks one source; requests keep their distance whoever makes them. `allowed` are hosts that may be private."""

    session: aiohttp.ClientSession
    manners: Manners
    allowed: Container[str] = ()
    _next: float = 0.0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer of an address; SourceError where there is none to be had."""
        return await self._ask("GET", url, headers or {}, None)

    async def post(self, url: str, form: Mapping[str, str]) -> Answer:
        """The answer to a form; a key in it stays out of addresses, which servers and proxies write down."""
        return await self._ask("POST", url, {}, form)

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None) -> Answer:
        wait = self.manners.first_wait
        for attempt in range(1, self.manners.tries + 1):
            try:
                return await self._once(method, url, headers, form)
            except _BusyError as busy:
                pause = wait if busy.seconds is None else busy.seconds
                if attempt == self.manners.tries:
                    raise SourceError(f"{shown(url)}: {busy.words}, {attempt} times", "search again later") from None
                if pause > LONGEST_WAIT:
                    raise SourceError(
                        f"{shown(url)}: {busy.words}, and asks to wait {pause:,.0f} seconds", "search again after that"
                    ) from None
                await asyncio.sleep(pause)
                wait *= 2
        raise AssertionError("a try returns or raises")

    async def _once(self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None) -> Answer:
        origin: URL | None = None
        for _ in range(6):
            address = _checked(url, self.allowed)
            if origin not in {None, address.origin()}:
                headers = {}  # a key is for the host that it was given for
            origin = address.origin()
            await self._pace()
            try:
                async with self.session.request(
                    method, address, headers=headers, data=form, allow_redirects=False
                ) as response:
                    if response.status not in _REDIRECTS:
                        return await self._read(response, url)
                    target = _target(url, response)
            except TimeoutError:
                raise _BusyError(f"no answer within {self.manners.timeout:.0f} seconds") from None
            except aiohttp.ClientConnectorError as error:
                if isinstance(error.os_error, PrivateAddressError):
                    raise SourceError(str(error.os_error), _PRIVATE) from None
                raise _BusyError(
                    f"no connection ({error.os_error.strerror or type(error.os_error).__name__})"
                ) from None
            except aiohttp.ClientError as error:  # its own words may repeat the address, which may hold a key
                raise _BusyError(f"the connection broke ({type(error).__name__})") from None
            if method != "GET":
                raise SourceError(f"{shown(url)}: leads on to {shown(target)}", _CORRECT)
            url = target
        raise SourceError(f"{shown(url)}: leads on more than five times", _CORRECT)

    async def _read(self, response: aiohttp.ClientResponse, url: str) -> Answer:
        if response.status in _TRY_AGAIN:
            raise _BusyError(f"answers {response.status}", pause_asked(response.headers))
        if response.status != 200:
            raise SourceError(f"{shown(url)}: answers {response.status}", _remedy(response.status))
        body = bytearray()
        async for piece in response.content.iter_any():
            body += piece
            if len(body) > self.manners.max_bytes:
                raise SourceError(
                    f"{shown(url)}: the answer has more than {self.manners.max_bytes / 1e6:,.0f} MB", "ask for less"
                )
        return Answer(bytes(body), url, response.headers.get("Content-Type", ""))

    async def _pace(self) -> None:
        async with self._turn:
            pause = self._next - time.monotonic()
            if pause > 0:
                await asyncio.sleep(pause)
            self._next = time.monotonic() + 1 / self.manners.per_second


class _BusyError(Exception):
    """Something that may pass; `seconds` is how long the source asks to wait, None where it does not say."""

    def __init__(self, words: str, seconds: float | None = None) -> None:
        super().__init__(words)
        self.words, self.seconds = words, seconds


@asynccontextmanager
async def asking(contact: str, manners: Manners, allowed: Container[str] = ()) -> AsyncIterator[Asker]:
    """Open connections for one source; who asks is in every request. Hosts that are `allowed` may be private ones."""
    connector = aiohttp.TCPConnector(resolver=CheckedResolver(allowed), limit=4)
    timeout = aiohttp.ClientTimeout(total=manners.timeout, sock_connect=min(20.0, manners.timeout))
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        headers={"User-Agent": user_agent(contact)},
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as session:
        yield Asker(session, manners, allowed)


def _checked(url: str, allowed: Container[str]) -> URL:
    """The address; SourceError where our rules are against it."""
    try:
        address = URL(url)
    except ValueError:
        raise SourceError(f"{shown(url)}: no web address", _CORRECT) from None
    if reason := objection(address, allowed):
        private_only = not objection(address, EVERY_HOST)
        raise SourceError(f"{shown(url)}: {reason}", _PRIVATE if private_only else _CORRECT)
    return address


def shown(url: str) -> str:
    """An address for people: without its parameters and whatever stands before an @, which may hold a key."""
    return re.sub("//[^/]*@", "//", url.partition("?")[0].partition("#")[0])[:200]


def _target(url: str, response: aiohttp.ClientResponse) -> str:
    target = response.headers.get("Location", "")
    try:
        return str(URL(url).join(URL(target)))
    except ValueError:
        raise SourceError(f"{shown(url)}: leads on to no address", _CORRECT) from None


def _remedy(status: int) -> str:
    if status in (401, 403):
        return "the source wants a key, or another one"
    return _CORRECT if status in (404, 410) else "look at the source in a browser"
