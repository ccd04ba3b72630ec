"""By which rules pages are retrieved, and what came of one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from coder.errors import InputError
from coder.model import CaptureOutcome

ROBOT = "intercoder"
"""The name by which robots.txt can address us."""

_CONTACT = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>()]+|https?://[^\s<>()]+", re.ASCII)


@dataclass(frozen=True)
class FetchRules:
    """Who asks, how often, and how much is taken.

    `contact` is an e-mail or web address where a site's owner reaches whoever runs this; InputError where it is
    neither. `delay_s` lies between two requests to one host, at the least; `timeout_s` is the time for one answer;
    `pause_s` the longest pause that is waited for when a site asks for one; `max_bytes` the size of a page, packed or
    unpacked. `allow_private` names hosts, as they stand in addresses, that may lie on this machine or network.
    """

    contact: str
    delay_s: float = 1.0
    timeout_s: float = 60.0
    pause_s: float = 60.0
    max_bytes: int = 20_000_000
    allow_private: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_contact(self.contact)

    @property
    def user_agent(self) -> str:
        """How we introduce ourselves to sites."""
        return user_agent(self.contact)


@dataclass(frozen=True)
class Page:
    """What came of asking for one address.

    `body` are the unpacked bytes of a page that came (`fetched`), else None. `status` is the last answer's, 0 where
    none came; `charset` what the answer's header says of the encoding; `final_url` where redirects led.
    """

    url: str
    outcome: CaptureOutcome
    reason: str = ""
    status: int = 0
    final_url: str = ""
    media_type: str = ""
    charset: str = ""
    body: bytes | None = None
    etag: str = ""
    modified: str = ""


def check_contact(contact: str) -> None:
    """InputError where `[search] contact` is neither an e-mail nor a web address."""
    if not _CONTACT.fullmatch(contact):
        said = f"'{contact}' is no e-mail or web address" if contact else "there is no contact address"
        raise InputError(
            f"[search] contact: {said}, and no site is asked without one: its owner must be able to reach you",
            'set contact = "you@example.org" under [search] in intercoder.toml, or INTERCODER_SEARCH_CONTACT',
        )


def user_agent(contact: str) -> str:
    """How we introduce ourselves: `intercoder/0.1.0 (+mailto:ada@example.org)`."""
    where = contact if "://" in contact else f"mailto:{contact}"
    return f"{ROBOT}/{_version()} (+{where})"


def _version() -> str:
    try:
        return version("intercoder")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"
