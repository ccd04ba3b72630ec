"""How long to wait before asking an endpoint again, and what its errors mean."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import httpx2
import openai

LONGEST_WAIT = 120.0
"""Seconds; an endpoint that asks for more is out of quota rather than busy."""
RETRIED = frozenset({408, 409, 425, 429})
BUSY = frozenset({429, 503, 529})
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
_KNOWN = "say so in [model] context, and long texts are coded in windows"
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
    """Worth another attempt. `wait` is what the endpoint asked for, in seconds; `down` that nobody listens, `busy` that
    it has too much to do."""

    reason: str
    wait: float | None = None
    down: bool = False
    busy: bool = False


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
    """Seconds from `retry-after-ms` or `Retry-After` (seconds or a date); None where neither can be read."""
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


def judge(error: openai.APIError | TimeoutError) -> Verdict:
    """What an error of the client means for this call and for the rest."""
    if isinstance(error, openai.APIStatusError):
        return _judge_status(error)
    origin = _origin(error)
    down = type(origin).__name__ in CONNECTING
    if isinstance(error, openai.APIConnectionError) and not isinstance(origin, TimeoutError | httpx2.TimeoutException):
        return Again((str(origin) if origin else "") or "the connection was dropped", down=down)
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        return Again("no answer in time", down=down)
    return Again(error.message)


def _judge_status(error: openai.APIStatusError) -> Verdict:
    codes, message = {str(error.code), str(error.type)}, _message(error)
    if codes & TOO_LONG:
        return GiveUp(_too_long(error))
    if codes & FILTERED or (error.status_code == 403 and "moderation" in message.lower()):
        return Refused(message)
    if error.status_code in RETRIED or error.status_code >= 500:
        return _judge_busy(error, codes)
    return _judge_rejected(error, codes)


def _judge_busy(error: openai.APIStatusError, codes: set[str]) -> Verdict:
    reason, wait = _reason(error), asked_wait(error.response.headers)
    if codes & NO_MONEY:
        return Hopeless(reason, "top up the account, or choose another model")
    if wait is not None and wait > LONGEST_WAIT:
        return Hopeless(f"{reason} (asks to wait {wait:.0f} seconds)", "run the same command again later")
    return Again(reason, wait, busy=error.status_code in BUSY)


def _judge_rejected(error: openai.APIStatusError, codes: set[str]) -> Verdict:
    status, reason = error.status_code, _reason(error)
    if 300 <= status < 400:
        to = error.response.headers.get("location", "another address")
        return Hopeless(f"HTTP {status}: it points to {to}", "set `base_url` under [model] to that, if it is right")
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
        return f"the question takes {tokens:,} tokens, and the context holds {room:,}: {_KNOWN}"
    return f"the question does not fit the context: {_message(error)}: {_KNOWN}"


def _origin(error: BaseException) -> BaseException | None:
    """What the HTTP library met. aiohttp's own word counts: on its way to us a drop becomes a timeout in connecting."""
    causes, cause = [], error.__cause__
    while cause is not None:
        causes.append(cause)
        cause = cause.__cause__
    return next((one for one in causes if isinstance(one, aiohttp.ClientError)), error.__cause__)
