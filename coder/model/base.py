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

    def canonical(self) -> dict[str, Any]:
        """What distinguishes this value, JSON-able: fields at their defaults are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def new_id() -> str:
    """A new ULID: 26 characters, ordered by time, unique across stores."""
    return str(ULID())


def now() -> datetime:
    """The present moment in UTC, to the microsecond."""
    return datetime.now(UTC)


def canonical_json(value: Any) -> str:
    """A JSON-able value as text in one form only: sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def content_hash(value: Any) -> str:
    """SHA-256 (hex) of a JSON-able value's canonical form in UTF-8."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
