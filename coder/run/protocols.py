"""What the runner asks of a model endpoint: one question, one reply, and who can answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from coder.model import CodeProbability

if TYPE_CHECKING:
    from pydantic import BaseModel

AnswerForm = Literal["object", "compact"]
"""`object`: a JSON object by dimension; `compact`: positional arrays, for endpoints where every token costs time."""


class CallFailed(Exception):  # noqa: N818  # reads as what happened, beside errors that end a run
    """This one call was given up on; others may still work. The text is the reason, for people."""

    def __init__(self, reason: str, *, attempts: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.attempts = attempts


class Halted(Exception):  # noqa: N818  # as above
    """Nothing more is asked in this run: a deadline, an endpoint that is gone. The call was not sent and stays open."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Question:
    """One call, complete. Each message has `role` and `content`; `schema` is the JSON schema of the answer.

    `confidence` asks for the probabilities of the codes too; the answer is the same without, so no key depends on it.
    """

    messages: tuple[dict[str, str], ...]
    schema: dict[str, Any]
    model: str
    temperature: float
    max_tokens: int
    seed: int | None
    confidence: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `content` is '' where there is none, `refusal` '' where the model did not refuse.

    Tokens are the endpoint's own counts; `milliseconds` is wall time over all `attempts`, waits included.
    `probabilities` are those of the codes, in the order of the answer, as far as they were asked for and can be told.
    `batch_tokens` are those of the prompt, cached and completion tokens that came by the batch API.
    """

    content: str
    refusal: str
    finish_reason: str
    served_model: str
    fingerprint: str
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    milliseconds: int
    attempts: int
    probabilities: tuple[CodeProbability, ...] = ()
    batch_tokens: tuple[int, int, int] = (0, 0, 0)


class Provider(Protocol):
    """A model endpoint. `host` says where texts go: 'this machine' or a host's name."""

    @property
    def host(self) -> str: ...

    @property
    def form(self) -> AnswerForm: ...

    @property
    def adjusted(self) -> Collection[str]:
        """Parameters that the endpoint would not take and that were therefore renamed or left out."""
        ...

    @property
    def context_tokens(self) -> int | None:
        """Room for question and answer together, where known (after `start`)."""
        ...

    async def start(self) -> None:
        """Make ready. Raises ProviderError with its remedy."""
        ...

    async def ask(self, question: Question) -> Reply:
        """Answer one question, retrying what is worth it.

        Raises CallFailed when this call is given up on, ProviderError when no call will work.
        """
        ...

    async def repair(self, question: Question, bad: Reply, problem: str, response_model: type[BaseModel]) -> Reply:
        """Ask once more, showing the invalid answer and what is wrong with it. Raises as `ask` does."""
        ...

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` takes: exact where the endpoint can say, else an estimate."""
        ...

    async def close(self) -> None:
        """Let go of connections and processes; safe to call twice."""
        ...


class Before:
    """A provider before another, as that one is where nothing else is said; others start and close it."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    @property
    def host(self) -> str:
        """As of the provider."""
        return self._provider.host

    @property
    def form(self) -> AnswerForm:
        """As of the provider."""
        return self._provider.form

    @property
    def adjusted(self) -> Collection[str]:
        """As of the provider."""
        return self._provider.adjusted

    @property
    def context_tokens(self) -> int | None:
        """As of the provider."""
        return self._provider.context_tokens

    async def start(self) -> None:
        """Nothing to do: the provider is started."""

    def count_tokens(self, text: str) -> int:
        """As the provider counts."""
        return self._provider.count_tokens(text)

    async def close(self) -> None:
        """The provider is closed by who started it."""
