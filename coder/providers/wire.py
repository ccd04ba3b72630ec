"""One POST for each question, straight over aiohttp: what the openai client derives anew for each is derived once.

The client takes longer over headers, address and options of a request than all of sending it; so does the HTTP library
between it and aiohttp. Whatever else is asked of an endpoint (its models, repairs, batches) goes through the client.
"""

from __future__ import annotations

from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx2
import openai

CONNECT_S = 10.0
"""Seconds to connect; how long an answer may take is the caller's to say, over the whole request."""
KEPT_S = 5.0
"""Seconds that an idle connection is kept: many servers close theirs not long after."""


class Wire:
    """The chat completions of one endpoint over at most `connections`; `by_environment`: through its proxy, if any.

    No redirect is followed and no cookie kept: a text goes to the host that was agreed to, and says nothing of others.
    """

    def __init__(self, client: openai.AsyncOpenAI, connections: int, *, by_environment: bool) -> None:
        self._address = f"{str(client.base_url).rstrip('/')}/chat/completions"
        named = {name: value for name, value in client.default_headers.items() if isinstance(value, str)}
        self._headers = {**named, "Authorization": f"Bearer {client.api_key}"}
        self._connections = connections
        self._by_environment = by_environment
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: bytes) -> bytes:
        """The body of the answer. Raises openai's APIError, as the client does."""
        session = self._session = self._session or self._opened()
        try:
            async with session.post(self._address, data=body, allow_redirects=False) as response:
                content = await response.read()
        except aiohttp.ServerTimeoutError as error:
            raise openai.APITimeoutError(request=self._request()) from error
        except (aiohttp.ClientError, OSError) as error:
            raise openai.APIConnectionError(request=self._request()) from error
        if not 200 <= response.status < 300:
            raise self._refused(response, content)
        return content

    async def close(self) -> None:
        """Close the connections; safe to call twice."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        """Inside the running loop, which a session belongs to."""
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._connections,
                keepalive_timeout=KEPT_S,
                ssl=httpx2.create_ssl_context(trust_env=self._by_environment),
            ),
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
            proxy=proxy_of(self._address) if self._by_environment else None,
        )

    def _request(self) -> httpx2.Request:
        return httpx2.Request("POST", self._address)

    def _refused(self, response: aiohttp.ClientResponse, content: bytes) -> openai.APIStatusError:
        """The error that an endpoint answered with: as the client reads it, out of `error` where there is one."""
        headers = [(name, value) for name, value in response.headers.items() if name.lower() != "content-encoding"]
        read = httpx2.Response(response.status, headers=headers, content=content, request=self._request())
        try:
            said = read.json()
        except ValueError:
            return openai.APIStatusError(read.text[:300], response=read, body=None)
        body = said.get("error", said) if isinstance(said, dict) else said
        return openai.APIStatusError(f"Error code: {read.status_code} - {said}", response=read, body=body)


def proxy_of(address: str) -> str | None:
    """The proxy that the environment, or the system's settings, names for an address; None for none."""
    url, named = httpx2.URL(address), getproxies()
    if proxy_bypass(url.host):
        return None
    found = named.get(url.scheme) or named.get("all")
    return found if not found or "://" in found else f"http://{found}"
