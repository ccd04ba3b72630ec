"""Where the codes stand in a raw JSON answer, by the schema that it was asked with. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]
Place = tuple[int, str | int, tuple[str, ...]]
"""How deep the codes of a dimension lie, under which field, and the codes allowed there."""

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True, slots=True)
class CodePosition:
    """One code of an answer: `answer[start:end]` is what stands between its quotes, `options` what might."""

    dimension: str
    code: str
    options: tuple[str, ...]
    start: int
    end: int


def code_positions(answer: str, schema: dict[str, Any]) -> tuple[CodePosition, ...]:
    """The codes of an answer in its order; none where it is no JSON. Units, qualifiers and recurrences are no codes."""
    places = {name: _place(node) for name, node in schema.get("properties", {}).items()}
    try:
        strings = _strings(answer)
    except (ValueError, RecursionError):
        return ()
    found = []
    for path, value, start in strings:
        place = places.get(str(path[0])) if path else None
        if place and (len(path), path[-1]) == place[:2] and value in place[2]:
            spelled = _DECODER.raw_decode(answer, start - 1)[1] - 1
            found.append(CodePosition(str(path[0]), value, place[2], start, spelled))
    return tuple(found)


def _place(node: dict[str, Any]) -> Place | None:
    """Where a dimension's answer, a record or a list of records, has its codes."""
    if isinstance(node.get("items"), dict):
        field, depth = code_field(node["items"]), 3
    else:
        field, depth = code_field(node), 2
    return (depth, *field) if field else None


def code_field(record: dict[str, Any]) -> tuple[str | int, tuple[str, ...]] | None:
    """The one enumeration of a record whose other fields are lists or free text: its field, and the codes; with a
    number it is an amount, and None."""
    fields: dict[str | int, dict[str, Any]] = dict(enumerate(record.get("prefixItems", ())))
    fields = fields or record.get("properties", {})
    codes = {name: tuple(field["enum"]) for name, field in fields.items() if "enum" in field}
    others = {field.get("type") for name, field in fields.items() if name not in codes}
    return next(iter(codes.items())) if len(codes) == 1 and others <= {"array", "string"} else None


def _strings(text: str) -> list[tuple[Path, str, int]]:
    """Every string of a JSON text that is no key: its path, its value, and where it starts behind its quote."""
    json.loads(text)  # only what is JSON is walked
    found: list[tuple[Path, str, int]] = []
    _walk(text, 0, (), found)
    return found


def _walk(text: str, at: int, path: Path, found: list[tuple[Path, str, int]]) -> int:
    """Note the strings of the value at `at`; returns where it ends."""
    at = _skip(text, at)
    if text[at] not in "[{":
        value, end = _DECODER.raw_decode(text, at)
        if isinstance(value, str):
            found.append((path, value, at + 1))
        return end
    named, number, at = text[at] == "{", 0, _skip(text, at + 1)
    while text[at] not in "]}":
        key: str | int = number
        if named:
            key, at = _DECODER.raw_decode(text, at)
            at = _skip(text, at) + 1  # the colon
        at = _skip(text, _walk(text, at, (*path, key), found))
        at = _skip(text, at + 1) if text[at] == "," else at
        number += 1
    return at + 1


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
