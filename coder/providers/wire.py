"""Bytes to an endpoint and back, with the errors of the openai client and without its work for every request.

The client derives the same headers, address and options anew for each request, which takes twice as long as sending.
"""

from __future__ import annotations

import httpx2
import openai

TIMEOUT = httpx2.Timeout(None, connect=10.0)
"""Seconds to connect; how long an answer may take is the caller's to say, over the whole request."""


class Wire:
    """The chat completions of one endpoint, over the connections that the client has too."""

    def __init__(self, http: httpx2.AsyncClient, client: openai.AsyncOpenAI) -> None:
        self._http = http
        self._address = httpx2.URL(f"{str(client.base_url).rstrip('/')}/chat/completions")
        named = {name: value for name, value in client.default_headers.items() if isinstance(value, str)}
        self._headers = httpx2.Headers({**named, "Authorization": f"Bearer {client.api_key}"})
        self._extensions = {"timeout": TIMEOUT.as_dict()}

    async def post(self, body: bytes) -> bytes:
        """The body of the answer. Raises openai's APIError, as the client does."""
        request = httpx2.Request(
            "POST", self._address, headers=self._headers, content=body, extensions=self._extensions
        )
        try:
            response = await self._http.send(request)
        except httpx2.TimeoutException as error:
            raise openai.APITimeoutError(request=request) from error
        except httpx2.HTTPError as error:
            raise openai.APIConnectionError(request=request) from error
        if not response.is_success:
            raise _refused(response)
        return response.content


def _refused(response: httpx2.Response) -> openai.APIStatusError:
    """The error that an endpoint answered with: as the client reads it, out of `error` where there is one."""
    try:
        said = response.json()
    except ValueError:
        return openai.APIStatusError(response.text[:300], response=response, body=None)
    body = said.get("error", said) if isinstance(said, dict) else said
    return openai.APIStatusError(f"Error code: {response.status_code} - {said}", response=response, body=body)
