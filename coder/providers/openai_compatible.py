"""Any endpoint that speaks the OpenAI chat-completions protocol, by base URL."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, Any, Literal

import httpx2
import openai
from openai.types.chat import ChatCompletion
from pydantic import ValidationError

from coder.errors import ProviderError
from coder.providers import keys
from coder.providers.body import Bodies, Messages
from coder.providers.completion import Completion, filtered, reply
from coder.providers.estimate import estimate_tokens
from coder.providers.repairing import with_problem
from coder.providers.retrying import Again, Backoff, GiveUp, Hopeless, Refused, Verdict, judge
from coder.providers.wire import CONNECT_S, Wire
from coder.run.gate import Gate, Kind, OpenGate, Outcome
from coder.run.protocols import AnswerForm, CallFailed, Question, Reply

if TYPE_CHECKING:
    from pydantic import BaseModel

    from coder.providers.batch import BatchApi

AnswerFormat = Literal["json_schema", "json_object", "prompt"]
AnswerFields = Callable[[dict[str, Any]], dict[str, Any]]
"""From the schema of the answer to the fields of the request that make the endpoint keep to it."""

PROBE_S = 15.0
TIMEOUT = httpx2.Timeout(None, connect=CONNECT_S)
BUSY_TIMES = 4
"""As many times more often than for a failure a call is asked again that the endpoint was too busy for."""
ADJUSTABLE = frozenset({"max_tokens", "temperature", "seed", "logprobs"})
NOT_TAKEN = frozenset({400, 403, 422})
"""Statuses with which endpoints refuse a parameter; OpenAI's own answers 403 where a model has no `logprobs`."""
NO_COMPLETION = "the answer is not a chat completion"


