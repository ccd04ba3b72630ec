"""An OpenAI-compatible endpoint on loopback: answers, faults, keys. Waits are recorded, not waited for."""

from __future__ import annotations

import asyncio
import json
import math
import socket
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from coder.errors import ProviderError
from coder.providers.openai_compatible import OpenAIProvider
from coder.providers.retrying import Backoff
from coder.providers.wire import proxy_of
from coder.run.protocols import CallFailed, Question, Reply
from tests.mock_openai import Config, Mock, serving

KEY = "a-secret-that-no-message-may-show"


class Answer(BaseModel):
    """What the schema below describes."""

    delivery: Literal["online", "offline"]


SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"delivery": {"type": "string", "enum": ["online", "offline"]}},
    "required": ["delivery"],
    "additionalProperties": False,
}
QUESTION = Question(
    messages=(
        {"role": "system", "content": "codebook with {{ braces }}"},
        {"role": "user", "content": "a course on site, {% raw %}"},
    ),
    schema=SCHEMA,
    model="mock",
    temperature=0.0,
    max_tokens=50,
    seed=7,
)


class Endpoint:
    """A provider, the mock it talks to, and the seconds that it would have waited."""

    def __init__(self, provider: OpenAIProvider, mock: Mock, waits: list[float]) -> None:
        self.provider, self.mock, self.waits = provider, mock, waits

    @property
    def statuses(self) -> dict[str, int]:
        return self.mock.stats.status

    @property
    def last_request(self) -> dict[str, Any]:
        return self.mock.requests[-1]


def patient(waits: list[float]) -> Backoff:
    async def note(seconds: float) -> None:
        waits.append(seconds)

    return Backoff(attempts=4, sleep=note)


@asynccontextmanager
async def endpoint(*script: str, **settings: Any) -> AsyncIterator[Endpoint]:
    config = Config(latency=0.0, script=script, retry_after=3.0, key=settings.pop("only_key", ""))
    waits: list[float] = []
    async with serving(config) as (url, mock):
        settings = {"key": KEY, "backoff": patient(waits), **settings}
        provider = OpenAIProvider(url, **settings)
        try:
            yield Endpoint(provider, mock, waits)
        finally:
            await provider.close()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def test_a_question_brings_the_answer_and_the_endpoints_own_counts() -> None:
    async with endpoint() as here:
        reply = await here.provider.ask(QUESTION)
    Answer.model_validate_json(reply.content)
    assert (reply.refusal, reply.finish_reason, reply.served_model, reply.fingerprint) == ("", "stop", "mock", "mock")
    # the mock counts four characters as a token: 26 + 27 characters of messages make 13
    assert (reply.prompt_tokens, reply.cached_tokens, reply.attempts) == (13, 0, 1)


async def test_the_request_carries_the_schema_strictly_and_the_text_untouched() -> None:
    async with endpoint() as here:
        await here.provider.ask(QUESTION)
        request = here.last_request
    wanted = {"name": "coding", "strict": True, "schema": SCHEMA}
    assert request["response_format"] == {"type": "json_schema", "json_schema": wanted}
    assert request["messages"] == list(QUESTION.messages)
    assert (request["temperature"], request["max_tokens"], request["seed"]) == (0.0, 50, 7)


async def test_no_seed_means_that_none_is_sent() -> None:
    async with endpoint() as here:
        await here.provider.ask(replace(QUESTION, seed=None))
        assert "seed" not in here.last_request


@pytest.mark.parametrize(("answer_format", "sent"), [("json_object", {"type": "json_object"}), ("prompt", None)])
async def test_other_answer_formats_put_the_schema_into_the_first_message(answer_format: str, sent: Any) -> None:
    async with endpoint(answer_format=answer_format) as here:
        reply = await here.provider.ask(QUESTION)
        request = here.last_request
    assert request.get("response_format") == sent
    assert '"enum":["online","offline"]' in request["messages"][0]["content"]
    assert request["messages"][1] == QUESTION.messages[1]
    Answer.model_validate_json(reply.content)


