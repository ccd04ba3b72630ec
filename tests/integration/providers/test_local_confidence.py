"""The embedded model's probabilities over HTTP: a loopback stand-in of its server, and the real one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from coder.codebook import parse_codebook
from coder.model import Segment
from coder.prompting import build_prompt
from coder.providers.local import catalogue, weights
from coder.providers.local.provider import LocalProvider
from coder.providers.local.server import LlamaServer
from coder.run.protocols import CallFailed, Question
from tests.toy_model import ToyModel

BOOK = """\
name: courses
version: 1
dimensions:
  - id: place
    kind: nominal
    question: Where is the course held?
    absent: {}
    categories: [{id: online, label: Online}, {id: on_site, label: On site}]
  - id: topics
    kind: multilabel
    question: What is taught?
    categories: [{id: statistics, label: Statistics}, {id: cooking, label: Cooking}]
"""
SEGMENTS = (
    Segment(number=1, text="The course is held on site, in Vienna.", start=0, end=38),
    Segment(number=2, text="It teaches statistics.", start=39, end=61),
)
ANSWER = '{"place":[[1],"on_site"],"topics":[[[2],"statistics"]]}'


PROMPT = build_prompt(parse_codebook(BOOK, "b"), "compact", "brief")


def question(confidence: bool = True) -> Question:
    return Question(PROMPT.messages(SEGMENTS, {}), PROMPT.schema_for(SEGMENTS), "m", 0.0, 60, 1, confidence)


class StandIn(ThreadingHTTPServer):
    """llama.cpp's endpoints over a toy model; `broken` are paths that answer 500."""

    key = "k"
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        vocabulary = ["on", "line", "_site", "absent", "statistics", "cooking", '],"', '"],"', '[[[2],"', "<user>"]
        chances = {
            '[1],"': {"on": 0.7, "absent": 0.3},
            '[1],"on': {"line": 0.4, "_site": 0.6},
            '[[[2],"': {"statistics": 0.99, "cooking": 0.01},
        }
        self.model = ToyModel(vocabulary, chances)
        self.broken: set[str] = set()
        self.stop_type = "eos"
        self.too_long = False
        self.closing: tuple[int, ...] = ()
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.address = f"http://127.0.0.1:{self.server_port}"

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [body for where, body in self.requests if where == path]

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        match path:
            case "/props":
                return {"default_generation_settings": {"n_ctx": 4096}}
            case "/apply-template":
                return {"prompt": "".join(f"<user>{turn['content']}" for turn in body["messages"])}
            case "/tokenize":
                return {"tokens": self.model.tokenise(body["content"])}
            case "/completion" if "grammar" in body:
                return self.written(self.model.text(body["prompt"]))
            case "/completion":
                biased = [token for token, bias in body["logit_bias"] if bias == 100]
                found = self.model.following(body["prompt"], biased)
                top = [{"id": token, "prob": chance} for token, chance in found.items()]
                return self.completed("") | {"completion_probabilities": [{"top_probs": top[: body["n_probs"]]}]}
        message = {"role": "assistant", "content": ANSWER}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}

    def written(self, text: str) -> dict[str, Any]:
        """What the model writes: the part of its answer that is not there yet, up to the next code or the end."""
        done = next(ANSWER[:size] for size in range(len(ANSWER), -1, -1) if text.endswith(ANSWER[:size]))
        rest = ANSWER[len(done) :]
        return self.completed("[1" if rest.startswith("[1]") else rest[: -len("}")])  # "]" is said to end it

    def completed(self, content: str) -> dict[str, Any]:
        spent = {"tokens_predicted": 1, "tokens_evaluated": 50, "timings": {"cache_n": 7}}
        return spent | {"content": content, "stop_type": self.stop_type, "model": "toy"}

    def failure(self) -> str:
        return ""

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """Routes to the stand-in."""

    server: StandIn

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or "{}")
        self.server.requests.append((self.path, body))
        if self.headers["Authorization"] != f"Bearer {self.server.key}":
            status, answer = 401, {"error": {"message": "Invalid API Key"}}
        elif self.path in self.server.broken:
            status, answer = 500, {"error": {"message": "not now"}}
        elif self.server.too_long and self.path == "/completion":
            fault = {"type": "exceed_context_size_error", "n_prompt_tokens": 9000, "n_ctx": 4096}
            status, answer = 400, {"error": fault}
        else:
            status, answer = 200, self.server.answer(self.path, body)
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    server = StandIn()
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    monkeypatch.setattr(LlamaServer, "start", lambda settings: server)
    yield server
    server.stop()
    serving.join()


@pytest.fixture
async def provider(stand_in: StandIn, tmp_path: Path) -> Any:
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    started = LocalProvider(path=tmp_path / "m.gguf")
    await started.start()
    yield started
    await started.close()


async def test_every_code_of_an_answer_has_its_probability_in_order(provider: LocalProvider) -> None:
    reply = await provider.ask(question())
    assert reply.content == ANSWER
    found = {one.code: one for one in reply.probabilities}
    assert list(found) == ["on_site", "statistics"]
    assert found["on_site"].distribution == pytest.approx({"online": 0.28, "on_site": 0.42, "absent": 0.3})
    assert (found["statistics"].dimension, found["statistics"].probability) == ("topics", pytest.approx(0.99))


