"""Request bodies: what questions share is the same bytes, and the whole is the JSON that was meant."""

from __future__ import annotations

import json
from typing import Any

import pytest

from coder.providers.body import HELD, Bodies

SYSTEM = {"role": "system", "content": "codebook „x“ \n {{ braces }}"}
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "string"}}}
REST: dict[str, Any] = {"model": "m", "temperature": 0.0, "seed": 7}
FIELDS = {"response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}}}


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def test_a_body_is_the_whole_request() -> None:
    text = 'quotes " and \\ and \u2028 and 😀'
    body = Bodies().body((SYSTEM, user(text)), REST, SCHEMA, FIELDS)
    assert json.loads(body) == {"messages": [SYSTEM, user(text)], **REST, **FIELDS}


def test_bodies_of_one_prompt_are_the_same_bytes_up_to_the_text_and_behind_it() -> None:
    bodies = Bodies()
    first = bodies.body((SYSTEM, user("one")), REST, SCHEMA, FIELDS)
    second = bodies.body(({**SYSTEM}, user("another")), {**REST}, SCHEMA, FIELDS)
    head = first.index(b"one")
    assert second[:head] == first[:head]
    assert json.dumps(SYSTEM, ensure_ascii=False, separators=(",", ":")).encode() in first[:head]
    assert second.removeprefix(first[:head]).removeprefix(b"another") == first[head:].removeprefix(b"one")


@pytest.mark.parametrize(
    ("messages", "rest", "schema"),
    [
        (({"role": "system", "content": "other"}, user("t")), REST, SCHEMA),
        ((SYSTEM, user("t")), {**REST, "seed": 8}, SCHEMA),
        ((SYSTEM, user("t")), {"model": "m"}, SCHEMA),
        ((SYSTEM, user("t")), REST, {"type": "object"}),
        ((user("t"),), REST, SCHEMA),
    ],
)
def test_whatever_differs_is_written_anew(messages: Any, rest: dict[str, Any], schema: dict[str, Any]) -> None:
    bodies, fields = Bodies(), {"response_format": schema}
    bodies.body((SYSTEM, user("t")), REST, SCHEMA, FIELDS)
    assert json.loads(bodies.body(messages, rest, schema, fields)) == {"messages": list(messages), **rest, **fields}


def test_half_a_surrogate_pair_is_sent_as_json_can_write_it() -> None:
    body = Bodies().body((SYSTEM, user("broken \ud83d here")), REST, SCHEMA, FIELDS)
    assert b"\\ud83d" in body
    assert json.loads(body)["messages"][1]["content"] == "broken \ud83d here"


def test_only_so_many_beginnings_are_kept() -> None:
    bodies = Bodies()
    for seed in range(3 * HELD):
        body = bodies.body((SYSTEM, user("t")), {"seed": seed}, SCHEMA, FIELDS)
        assert json.loads(body)["seed"] == seed
    assert len(bodies._sheets) == HELD
