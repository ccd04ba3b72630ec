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
from coder.prompting.labels import CITED, likeliest_claim, says_nothing
from coder.providers.local.grammar import is_positional
from coder.providers.local.probabilities import Weigh, code_probability
from coder.providers.positions import code_field

Schema = dict[str, Any]
Cite = Callable[[str, range], Mapping[str, float]]
"""From a text that ends in an open bracket and the numbers of the sentences to the probability of each."""
Write = Callable[[str, str, Schema], str]
"""From the text so far, what stands before the value, and its schema, to both as the model writes them."""


@dataclass(frozen=True, slots=True)
class Filled:
    """An answer, and the probabilities of the codes and of the sentences that were weighed, in its order."""

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
    def numbers(self) -> range:
        """The numbers of the sentences that the text, or its window, has."""
        return range(int(self.schema["items"]["minimum"]), int(self.schema["items"]["maximum"]) + 1)

    @property
    def only(self) -> int | None:
        """The sentence that there is, where it is the only one."""
        return self.numbers[0] if len(self.numbers) == 1 else None


_Piece = str | _Code | _Evidence | Schema
"""What is fixed, a code, or what the model writes by a schema of its own."""


def fill(prompt: str, schema: Schema, weigh: Weigh, cite: Cite, write: Write) -> Filled:
    """The answer to `prompt` by a schema whose root names its questions, spelled as `one_line_json` has it.

    The likeliest code and the likeliest sentence are taken, of equal ones the first. What has no probabilities that can
    be told is written by the model and stands without any.
    """
    filling = _Filling(prompt, "" if is_positional(schema) else " ", weigh, cite, write)
    for piece in _pieces(schema, filling.space):
        filling.add(piece)
    return Filled(filling.answer, tuple(filling.found))


class _Filling:
    """An answer so far. `before` and `behind` are what it was before its last code and with it."""

    def __init__(self, prompt: str, space: str, weigh: Weigh, cite: Cite, write: Write) -> None:
        self.prompt = prompt
        self.space = space
        self.answer = self.before = self.behind = ""
        self.found: list[CodeProbability] = []
        self._weigh = weigh
        self._cite = cite
        self._write = write

    def add(self, piece: _Piece) -> None:
        """Fill in one piece."""
        if isinstance(piece, str):
            self.answer += piece
        elif isinstance(piece, _Code):
            self._add_code(piece)
        elif isinstance(piece, _Evidence):
            self._add_evidence(piece)
        else:
            self.answer += self._write(self.prompt + self.answer, self.space, piece)

    def _add_code(self, place: _Code) -> None:
        self.before = self.answer
        chances = self._weigh(f'{self.prompt}{self.answer}{self.space}"', place.options)
        if chances:
            code = max(place.options, key=lambda option: chances[option])
            self.answer += f"{self.space}{_quoted(code)}"
            self.found.append(code_probability(place.dimension, code, chances))
        else:
            self.answer += self._write(self.prompt + self.answer, self.space, {"enum": list(place.options)})
        self.behind = self.answer

    def _add_evidence(self, place: _Evidence) -> None:
        """The likeliest sentence; none where the code claims nothing, but that of a claim which it might yet become."""
        last = self.found[-1] if self.found and self.found[-1].dimension == place.dimension else None
        silent = last is not None and says_nothing(last.dimension, last.code)
        number = "" if place.only is None else str(place.only)
        if not number and not silent:
            number = self._sentence(place, self.answer)
        elif not number and last is not None and (claim := likeliest_claim(last)):
            code = f"{self.space}{_quoted(claim)}"
            self._sentence(place, f"{self.before}{code}{self.answer.removeprefix(self.behind)}")
        known = "[]" if silent else f"[{number}]" if number else ""
        written = f"{self.space}{known}" if known else self._write(self.prompt + self.answer, self.space, place.schema)
        self.answer += written

    def _sentence(self, place: _Evidence, answer: str) -> str:
        """The number of the likeliest sentence behind this answer; '' where the probabilities cannot be told."""
        chances = self._cite(f"{self.prompt}{answer}{self.space}[", place.numbers)
        if not chances:
            return ""
        number = max(chances, key=lambda option: chances[option])
        self.found.append(code_probability(f"{place.dimension}{CITED}", number, chances))
        return number


def _quoted(code: str) -> str:
    return json.dumps(code, ensure_ascii=False)


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
