"""What a run will ask: one task a version and replicate, each with the key it is paid under."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from coder.dimensions import Form
from coder.documents import SEGMENTER, segment
from coder.model import Segment, Version, content_hash
from coder.model.base import canonical_json
from coder.prompting import Place, Prompt
from coder.prompting.prompt import Messages
from coder.run.answers import Asked
from coder.run.prior import Prior
from coder.run.protocols import Question


@dataclass(frozen=True, slots=True)
class Parameters:
    """All that shapes an answer beside the prompt.

    `model` is the name asked for, `examples` the ids of the versions shown with their answers; they leave every n.
    `bounded` is for an endpoint that enforces a grammar: no sentence can be cited that the text has not, and an answer
    that has run away (a small model's do) ends long before `max_tokens`. `confidence` measures how probable each code
    was, and `prior` says whether the model's leaning is taken out of it (`coder.run.prior`).
    """

    provider: str
    model: str
    form: Form
    temperature: float
    max_tokens: int
    seed: int
    samples: int
    examples: tuple[str, ...] = ()
    bounded: bool = False
    confidence: bool = False
    prior: Prior = "keep"

    @property
    def coder_name(self) -> str:
        """What the model coder is called: provider and model."""
        return f"{self.provider}:{self.model}"

    def limit(self, prompt: Prompt) -> int:
        """Tokens that an answer may have; bounded, at most four times what is expected and at least 256."""
        return min(self.max_tokens, max(256, 4 * answer_size(prompt))) if self.bounded else self.max_tokens

    def record(self, prompts: Sequence[Prompt]) -> dict[str, Any]:
        """What is stored with the run: enough to tell two configurations apart.

        A run that measures confidence is a run of its own, so that asking for it asks again; one that does not is
        written as before there was any.
        """
        measured = {"confidence": True} if self.confidence else {}
        weighed = {"prior": self.prior} if self.prior != "keep" else {}
        return (
            measured
            | weighed
            | {
                "provider": self.provider,
                "model": self.model,
                "form": self.form,
                "temperature": self.temperature,
                "max_tokens": self.max_tokens,
                "bounded": self.bounded,
                "seed": self.seed,
                "samples": self.samples,
                "segmenter": SEGMENTER,
                "examples": list(self.examples),
                "dimensions": [dimension.id for prompt in prompts for dimension in prompt.dimensions],
                "style": prompts[0].style,
            }
        )


@dataclass(frozen=True, slots=True)
class Task:
    """One call to make: a version, its segments, the prompt, the question and the key of its answer.

    `part` of `parts` says which window of a long text it asks about, from 1, and `chars` how many characters that may
    have; all three are 0 for a whole text.
    """

    name: str
    version: Version
    prompt: Prompt
    replicate: int
    segments: tuple[Segment, ...]
    question: Question
    key: str
    part: int = 0
    parts: int = 0
    chars: int = 0

    @property
    def asked(self) -> Asked:
        """What is stored of the question."""
        return Asked(self.version.id, self.key, self.question.model, self.replicate, self.part, self.parts)


Named = tuple[str, Version]
"""A version with its document's name."""
Wanted = Callable[[str, int], bool]
"""Whether a version, by id, is asked for the replicate of this number."""
Written = tuple[str, Version, tuple[Segment, ...], list[Messages]]
"""A named version with its segments and, for each prompt, the messages that ask about it."""
Write = Callable[[Iterable[Named], Sequence[Prompt]], Iterator[Written]]
"""Writes versions out for prompts, in order, one at a time as they are asked for."""


def make_tasks(named: Sequence[Named], prompts: Sequence[Prompt], parameters: Parameters) -> tuple[Task, ...]:
    """The tasks for versions that are few enough to hold, in the order of `each_task`."""
    return tuple(each_task(named, prompts, parameters))


def write_here(named: Iterable[Named], prompts: Sequence[Prompt]) -> Iterator[Written]:
    """Cut each text when it is asked for, and write it out for each prompt."""
    for name, version in named:
        segments = segment(version.text, version.language)
        yield name, version, segments, [prompt.messages(segments, version.context) for prompt in prompts]


def each_task(
    named: Iterable[Named],
    prompts: Sequence[Prompt],
    parameters: Parameters,
    wanted: Wanted | None = None,
    write: Write = write_here,
) -> Iterator[Task]:
    """The tasks for versions, one at a time as they are asked for, replicates of one text side by side.

    What stands first in the prompts, the question or the text, stays for all that follows it before the next comes, so
    that an endpoint's cache holds it. `named` is gone through once, or once for each prompt. `wanted` says which
    versions and replicates are asked at all, `write` how texts are written out.
    """
    sheets = [[Sheet(prompt, parameters, replicate) for replicate in range(parameters.samples)] for prompt in prompts]
    passes = [sheets] if prompts and prompts[0].place == "first" else [[one] for one in sheets]

    def replicates(version: Version) -> list[int]:
        return [number for number in range(parameters.samples) if wanted is None or wanted(version.id, number)]

    for together in passes:
        asked = (one for one in named if wanted is None or replicates(one[1]))
        for name, version, segments, messages in write(asked, [one[0].prompt for one in together]):
            numbers = replicates(version)
            for of_prompt, written in zip(together, messages, strict=True):
                for number in numbers:
                    yield of_prompt[number].task(name, version, segments, written)


class Sheet:
    """All that the questions of one prompt and replicate share, written out once."""

    def __init__(self, prompt: Prompt, parameters: Parameters, replicate: int) -> None:
        self.prompt = prompt
        self._parameters = parameters
        self._replicate = replicate
        self._limit = parameters.limit(prompt)
        self._keys = KeyMaker(prompt.shared)

    def task(self, name: str, version: Version, segments: tuple[Segment, ...], messages: Messages) -> Task:
        """The task for one version."""
        prompt, parameters = self.prompt, self._parameters
        question = Question(
            messages=messages,
            schema=prompt.schema_for(segments) if parameters.bounded else prompt.schema,
            model=parameters.model,
            temperature=parameters.temperature,
            max_tokens=self._limit,
            seed=parameters.seed + self._replicate,
            confidence=parameters.confidence,
        )
        key = self._keys.key(question, self._replicate)
        return Task(name, version, prompt, self._replicate, segments, question, key)


def cheapest(build: Callable[[Place], tuple[Prompt, ...]], mean: float) -> tuple[Prompt, ...]:
    """The prompts with the text where it costs least to read: behind the questions, or once before all of them.

    What stands first is kept by the endpoint and read once: questions for all texts, or a text for all questions.
    `mean` is the texts' mean length in characters.
    """
    prompts = build("last")
    questions = sum(len(prompt.before) + len(prompt.after) for prompt in prompts)
    return build("first") if (len(prompts) - 1) * mean > questions else prompts


def call_key(question: Question, replicate: int) -> str:
    """The key a call is paid under: messages, parameters, requested model, response schema and replicate."""
    return content_hash(
        {"messages": list(question.messages), **_after_messages(question, replicate)} | _before(question)
    )


def _before(question: Question) -> dict[str, Any]:
    """What stands before the messages in the canonical form, whose names are sorted."""
    return {"max_tokens": question.max_tokens}


def _after_messages(question: Question, replicate: int) -> dict[str, Any]:
    return {
        "model": question.model,
        "replicate": replicate,
        "schema": question.schema,
        "seed": question.seed,
        "temperature": question.temperature,
    }


class KeyMaker:
    """The `call_key` of questions that differ in their last message; what they share is hashed once.

    A prompt of a codebook is ten times as long as a text, and every document has a key.
    """

    def __init__(self, shared: Messages) -> None:
        self._shared = shared
        self._head: tuple[int, Any] = (-1, None)
        self._tail: tuple[Any, bytes] = (None, b"")

    def key(self, question: Question, replicate: int) -> str:
        """The key of a question whose messages are the shared ones and one more."""
        hashed = self._begun(question).copy()
        hashed.update(canonical_json(question.messages[-1]).encode())
        hashed.update(self._ended(question, replicate))
        return str(hashed.hexdigest())

    def _begun(self, question: Question) -> Any:
        if self._head[0] != question.max_tokens:
            opened = canonical_json({**_before(question), "messages": list(self._shared)}).removesuffix("]}")
            self._head = question.max_tokens, sha256(f"{opened}{',' if self._shared else ''}".encode())
        return self._head[1]

    def _ended(self, question: Question, replicate: int) -> bytes:
        if self._tail[0] is not question.schema:
            closed = canonical_json(_after_messages(question, replicate)).removeprefix("{")
            self._tail = question.schema, f"],{closed}".encode()
        return self._tail[1]


@dataclass(frozen=True, slots=True)
class Prices:
    """USD per million tokens; None where not known. `batch` is the factor of the batch API on all three."""

    prompt: float | None = None
    cached: float | None = None
    completion: float | None = None
    batch: float | None = None

    def cost(
        self,
        prompt_tokens: int,
        cached_tokens: int,
        completion_tokens: int,
        in_batch: tuple[int, int, int] = (0, 0, 0),
    ) -> float | None:
        """The cost in USD, None where a price is missing; cached tokens cost the full price where theirs is unknown.

        `in_batch` are those of the prompt, cached and completion tokens that came by the batch API.
        """
        whole = self._cost(prompt_tokens, cached_tokens, completion_tokens)
        if whole is None or not any(in_batch):
            return whole
        return None if self.batch is None else whole - (1 - self.batch) * (self._cost(*in_batch) or 0.0)

    def in_batch(self) -> Prices:
        """What tokens cost by the batch API; nothing is known where its factor is not."""
        if self.batch is None:
            return Prices()
        return Prices(
            *(None if one is None else one * self.batch for one in (self.prompt, self.cached, self.completion))
        )

    def _cost(self, prompt_tokens: int, cached_tokens: int, completion_tokens: int) -> float | None:
        if self.prompt is None or self.completion is None:
            return None
        cached = self.prompt if self.cached is None else self.cached
        fresh = (prompt_tokens - cached_tokens) * self.prompt
        return (fresh + cached_tokens * cached + completion_tokens * self.completion) / 1e6


def answer_size(prompt: Prompt) -> int:
    """A rough length of an answer in tokens: 14 for a single code, 22 for each kind that lists several."""
    return 8 + sum(14 if dimension.kind in ("nominal", "ordinal") else 22 for dimension in prompt.questions)
