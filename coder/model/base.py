"""What all records share: frozen, strict about unknown fields, named by ULIDs."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from ulid import ULID


class Record(BaseModel):
    """A value that is never changed in place; a new one is made instead."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def new_id() -> str:
    """A new ULID: 26 characters, ordered by time, unique across stores."""
    return str(ULID())


def now() -> datetime:
    """The present moment in UTC, to the microsecond."""
    return datetime.now(UTC)


def content_hash(value: Any) -> str:
    """SHA-256 (hex) of a JSON-able value in canonical form: sorted keys, no spaces, UTF-8."""
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