class OpenAIProvider:
    """One endpoint and its connections.

    `answer_format` says how the endpoint is held to the schema: `json_schema` (strict), or `json_object` and `prompt`,
    which put the schema into the first message. `adjusted` collects the parameters that the endpoint would not take:
    `max_tokens` is then sent as `max_completion_tokens`, the others are left out.
    """

    form: AnswerForm = "object"

    def __init__(
        self,
        base_url: str = keys.OPENAI,
        *,
        key: str | None = None,
        timeout_s: float = 120.0,
        concurrency: int = 16,
        context: int | None = None,
        answer_format: AnswerFormat = "json_schema",
        answer_fields: AnswerFields | None = None,
        backoff: Backoff | None = None,
        gate: Gate | None = None,
    ) -> None:
        keys.check_address(base_url)
        self.host = keys.host_of(base_url)
        self.context_tokens = context
        self.adjusted: set[str] = set()
        self._base_url = base_url
        self._key = keys.key_for(base_url) if key is None else key
        keys.check_key(self._key)
        self._timeout_s = timeout_s
        self._schema_in_prompt = answer_fields is None and answer_format != "json_schema"
        self._answer_fields = answer_fields or _FIELDS[answer_format]
        self._backoff = backoff or Backoff()
        self.gate: Gate = gate or OpenGate(self._backoff.sleep)
        self._bodies = Bodies()
        self._listened, self._worked, self._repairs = False, False, False
        away = not keys.is_loopback(base_url)  # no proxy stands between this machine and itself
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=self._key or "none",
            max_retries=0,
            timeout=TIMEOUT,
            http_client=_connections(concurrency, by_environment=away),
        )
        self._wire = Wire(self._client, concurrency + 1, by_environment=away)

    async def start(self) -> None:
        """See that somebody listens and takes the key, by the free list of models; costs nothing.

        An endpoint without such a list is taken as it is: the first question will tell.
        """
        if self.host == keys.host_of(keys.OPENAI) and not self._key:
            raise ProviderError(f"{self.host}: no key", f"set {keys.OWN} or {keys.COMMON} in the environment")
        try:
            await self._list_models()
        except openai.AuthenticationError as error:
            if "scope" not in error.message:  # a key for chat only may not list models
                raise self._hopeless(judge(error)) from None
        except openai.APIConnectionError as error:
            verdict = judge(error)
            if isinstance(verdict, Again) and verdict.kind == "down":
                raise self._unreachable(verdict.reason) from None
        except (openai.APIError, TimeoutError):
            pass
        self._listened = True

    async def look(self) -> str:
        """Whether anybody answers, by the free list of models: '' or why not."""
        try:
            await self._list_models()
        except (openai.APIError, TimeoutError) as error:
            if isinstance(error, openai.APIStatusError) and error.status_code < 500:
                return ""
            verdict = judge(error)
            return self._say(verdict.reason)
        return ""

    async def _list_models(self) -> None:
        async with asyncio.timeout(min(PROBE_S, self._timeout_s)):
            await self._client.models.list()

    async def ask(self, question: Question) -> Reply:
        """Put the question, trying again where that may help. Raises CallFailed or ProviderError."""
        return await self._insist(question, lambda: self._send(question))

    async def repair(self, question: Question, bad: Reply, problem: str, response_model: type[BaseModel]) -> Reply:
        """Ask once more through instructor, with the invalid answer and its problem. Raises as `ask` does."""
        again = with_problem(question, bad, problem)
        if not self._repairs:  # loading it takes seconds, which no request's time may pay for
            await asyncio.to_thread(_load_instructor, self._client)
            self._repairs = True
        return await self._insist(again, lambda: self._send_through_instructor(again, response_model))

    def count_tokens(self, text: str) -> int:
        """An estimate, see `estimate_tokens`."""
        return estimate_tokens(text)

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()
        await self._client.close()

    def batches(self) -> BatchApi:
        """The endpoint's batch API; whether it has one shows when it is asked."""
        from coder.providers.batch import BatchApi  # noqa: PLC0415 - few runs need it

        return BatchApi(self._client, self.host, self._body, self._say, self._without_key, self._backoff)

    # one request

    async def _send(self, question: Question) -> Completion:
        return Completion.model_validate_json(self._without_key(await self._wire.post(self._body(question))))

    def _body(self, question: Question) -> bytes:
        arguments = self._arguments(question)
        messages = tuple(arguments.pop("messages"))
        return self._bodies.body(messages, arguments, question.schema, self._answer_fields(question.schema))

    async def _send_through_instructor(self, question: Question, response_model: type[BaseModel]) -> Completion:
        """Instructor derives its own schema from the model; the request carries ours, as the first question did."""
        import instructor  # noqa: PLC0415 - slow to import, and most runs repair nothing
        from instructor.core.exceptions import InstructorError  # noqa: PLC0415

        logging.getLogger("instructor").setLevel(logging.CRITICAL)  # it logs what the server said, keys and all
        answers: list[ChatCompletion] = []
        client = instructor.from_openai(self._client, mode=instructor.Mode.JSON_SCHEMA)
        client.on("completion:response", answers.append)
        try:
            await client.create(
                response_model=response_model,
                max_retries=0,
                extra_body={"response_format": {"type": "text"}, **self._answer_fields(question.schema)},
                **self._arguments(question),
            )
        except InstructorError as error:
            if not answers:
                raise (error.__cause__ or error) from None
        # valid or not: the runner judges it, as it judged the first answer
        return Completion.model_validate_json(self._without_key(answers[-1].model_dump_json().encode()))

    def _arguments(self, question: Question) -> dict[str, Any]:
        messages = _with_schema(question.messages, question.schema) if self._schema_in_prompt else question.messages
        arguments = {
            "model": question.model,
            "messages": messages,
            "temperature": question.temperature,
            "max_tokens": question.max_tokens,
            "seed": question.seed,
            "logprobs": question.confidence or None,
        }
        if "max_tokens" in self.adjusted:
            arguments["max_completion_tokens"] = arguments["max_tokens"]
        return {name: value for name, value in arguments.items() if value is not None and name not in self.adjusted}

    # as many requests as it takes

    async def _insist(self, question: Question, send: Callable[[], Awaitable[Completion]]) -> Reply:
        began, attempts, wait = time.perf_counter(), 0, 0.0
        failures: Counter[Kind] = Counter()
        while True:
            attempts += 1
            outcome = await self._admitted(question, send, wait)
            milliseconds = round((time.perf_counter() - began) * 1000)
            if isinstance(outcome, Completion):
                self._worked = True
                return reply(question, outcome, milliseconds, attempts)
            if isinstance(outcome, Refused):
                return filtered(self._say(outcome.reason), milliseconds, attempts)
            if isinstance(outcome, Hopeless):
                raise self._hopeless(outcome)
            if isinstance(outcome, GiveUp):
                raise CallFailed(self._say(outcome.reason), attempts=attempts)
            failures[outcome.kind] += 1
            if failures[outcome.kind] >= self._limit(outcome):
                raise self._given_up(outcome, attempts)
            wait = self._backoff.seconds(failures[outcome.kind], outcome.wait)

    async def _admitted(
        self, question: Question, send: Callable[[], Awaitable[Completion]], wait: float
    ) -> Completion | Verdict:
        """One request when the gate lets it pass; the gate hears what came of it, even of one that was cancelled."""
        entered = await self.gate.enter(question, wait)
        began, outcome = time.perf_counter(), None
        try:
            outcome = await self._try(question, send)
            return outcome
        finally:
            self._listened = self._listened or not isinstance(outcome, Again) or outcome.kind != "down"
            self.gate.leave(entered, self._told(outcome, time.perf_counter() - began))

    def _told(self, outcome: Completion | Verdict | None, seconds: float) -> Outcome:
        """What the gate hears of a request; None where it was given up from outside."""
        if outcome is None:
            return Outcome("lost")
        if isinstance(outcome, Again):
            return Outcome(outcome.kind, outcome.wait, seconds=seconds, reason=self._say(outcome.reason))
        if not isinstance(outcome, Completion):
            return Outcome("ok")
        usage = outcome.usage
        return Outcome("ok", tokens=usage.prompt_tokens + usage.completion_tokens if usage else 0, seconds=seconds)

    async def _try(self, question: Question, send: Callable[[], Awaitable[Completion]]) -> Completion | Verdict:
        sent = ADJUSTABLE - self.adjusted - (set() if question.confidence else {"logprobs"})
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await send()
        except (openai.APIError, TimeoutError) as error:
            if self._adjust(error, sent):
                return Again("a parameter was not taken", 0.0, "ok")
            return judge(error, self.gate.longest_wait)
        except ValidationError:
            return Again(NO_COMPLETION)
        return answer

    def _adjust(self, error: Exception, sent: Collection[str]) -> bool:
        """Whether this model does not know a parameter that was sent (reasoning models: several); it is taken out."""
        if not isinstance(error, openai.APIStatusError) or error.status_code not in NOT_TAKEN:
            return False
        name = error.param or ("logprobs" if "logprobs" in error.message else "")
        if name not in sent:
            return False
        self.adjusted.add(name)
        return True

    def _limit(self, outcome: Again) -> float:
        """Failures of one kind after which a call is given up.

        An endpoint that never listened gets two chances; one that did and is down is the gate's to give up on, where
        there is a patient one. To be asked to wait is no fault of the call: it takes longer to give up for that.
        """
        if outcome.kind == "down":
            return 2 if not self._listened else math.inf if self.gate.patient else self._backoff.attempts
        return self._backoff.attempts * (BUSY_TIMES if outcome.kind == "busy" else 1)

    def _given_up(self, outcome: Again, attempts: int) -> ProviderError | CallFailed:
        if outcome.kind == "down":
            return self._unreachable(outcome.reason)
        if not self._worked and outcome.reason == NO_COMPLETION:
            return self._hopeless(Hopeless(outcome.reason, "check `base_url` under [model]; most end in /v1"))
        return CallFailed(f"{self._say(outcome.reason)} ({attempts} attempts)", attempts=attempts)

    # errors in words, keys taken out

    def _without_key(self, content: bytes) -> bytes:
        """An answer as it is kept: some servers repeat the key, and the store must not have it.

        What people give servers that ask for no key ("none", "ollama") is no secret, and may be a word of an answer.
        """
        secret = len(self._key) >= keys.SECRET_FROM
        return content.replace(self._key.encode(), b"[key]") if secret else content

    def _say(self, text: str) -> str:
        return keys.scrub(text, self._key)

    def _hopeless(self, verdict: Verdict) -> ProviderError:
        hint = verdict.hint if isinstance(verdict, Hopeless) else ""
        return ProviderError(f"{self.host}: {self._say(verdict.reason)}", hint)

    def _unreachable(self, reason: str) -> ProviderError:
        hint = "start the server, or check `base_url` under [model] in intercoder.toml"
        return ProviderError(f"{self.host}: nobody answers ({self._say(reason)})", hint)


