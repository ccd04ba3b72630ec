"""Retrieve documents' pages: one attempt each, and what became of it as a capture with its text."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import TypeVar

from coder.documents.apart import apart
from coder.documents.language import detect, language_code
from coder.documents.normalise import normalise, text_hash
from coder.documents.records import PageText
from coder.documents.secret_parts import without_secrets
from coder.errors import InputError
from coder.model import Capture, CaptureOutcome, Document, TextState, Version
from coder.search.fetching import Fetcher, Page

PASSING = frozenset({"failed", "too_slow"})
"""Outcomes that may be others tomorrow: these documents are asked for again without being told to."""


@dataclass(frozen=True)
class Target:
    """A document whose page is to be retrieved, by its id, and where that stands."""

    document_id: str
    url: str


@dataclass(frozen=True)
class Wanted:
    """A document whose page is to be retrieved, with what its newest text is and the last capture that brought one."""

    document: Document
    url: str
    newest: TextState | None = None
    last: Capture | None = None


W = TypeVar("W", Target, Wanted)


@dataclass(frozen=True)
class Captured:
    """One attempt: `body` where a page came, `version` where its text is a new one, `page` what was read of it."""

    wanted: Wanted
    capture: Capture
    body: bytes | None = None
    version: Version | None = None
    page: PageText | None = None


async def captured(
    wanted: Iterable[Wanted], fetcher: Fetcher, *, at_once: int = 8, whole: bool = False
) -> AsyncIterator[Captured]:
    """Every attempt as it ends, so many at once; one host is asked by one at a time however many there are.

    No more than `at_once` pages are held, and what is wanted is drawn when there is room for it, in the order given:
    `in_turns`, lest a host with many pages keeps the others waiting.
    """
    waiting = iter(wanted)
    running: set[asyncio.Task[Captured]] = set()
    try:
        while True:
            running |= {
                asyncio.ensure_future(_capture(item, fetcher, whole))
                for item in islice(waiting, at_once - len(running))
            }
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            while done:
                yield done.pop().result()
    finally:
        for task in running:
            task.cancel()


def in_turns(wanted: Iterable[W]) -> list[W]:
    """Each host's first page, then each one's second, and so on."""
    before: Counter[str] = Counter()

    def turn(item: W) -> int:
        host = item.url.partition("//")[2].partition("/")[0].casefold()
        before[host] += 1
        return before[host]

    return sorted(wanted, key=turn)


def is_settled(outcome: CaptureOutcome, http_status: int) -> bool:
    """Whether an attempt without a text need not be repeated: the page is gone, forbidden or unreadable."""
    return outcome not in PASSING and http_status not in {429, 503}


async def _capture(wanted: Wanted, fetcher: Fetcher, whole: bool) -> Captured:
    last = (
        wanted.last
        if wanted.last and wanted.last.version_id and wanted.last.url == without_secrets(wanted.url)
        else None
    )
    page = await fetcher.fetch(wanted.url, etag=last.etag if last else "", modified=last.modified if last else "")
    if page.outcome == "unchanged" and last is not None:
        kept = {"body_hash": last.body_hash, "version_id": last.version_id, "media_type": last.media_type}
        return Captured(wanted, _record(wanted, page, **kept))
    if page.body is None:
        return Captured(wanted, _record(wanted, page))
    return await _read(wanted, page, page.body, whole)


async def _read(wanted: Wanted, page: Page, body: bytes, whole: bool) -> Captured:
    digest = sha256(body).hexdigest()
    try:
        text = await asyncio.to_thread(
            apart.read, body, wanted.url, media_type=page.media_type, charset=page.charset, whole=whole
        )
    except InputError as error:
        reason = error.message.removeprefix(f"{wanted.url}: ")
        return Captured(wanted, _record(wanted, page, outcome="unreadable", reason=reason, body_hash=digest), body)
    said = "; ".join((text.reader, *text.notes))
    clean = normalise(text.text)
    newest = wanted.newest
    if newest is not None and newest.hash == text_hash(clean):
        same = {"outcome": "unchanged", "reason": said, "body_hash": digest, "version_id": newest.id}
        return Captured(wanted, _record(wanted, page, **same), body, page=text)
    version = _version(wanted.document, clean, text)
    capture = _record(wanted, page, reason=said, body_hash=digest, version_id=version.id)
    return Captured(wanted, capture, body, version, text)


def _version(document: Document, text: str, page: PageText) -> Version:
    title = document.variables.get("title") or page.variables.get("title", "")
    return Version(
        document_id=document.id,
        text=text,
        hash=text_hash(text),
        language=language_code(page.variables.get("language", "")) or detect(text),
        context={"title": normalise(title)} if title.strip() else {},
    )


def _record(wanted: Wanted, page: Page, **changes: object) -> Capture:
    fields: dict[str, object] = {
        "document_id": wanted.document.id, "url": wanted.url, "outcome": page.outcome, "reason": page.reason,
        "http_status": page.status, "final_url": page.final_url, "media_type": page.media_type, "etag": page.etag,
        "modified": page.modified,
    }  # fmt: skip
    told = {name: without_secrets(value) if isinstance(value, str) else value for name, value in fields.items()}
    return Capture.model_validate(told | changes)


def address_of(document: Document, found_at: str = "") -> str:
    """Where a document's page stands: its variable `url`, else the address a search found it at, else its DOI."""
    doi = document.variables.get("doi", "").strip()
    return document.variables.get("url", "").strip() or found_at or (f"https://doi.org/{doi}" if doi else "")
