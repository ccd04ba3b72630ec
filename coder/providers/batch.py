"""The batch API of an OpenAI-compatible endpoint: files up, a batch made, watched, and files down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

import openai
from openai.types import Batch as OpenAIBatch
from pydantic import ValidationError

from coder.errors import ProviderError
from coder.providers.completion import Completion, filtered, reply
from coder.providers.retrying import FILTERED, Again, Backoff, Hopeless, judge
from coder.run.batches import Gone, Remote, Unsure
from coder.run.protocols import CallFailed, Question, Reply

T = TypeVar("T")
TAG = "intercoder_batch"
"""The metadata field of a batch that holds our id of it."""
WINDOW: Literal["24h"] = "24h"
LISTED = 100
"""Batches asked for at a time when one of ours is looked for."""
CREATE_S = 30.0
"""Seconds that the endpoint has to say that a batch is made; after that nobody knows, and it is looked for."""
TRANSFER_S = 3600.0
"""Seconds for a file of up to 200 MB."""
ABSENT = frozenset({404, 405, 501})
NO_BATCHES = "leave --batch out: every endpoint takes ordinary calls"


@dataclass(frozen=True, slots=True)
class BatchApi:
    """The endpoint's files and batches. `body` writes a request, `say` and `clean` take the key out of what came."""

    client: openai.AsyncOpenAI
    host: str
    body: Callable[[Question], bytes]
    say: Callable[[str], str]
    clean: Callable[[bytes], bytes]
    backoff: Backoff

    def line(self, custom_id: str, question: Question) -> bytes:
        """One line of a batch's file, its end included."""
        head = json.dumps({"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions"})
        return head[:-1].encode() + b', "body": ' + self.body(question) + b"}\n"

    async def upload(self, path: Path, name: str) -> str:
        """Send a batch's file; returns the endpoint's id of it. Costs nothing."""

        async def send() -> str:
            with path.open("rb") as file:
                made = await self.client.files.create(file=(name, file, "application/jsonl"), purpose="batch")
            return made.id

        return await self._insist(send, TRANSFER_S)

    async def create(self, file_id: str, tag: str) -> Remote:
        """Have the batch made, in one attempt. Raises Unsure where it may have been, ProviderError where it was not."""
        try:
            async with asyncio.timeout(CREATE_S):
                made = await self.client.batches.create(
                    input_file_id=file_id,
                    endpoint="/v1/chat/completions",
                    completion_window=WINDOW,
                    metadata={TAG: tag},
                )
        except (openai.APIError, TimeoutError) as error:
            verdict = judge(error)
            refused = isinstance(error, openai.APIStatusError) and error.status_code < 500
            if isinstance(verdict, Again) and not refused:
                raise Unsure(self.say(verdict.reason)) from None
            raise self._error(error) from None
        return self._remote(made)

    async def find(self, tag: str, since: datetime) -> Remote | None:
        """Our batch of this tag among all of the account, of which many may be others'; None where it is not there.

        The list is gone through from the newest back to a day before `since`.
        """
        oldest = since.timestamp() - 86_400

        async def look() -> Remote | None:
            async for batch in self.client.batches.list(limit=LISTED):
                if (batch.metadata or {}).get(TAG) == tag:
                    return self._remote(batch)
                if batch.created_at < oldest:
                    return None
            return None

        return await self._insist(look)

    async def status(self, batch_id: str) -> Remote:
        """How a batch stands."""
        try:
            return self._remote(await self._insist(lambda: self.client.batches.retrieve(batch_id), one=True))
        except Gone:
            raise ProviderError(
                f"{self.host}: batch {batch_id} is not known there to this key", "use the key that handed it in"
            ) from None

    async def download(self, file_id: str, path: Path) -> None:
        """Fetch a file of answers. Raises Gone where the endpoint keeps it no longer."""

        async def fetch() -> None:
            async with self.client.files.with_streaming_response.content(file_id) as response:
                await response.stream_to_file(path)

        await self._insist(fetch, TRANSFER_S, one=True)

    def reply(self, question: Question, line: bytes) -> Reply:
        """The reply in a line of a file of answers. Raises CallFailed with the reason that the line gives."""
        try:
            found = json.loads(self.clean(line))
            response, error = found.get("response") or {}, found.get("error") or {}
            status, body = response.get("status_code"), response.get("body") or {}
            if status == 200:
                whole = reply(question, Completion.model_validate(body), 0, 1)
                tokens = (whole.prompt_tokens, whole.cached_tokens, whole.completion_tokens)
                return replace(whole, batch_tokens=tokens)
            error = error or (body.get("error") if isinstance(body, dict) else None) or {}
            code, said = str(error.get("code") or ""), str(error.get("message") or "no reason given")
        except (ValueError, AttributeError, ValidationError):
            raise CallFailed("the line of the batch's answer cannot be read") from None
        if code in FILTERED:
            return filtered(self.say(said), 0, 1)
        raise CallFailed(self.say(f"batch: {code or f'HTTP {status}'}: {said}"))

    async def _insist(self, send: Callable[[], Awaitable[T]], seconds: float = 60.0, *, one: bool = False) -> T:
        """Ask until it works: all that passes here may be asked twice. Raises ProviderError.

        With `one` a single batch or file is asked for, and Gone raised where there is none of that name.
        """
        for attempt in range(1, self.backoff.attempts + 1):
            try:
                async with asyncio.timeout(seconds):
                    return await send()
            except (openai.APIError, TimeoutError) as error:
                verdict = judge(error)
                if isinstance(error, openai.NotFoundError) and one:
                    raise Gone from None
                if not isinstance(verdict, Again) or attempt == self.backoff.attempts or _absent(error):
                    raise self._error(error) from None
                await self.backoff.sleep(self.backoff.seconds(attempt, verdict.wait))
        raise AssertionError("the last attempt returns or raises")

    def _error(self, error: openai.APIError | TimeoutError) -> ProviderError:
        if _absent(error):
            return ProviderError(f"{self.host}: has no batch API ({self.say(judge(error).reason)})", NO_BATCHES)
        verdict = judge(error)
        hint = verdict.hint if isinstance(verdict, Hopeless) else "run the same command again later"
        return ProviderError(f"{self.host}: batch API: {self.say(verdict.reason)}", hint)

    def _remote(self, batch: OpenAIBatch) -> Remote:
        counts = batch.request_counts
        errors = (batch.errors.data if batch.errors else None) or []
        reasons = [self.say(f"{error.code or 'error'}: {error.message or ''}") for error in errors[:3]]
        return Remote(
            id=batch.id,
            state=batch.status,
            output=batch.output_file_id or "",
            errors=batch.error_file_id or "",
            answered=counts.completed if counts else 0,
            reason="; ".join(reasons),
            codes=tuple(error.code or "" for error in errors),
        )


def _absent(error: Exception) -> bool:
    """Whether there is no such place at the endpoint."""
    found: Any = error
    return isinstance(error, openai.APIStatusError) and found.status_code in ABSENT