async def test_a_429_is_waited_out_as_long_as_it_asks() -> None:
    async with endpoint("429", "429") as here:
        reply = await here.provider.ask(QUESTION)
        assert (reply.attempts, here.statuses) == (3, {"429": 2, "200": 1})
    assert len(here.waits) == 2
    assert all(3.0 <= wait < 3.2 for wait in here.waits)  # Retry-After 3, and up to a tenth of our own wait


async def test_broken_and_dropped_answers_are_asked_again() -> None:
    async with endpoint("500", "drop") as here:
        assert (await here.provider.ask(QUESTION)).attempts == 3
    assert len(here.waits) == 2
    assert 0.25 <= here.waits[0] <= 0.5 <= here.waits[1] <= 1.0


async def test_an_answer_that_never_comes_is_given_up_after_the_timeout_and_asked_again() -> None:
    async with endpoint("hang", timeout_s=0.2) as here:
        assert (await here.provider.ask(QUESTION)).attempts == 2


async def test_a_call_is_given_up_after_the_last_attempt_with_the_reason() -> None:
    async with endpoint(*["500"] * 9) as here:
        with pytest.raises(CallFailed, match=r"HTTP 500: The server had an error \(4 attempts\)") as caught:
            await here.provider.ask(QUESTION)
        assert (caught.value.attempts, here.statuses) == (4, {"500": 4})


async def test_a_malformed_answer_is_left_to_the_caller() -> None:
    async with endpoint("malformed") as here:
        reply = await here.provider.ask(QUESTION)
    with pytest.raises(ValueError, match="validation error"):
        Answer.model_validate_json(reply.content)
    assert reply.attempts == 1


async def test_a_wrong_key_stops_everything_at_the_start_and_is_not_shown() -> None:
    async with endpoint(only_key="another") as here:
        for act in (here.provider.start(), here.provider.ask(QUESTION)):
            with pytest.raises(ProviderError, match=r"127\.0\.0\.1:\d+: HTTP 401: Incorrect API key") as caught:
                await act
            assert "INTERCODER_API_KEY" in caught.value.hint
            assert KEY not in "".join(traceback.format_exception(caught.value)) + caught.value.hint
        assert KEY in here.mock.keys  # the key was sent, and the server did repeat it


async def test_an_unknown_model_stops_everything() -> None:
    async with endpoint("no-model") as here:
        with pytest.raises(ProviderError, match="The model 'mock' does not exist"):
            await here.provider.ask(QUESTION)
        assert here.mock.stats.requests == 1


async def test_an_empty_account_stops_everything() -> None:
    async with endpoint("no-quota") as here:
        with pytest.raises(ProviderError, match="You exceeded your quota"):
            await here.provider.ask(QUESTION)


async def test_a_text_that_is_too_long_fails_alone_and_at_once() -> None:
    async with endpoint("too-long") as here:
        with pytest.raises(CallFailed, match="takes 24,030 tokens, and the context holds 8,192"):
            await here.provider.ask(QUESTION)
        assert (await here.provider.ask(QUESTION)).attempts == 1


async def test_a_filtered_text_comes_back_as_a_refusal() -> None:
    async with endpoint("filtered") as here:
        reply = await here.provider.ask(QUESTION)
    assert (reply.content, reply.refusal, reply.finish_reason) == ("", "The prompt was filtered", "content_filter")


async def test_a_model_that_wants_the_newer_name_of_a_parameter_gets_it_from_then_on() -> None:
    async with endpoint("no-max-tokens") as here:
        assert (await here.provider.ask(QUESTION)).attempts == 2
        await here.provider.ask(QUESTION)
        request = here.last_request
    assert request["max_completion_tokens"] == 50
    assert "max_tokens" not in request
    assert here.provider.adjusted == {"max_tokens"}


CODED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "tone": {"type": "object", "properties": {"code": {"type": "string", "enum": ["warm", "cold"]}}},
    },
    "required": ["tone"],
    "additionalProperties": False,
}
SURE = replace(QUESTION, schema=CODED, confidence=True)


