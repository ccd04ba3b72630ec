"""Which pages to ask for: found by addresses, outcomes and hashes alone, since a store's texts are many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from coder.errors import InputError
from coder.model import CaptureOutcome
from coder.search.capturing import Target, Wanted, address_of, is_settled

if TYPE_CHECKING:
    from coder.store import Store

READ: frozenset[CaptureOutcome] = frozenset({"fetched", "unchanged"})
PAGE = 200
"""Documents whose states are read at a time."""


def found_at(store: Store) -> dict[str, str]:
    """The address that each document was found at first, by the document's id."""
    return dict(reversed(store.hit_addresses()))


def wanted_pages(store: Store, names: Sequence[str], *, again: bool) -> tuple[list[Target], int]:
    """What to ask for, and how many documents without a text are left alone since asking again is of no use."""
    addresses, texts, tried = found_at(store), store.newest_versions(), store.newest_outcomes()
    unknown, without = set(names), set()
    wanted, settled = [], 0
    for one in store.each_document():
        url, before = address_of(one, addresses.get(one.id, "")), tried.get(one.id)
        done = before is not None and is_settled(*before)
        if names:
            chosen = one.name in names
            unknown.discard(one.name)
            without |= {one.name} if chosen and not url else set()
        elif again:
            chosen = one.id not in texts or before is not None
        else:
            chosen = one.id not in texts and not done
            settled += one.id not in texts and done
        if chosen and url:
            wanted.append(Target(one.id, url))
    if unknown or without:
        problem = "there is no such document" if unknown else "the document has no address"
        raise InputError(f"--document {min(unknown or without)}: {problem}", "see intercoder capture --list")
    return wanted, settled


def with_states(store: Store, targets: Sequence[Target]) -> Iterator[Wanted]:
    """Each target with what the store knows of it, read page by page when it is asked for."""
    for start in range(0, len(targets), PAGE):
        page = targets[start : start + PAGE]
        ids = [one.document_id for one in page]
        documents = {one.id: one for one in store.documents(ids)}
        newest, last = store.newest_states(ids), store.newest_captures(document_ids=ids, outcomes=READ)
        for one in page:
            yield Wanted(documents[one.document_id], one.url, newest.get(one.document_id), last.get(one.document_id))
