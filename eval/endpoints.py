"""The endpoint under test: the embedded model, or any address that speaks the OpenAI protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from coder.errors import InputError, ProviderError
from coder.providers.keys import key_for
from coder.providers.local.catalogue import DEFAULT
from coder.providers.local.provider import LocalProvider
from coder.providers.openai_compatible import OpenAIProvider
from coder.run.protocols import CallFailed, Provider, Question

PROBE = Question(
    messages=({"role": "user", "content": "Say ok."},),
    schema={
        "type": "object",
        "properties": {"answer": {"type": "string", "enum": ["ok"]}},
        "required": ["answer"],
        "additionalProperties": False,
    },
    model="",
    temperature=0.0,
    max_tokens=16,
    seed=None,
)


@dataclass(frozen=True)
class Endpoint:
    """A started provider, the address and key beneath it, and what it says that it serves."""

    provider: Provider
    base_url: str
    key: str
    model: str
    served_model: str = ""
    fingerprint: str = ""


@asynccontextmanager
async def reach(model: str = "", base_url: str = "") -> AsyncIterator[Endpoint]:
    """A started endpoint: the embedded model by name or GGUF file, or the `model` at `base_url`.

    Asks one question of a few tokens, to learn which model answers. Raises ProviderError and InputError.
    """
    provider, model = _provider(model, base_url)
    try:
        await provider.start()
        if isinstance(provider, LocalProvider):
            address, key = provider.base_url, provider.key
        else:
            address, key = base_url, key_for(base_url)
        try:
            reply = await provider.ask(_probe(model))
        except CallFailed as error:
            raise ProviderError(f"{provider.host}: {error.reason}", "see that the model answers at all") from None
        yield Endpoint(provider, address, key, model, reply.served_model, reply.fingerprint)
    finally:
        await provider.close()


def _provider(model: str, base_url: str) -> tuple[LocalProvider | OpenAIProvider, str]:
    if base_url:
        if not model:
            raise InputError("--base-url needs --model", "name the model as the endpoint calls it")
        return OpenAIProvider(base_url, concurrency=1), model
    if model.endswith(".gguf"):
        return LocalProvider(path=Path(model)), Path(model).stem
    return LocalProvider(model or DEFAULT), model or DEFAULT


def _probe(model: str) -> Question:
    return Question(PROBE.messages, PROBE.schema, model, PROBE.temperature, PROBE.max_tokens, PROBE.seed)