async def test_the_probability_of_a_code_is_that_of_the_tokens_that_spell_it() -> None:
    async with endpoint() as here:
        reply = await here.provider.ask(SURE)
        assert here.last_request["logprobs"] is True
    # {"tone": {"code": "warm"}} in fours: the code's characters 19 to 22 lie in the tokens from 16 and from 20
    (code,) = reply.probabilities
    assert (code.dimension, code.code, code.distribution) == ("tone", json.loads(reply.content)["tone"]["code"], {})
    assert code.probability == pytest.approx(math.exp(-0.2))


async def test_probabilities_come_only_where_they_are_asked_for() -> None:
    async with endpoint() as here:
        reply = await here.provider.ask(replace(SURE, confidence=False))
        assert "logprobs" not in here.last_request
    assert reply.probabilities == ()


async def test_a_repaired_answer_brings_its_probabilities_too() -> None:
    async with endpoint("malformed") as here:
        bad = await here.provider.ask(SURE)
        good = await here.provider.repair(SURE, bad, "tone: not a category", Answer)
    assert [one.dimension for one in good.probabilities] == ["tone"]


async def test_a_model_without_logprobs_is_asked_without_from_then_on() -> None:
    async with endpoint(*["no-logprobs"] * 3) as here:
        # three calls in flight are refused alike: each of them is asked again, none is given up
        replies = await asyncio.gather(*(here.provider.ask(replace(SURE, seed=seed)) for seed in range(3)))
        await here.provider.ask(SURE)
        assert "logprobs" not in here.last_request
        assert here.provider.adjusted == {"logprobs"}
    assert [(reply.attempts, reply.probabilities) for reply in replies] == [(2, ())] * 3


async def test_words_about_logprobs_in_another_error_do_not_matter_where_none_were_asked_for() -> None:
    async with endpoint("no-logprobs") as here:
        with pytest.raises(ProviderError, match="HTTP 403"):
            await here.provider.ask(QUESTION)
        assert here.provider.adjusted == set()


async def test_a_base_url_that_leads_to_some_other_service_is_said_to_be_wrong() -> None:
    async with endpoint(*["not-a-completion"] * 9) as here:
        with pytest.raises(ProviderError, match="not a chat completion") as caught:
            await here.provider.ask(QUESTION)
    assert "/v1" in caught.value.hint


async def test_an_endpoint_that_is_down_is_named_with_its_port_before_any_work() -> None:
    port, waits = free_port(), list[float]()
    provider = OpenAIProvider(f"http://127.0.0.1:{port}/v1", key=KEY, backoff=patient(waits))
    for act in (provider.start, lambda: provider.ask(QUESTION)):
        with pytest.raises(ProviderError, match=rf"127\.0\.0\.1:{port}: nobody answers") as caught:
            await act()
        assert "base_url" in caught.value.hint
    assert len(waits) == 1  # one more try, no long waiting for what was never there
    await provider.close()


async def test_an_endpoint_that_goes_away_in_the_middle_gets_all_attempts_and_then_stops_the_run() -> None:
    waits: list[float] = []
    async with serving(Config(latency=0.0)) as (url, mock):
        provider = OpenAIProvider(url, key=KEY, backoff=patient(waits))
        await provider.ask(QUESTION)
        port = mock.port
    await provider.close()
    provider = _reopened(provider, f"http://127.0.0.1:{port}/v1", waits)
    with pytest.raises(ProviderError, match="nobody answers"):
        await provider.ask(QUESTION)
    assert len(waits) == 3  # between four attempts
    await provider.close()


def _reopened(provider: OpenAIProvider, url: str, waits: list[float]) -> OpenAIProvider:
    """A provider that has worked before, without connections left from then."""
    again = OpenAIProvider(url, key=KEY, backoff=patient(waits))
    again._listened = provider._listened
    return again


async def test_start_is_content_with_an_endpoint_that_answers() -> None:
    async with endpoint(only_key=KEY) as here:
        await here.provider.start()
        assert here.mock.stats.requests == 0  # no question was paid for


