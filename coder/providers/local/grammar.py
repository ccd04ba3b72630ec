"""The grammar that makes the embedded server write JSON by a schema and nothing else."""

from __future__ import annotations

import json
from typing import Any


def is_positional(schema: dict[str, Any]) -> bool:
    """Whether records are written as arrays of their values, without a space."""
    return '"prefixItems"' in json.dumps(schema)


def one_line_json(schema: dict[str, Any]) -> str:
    """An llguidance grammar for JSON by this schema on one line.

    Given as `response_format`, the same schema lets the model pretty-print, which costs half as much again. Arrays of
    positions are written without a space; objects with those that JSON usually has, as the model saw it in training.
    """
    return f"%llguidance {{}}\nstart: {_json(schema, spaced=not is_positional(schema))}"


def value_behind(space: str, schema: dict[str, Any]) -> str:
    """The grammar of one value by this schema with the space before it, or none: a part of an answer."""
    before = f"{json.dumps(space)} " if space else ""
    return f"%llguidance {{}}\nstart: {before}value\nvalue: {_json(schema, spaced=bool(space))}"


def _json(schema: dict[str, Any], *, spaced: bool) -> str:
    spaces = {"item_separator": ", ", "key_separator": ": "} if spaced else {}
    exact = {**schema, "x-guidance": {"whitespace_flexible": False, **spaces}}
    return f"%json {json.dumps(exact, ensure_ascii=False)}"


def answer_fields(schema: dict[str, Any]) -> dict[str, Any]:
    """What the request carries to hold the server to the schema."""
    return {"grammar": one_line_json(schema), "cache_prompt": True}