def _connections(concurrency: int, *, by_environment: bool) -> httpx2.AsyncClient:
    """Those of the client, over aiohttp: httpx's own transport collapses at 200 calls in flight. None is redirected."""
    limits = httpx2.Limits(max_connections=concurrency + 1, max_keepalive_connections=concurrency + 1)
    return openai.DefaultAioHttpClient(limits=limits, timeout=TIMEOUT, trust_env=by_environment, follow_redirects=False)


def _load_instructor(client: openai.AsyncOpenAI) -> None:
    """Bring in all that a repair needs: instructor loads most of itself with its first client."""
    import instructor  # noqa: PLC0415 - slow to import, and most runs repair nothing
    import instructor.core.exceptions  # noqa: PLC0415

    instructor.from_openai(client, mode=instructor.Mode.JSON_SCHEMA)


def _strict_schema(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "response_format": {"type": "json_schema", "json_schema": {"name": "coding", "strict": True, "schema": schema}}
    }


_FIELDS: dict[AnswerFormat, AnswerFields] = {
    "json_schema": _strict_schema,
    "json_object": lambda schema: {"response_format": {"type": "json_object"}},
    "prompt": lambda schema: {},
}


def _with_schema(messages: Messages, schema: dict[str, Any]) -> Messages:
    """The schema goes into the first message, the same for every document, so that prompt caches keep working."""
    text = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
    first = {**messages[0], "content": f"{messages[0]['content']}\n\nAnswer with JSON by this schema:\n{text}"}
    return (first, *messages[1:])
