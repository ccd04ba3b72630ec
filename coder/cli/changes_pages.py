"""Which pages went, came back or could not be read since a moment; what was told once is no news."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from coder.model import Capture, CaptureOutcome

if TYPE_CHECKING:
    from coder.store import Store

LOST: frozenset[CaptureOutcome] = frozenset({"refused", "blocked", "too_large", "too_slow", "failed", "unreadable"})
KNOWN: frozenset[CaptureOutcome] = frozenset({"fetched", "unchanged", "gone"})
"""Outcomes by which one knows whether the page is there: the others say nothing of that."""


@dataclass(frozen=True)
class Pages:
    """Documents by name, each with what the site said.

    `vanished`: it says of a page that had a text that there is none (404 or 410); `back`: the page it had said so of is
    there again; `unread`: pages that could not be retrieved or read, and such as were never there.
    """

    vanished: tuple[tuple[str, str], ...] = ()
    back: tuple[tuple[str, str], ...] = ()
    unread: tuple[tuple[str, str], ...] = ()


def pages_since(store: Store, since: datetime, told: Collection[str] = ()) -> Pages:
    """What became of pages since a moment; those of the documents `told` (by id) are left out of `back`.

    A page is gone when the site says so, never when it does not answer or no search lists it any more. An attempt that
    failed in between changes nothing of what is known: a page is not gone twice.
    """
    newest, newest_before = store.newest_captures(), store.newest_captures(before=since)
    known = store.newest_captures(outcomes=KNOWN)
    known_before = store.newest_captures(before=since, outcomes=KNOWN)
    went = {one for one, page in known.items() if _gone(page) and not _gone(known_before.get(one))}
    came = {one for one, page in known.items() if not _gone(page) and _gone(known_before.get(one))} - set(told)
    lost = {
        one
        for one, page in newest.items()
        if page.created_at >= since and page.outcome in LOST and not _gone(known.get(one))
        if one not in newest_before or newest_before[one].outcome not in LOST
    }
    read = store.newest_versions().keys()
    names = {one.id: one.name for one in store.documents()} if went | came | lost else {}

    def said(documents: Collection[str], pages: dict[str, Capture]) -> tuple[tuple[str, str], ...]:
        return tuple(
            (name, pages[one].reason or pages[one].outcome.replace("_", " "))
            for one, name in names.items()
            if one in documents
        )

    never = said(went - read, known)
    return Pages(said(went & read, known), said(came, known), never + said(lost, newest))


def _gone(page: Capture | None) -> bool:
    return page is not None and page.outcome == "gone"
