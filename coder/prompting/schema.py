"""The JSON schema of an answer, in the forms that endpoints take."""

from __future__ import annotations

from typing import Any

from coder.dimensions import HIGHEST_NUMBER

Schema = dict[str, Any]
_SEGMENT_NUMBER: Schema = {"type": "integer", "minimum": 1, "maximum": HIGHEST_NUMBER}


def tidy(schema: Schema) -> Schema:
    """The schema without titles and with references put in place: short, and read alike by every endpoint."""
    definitions = schema.get("$defs", {})

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [walk(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return walk(definitions[node["$ref"].rsplit("/", 1)[1]])
        kept = {key: value for key, value in node.items() if key not in ("title", "$defs", "description")}
        walked = {key: walk(value) for key, value in kept.items() if key != "properties"}
        if "properties" in kept:
            walked["properties"] = {name: walk(value) for name, value in kept["properties"].items()}
        if "const" in walked:  # a Literal of one value; enum is what strict endpoints know
            walked["enum"] = [walked.pop("const")]
        return walked

    tidied: Schema = walk(schema)
    return tidied


def positional(schema: Schema) -> Schema:
    """The schema with every object below the root written as an array of its values, in order.

    Field names then cost no output tokens; the root keeps its names, so that the model reads what it answers.
    """
    root = dict(schema)
    root["properties"] = {name: _as_array(node) for name, node in schema["properties"].items()}
    return root


def _as_array(node: Any) -> Any:
    if isinstance(node, list):
        return [_as_array(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") == "object":
        items = [_as_array(value) for value in node["properties"].values()]
        return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items), "maxItems": len(items)}
    return {key: _as_array(value) for key, value in node.items()}


def within(schema: Schema, last: int, first: int = 1) -> Schema:
    """The schema with segment numbers from `first` to `last`, so that a grammar lets no absent sentence be cited."""

    def walk(node: Any) -> Any:
        if node == _SEGMENT_NUMBER:
            return {**node, "minimum": first, "maximum": max(first, last)}
        if isinstance(node, list):
            return [walk(item) for item in node]
        return {key: walk(value) for key, value in node.items()} if isinstance(node, dict) else node

    bounded: Schema = walk(schema)
    return bounded
