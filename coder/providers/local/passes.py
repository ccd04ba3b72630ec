"""The embedded server's own endpoints, outside the OpenAI protocol: tokens, single passes, values by grammar."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from coder.errors import ProviderError
from coder.providers.local.filling import Schema
from coder.providers.local.grammar import value_behind
from coder.providers.local.probabilities import (
    BRACKETS,
    Tokens,
    closing_tokens,
    distribution,
    distribution_at,
    number_tails,
)
from coder.providers.local.server import LlamaServer
from coder.run.protocols import CallFailed

TOKENIZE_S = 60.0
_SPECIAL = re.compile(r"<\|[^<>|\s]+\|>")
CERTAIN = 100.0
"""Added to the logits of all candidates alike: none is left out, and their ratios stay."""


class Passes:
    """What one answer asks of the server, and what it took.

    `prompt_tokens` are those of the answer's prompt, `cached_tokens` those of them that the server had read before,
    `completion_tokens` those that the model wrote or weighed. Raises ProviderError where the server does not answer,
    CallFailed where this text is too long for it or there is no room for the answer left.
    """

    def __init__(self, server: LlamaServer, timeout_s: float, room: int, seed: int | None, temperature: float) -> None:
        self._server = server
        self._timeout_s = timeout_s
        self._room = room
        self._sampling = {"temperature": temperature} | ({} if seed is None else {"seed": seed})
        self.prompt_tokens = self.cached_tokens = self.completion_tokens = 0
        self.served_model = ""
        self.whole = True

    def prompt(self, messages: Sequence[Mapping[str, str]]) -> str:
        """The conversation as the model reads it."""
        return str(call(self._server, "POST", "/apply-template", {"messages": list(messages)})["prompt"])

    def tokens(self, text: str) -> Tokens:
        """The text as tokens, read as the server reads a prompt.

        A special token, such as the one that opens the model's turn, parts what stands before it from what follows:
        each is read by itself. What stands before the last is the same for all that one answer asks, a hundred times
        as long as the rest, and read once.
        """
        end = max((match.end() for match in _SPECIAL.finditer(text)), default=0)
        head, tail = text[:end], text[end:]
        if head and head == self._server.read[0]:
            return (*self._server.read[1], *self._tokenised(tail, first=False))
        tokens, rest = self._tokenised(text, first=True), self._tokenised(tail, first=False) if head else ()
        if rest and tokens[-len(rest) :] == rest:
            self._server.read = head, tokens[: -len(rest)]
        return tokens

    def _tokenised(self, text: str, *, first: bool) -> Tokens:
        body = {"content": text, "add_special": first, "parse_special": True}
        return tuple(call(self._server, "POST", "/tokenize", body)["tokens"])

    def following(self, tokens: Tokens, candidates: Sequence[int]) -> Mapping[int, float]:
        """The probability of each candidate to come next, among the candidates: one forward pass."""
        answer = self._complete(
            {
                "prompt": list(tokens),
                "n_predict": 1,
                "temperature": 1,
                "samplers": ["temperature"],
                "n_probs": len(candidates),
                "post_sampling_probs": True,
                "logit_bias": [[token, CERTAIN] for token in candidates],
            }
        )
        return {one["id"]: one["prob"] for one in answer["completion_probabilities"][0]["top_probs"]}

    def weigh(self, text: str, options: Sequence[str]) -> Mapping[str, float]:
        """The probability of each code behind an open quote, see `distribution_at`."""
        return distribution_at(text, options, self.tokens, self.following, self.closing())

    def cite(self, text: str, numbers: range) -> Mapping[str, float]:
        """The probability of each of these numbers behind an open bracket; empty where it cannot be told."""
        start, known = self.tokens(text), self._server.numbers
        if self.tokens(f"{text}{numbers[0]}]")[: len(start)] != start:
            return {}
        if len(known) < numbers[-1]:
            known = self._server.numbers = number_tails(self.tokens, max(numbers[-1], 40))
        if not self._server.brackets:
            self._server.brackets = closing_tokens(self.tokens, BRACKETS)
        tails = {str(number): known[str(number)] for number in numbers}
        return distribution(tails, lambda path, ids: self.following((*start, *path), ids), self._server.brackets)

    def write(self, text: str, space: str, schema: Schema) -> str:
        """The space and a value by this schema, as the model writes them behind the text."""
        if self._room <= 0:
            self.whole = False
            return f"{space}null"
        wanted = {"prompt": list(self.tokens(text)), "n_predict": self._room, "grammar": value_behind(space, schema)}
        flat = schema.get("items", {}) and schema["items"].get("type") == "integer"
        end = "]" if flat else ""  # said to the server, it spares the pass in which the model ends its turn
        answer = self._complete(wanted | self._sampling | ({"stop": [end]} if flat else {}))
        self._room -= int(answer["tokens_predicted"])
        self.whole = self.whole and answer["stop_type"] != "limit"
        return f"{answer['content']}{end}"

    def closing(self) -> Tokens:
        """The tokens that end a code; the vocabulary is the same for as long as the server lives."""
        if not self._server.closing:
            self._server.closing = closing_tokens(self.tokens)
        return self._server.closing

    def _complete(self, body: dict[str, Any]) -> dict[str, Any]:
        answer = call(self._server, "POST", "/completion", body | {"cache_prompt": True}, self._timeout_s)
        if not self.prompt_tokens:
            self.prompt_tokens = int(answer["tokens_evaluated"])
            self.cached_tokens = int(answer["timings"]["cache_n"])
        self.completion_tokens += int(answer["tokens_predicted"])
        self.served_model = str(answer.get("model", ""))
        return answer


def call(
    server: LlamaServer, method: str, path: str, body: dict[str, Any] | None = None, timeout_s: float = TOKENIZE_S
) -> dict[str, Any]:
    """One request. Raises CallFailed where the text is too long, ProviderError where there is no answer."""
    connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=timeout_s)
    try:
        headers = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
    except TimeoutError:
        raise CallFailed(f"no answer within {timeout_s:g} s") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise ProviderError(f"the local model does not answer ({error})", "run it again") from None
    finally:
        connection.close()
    if response.status == http.HTTPStatus.OK:
        return answer
    problem = answer.get("error")
    fault = problem if isinstance(problem, dict) else {}
    if fault.get("type") == "exceed_context_size_error":
        raise CallFailed(f"the text needs {fault.get('n_prompt_tokens')} tokens, the context has {fault.get('n_ctx')}")
    raise CallFailed(f"the local model refused the request (HTTP {response.status}: {fault.get('message', '')})")
