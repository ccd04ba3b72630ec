"""The embedded model as a provider: weights found, server started, then the same client as for any endpoint."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from coder.errors import ProviderError
from coder.model import CodeProbability
from coder.providers.estimate import estimate_tokens
from coder.providers.local import catalogue, download, weights
from coder.providers.local.grammar import answer_fields
from coder.providers.local.probabilities import Tokens, closing_tokens, code_probabilities
from coder.providers.local.server import LlamaServer, ServerSettings, usable_cores
from coder.providers.openai_compatible import OpenAIProvider
from coder.providers.repairing import with_problem
from coder.run.protocols import AnswerForm, Question, Reply

if TYPE_CHECKING:
    from pydantic import BaseModel

CONTEXT = 8192
TOKENIZE_S = 60.0
CERTAIN = 100.0
"""Added to the logits of all candidates alike: none is left out, and their ratios stay."""


class LocalProvider:
    """A model on this machine; no text leaves it.

    `path` names any GGUF file instead of a known model. Questions are asked one at a time: the server has one slot, and
    the time spent waiting for it must not count as the endpoint's. `may_download` lets `start` fetch the publisher's
    file where the packages are absent; `progress` hears of bytes done and bytes in all.
    """

    host = "this machine"
    form: AnswerForm = "compact"

    def __init__(
        self,
        model: str = catalogue.DEFAULT,
        *,
        path: Path | None = None,
        context: int | None = None,
        threads: int | None = None,
        timeout_s: float = 600.0,
        progress: weights.Progress | None = None,
        may_download: bool = False,
    ) -> None:
        self.context_tokens: int | None = context or CONTEXT
        self._name = model
        self._path = path
        self._threads = threads or usable_cores()
        self._timeout_s = timeout_s
        self._progress = progress
        self._may_download = may_download
        self.adjusted: set[str] = set()
        self._closing: Tokens = ()
        self._turn = asyncio.Lock()
        self._server: LlamaServer | None = None
        self._endpoint: OpenAIProvider | None = None

    @property
    def base_url(self) -> str:
        """Where the running server speaks the OpenAI protocol, on loopback. ProviderError before `start`."""
        return f"{self._started().address}/v1"

    @property
    def key(self) -> str:
        """What the running server asks for. ProviderError before `start`."""
        return self._started().key

    async def start(self) -> None:
        """Find or join the weights, start the server, learn its context. Raises ProviderError."""
        if self._server is not None:
            return
        self._server = await asyncio.to_thread(self._launch)
        self._endpoint = OpenAIProvider(
            f"{self._server.address}/v1",
            key=self._server.key,
            timeout_s=self._timeout_s,
            concurrency=1,
            answer_fields=answer_fields,
        )
        properties = await asyncio.to_thread(self._call, "GET", "/props")
        self.context_tokens = int(properties["default_generation_settings"]["n_ctx"])

    async def ask(self, question: Question) -> Reply:
        """Answer one question. Raises CallFailed, or ProviderError when the server is gone."""
        async with self._turn:
            try:
                reply = await self._running().ask(replace(question, confidence=False))
                return await self._with_confidence(question, reply)
            except ProviderError as error:
                raise self._explained(error) from None

    async def repair(self, question: Question, bad: Reply, problem: str, response_model: type[BaseModel]) -> Reply:
        """Ask once more with the problem. Raises as `ask` does."""
        async with self._turn:
            try:
                plain = replace(question, confidence=False)
                reply = await self._running().repair(plain, bad, problem, response_model)
                return await self._with_confidence(with_problem(question, bad, problem), reply)
            except ProviderError as error:
                raise self._explained(error) from None

    def count_tokens(self, text: str) -> int:
        """Exact once started; before that an estimate."""
        if self._server is None:
            return estimate_tokens(text)
        return len(self._call("POST", "/tokenize", {"content": text})["tokens"])

    async def close(self) -> None:
        """Stop the server; its process is gone when this returns."""
        endpoint, server = self._endpoint, self._server
        self._endpoint = self._server = None
        if endpoint is not None:
            await endpoint.close()
        if server is not None:
            await asyncio.to_thread(server.stop)

    def _launch(self) -> LlamaServer:
        path = self._path or self._find()
        weights.check_gguf(path)
        alias = path.stem if self._path else self._name
        return LlamaServer.start(ServerSettings(path, alias, self.context_tokens or CONTEXT, self._threads))

    def _find(self) -> Path:
        wanted = catalogue.known(self._name)
        if found := weights.cached(wanted):
            return found
        if self._may_download and wanted.url and not weights.installed(wanted):
            return download.download(wanted, self._progress)
        return weights.join(wanted, self._progress)

    def _started(self) -> LlamaServer:
        if self._server is None:
            raise ProviderError("the local model is not running", "start it before asking")
        return self._server

    def _running(self) -> OpenAIProvider:
        if self._endpoint is None:
            raise ProviderError("the local model is not running", "start it before asking")
        return self._endpoint

    def _explained(self, error: ProviderError) -> ProviderError:
        """Why the server is gone says more than that nobody answers."""
        reason = self._server.failure() if self._server else ""
        if not reason:
            return error
        return ProviderError(
            f"the local model stopped: {reason}",
            "free some memory or set a smaller `context` under [model], then run the same command again",
        )

    # probabilities of the codes in an answer

    async def _with_confidence(self, question: Question, reply: Reply) -> Reply:
        """The reply with the probabilities of its codes, where they are asked for; the time they take counts."""
        if not question.confidence or not reply.content:
            return reply
        began = time.perf_counter()
        try:
            found = await asyncio.to_thread(self._probabilities, question, reply.content)
        except (ProviderError, LookupError, TypeError):  # the answer is there and stays; a server gone is found next
            self.adjusted.add("confidence")
            return reply
        extra = round((time.perf_counter() - began) * 1000)
        return replace(reply, milliseconds=reply.milliseconds + extra, probabilities=found)

    def _probabilities(self, question: Question, answer: str) -> tuple[CodeProbability, ...]:
        template = self._call("POST", "/apply-template", {"messages": list(question.messages)})
        self._closing = self._closing or closing_tokens(self._tokens)
        return code_probabilities(
            template["prompt"], answer, question.schema, self._tokens, self._following, self._closing
        )

    def _tokens(self, text: str) -> Tokens:
        """The text as tokens, read as the server reads a prompt."""
        body = {"content": text, "add_special": True, "parse_special": True}
        return tuple(self._call("POST", "/tokenize", body)["tokens"])

    def _following(self, tokens: Tokens, candidates: Sequence[int]) -> Mapping[int, float]:
        """The probability of each candidate to come next, among the candidates: one forward pass."""
        body = {
            "prompt": list(tokens),
            "n_predict": 1,
            "temperature": 1,
            "samplers": ["temperature"],
            "n_probs": len(candidates),
            "post_sampling_probs": True,
            "cache_prompt": True,
            "logit_bias": [[token, CERTAIN] for token in candidates],
        }
        answer = self._call("POST", "/completion", body, self._timeout_s)
        return {one["id"]: one["prob"] for one in answer["completion_probabilities"][0]["top_probs"]}

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, timeout_s: float = TOKENIZE_S
    ) -> dict[str, Any]:
        """One small request outside the OpenAI protocol. Raises ProviderError where it is not answered."""
        server = self._started()
        connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=timeout_s)
        try:
            headers = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
            if response.status != http.HTTPStatus.OK:
                raise ValueError(f"HTTP {response.status} to {path}")
            return answer
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise self._explained(ProviderError(f"the local model does not answer ({error})", "run it again")) from None
        finally:
            connection.close()
