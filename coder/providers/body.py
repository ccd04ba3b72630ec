"""The body of a request: what all questions share is written out once, and each text is put between."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Messages = tuple[dict[str, str], ...]

HELD = 64
"""Beginnings and ends kept ready: a run has one for each prompt and seed, an endpoint with a grammar one a length."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A request without its last message: `rest` are its other fields, by which it is known again."""

    shared: Messages
    rest: Json
    schema: Json
    head: bytes
    tail: bytes


class Bodies:
    """Request bodies; those of one prompt are the same, byte by byte, up to the last message."""

    def __init__(self) -> None:
        self._sheets: list[Sheet] = []

    def body(self, messages: Messages, rest: Json, schema: Json, fields: Json) -> bytes:
        """The request as JSON in UTF-8: the messages first, then `rest`, then `fields`, which follow from `schema`."""
        sheet = self._known(messages[:-1], rest, schema) or self._added(messages[:-1], rest, schema, fields)
        return b"".join((sheet.head, _json(messages[-1]), sheet.tail))

    def _known(self, shared: Messages, rest: Json, schema: Json) -> Sheet | None:
        """Mostly the first of the list, and made of the very objects that are asked for: quick to compare."""
        for sheet in self._sheets:
            if sheet.schema is schema and sheet.rest == rest and sheet.shared == shared:
                return sheet
        return None

    def _added(self, shared: Messages, rest: Json, schema: Json, fields: Json) -> Sheet:
        opened = b'{"messages":[' + b"".join(_json(message) + b"," for message in shared)
        sheet = Sheet(shared, rest, schema, opened, b"]," + _json(rest | fields)[1:])
        del self._sheets[HELD - 1 :]
        self._sheets.insert(0, sheet)
        return sheet


def _json(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # half of a surrogate pair: it has no UTF-8, and JSON has another way to write it
        return json.dumps(value, separators=(",", ":")).encode()
