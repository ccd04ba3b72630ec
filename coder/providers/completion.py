"""What an endpoint answers, as far as it is read, and the reply that the runner sees."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, Field

from coder.model import CodeProbability
from coder.providers.positions import code_positions
from coder.providers.spelling import spelled_probabilities
from coder.run.protocols import Question, Reply

_FENCED = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*", re.DOTALL)


class Message(BaseModel):
    """What the model said, or that it would not."""

    content: str | None = None
    refusal: str | None = None


class Token(BaseModel):
    """A token with the natural logarithm of its probability."""

    token: str
    bytes: list[int] | None = None
    logprob: float


class Logprobs(BaseModel):
    """The tokens of the content, in order."""

    content: list[Token] | None = None


class Choice(BaseModel):
    """One answer; we ask for one."""

    message: Message
    finish_reason: str | None = None
    logprobs: Logprobs | None = None


class PromptDetails(BaseModel):
    """How many tokens of the prompt the endpoint had in its cache."""

    cached_tokens: int | None = None


class Usage(BaseModel):
    """The endpoint's own counts."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: PromptDetails | None = None


class Completion(BaseModel):
    """A chat completion. Only what is used is read: building the client's own type costs as much as all the rest."""

    choices: list[Choice] = Field(min_length=1)
    model: str | None = None
    system_fingerprint: str | None = None
    usage: Usage | None = None


def reply(question: Question, completion: Completion, milliseconds: int, attempts: int) -> Reply:
    """The reply to a question, out of a fence where the model put its answer into one."""
    choice, usage = completion.choices[0], completion.usage or Usage()
    content, refusal = choice.message.content or "", choice.message.refusal or ""
    if choice.finish_reason == "content_filter":
        refusal = refusal or "stopped by the endpoint's content filter"
    fenced = _FENCED.fullmatch(content)
    span = slice(*fenced.span(1)) if fenced else slice(0, len(content))
    details = usage.prompt_tokens_details
    return Reply(
        content=content[span],
        refusal=refusal,
        finish_reason=choice.finish_reason or "",
        served_model=completion.model or "",
        fingerprint=completion.system_fingerprint or "",
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=(details.cached_tokens or 0) if details else 0,
        completion_tokens=usage.completion_tokens,
        milliseconds=milliseconds,
        attempts=attempts,
        probabilities=_probabilities(question, choice, content, span),
    )


def filtered(reason: str, milliseconds: int, attempts: int) -> Reply:
    """The reply to a text that the endpoint's filter would not pass."""
    return Reply("", reason, "content_filter", "", "", 0, 0, 0, milliseconds, attempts)


def _probabilities(
    question: Question, choice: Choice, content: str, span: slice[Any, Any, Any]
) -> tuple[CodeProbability, ...]:
    """Those of the codes in this span of the content, where they were asked for and the tokens' own came with it."""
    if not question.confidence or choice.logprobs is None or not choice.logprobs.content:
        return ()
    tokens = [
        (bytes(one.bytes) if one.bytes else one.token.encode("utf-8", "surrogatepass"), one.logprob)
        for one in choice.logprobs.content
    ]
    return spelled_probabilities(content, code_positions(content[span], question.schema), tokens, span.start)
