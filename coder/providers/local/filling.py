"""An answer filled in step by step: what the schema fixes is written by us, each code is weighed, the rest is the
model's. Pure.

Asked for the whole answer, the server lets the model write every bracket and every name under a grammar, a forward pass
a token. Filled in, only lists of sentences, amounts and dates are written; a code takes the passes that tell the codes
apart, and its probabilities come with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from coder.model import CodeProbability
from coder.prompting.labels import says_nothing
from coder.providers.local.grammar import is_positional
from coder.providers.local.probabilities import Weigh, code_probability
from coder.providers.positions import code_field

Schema = dict[str, Any]
Write = Callable[[str, str, Schema], str]
"""From the text so far, what stands before the value, and its schema, to both as the model writes them."""


@dataclass(frozen=True, slots=True)
class Filled:
    """An answer, and the probabilities of the codes that were weighed, in its order."""

    content: str
    probabilities: tuple[CodeProbability, ...]


@dataclass(frozen=True, slots=True)
class _Code:
    """A place for one of these codes, its quotes included."""

    dimension: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """A place for the sentence behind a code, none where the code claims nothing.

    One, since a small model that may cite more was seen to count on from its first (`[14, 15, 16]`).
    """

    dimension: str
    schema: Schema

    @property
    def only(self) -> int | None:
        """The sentence that there is, where it is the only one."""
        numbers = self.schema["items"]
        return int(numbers["maximum"]) if numbers["minimum"] == numbers["maximum"] else None


_Piece = str | _Code | _Evidence | Schema
"""What is fixed, a code, or what the model writes by a schema of its own."""


def fill(prompt: str, schema: Schema, weigh: Weigh, write: Write) -> Filled:
    """The answer to `prompt` by a schema whose root names its questions, spelled as `one_line_json` has it.

    The likeliest code is taken, of equal ones the first. One whose probabilities cannot be told is written by the model
    and stands without any.
    """
    space, answer = ("" if is_positional(schema) else " "), ""
    found: list[CodeProbability] = []
    for piece in _pieces(schema, space):
        if isinstance(piece, str):
            answer += piece
        elif isinstance(piece, _Evidence):
            silent = bool(found) and found[-1].dimension == piece.dimension and says_nothing(found[-1])
            known = "[]" if silent else f"[{piece.only}]" if piece.only else ""
            answer += f"{space}{known}" if known else write(prompt + answer, space, piece.schema)
        elif isinstance(piece, _Code):
            chances = weigh(f'{prompt}{answer}{space}"', piece.options)
            if chances:
                code = max(piece.options, key=lambda option: chances[option])
                answer += f"{space}{json.dumps(code, ensure_ascii=False)}"
                found.append(code_probability(piece.dimension, code, chances))
            else:
                answer += write(prompt + answer, space, {"enum": list(piece.options)})
        else:
            answer += write(prompt + answer, space, piece)
    return Filled(answer, tuple(found))


def _pieces(schema: Schema, space: str) -> Iterator[_Piece]:
    """The pieces of an answer in order; a value brings the space before it."""
    for number, (name, node) in enumerate(schema["properties"].items()):
        yield f"{f',{space}' if number else '{'}{json.dumps(name, ensure_ascii=False)}:"
        yield from _answer(name, node, space)
    yield "}"


def _answer(name: str, node: Schema, space: str) -> Iterator[_Piece]:
    """The pieces of the answer to one question: of a record with one code its fields, else it is the model's whole."""
    place = code_field(node)
    if place is None:
        yield node
        return
    names: Mapping[str | int, Schema] = node.get("properties") or dict(enumerate(node["prefixItems"]))
    start, end = "{}" if "properties" in node else "[]"
    before, coded = space + start, False
    for field, value in names.items():
        yield before + (f"{json.dumps(field)}:" if isinstance(field, str) else "")
        if field == place[0]:
            yield _Code(name, place[1])
            coded = True
        elif coded and value.get("type") == "array":
            yield _Evidence(name, {**value, "minItems": 1, "maxItems": 1})
        else:
            yield value
        before = f",{space}" if isinstance(field, str) else ","
    yield end
