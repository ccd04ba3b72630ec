"""What a site's answer, or its failure to answer, means for the page that was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from aiohttp import ClientConnectorCertificateError, ClientConnectorDNSError, ClientConnectorError, ClientSSLError
from aiohttp import ConnectionTimeoutError as NoConnectionError

from coder.documents.normalise import one_line
from coder.model import CaptureOutcome
from coder.search.fetching.hosts import PrivateAddressError

MOVED = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({429, 503})
_GONE = frozenset({404, 410})
_CLOSED = frozenset({401, 402, 403, 407, 451})
_UNCHANGED = 304
_LONGEST_REASON = 200


@dataclass(frozen=True)
class Answer:
    """One answer of a site: its status, the heads that matter, and the body of a page that came whole."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = ""
    charset: str = ""
    body: bytes | None = None


@dataclass(frozen=True)
class Failure:
    """Why there is no answer that can be used."""

    outcome: CaptureOutcome
    reason: str
    status: int = 0


def judged(status: int) -> tuple[CaptureOutcome, str]:
    """What a status without a page to take means, and in words."""
    if status == _UNCHANGED:
        return "unchanged", "the site says that it did not change"
    if status in _GONE:
        return "gone", f"the site has no such page ({status})"
    if status in _CLOSED:
        return "refused", f"the site does not show it to us: a login, a payment or a ban ({status})"
    return "failed", f"the site answers {status}"


def broken(error: Exception, timeout_s: float) -> Failure:  # noqa: PLR0911 - one return a kind of error
    """An exception of the HTTP client as an outcome with a reason in words."""
    beneath = getattr(error, "os_error", None)
    if isinstance(beneath, PrivateAddressError):
        return Failure("blocked", str(beneath))
    if isinstance(error, ClientConnectorDNSError):
        return Failure("failed", f"no host is known by the name {one_line(error.host)}")
    if isinstance(error, NoConnectionError):
        return Failure("failed", "the host does not answer")
    if isinstance(error, TimeoutError):
        return Failure("too_slow", f"it did not come within {timeout_s:.0f} s, or stalled")
    if isinstance(error, ClientConnectorCertificateError | ClientSSLError):
        return Failure("failed", "no safe connection: the certificate or the protocol is not valid")
    if isinstance(error, ClientConnectorError):
        return Failure("failed", f"no connection: {_brief(beneath)}")
    return Failure("failed", f"the connection broke or the answer is no HTTP: {_brief(error)}")


def pause_asked(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The seconds that a Retry-After asks for, as a number or a date; None where there is none that can be read."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        until = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())


def _brief(error: object) -> str:
    """An error's own words, which may quote what the site sent, cut short."""
    said = one_line(str(error)) or type(error).__name__
    return said if len(said) <= _LONGEST_REASON else f"{said[:_LONGEST_REASON]}…"