async def test_the_passes_ask_for_one_token_among_the_candidates_behind_the_prompt_as_sent(
    provider: LocalProvider, stand_in: StandIn
) -> None:
    await provider.ask(question())
    *_, last = stand_in.bodies("/completion")
    template = "".join(f"<user>{turn['content']}" for turn in question().messages)
    assert stand_in.model.text(last["prompt"]) == template + ANSWER[: ANSWER.index("statistics")]
    assert {token for token, _ in last["logit_bias"]} == {*stand_in.model.tokenise("statistics")} | {
        *stand_in.model.tokenise("cooking")
    }
    settings = ("n_predict", "temperature", "samplers", "n_probs", "post_sampling_probs", "cache_prompt")
    assert [last[name] for name in settings] == [1, 1, ["temperature"], 2, True, True]


async def test_the_model_writes_under_a_grammar_with_the_questions_seed_and_what_room_is_left(
    provider: LocalProvider, stand_in: StandIn
) -> None:
    await provider.ask(question())
    first, second = [body for body in stand_in.bodies("/completion") if "grammar" in body]
    assert [first[name] for name in ("n_predict", "temperature", "seed", "cache_prompt")] == [60, 0.0, 1, True]
    assert second["n_predict"] == 59  # the first value took one token
    assert first["stop"] == ["]"]
    assert "stop" not in second
    assert '"maximum": 2' in first["grammar"]  # no sentence beyond the text's two


async def test_a_reply_counts_the_prompt_once_and_every_token_that_was_written_or_weighed(
    provider: LocalProvider, stand_in: StandIn
) -> None:
    reply = await provider.ask(question(confidence=False))
    assert (reply.prompt_tokens, reply.cached_tokens, reply.served_model) == (50, 7, "toy")
    assert reply.completion_tokens == len(stand_in.bodies("/completion"))  # the stand-in says one a request
    assert (reply.finish_reason, reply.attempts) == ("stop", 1)


async def test_an_answer_cut_off_says_so(provider: LocalProvider, stand_in: StandIn) -> None:
    stand_in.stop_type = "limit"
    assert (await provider.ask(question())).finish_reason == "length"


async def test_no_probability_is_told_that_nobody_asked_for(provider: LocalProvider) -> None:
    reply = await provider.ask(question(confidence=False))
    assert (reply.content, reply.probabilities) == (ANSWER, ())


async def test_a_repaired_answer_is_measured_behind_the_conversation_it_ended(
    provider: LocalProvider, stand_in: StandIn
) -> None:
    bad = await provider.ask(question(confidence=False))
    good = await provider.repair(question(), bad, "no such sentence", PROMPT.response_model)
    assert [one.code for one in good.probabilities] == ["on_site", "statistics"]
    assert "no such sentence" in stand_in.model.text(stand_in.bodies("/completion")[-1]["prompt"])


@pytest.mark.parametrize("path", ["/apply-template", "/tokenize", "/completion"])
async def test_a_repaired_answer_is_kept_where_its_probabilities_cannot_be_had(
    provider: LocalProvider, stand_in: StandIn, path: str
) -> None:
    bad = await provider.ask(question(confidence=False))
    stand_in.broken.add(path)
    reply = await provider.repair(question(), bad, "no such sentence", PROMPT.response_model)
    assert (reply.content, reply.probabilities) == (ANSWER, ())
    assert provider.adjusted == {"confidence"}


async def test_a_request_that_the_server_refuses_fails_this_call_and_not_the_run(
    provider: LocalProvider, stand_in: StandIn
) -> None:
    stand_in.broken.add("/completion")
    with pytest.raises(CallFailed, match="HTTP 500: not now"):
        await provider.ask(question())


async def test_a_text_too_long_for_the_context_says_by_how_much(provider: LocalProvider, stand_in: StandIn) -> None:
    stand_in.too_long = True
    with pytest.raises(CallFailed, match="needs 9000 tokens, the context has 4096"):
        await provider.ask(question())


@pytest.mark.model
async def test_the_real_models_own_code_is_the_likeliest_and_the_probabilities_sum_to_one() -> None:
    if not (weights.cached(catalogue.QWEN_1_5B) or weights.installed(catalogue.QWEN_1_5B)):
        pytest.skip("the weights are not installed")
    provider = LocalProvider(context=1024)
    await provider.start()
    try:
        plain = await provider.ask(question(confidence=False))
        reply = await provider.ask(question())
        again = await provider.ask(question())
    finally:
        await provider.close()
    assert reply.content == plain.content  # measuring changes no answer
    assert {one.dimension for one in reply.probabilities} == {"place", "topics"}
    for one in reply.probabilities:
        assert sum(one.distribution.values()) == pytest.approx(1)
        # the answer was written greedily, token by token: a code of several tokens may lie a little behind another
        assert one.probability >= max(one.distribution.values()) - 0.1
    # what stands in the cache was computed in other batches: the last digits differ (0.002 was seen)
    assert [one.probability for one in again.probabilities] == pytest.approx(
        [one.probability for one in reply.probabilities], abs=0.05
    )
