"""What a run will ask: one task a version and replicate, each with the key it is paid under."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coder.dimensions import Form
from coder.documents import SEGMENTER, segment
from coder.model import Segment, Version, content_hash
from coder.prompting import Place, Prompt
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
            }
        )


@dataclass(frozen=True, slots=True)
class Task:
    """One call to make: a version, its segments, the prompt, the question and the key of its answer."""

    name: str
    version: Version
    prompt: Prompt
    replicate: int
    segments: tuple[Segment, ...]
    question: Question
    key: str


@dataclass(frozen=True, slots=True)
class TooLong:
    """A text that does not fit the context; it is not sent and not cut."""

    name: str
    version: Version
    prompt: Prompt
    tokens: int
    room: int

    @property
    def reason(self) -> str:
        """Why, with the figures."""
        return (
            f"the text needs {self.tokens:,} tokens and the model has room for {self.room:,}: "
            "split the text, or use a model with a longer context ([model] context)"
        )


def make_tasks(
    named: Sequence[tuple[str, Version]], prompts: Sequence[Prompt], parameters: Parameters
) -> tuple[Task, ...]:
    """The tasks for versions with their documents' names, replicates of one text side by side.

    What stands first in the prompts, the question or the text, stays for all that follows it before the next comes, so
    that an endpoint's cache holds it.
    """
    pairs = [(prompt, one) for prompt in prompts for one in named]
    if prompts and prompts[0].place == "first":
        pairs = [(prompt, one) for one in named for prompt in prompts]
    return tuple(
        _task(name, version, replicate, prompt, parameters)
        for prompt, (name, version) in pairs
        for replicate in range(parameters.samples)
    )


def cheapest(build: Callable[[Place], tuple[Prompt, ...]], texts: Collection[str]) -> tuple[Prompt, ...]:
    """The prompts with the text where it costs least to read: behind the questions, or once before all of them.

    What stands first is kept by the endpoint and read once: questions for all texts, or a text for all questions.
    """
    prompts = build("last")
    mean = sum(map(len, texts)) / len(texts) if texts else 0.0
    questions = sum(len(prompt.before) + len(prompt.after) for prompt in prompts)
    return build("first") if (len(prompts) - 1) * mean > questions else prompts


def _task(name: str, version: Version, replicate: int, prompt: Prompt, parameters: Parameters) -> Task:
    segments = segment(version.text, version.language)
    question = Question(
        messages=prompt.messages(segments, version.context),
        schema=prompt.schema_for(segments) if parameters.bounded else prompt.schema,
        model=parameters.model,
        temperature=parameters.temperature,
        max_tokens=parameters.limit(prompt),
        seed=parameters.seed + replicate,
        confidence=parameters.confidence,
    )
    return Task(name, version, prompt, replicate, segments, question, call_key(question, replicate))


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


@dataclass(frozen=True, slots=True)
class Lengths:
    """Tokens of what is sent: the shared prefix by prompt hash, a version's own message by version id."""

    prefixes: Mapping[str, int]
    texts: Mapping[str, int]

    @classmethod
    def count(cls, tasks: Sequence[Task], count: Callable[[str], int]) -> Lengths:
        """Each prefix and each text counted once."""
        prompts = {task.prompt.hash: task.prompt for task in tasks}
        texts = {task.version.id: _own_words(task) for task in tasks}
        return cls(
            {name: count(prompt.prefix) for name, prompt in prompts.items()},
            {name: count(text) for name, text in texts.items()},
        )


def _own_words(task: Task) -> str:
    """The user's turn without what the prompt puts around the text."""
    return task.question.messages[-1]["content"].removeprefix(task.prompt.before).removesuffix(task.prompt.after)


def split_by_length(
    tasks: Sequence[Task], lengths: Lengths, context: int | None
) -> tuple[tuple[Task, ...], tuple[TooLong, ...]]:
    """Tasks that fit the context with twice the expected answer kept free, and the texts that do not."""
    if context is None:
        return tuple(tasks), ()
    fitting, over = [], {}
    for task in tasks:
        room = max(0, context - lengths.prefixes[task.prompt.hash] - 2 * answer_size(task.prompt))
        tokens = lengths.texts[task.version.id]
        if tokens <= room:
            fitting.append(task)
        else:
            over[task.version.id, task.prompt.hash] = TooLong(task.name, task.version, task.prompt, tokens, room)
    return tuple(fitting), tuple(over.values())


def estimate(tasks: Sequence[Task], lengths: Lengths, prices: Prices) -> Estimate:
    """Calls, tokens and cost to expect, every prefix but the first of its kind taken as cached."""
    prefixes = sum(lengths.prefixes[task.prompt.hash] for task in tasks)
    prompt = prefixes + sum(lengths.texts[task.version.id] for task in tasks)
    cacheable = prefixes - sum(lengths.prefixes[name] for name in {task.prompt.hash for task in tasks})
    completion = sum(answer_size(task.prompt) for task in tasks)
    return Estimate(len(tasks), prompt, cacheable, completion, prices.cost(prompt, cacheable, completion))


def answer_size(prompt: Prompt) -> int:
    """A rough length of an answer in tokens: 14 for a single code, 22 for each kind that lists several."""
    return 8 + sum(14 if dimension.kind in ("nominal", "ordinal") else 22 for dimension in prompt.questions)
