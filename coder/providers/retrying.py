"""How long to wait before asking an endpoint again, and what its errors mean."""

from __future__ import annotations

import asyncio
import os
import random
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import httpx2
import openai

from coder.run.gate import Kind

LONGEST_WAIT = 120.0
"""Seconds; an endpoint that asks for more is out of quota rather than busy."""
A_MINUTE = 60.0
RETRIED = frozenset({408, 409, 425, 429})
BUSY = frozenset({429, 529})
"""Statuses that say nothing but that too much is asked."""
NO_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached", "insufficient_balance"})
TOO_LONG = frozenset({"context_length_exceeded", "exceed_context_size_error"})
CONNECTING = frozenset(
    {
        "ConnectError",
        "ConnectTimeout",
        "ConnectionTimeoutError",
        "ClientConnectorError",
        "ClientConnectorDNSError",
        "ClientConnectorSSLError",
        "ClientConnectorCertificateError",
        "ClientProxyConnectionError",
    }
)
"""Errors by which HTTP libraries (several can lie beneath the client) say that there was no connection at all."""
_DURATION = re.compile(r"(?:([\d.]+)h)?(?:([\d.]+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?")
FILTERED = frozenset({"content_filter", "content_policy_violation", "moderation_blocked"})


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential waits with jitter: between half and all of `base * 2 ** (attempt - 1)` seconds, up to `ceiling`."""

    attempts: int = 6
    base: float = 0.5
    ceiling: float = 30.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def seconds(self, attempt: int, asked: float | None) -> float:
        """The wait after failed attempt number `attempt` (from 1); never less than the endpoint asked for."""
        longest = min(self.ceiling, self.base * 2.0 ** (attempt - 1))
        own = longest * random.uniform(0.5, 1)  # noqa: S311 - not a secret
        return own if asked is None else asked + own / 10


@dataclass(frozen=True, slots=True)
class Again:
    """Worth another attempt.

    `wait` is what the endpoint asked for, in seconds. `kind` is what it says about the endpoint; "ok" that the endpoint
    works and the request must be another one.
    """

    reason: str
    wait: float | None = None
    kind: Kind = "failed"


@dataclass(frozen=True, slots=True)
class GiveUp:
    """This call will not work, others may."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The endpoint's filter would not pass this text: an outcome, not an error."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hopeless:
    """No call will work until a person acts."""

    reason: str
    hint: str