async def test_openai_without_a_key_says_which_variable_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INTERCODER_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    provider = OpenAIProvider()
    with pytest.raises(ProviderError, match=r"api\.openai\.com: no key") as caught:
        await provider.start()
    assert "INTERCODER_API_KEY or OPENAI_API_KEY" in caught.value.hint
    await provider.close()


async def test_a_repair_shows_the_bad_answer_and_the_problem_after_an_unchanged_prefix() -> None:
    async with endpoint("malformed") as here:
        bad = await here.provider.ask(QUESTION)
        good = await here.provider.repair(QUESTION, bad, "delivery: not a category", Answer)
        request = here.last_request
    Answer.model_validate_json(good.content)
    assert request["messages"][:2] == list(QUESTION.messages)
    assert request["messages"][2] == {"role": "assistant", "content": bad.content}
    assert "delivery: not a category" in request["messages"][3]["content"]
    assert request["response_format"]["json_schema"] == {"name": "coding", "strict": True, "schema": SCHEMA}


async def test_a_repair_that_fails_again_is_one_request_and_left_to_the_caller() -> None:
    async with endpoint("malformed", "malformed") as here:
        bad = await here.provider.ask(QUESTION)
        reply = await here.provider.repair(QUESTION, bad, "delivery: not a category", Answer)
        assert here.mock.stats.requests == 2
    with pytest.raises(ValueError, match="validation error"):
        Answer.model_validate_json(reply.content)


async def test_a_repair_meets_faults_as_a_question_does() -> None:
    bad = Reply("x", "", "stop", "", "", 0, 0, 0, 0, 1)
    async with endpoint("429", "500") as here:
        assert (await here.provider.repair(QUESTION, bad, "no JSON", Answer)).attempts == 3
    async with endpoint(only_key="another") as here:
        with pytest.raises(ProviderError, match="HTTP 401"):
            await here.provider.repair(QUESTION, bad, "no JSON", Answer)


async def test_the_server_never_sees_more_connections_than_workers() -> None:
    async with endpoint(concurrency=4) as here:
        questions = [replace(QUESTION, seed=number) for number in range(60)]
        workers = asyncio.Semaphore(4)

        async def ask(question: Question) -> Reply:
            async with workers:
                return await here.provider.ask(question)

        replies = await asyncio.gather(*map(ask, questions))
        assert here.mock.stats.connections <= 4
    assert len([json.loads(reply.content) for reply in replies]) == 60


async def test_a_proxy_in_the_environment_does_not_stand_between_this_machine_and_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with endpoint() as here:
        assert (await here.provider.ask(QUESTION)).attempts == 1


async def test_a_proxy_in_the_environment_stands_between_this_machine_and_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with serving(Config(latency=0)) as (url, mock):
        proxy = url.removesuffix("/v1")
        monkeypatch.setenv("http_proxy", proxy.replace("http://", "http://me:word@"))
        provider = OpenAIProvider("http://models.example/v1", key="k")  # a host that nobody finds: the proxy must
        assert json.loads((await provider.ask(QUESTION)).content)["delivery"] in ("online", "offline")
        await provider.close()
        assert mock.stats.ok == 1


@pytest.mark.parametrize(
    ("named", "address", "expected"),
    [
        ({}, "https://models.example/v1", None),
        ({"https_proxy": "proxy.example:3128"}, "https://models.example/v1", "http://proxy.example:3128"),
        ({"https_proxy": "http://proxy.example"}, "http://models.example/v1", None),
        ({"all_proxy": "http://proxy.example"}, "http://models.example/v1", "http://proxy.example"),
        ({"all_proxy": "http://proxy.example", "no_proxy": ".example"}, "http://models.example/v1", None),
    ],
)
def test_the_proxy_is_that_of_the_scheme_or_of_all_unless_the_host_is_excepted(
    monkeypatch: pytest.MonkeyPatch, named: dict[str, str], address: str, expected: str | None
) -> None:
    for scheme in ("http", "https", "all", "no"):
        for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper()):
            monkeypatch.delenv(name, raising=False)
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    assert proxy_of(address) == expected
