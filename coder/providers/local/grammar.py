"""The grammar that makes the embedded server write JSON by a schema and nothing else."""

from __future__ import annotations

import json
from typing import Any


def one_line_json(schema: dict[str, Any]) -> str:
    """An llguidance grammar for JSON by this schema on one line.

    Given as `response_format`, the same schema lets the model pretty-print, which costs half as much again. Arrays of
    positions are written without a space; objects with those that JSON usually has, as the model saw it in training.
    """
    written = json.dumps(schema, ensure_ascii=False)
    spaces = {} if '"prefixItems"' in written else {"item_separator": ", ", "key_separator": ": "}
    exact = {**schema, "x-guidance": {"whitespace_flexible": False, **spaces}}
    return f"%llguidance {{}}\nstart: %json {json.dumps(exact, ensure_ascii=False)}"


def answer_fields(schema: dict[str, Any]) -> dict[str, Any]:
    """What the request carries to hold the server to the schema."""
    return {"grammar": one_line_json(schema), "cache_prompt": True}
