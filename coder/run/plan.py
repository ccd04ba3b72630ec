"""What a run will ask: one task a version and replicate, each with the key it is paid under."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coder.dimensions import Form
from coder.documents import SEGMENTER, segment
from coder.model import Segment, Version, content_hash
from coder.prompting import Prompt
from coder.run.protocols import Question


@dataclass(frozen=True, slots=True)
class Parameters:
    """All that shapes an answer beside the prompt.

    `model` is the name asked for, `examples` the ids of the versions shown with their answers; they leave every n.
    """

    provider: str
    model: str
    form: Form
    temperature: float
    max_tokens: int
    seed: int
    samples: int
    examples: tuple[str, ...] = ()

    @property
    def coder_name(self) -> str:
        """What the model coder is called: provider and model."""
        return f"{self.provider}:{self.model}"

    def record(self, prompt: Prompt) -> dict[str, Any]:
        """What is stored with the run: enough to tell two configurations apart."""
        return {
            "provider": self.provider,
            "model": self.model,
            "form": self.form,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "seed": self.seed,
            "samples": self.samples,
            "segmenter": SEGMENTER,
            "examples": list(self.examples),
            "dimensions": [dimension.id for dimension in prompt.dimensions],
        }


@dataclass(frozen=True, slots=True)
class Task:
    """One call to make: a version, its segments, the question and the key of its answer."""

    name: str
    version: Version
    replicate: int
    segments: tuple[Segment, ...]
    question: Question
    key: str


@dataclass(frozen=True, slots=True)
class TooLong:
    """A text that does not fit the context; it is not sent and not cut."""

    name: str
    version: Version
    tokens: int
    room: int

    @property
    def reason(self) -> str:
        """Why, with the figures."""
        return (
            f"the text needs {self.tokens:,} tokens and the model has room for {self.room:,}: "
            "split the text, or use a model with a longer context ([model] context)"
        )


def make_tasks(named: Iterable[tuple[str, Version]], prompt: Prompt, parameters: Parameters) -> tuple[Task, ...]:
    """The tasks for versions with their documents' names, replicates of one text side by side."""
    return tuple(
        _task(name, version, replicate, prompt, parameters)
        for name, version in named
        for replicate in range(parameters.samples)
    )


def _task(name: str, version: Version, replicate: int, prompt: Prompt, parameters: Parameters) -> Task:
    segments = segment(version.text, version.language)
    question = Question(
        messages=prompt.messages(segments, version.context),
        schema=prompt.schema_for(segments),
        model=parameters.model,
        temperature=parameters.temperature,
        max_tokens=parameters.max_tokens,
        seed=parameters.seed + replicate,
    )
    return Task(name, version, replicate, segments, question, call_key(question, replicate))


def call_key(question: Question, replicate: int) -> str:
    """The key a call is paid under: messages, parameters, requested model, response schema and replicate."""
    return content_hash(
        {
            "messages": list(question.messages),
            "schema": question.schema,
            "model": question.model,
            "temperature": question.temperature,
            "max_tokens": question.max_tokens,
            "seed": question.seed,
            "replicate": replicate,
        }
    )


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run is expected to take; tokens are the provider's count or its estimate."""

    calls: int
    prompt_tokens: int
    cacheable_tokens: int
    completion_tokens: int
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class Prices:
    """USD per million tokens; None where not known."""

    prompt: float | None = None
    cached: float | None = None
    completion: float | None = None

    def cost(self, prompt_tokens: int, cached_tokens: int, completion_tokens: int) -> float | None:
        """The cost in USD, None where a price is missing; cached tokens cost the full price where theirs is unknown."""
        if self.prompt is None or self.completion is None:
            return None
        cached = self.prompt if self.cached is None else self.cached
        fresh = (prompt_tokens - cached_tokens) * self.prompt
        return (fresh + cached_tokens * cached + completion_tokens * self.completion) / 1e6


def split_by_length(
    tasks: Sequence[Task], prefix_tokens: int, counts: Mapping[str, int], context: int | None, answer_tokens: int
) -> tuple[tuple[Task, ...], tuple[TooLong, ...]]:
    """Tasks that fit the context (with `answer_tokens` kept free), and the texts that do not.

    `counts` gives the tokens of each version's own message by version id.
    """
    if context is None:
        return tuple(tasks), ()
    room = max(0, context - prefix_tokens - answer_tokens)
    fitting = tuple(task for task in tasks if counts[task.version.id] <= room)
    over = {task.version.id: task for task in tasks if counts[task.version.id] > room}
    return fitting, tuple(TooLong(task.name, task.version, counts[task.version.id], room) for task in over.values())


def estimate(
    tasks: Sequence[Task], prefix_tokens: int, counts: Mapping[str, int], answer_tokens: int, prices: Prices
) -> Estimate:
    """Calls, tokens and cost to expect, every prefix but the first taken as cached."""
    texts = sum(counts[task.version.id] for task in tasks)
    prompt = texts + prefix_tokens * len(tasks)
    cacheable = prefix_tokens * max(0, len(tasks) - 1)
    completion = answer_tokens * len(tasks)
    return Estimate(len(tasks), prompt, cacheable, completion, prices.cost(prompt, cacheable, completion))


def answer_limit(prompt: Prompt, wanted: int) -> int:
    """Tokens after which an answer has run away: four times what is expected, never more than `wanted`."""
    return min(wanted, max(256, 4 * answer_size(prompt)))


def answer_size(prompt: Prompt) -> int:
    """A rough length of an answer in tokens: 14 for a single code, 22 for each kind that lists several."""
    return 8 + sum(14 if dimension.kind in ("nominal", "ordinal") else 22 for dimension in prompt.dimensions)


def count_texts(tasks: Sequence[Task], count: Callable[[str], int]) -> dict[str, int]:
    """Tokens of each version's own message, by version id, each counted once."""
    found: dict[str, int] = {}
    for task in tasks:
        if task.version.id not in found:
            found[task.version.id] = count(task.question.messages[-1]["content"])
    return found
