"""What one coder works on now, so that two people do not take the same document."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

from coder.adjudicate.shelf import DeskStore

LEASE = 30 * 60.0
"""Seconds for which a document is this coder's after the last act on it."""


class Hold:
    """One coder's lease on the items of one document at a time, kept alive by use and given back with the next.

    `others` names who else has an item, by item id, as far as was seen when this coder last took something.
    """

    def __init__(self, store: DeskStore, coder_id: str, seconds: float) -> None:
        self._store = store
        self._coder_id = coder_id
        self._seconds = seconds
        self._items: frozenset[str] = frozenset()
        self._renew_at = 0.0
        self.others = self._held_by_others()

    def has(self, item_id: str) -> bool:
        """Whether the item is held and the lease far enough from its end."""
        return item_id in self._items and time.monotonic() < self._renew_at

    def take(self, item_ids: Collection[str]) -> bool:
        """Take items in place of those held until now; False, with nothing changed, where another person has one."""
        taken = self._lease(frozenset(item_ids))
        self.others = {} if taken and not self.others else self._held_by_others()
        return taken

    def release(self) -> None:
        """Give everything back."""
        self._give_back(self._items)
        self._items = frozenset()

    def _lease(self, wanted: frozenset[str]) -> bool:
        taken = self._store.lease(wanted, self._coder_id, self._seconds)
        if taken != wanted:
            self._store.release(taken - self._items, self._coder_id)
            return False
        self._give_back(self._items - wanted)
        self._items = wanted
        self._renew_at = time.monotonic() + self._seconds / 2
        return True

    def _give_back(self, item_ids: Collection[str]) -> None:
        if item_ids:
            self._store.release(item_ids, self._coder_id)

    def _held_by_others(self) -> Mapping[str, str]:
        held = {item_id: coder_id for item_id, coder_id in self._store.leases().items() if coder_id != self._coder_id}
        names = {coder.id: coder.name for coder in self._store.coders()} if held else {}
        return {item_id: names[coder_id] for item_id, coder_id in held.items()}
