"""The embedded model as a provider: weights found, server started, then the same client as for any endpoint."""

from __future__ import annotations

import asyncio
import http.client
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from coder.errors import ProviderError
from coder.providers.estimate import estimate_tokens
from coder.providers.local import catalogue, download, weights
from coder.providers.local.grammar import answer_fields
from coder.providers.local.server import LlamaServer, ServerSettings, usable_cores
from coder.providers.openai_compatible import OpenAIProvider
from coder.run.protocols import AnswerForm, Question, Reply

if TYPE_CHECKING:
    from pydantic import BaseModel

CONTEXT = 8192
TOKENIZE_S = 60.0


class LocalProvider:
    """A model on this machine; no text leaves it.

    `path` names any GGUF file instead of a known model. Questions are asked one at a time: the server has one slot, and
    the time spent waiting for it must not count as the endpoint's. `may_download` lets `start` fetch the publisher's
    file where the packages are absent; `progress` hears of bytes done and bytes in all.
    """

    host = "this machine"
    form: AnswerForm = "compact"
    adjusted: frozenset[str] = frozenset()

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
                return await self._running().ask(question)
            except ProviderError as error:
                raise self._explained(error) from None

    async def repair(self, question: Question, bad: Reply, problem: str, response_model: type[BaseModel]) -> Reply:
        """Ask once more with the problem. Raises as `ask` does."""
        async with self._turn:
            try:
                return await self._running().repair(question, bad, problem, response_model)
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

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One small request outside the OpenAI protocol (milliseconds: it does not wait for the model)."""
        server = self._started()
        connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=TOKENIZE_S)
        try:
            headers = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
            return answer
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise self._explained(ProviderError(f"the local model does not answer ({error})", "run it again")) from None
        finally:
            connection.close()