Verdict = Again | GiveUp | Refused | Hopeless


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds from `retry-after-ms`, `Retry-After` (seconds or a date) or what is left of a limit; None without any."""
    wait = _retry_after(headers)
    return _reset(headers) if wait is None else wait


def _retry_after(headers: Mapping[str, str]) -> float | None:
    milliseconds = headers.get("retry-after-ms", "")
    if re.fullmatch(r"\d+(\.\d+)?", milliseconds):
        return float(milliseconds) / 1000
    value = headers.get("retry-after", "")
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return max(0.0, (until.astimezone(UTC) - datetime.now(UTC)).total_seconds())


def _reset(headers: Mapping[str, str]) -> float | None:
    """Seconds until the limit that is used up has room again, by `x-ratelimit-reset-requests` or `-tokens`.

    They say when a limit is whole again, which is later than when one more request has room. Limits are of a minute, so
    that no more than that is waited for, and only for a limit of which nothing is left.
    """
    waits = [
        _duration(headers.get(f"x-ratelimit-reset-{what}", ""))
        for what in ("requests", "tokens")
        if headers.get(f"x-ratelimit-remaining-{what}", "").strip() in ("0", "0.0")
    ]
    known = [wait for wait in waits if wait is not None]
    return min(A_MINUTE, max(known)) if known else None


def _duration(text: str) -> float | None:
    """Seconds of `6m0s`, `120ms`, `1.5s` or a plain number of seconds; None for anything else."""
    text = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = _DURATION.fullmatch(text) if text else None
    if parts is None:
        return None
    return sum(float(value or 0) * unit for value, unit in zip(parts.groups(), (3600, 60, 1, 0.001), strict=True))


def judge(error: openai.APIError | TimeoutError, longest_wait: float = LONGEST_WAIT) -> Verdict:
    """What an error of the client means for this call and for the rest; no wait may be longer than `longest_wait`."""
    if isinstance(error, openai.APIStatusError):
        return _judge_status(error, longest_wait)
    origin = _origin(error)
    kind: Kind = "down" if type(origin).__name__ in CONNECTING else "failed"
    if isinstance(error, openai.APIConnectionError) and not isinstance(origin, TimeoutError | httpx2.TimeoutException):
        return Again(_words(origin) or "the connection was dropped", kind=kind)
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        return Again("no answer in time", kind=kind)
    return Again(error.message)


def _judge_status(error: openai.APIStatusError, longest_wait: float) -> Verdict:
    codes, message = {str(error.code), str(error.type)}, _message(error)
    if codes & TOO_LONG:
        return GiveUp(_too_long(error))
    if codes & FILTERED or (error.status_code == 403 and "moderation" in message.lower()):
        return Refused(message)
    if error.status_code in RETRIED or error.status_code >= 500:
        return _judge_busy(error, codes, longest_wait)
    return _judge_rejected(error, codes)


def _judge_busy(error: openai.APIStatusError, codes: set[str], longest_wait: float) -> Verdict:
    reason, wait = _reason(error), asked_wait(error.response.headers)
    if codes & NO_MONEY:
        return Hopeless(reason, "top up the account, or choose another model")
    if wait is not None and wait > longest_wait:
        return Hopeless(f"{reason} (asks to wait {wait:.0f} seconds)", "run the same command again later")
    return Again(reason, wait, "busy" if wait is not None or error.status_code in BUSY else "failed")


def _judge_rejected(error: openai.APIStatusError, codes: set[str]) -> Verdict:
    status, reason = error.status_code, _reason(error)
    if status == 402 or codes & NO_MONEY:
        return Hopeless(reason, "top up the account, or choose another model")
    if status in (401, 403):
        return Hopeless(reason, "check the key in INTERCODER_API_KEY or OPENAI_API_KEY, and what it may be used for")
    if status == 404:
        return Hopeless(reason, "check `name` and `base_url` under [model]; most base URLs end in /v1")
    if "response_format" in reason or "json_schema" in reason:
        return Hopeless(reason, 'set answer_format = "json_object" or "prompt" under [model] in intercoder.toml')
    return GiveUp(reason)


def _reason(error: openai.APIStatusError) -> str:
    return f"HTTP {error.status_code}: {_message(error)}"


def _message(error: openai.APIStatusError) -> str:
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("message"), str):
        return str(body["message"])
    return error.response.text[:300] or error.response.reason_phrase


def _too_long(error: openai.APIStatusError) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    tokens, room = body.get("n_prompt_tokens"), body.get("n_ctx")
    if isinstance(tokens, int) and isinstance(room, int):
        return f"the question takes {tokens:,} tokens, and the context holds {room:,}"
    return f"the question does not fit the context: {_message(error)}"


def _words(origin: BaseException | None) -> str:
    """Why there was no connection; aiohttp's own sentence repeats the host and shows the socket's address."""
    if isinstance(origin, aiohttp.ClientConnectorError):
        number = origin.os_error.errno or 0
        return os.strerror(number).lower() if number > 0 else str(origin.os_error.strerror or origin.os_error)
    return str(origin) if origin else ""


def _origin(error: BaseException) -> BaseException | None:
    """What the HTTP library met. aiohttp's own word counts: on its way to us a drop becomes a timeout in connecting."""
    causes, cause = [], error.__cause__
    while cause is not None:
        causes.append(cause)
        cause = cause.__cause__
    return next((one for one in causes if isinstance(one, aiohttp.ClientError)), error.__cause__)
