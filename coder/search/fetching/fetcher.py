"""Ask a site for a page: each hop of a redirect is checked anew, and whatever happens has an outcome with a reason."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver
from yarl import URL

from coder.search.fetching.answers import BUSY, MOVED, Answer, Failure, broken, judged, pause_asked
from coder.search.fetching.body import BrokenBodyError, TooLargeError, read_body
from coder.search.fetching.hosts import CheckedResolver, allowed_hosts, objection
from coder.search.fetching.pace import Pace, StayAwayError
from coder.search.fetching.robots import MAX_BYTES as MAX_ROBOTS
from coder.search.fetching.robots import Robots, read_robots
from coder.search.fetching.rules import FetchRules, Page

MAX_REDIRECTS = 5
_TRIES = 3
_LONGEST_ADDRESS = 8000
_ACCEPT = "text/html, application/xhtml+xml, application/pdf;q=0.9, */*;q=0.8"


@dataclass(frozen=True)
class _Request:
    """What is asked for, beyond the address."""

    headers: Mapping[str, str]
    form: Mapping[str, str] | None = None
    robots: bool = True
    limit: int = 0
    cut: bool = False  # keep the beginning of what is too large

    def after(self, here: URL, there: URL, status: int) -> _Request:
        """The request at the address that an answer sends us to: what was meant for one site goes to no other."""
        same = (here.scheme, here.raw_authority) == (there.scheme, there.raw_authority)
        kept = self if same else replace(self, headers={}, form=None)
        return kept if status in {307, 308} else replace(kept, form=None)


class Fetcher:
    """Asks sites by one set of rules; an asynchronous context manager, for any number of tasks of one event loop.

    `resolver` finds addresses of names in place of the system's; what it finds is checked all the same.
    """

    def __init__(self, rules: FetchRules, resolver: AbstractResolver | None = None) -> None:
        self._rules = rules
        self._allowed = allowed_hosts(rules.allow_private)
        self._inner = resolver
        self._pace = Pace(rules.pause_s)
        self._robots: dict[URL, Robots] = {}
        self._robots_locks: dict[URL, asyncio.Lock] = {}

    async def __aenter__(self) -> Self:
        connector = TCPConnector(resolver=CheckedResolver(self._allowed, self._inner))
        patience = min(20.0, self._rules.timeout_s)
        self._session = ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            headers={"User-Agent": self._rules.user_agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip, deflate"},
            timeout=ClientTimeout(total=None, sock_connect=patience, sock_read=patience),
            auto_decompress=False,
            trust_env=False,  # a proxy would connect to addresses that nobody here has checked
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def fetch(
        self,
        url: str,
        *,
        etag: str = "",
        modified: str = "",
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        robots: bool = True,
    ) -> Page:
        """The page at an address; never an exception for what a site does.

        `etag` and `modified` are those of the last time: the outcome is `unchanged` where the site says so. `headers`
        go to the site of this address only; with `form` it is a POST. An interface made for programs is asked without
        its robots.txt (`robots` False), at the same pace.
        """
        asked = {**(headers or {})}
        asked.update({"If-None-Match": etag} if etag else {})
        asked.update({"If-Modified-Since": modified} if modified else {})
        return await self._follow(url, _Request(asked, form, robots, self._rules.max_bytes))

    async def _follow(self, url: str, request: _Request) -> Page:
        """The page that an address leads to, over at most five redirects."""
        here = _address(url)
        passed: set[URL] = set()
        while True:
            refusal = await self._refusal(here, request)
            if refusal is not None:
                sent = f"it sends us on to {here.host or 'nowhere'}: " if passed else ""
                return replace(refusal, url=url, reason=sent + refusal.reason, final_url=str(here) if passed else "")
            answer = await self._ask(here, request)
            if isinstance(answer, Failure):
                return Page(url, answer.outcome, answer.reason, answer.status, final_url=str(here))
            if answer.status not in MOVED:
                return _page(url, here, answer)
            passed.add(here)
            there = _address(answer.headers.get("Location", ""), here)
            if there in passed or len(passed) > MAX_REDIRECTS:
                why = "in a circle" if there in passed else f"more than {MAX_REDIRECTS} times"
                return Page(url, "failed", f"the site sends us on {why}", answer.status, final_url=str(there))
            here, request = there, request.after(here, there, answer.status)

    async def _refusal(self, url: URL, request: _Request) -> Page | None:
        """The outcome without asking: by our own rules, or by the site's robots.txt."""
        reason = objection(url, self._allowed)
        if not reason and len(str(url)) > _LONGEST_ADDRESS:
            reason = f"the address is longer than {_LONGEST_ADDRESS} characters"
        if reason:
            return Page(str(url), "blocked", reason)
        if not request.robots:
            return None
        robots = await self._robots_of(url)
        if robots.closed is not None:
            return robots.closed
        reason = robots.objection(str(url), self._rules.pause_s)
        return Page(str(url), "refused", reason) if reason else None

    async def _robots_of(self, url: URL) -> Robots:
        """The rules of an address's site, asked for once."""
        site = url.origin()
        async with self._robots_locks.setdefault(site, asyncio.Lock()):
            if site not in self._robots:
                request = _Request({}, robots=False, limit=MAX_ROBOTS, cut=True)
                self._robots[site] = read_robots(await self._follow(str(site / "robots.txt"), request))
            return self._robots[site]

    async def _ask(self, url: URL, request: _Request) -> Answer | Failure:
        """One answer; a site that is busy is asked again after the pause that it wants, where that is not too long."""
        host = url.host or ""
        robots = self._robots.get(url.origin())
        delay = max(self._rules.delay_s, robots.delay_s() if robots else 0.0)
        for tried in range(1, _TRIES + 1):
            try:
                async with self._pace.turn(host, delay):
                    answer = await self._once(url, request)
            except StayAwayError as error:
                return Failure("failed", str(error))
            if isinstance(answer, Failure) or answer.status not in BUSY:
                return answer
            asked = pause_asked(answer.headers)
            wait = asked if asked is not None else delay * 10 * tried
            self._pace.hold(host, wait)
            if wait > self._rules.pause_s:
                return Failure("failed", f"the site is busy and wants a pause of {wait:.0f} s", answer.status)
        return Failure("failed", f"the site is busy, {_TRIES} times in a row", answer.status)

    async def _once(self, url: URL, request: _Request) -> Answer | Failure:
        method = "GET" if request.form is None else "POST"
        try:
            async with asyncio.timeout(self._rules.timeout_s):
                async with self._session.request(
                    method, url, headers=request.headers, data=request.form, allow_redirects=False
                ) as response:
                    return await self._taken(response, request)
        except (ClientError, OSError, ValueError) as error:  # TimeoutError is an OSError
            return broken(error, self._rules.timeout_s)

    async def _taken(self, response: ClientResponse, request: _Request) -> Answer | Failure:
        """The answer; only the body of a page is read, the connection of any other is dropped."""
        status = response.status
        heads = Answer(status, response.headers.copy(), response.content_type, response.charset or "")
        if status not in {200, 203}:
            response.close()
            return heads
        try:
            return replace(heads, body=await read_body(response, request.limit, believe=not request.cut))
        except TooLargeError as error:
            response.close()
            if request.cut:
                return replace(heads, body=error.seen)
            return Failure("too_large", f"it is larger than {request.limit / 1e6:,.1f} MB", status)
        except BrokenBodyError:
            response.close()
            return Failure("failed", "it is packed in a way that cannot be unpacked", status)


def _address(url: str, base: URL | None = None) -> URL:
    """An address without its fragment; an empty one, which is then objected to, where it is none."""
    try:
        address = URL(url.strip()).with_fragment(None)
        return base.join(address) if base is not None else address
    except ValueError:
        return URL()


def _page(url: str, here: URL, answer: Answer) -> Page:
    outcome, reason = ("fetched", "") if answer.body is not None else judged(answer.status)
    return Page(
        url,
        outcome,  # type: ignore[arg-type]
        reason,
        answer.status,
        final_url=str(here),
        media_type=answer.media_type,
        charset=answer.charset,
        body=answer.body,
        etag=answer.headers.get("ETag", ""),
        modified=answer.headers.get("Last-Modified", ""),
    )
