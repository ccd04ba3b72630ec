"""What all records share: frozen, strict about unknown fields, named by ULIDs."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A value that is never changed in place; a new one is made instead."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def canonical(self) -> dict[str, Any]:
        """What distinguishes this value, JSON-able: fields at their defaults are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def new_id() -> str:
    """A new ULID: 26 characters, ordered by time, unique across stores.

    Those of one process rise even within a millisecond: 80 random bits a millisecond, then one more each time.
    """
    return ulid(_ids.next())


def ulid(number: int) -> str:
    """128 bits as a ULID is written: 26 digits of Crockford's base 32, here two at a time."""
    pairs, time_, high, low = _PAIRS, number >> 80, number >> 40 & 0xFFFFFFFFFF, number & 0xFFFFFFFFFF
    return (
        f"{pairs[time_ >> 40]}{pairs[time_ >> 30 & 1023]}{pairs[time_ >> 20 & 1023]}{pairs[time_ >> 10 & 1023]}"
        f"{pairs[time_ & 1023]}{pairs[high >> 30]}{pairs[high >> 20 & 1023]}{pairs[high >> 10 & 1023]}"
        f"{pairs[high & 1023]}{pairs[low >> 30]}{pairs[low >> 20 & 1023]}{pairs[low >> 10 & 1023]}{pairs[low & 1023]}"
    )


class _Ids:
    """Numbers that rise; every coded document takes a dozen, so that they are made here and not by a library."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.start_anew()

    def start_anew(self) -> None:
        """A process that was forked must not go on where its parent does."""
        self._milliseconds = self._last = 0

    def next(self) -> int:
        with self._lock:
            present = time.time_ns() // 1_000_000
            if present > self._milliseconds:
                self._milliseconds = present
                self._last = present << 80 | int.from_bytes(os.urandom(10))
            else:
                self._last += 1
            return self._last


_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(first + second for first in _DIGITS for second in _DIGITS)
_ids = _Ids()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_ids.start_anew)


def now() -> datetime:
    """The present moment in UTC, to the microsecond."""
    return datetime.now(UTC)


def canonical_json(value: Any) -> str:
    """A JSON-able value as text in one form only: sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def content_hash(value: Any) -> str:
    """SHA-256 (hex) of a JSON-able value's canonical form in UTF-8."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
