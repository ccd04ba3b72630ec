"""A coder without any endpoint: answers read from a file, and the recorder that writes such files.

One JSON object a line. `content` is the answer; it is matched by `key`, the hash of messages and answer schema, or by
`document`, a piece of text that the last message holds. Lines that match the same question are given in their order,
the last one again and again. A line may also carry any other field of a reply.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from coder.errors import InputError, ProviderError
from coder.model import CodeProbability, content_hash
from coder.providers.estimate import estimate_tokens
from coder.providers.repairing import with_problem
from coder.run.protocols import AnswerForm, Before, CallFailed, Provider, Question, Reply

if TYPE_CHECKING:
    from pydantic import BaseModel

_EMPTY = Reply("", "", "stop", "recorded", "", 0, 0, 0, 0, 1)
_REPLY_FIELDS = frozenset(field.name for field in fields(Reply))


def question_key(question: Question) -> str:
    """SHA-256 of messages and schema: what is asked, whoever is asked."""
    return content_hash({"messages": list(question.messages), "schema": question.schema})


class RecordedProvider:
    """Answers from the file at `path`. Questions that it does not hold fail, one by one."""

    host = "this machine"
    context_tokens: int | None = None

    def __init__(self, path: Path, *, form: AnswerForm = "object") -> None:
        self.form = form
        self.adjusted: frozenset[str] = frozenset()
        self._path = path
        self._lines: list[dict[str, Any]] = []
        self._given: Counter[str] = Counter()

    async def start(self) -> None:
        """Read the file. Raises ProviderError where there is none, InputError naming a line that cannot be used."""
        try:
            text = self._path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ProviderError(
                f"{self._path}: the recorded answers cannot be read ({error})",
                "name a file of recorded answers with `path` under [model] in intercoder.toml",
            ) from error
        lines = enumerate(text.splitlines(), 1)
        self._lines = [_line(line, f"{self._path}, line {number}") for number, line in lines if line.strip()]

    async def ask(self, question: Question) -> Reply:
        """The recorded answer; CallFailed where there is none."""
        key, last = question_key(question), question.messages[-1]["content"]
        matching = [line for line in self._lines if line.get("key") == key]
        matching = matching or [line for line in self._lines if line.get("document") and line["document"] in last]
        if not matching:
            raise CallFailed(f"{self._path.name} holds no answer to this question (key {key[:12]})")
        line = matching[min(self._given[key], len(matching) - 1)]
        self._given[key] += 1
        return replace(_EMPTY, **{name: line[name] for name in line.keys() & _REPLY_FIELDS})

    async def repair(self, question: Question, bad: Reply, problem: str, response_model: type[BaseModel]) -> Reply:
        """The recorded answer to the question with the problem added."""
        return await self.ask(with_problem(question, bad, problem))

    def count_tokens(self, text: str) -> int:
        """An estimate."""
        return estimate_tokens(text)

    async def close(self) -> None:
        """Nothing to let go of."""


class Recorder(Before):
    """Any provider, with each answer also written to a file that RecordedProvider reads."""

    def __init__(self, provider: Provider, path: Path) -> None:
        super().__init__(provider)
        self._path = path

    async def start(self) -> None:
        """Start the provider."""
        await self._provider.start()

    async def ask(self, question: Question) -> Reply:
        """Ask the provider and write down what it said."""
        return self._written(question, await self._provider.ask(question))

    async def repair(self, question: Question, bad: Reply, problem: str, response_model: type[BaseModel]) -> Reply:
        """Ask the provider for a repair and write down what it said."""
        reply = await self._provider.repair(question, bad, problem, response_model)
        return self._written(with_problem(question, bad, problem), reply)

    async def close(self) -> None:
        """Close the provider."""
        await self._provider.close()

    def _written(self, question: Question, reply: Reply) -> Reply:
        line = {"key": question_key(question), **asdict(reply)}
        line["probabilities"] = [one.model_dump() for one in reply.probabilities]
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return reply


def _line(text: str, place: str) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError as error:
        raise InputError(f"{place}: not a JSON object", "each line holds one recorded answer") from error
    if not isinstance(line, dict) or not isinstance(line.get("content"), str):
        raise InputError(f"{place}: no `content`", "give the answer as a text in `content`")
    if not isinstance(line.get("key", line.get("document")), str):
        raise InputError(f"{place}: neither `key` nor `document`", "say which question the line answers")
    batched = {"batch_tokens": tuple(line["batch_tokens"])} if "batch_tokens" in line else {}
    return line | batched | {"probabilities": _probabilities(line.get("probabilities", ()), place)}


def _probabilities(given: Any, place: str) -> tuple[CodeProbability, ...]:
    try:
        return tuple(CodeProbability.model_validate(one) for one in given)
    except (TypeError, ValidationError) as error:
        raise InputError(
            f"{place}: `probabilities` cannot be read", "give `dimension`, `code` and `probability` (0 to 1) of each"
        ) from error
