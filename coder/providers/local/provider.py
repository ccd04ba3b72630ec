"""The embedded model as a provider: weights found, server started, then the same client as for any endpoint."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from coder.errors import ProviderError
from coder.model import CodeProbability
from coder.prompting.labels import CITED
from coder.providers.estimate import estimate_tokens
from coder.providers.local import catalogue, download, weights
from coder.providers.local.filling import Filled, fill
from coder.providers.local.grammar import answer_fields
from coder.providers.local.passes import Passes, call
from coder.providers.local.probabilities import code_probabilities
from coder.providers.local.server import LlamaServer, ServerSettings, usable_cores
from coder.providers.openai_compatible import OpenAIProvider
from coder.providers.repairing import with_problem
from coder.run.protocols import AnswerForm, CallFailed, Question, Reply

if TYPE_CHECKING:
    from pydantic import BaseModel

CONTEXT = 8192


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
        properties = await asyncio.to_thread(call, self._server, "GET", "/props")
        self.context_tokens = int(properties["default_generation_settings"]["n_ctx"])

    async def ask(self, question: Question) -> Reply:
        """Answer one question, filled in step by step. Raises CallFailed, or ProviderError when the server is gone."""
        async with self._turn:
            try:
                return await asyncio.to_thread(self._fill, question)
            except ProviderError as error:
                raise self._explained(error) from None

    async def write(self, question: Question) -> Reply:
        """Answer one question under the grammar alone, every bracket written by the model. Raises as `ask` does."""
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
        return len(call(self._server, "POST", "/tokenize", {"content": text})["tokens"])

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

    # one answer

    def _fill(self, question: Question) -> Reply:
        began, passes = time.perf_counter(), self._passes(question)
        prompt = passes.prompt(question.messages)
        answer = fill(prompt, question.schema, passes.weigh, passes.cite, passes.write)
        return Reply(
            content=answer.content,
            refusal="",
            finish_reason="stop" if passes.whole else "length",
            served_model=passes.served_model,
            fingerprint="",
            prompt_tokens=passes.prompt_tokens,
            cached_tokens=passes.cached_tokens,
            completion_tokens=passes.completion_tokens,
            milliseconds=round((time.perf_counter() - began) * 1000),
            attempts=1,
            probabilities=self._all_probabilities(passes, prompt, question, answer),
        )

    def _all_probabilities(
        self, passes: Passes, prompt: str, question: Question, answer: Filled
    ) -> tuple[CodeProbability, ...]:
        """Where they are asked for: those of the codes weighed on the way, and of the labels in written lists."""
        if not question.confidence:
            return ()
        weighed = {one.dimension: one for one in answer.probabilities}
        lists = {name: node for name, node in question.schema["properties"].items() if name not in weighed}
        found = code_probabilities(prompt, answer.content, {"properties": lists}, passes.weigh)
        order = list(question.schema["properties"])
        return tuple(
            sorted((*answer.probabilities, *found), key=lambda one: order.index(one.dimension.removesuffix(CITED)))
        )

    async def _with_confidence(self, question: Question, reply: Reply) -> Reply:
        """A repaired reply with the probabilities of its codes, where they are asked for; the time they take counts."""
        if not question.confidence or not reply.content:
            return reply
        began = time.perf_counter()
        try:
            found = await asyncio.to_thread(self._measured, question, reply.content)
        except (ProviderError, CallFailed, LookupError, TypeError):  # the answer is there and stays
            self.adjusted.add("confidence")
            return reply
        extra = round((time.perf_counter() - began) * 1000)
        return replace(reply, milliseconds=reply.milliseconds + extra, probabilities=found)

    def _measured(self, question: Question, answer: str) -> tuple[CodeProbability, ...]:
        passes = self._passes(question)
        return code_probabilities(passes.prompt(question.messages), answer, question.schema, passes.weigh)

    def _passes(self, question: Question) -> Passes:
        return Passes(self._started(), self._timeout_s, question.max_tokens, question.seed, question.temperature)
