"""What the loopback endpoint answers: a valid instance of any JSON schema, spoiled on demand. Pure, standard library only."""

from __future__ import annotations

import contextlib
import json
import re
import time
import zlib
from typing import Any

Json = dict[str, Any]
QUOTE = "@@QUOTE@@"
CANNED: dict[str, tuple[int, Json]] = {
    "500": (500, {"error": {"message": "The server had an error", "type": "server_error"}}),
    "no-model": (404, {"error": {"message": "The model 'mock' does not exist", "code": "model_not_found"}}),
    "too-long": (400, {"error": {"message": "too long", "type": "exceed_context_size_error",
                                 "n_prompt_tokens": 24030, "n_ctx": 8192}}),
    "filtered": (400, {"error": {"message": "The prompt was filtered", "code": "content_filter"}}),
    "no-quota": (429, {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}),
    "no-max-tokens": (400, {"error": {"message": "Use 'max_completion_tokens' instead", "param": "max_tokens",
                                      "code": "unsupported_parameter"}}),
    "no-logprobs": (403, {"error": {"message": "You are not allowed to request logprobs from this model",
                                    "type": "invalid_request_error", "param": None, "code": None}}),
    "not-a-completion": (200, {"hello": "this is some other service"}),
}  # fmt: skip
"""Answers that a script can name beside ok, 429, drop, hang and malformed."""
MALFORMED = ("truncated", "prose", "wrong_value", "empty")


def instance(  # noqa: PLR0911, PLR0912 - one branch a keyword of JSON schema
    schema: Any, root: Json, pick: int, quote: re.Pattern[str], name: str = "", depth: int = 0
) -> Any:
    """A valid instance of a JSON schema; `pick` rotates enums, `quote` marks verbatim string fields."""
    if not isinstance(schema, dict):
        return "x"

    def again(sub: Any, key: str = name) -> Any:
        return instance(sub, root, pick, quote, key, depth + 1)

    if "$ref" in schema:
        target: Any = root
        for part in schema["$ref"].lstrip("#/").split("/"):
            target = target[part]
        return again(target)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][(pick + zlib.crc32(name.encode())) % len(schema["enum"]) if pick else 0]
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return again(next((s for s in schema[union] if s.get("type") != "null"), schema[union][0]))
    if "allOf" in schema:
        merged: Json = {}
        for sub in schema["allOf"]:
            value = again(sub)
            if not isinstance(value, dict):
                return value
            merged.update(value)
        return merged
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    if kind == "object":
        keys = schema.get("required", []) if depth > 12 else schema.get("properties", {})
        return {k: again(schema.get("properties", {}).get(k), k) for k in keys}
    if kind == "array":
        fixed = [again(sub) for sub in schema.get("prefixItems", [])]
        count = 0 if depth > 12 else max(1, schema.get("minItems", 1))
        more = max(0, min(count, schema.get("maxItems", count)) - len(fixed))
        return fixed + [again(schema.get("items", {})) for _ in range(more)]
    if kind in ("integer", "number"):
        low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + ("exclusiveMinimum" in schema))
        return min(low + (pick % 2), schema.get("maximum", low + 1)) if kind == "integer" else low
    if kind in ("boolean", "null"):
        return None if kind == "null" else bool(pick % 2)
    if quote.search(name):
        return QUOTE
    return {"date": "2024-01-01", "date-time": "2024-01-01T00:00:00Z"}.get(
        schema.get("format", ""), "text".ljust(schema.get("minLength", 0), ".")[: schema.get("maxLength", 10**6)]
    )


def spelled(content: str) -> list[Json]:
    """The content as tokens of four characters, each with the same log-probability."""
    pieces = [content[start : start + 4] for start in range(0, len(content), 4)]
    return [{"token": one, "bytes": list(one.encode()), "logprob": -0.1, "top_logprobs": []} for one in pieces]


def repeating(payload: Json, key: str) -> Json:
    """The payload with the key in every text of it that a client might log, store or show."""
    if "error" in payload:
        error = payload["error"]
        return {"error": {**error, "message": f"{error['message']} (key {key})", "code": error.get("code") or key}}
    if "choices" not in payload:
        return payload
    choice = payload["choices"][0]
    said = choice["message"]["content"]
    message = {**choice["message"], "content": said if said[:1] == "{" else f"{said} {key}"}
    names = {"model": f"mock {key}", "system_fingerprint": f"fp {key}"}
    return {**payload, **names, "choices": [{**choice, "message": message}]}


def text_of(message: Json) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else "".join(p.get("text", "") for p in content)


def schema_in_text(text: str) -> Json | None:
    """The first JSON object in a message that looks like a JSON schema (plain JSON mode)."""
    for match in re.finditer(r"\{", text):
        with contextlib.suppress(ValueError):
            found, _ = json.JSONDecoder().raw_decode(text, match.start())
            if isinstance(found, dict) and ("properties" in found or "$defs" in found):
                return found
    return None


def spoiled(content: str, how: str) -> str:
    """The content in one of the ways of MALFORMED."""
    return {
        "truncated": content[: len(content) * 2 // 3],
        "empty": "",
        "prose": "I think the answer is yes.",
        "wrong_value": re.sub(r': "\w+"', ': "NOT_A_LABEL"', content, count=1),
    }[how]


def completion(request: Json, number: int, content: str, tokens: int, cached: int) -> Json:
    """The body of a chat completion that says `content`; `tokens` are the prompt's, `cached` of them."""
    message: Json = {"role": "assistant", "content": content, "refusal": None}
    choice: Json = {"index": 0, "message": message, "finish_reason": "stop"}
    if request.get("logprobs"):
        choice["logprobs"] = {"content": spelled(content), "refusal": None}
    used = len(content) // 4
    return {
        "id": f"chatcmpl-{number:x}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": request.get("model", "mock"),
        "system_fingerprint": "mock",
        "choices": [choice],
        "usage": {
            "prompt_tokens": tokens,
            "completion_tokens": used,
            "total_tokens": tokens + used,
            "prompt_tokens_details": {"cached_tokens": cached},
        },
    }
