"""A loopback stand-in for an OpenAI-compatible endpoint, for tests and load runs. Standard library only.

In a test:

    async with serving(Config(script=("429", "500"))) as (url, mock):
        ...
        assert mock.stats.ok == 1

By hand: `python tests/mock_openai.py --port 8080 --latency 0.2 --max-concurrency 200 --rate-429 0.05`.

POST .../chat/completions answers `response_format` json_schema, json_object (with the schema pasted in a message) and
free text with a valid instance of the schema, on `logprobs` as tokens of four characters at -0.1 each; string fields named by `quote_fields` hold a verbatim piece of the last
user message. Faults come from `script`, one a request, then by the rates: a function of (seed, prompt, attempt number),
so that a rerun gives the same ones whatever the arrival order. With `key`, any other key gets a 401 that repeats it, as
careless servers do; `careless` ones repeat it everywhere. GET .../models, GET /stats (counters; `duplicates` = prompts already answered 200: work paid
twice), POST /reset.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import marshal
import re
import sys
import threading
import time
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

if not __package__:  # a program run by its path: the folder above is not searched then
    sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.mock_answers import (
    CANNED,
    MALFORMED,
    QUOTE,
    Json,
    completion,
    instance,
    repeating,
    schema_in_text,
    spoiled,
    text_of,
)

Served = TypeVar("Served")
REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    411: "Length Required",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


@dataclass
class Config:
    host: str = "127.0.0.1"
    port: int = 0  # 0: any free port
    latency: float = 0.2  # seconds of service per request
    max_concurrency: int = 0  # 0: no limit; more requests than this wait in a queue
    overload_429: bool = False  # answer 429 instead of queueing
    rpm: int = 0  # admitted requests per sliding minute; 0: no limit
    rate_429: float = 0.0
    retry_after: float = 1.0  # seconds, sent as Retry-After (whole) and retry-after-ms
    rate_500: float = 0.0
    rate_malformed: float = 0.0
    malformed: tuple[str, ...] = MALFORMED
    rate_drop: float = 0.0  # close the connection without an answer
    rate_hang: float = 0.0  # never answer
    seed: int = 0
    variants: int = 8  # enum choices vary over this many seeds, by prompt
    plain_reply: str = "ok"  # answer where no schema can be found
    script: tuple[str, ...] = ()  # what happens to the first requests, see CANNED
    key: str = ""  # the only key taken; "": any
    careless: bool = False  # every error and every answer repeats the key
    quote_fields: str = r"quote|evidence|excerpt|span"


@dataclass
class Stats:
    requests: int = 0
    ok: int = 0
    malformed: int = 0
    duplicates: int = 0
    connections: int = 0
    first: float = 0.0  # time.time() of the first request and the last answer
    last: float = 0.0
    in_flight: int = 0
    peak_in_flight: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    status: dict[str, int] = field(default_factory=dict)


class Mock:
    """Counters, fault policy and answers; connections are handled by `Connection`."""

    def __init__(self, config: Config) -> None:
        self.config, self.stats = config, Stats()
        self.loop = asyncio.get_running_loop()
        self.waiting: deque[Callable[[], None]] = deque()
        self.quote = re.compile(config.quote_fields)
        self.port = config.port
        self.open: set[asyncio.Transport] = set()
        self.reset()

    def reset(self) -> None:
        self.stats = Stats(in_flight=self.stats.in_flight)
        self.attempts: dict[int, int] = {}
        self.answered: set[int] = set()
        self.prefixes: set[int] = set()
        self.window: deque[float] = deque()
        self.bodies: dict[tuple[str | bytes, int], str] = {}
        self.keys: set[str] = set()
        self.requests: deque[Json] = deque(maxlen=100)

    def chat(self, body: bytes, reply: Callable[..., None], drop: Callable[[], None]) -> None:
        """Decide the fate of one request and arrange for `reply` (or `drop`) to be called."""
        c, s = self.config, self.stats
        s.requests += 1
        s.first = s.first or time.time()
        prompt = zlib.crc32(body) << 32 | zlib.adler32(body)
        attempt = self.attempts[prompt] = self.attempts.get(prompt, 0) + 1
        draw = zlib.crc32(b"%d:%d:%d" % (c.seed, prompt, attempt)) / 2**32
        scripted = c.script[s.requests - 1] if s.requests <= len(c.script) else ""
        if self.limited(scripted, draw):
            self.refuse_for_now(reply)
            return
        if c.rpm:
            self.window.append(self.loop.time())
        fault = scripted or self.fault(draw)

        def start() -> None:
            s.in_flight += 1
            s.peak_in_flight = max(s.peak_in_flight, s.in_flight)
            if fault != "hang":
                self.loop.call_later(c.latency, finish)

        def finish() -> None:
            s.in_flight -= 1
            if self.waiting and (not c.max_concurrency or s.in_flight < c.max_concurrency):
                self.waiting.popleft()()
            if fault == "drop":
                drop()
            elif fault in CANNED:
                reply(*CANNED[fault])
            else:
                reply(*self.outcome(body, prompt, fault, attempt))

        if c.max_concurrency and s.in_flight >= c.max_concurrency:
            self.waiting.append(start)
        else:
            start()

    def limited(self, scripted: str, draw: float) -> bool:
        """Whether this request meets a rate limit: scripted, drawn, too many at once, or too many in a minute."""
        c, now = self.config, self.loop.time()
        while self.window and self.window[0] < now - 60:
            self.window.popleft()
        full = c.overload_429 and 0 < c.max_concurrency <= self.stats.in_flight
        drawn = not scripted and draw < c.rate_429
        return scripted == "429" or drawn or full or 0 < c.rpm <= len(self.window)

    def refuse_for_now(self, reply: Callable[..., None]) -> None:
        """429, with the wait in whole seconds and in milliseconds."""
        c = self.config
        wait = c.retry_after
        if c.rpm and self.window:
            wait = max(wait, self.window[0] + 60 - self.loop.time())
        extra = f"retry-after: {max(1, round(wait))}\r\nretry-after-ms: {round(wait * 1000)}\r\n"
        error = {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}
        reply(429, {"error": error}, extra)

    def outcome(self, body: bytes, prompt: int, fault: str, attempt: int) -> tuple[int, Json]:
        """Status and body of a request that is answered, malformed or not."""
        try:
            request = json.loads(body)
            answer = self.answer(request, prompt, fault == "malformed", attempt)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            return 400, {"error": {"message": repr(error), "type": "invalid_request_error"}}
        self.requests.append(request)
        self.stats.ok += 1
        self.stats.malformed += fault == "malformed"
        self.stats.duplicates += prompt in self.answered
        if fault == "ok":
            self.answered.add(prompt)
        return 200, answer

    def fault(self, draw: float) -> str:
        """What the rates make of a draw from [0, 1); 429 is dealt with before."""
        c = self.config
        rates = ((c.rate_429, "ok"), (c.rate_500, "500"), (c.rate_drop, "drop"), (c.rate_hang, "hang"))
        for rate, label in (*rates, (c.rate_malformed, "malformed")):
            draw -= rate
            if draw < 0:
                return label
        return "ok"

    def answer(self, request: Json, prompt: int, malformed: bool, attempt: int) -> Json:
        messages = request["messages"]
        form = request.get("response_format") or {}
        schema = (form.get("json_schema") or {}).get("schema")
        first, user = text_of(messages[0]), next((text_of(m) for m in reversed(messages) if m["role"] == "user"), "")
        pick = prompt % self.config.variants
        key = (marshal.dumps(schema, 2) if schema else first, pick)  # far cheaper than json.dumps
        if key not in self.bodies:
            found = schema or next(filter(None, (schema_in_text(text_of(m)) for m in messages)), None)
            self.bodies[key] = (
                json.dumps(instance(found, found, pick, self.quote))
                if found
                else "{}"
                if form.get("type") == "json_object"
                else self.config.plain_reply
            )
        content = self.bodies[key].replace(f'"{QUOTE}"', json.dumps(" ".join(user.rsplit(" ", 12)[1:-1]) or user))
        if malformed:
            ways = self.config.malformed
            content = spoiled(content, ways[(prompt + attempt) % len(ways)])
        tokens = sum(len(text_of(m)) for m in messages) // 4
        seen = hash(first) in self.prefixes  # a crude prompt cache: the first message, from 1024 tokens
        self.prefixes.add(hash(first))
        cached = len(first) // 4 // 128 * 128 if seen and len(first) >= 4096 else 0
        self.stats.prompt_tokens += tokens
        self.stats.cached_tokens += cached
        return completion(request, prompt, content, tokens, cached)


class Connection(asyncio.Protocol):
    """HTTP/1.1 keep-alive with Content-Length bodies; one request in service per connection."""

    def __init__(self, mock: Mock) -> None:
        self.mock, self.buffer = mock, bytearray()
        self.busy, self.closed, self.key = False, False, ""

    def connection_made(self, transport: Any) -> None:
        self.transport: asyncio.Transport = transport
        self.mock.open.add(transport)
        self.mock.stats.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self.mock.open.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.busy:
            self.advance()

    def advance(self) -> None:
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.buffer[:end])
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.I)
        if not length and re.search(rb"\r\ntransfer-encoding:", head, re.I):
            self.reply(411, {"error": {"message": "send Content-Length"}})
            return
        stop = end + 4 + (int(length[1]) if length else 0)
        if len(self.buffer) < stop:
            return
        body = bytes(self.buffer[end + 4 : stop])
        del self.buffer[:stop]
        self.busy = True
        self.route(head, body)

    def route(self, head: bytes, body: bytes) -> None:
        method, path = head.split(b" ", 2)[:2]
        found = re.search(rb"\r\nauthorization: *bearer +(\S+)", head, re.I)
        key = found[1].decode() if found else ""
        self.mock.keys.add(key)
        self.key = key
        if self.mock.config.key and key != self.mock.config.key:
            error = {"message": f"Incorrect API key provided: {key}", "code": "invalid_api_key"}
            self.reply(401, {"error": error})
        elif method == b"POST" and path.endswith(b"/chat/completions"):
            self.mock.chat(body, self.reply, self.transport.abort)
        elif path == b"/stats":
            self.reply(200, asdict(self.mock.stats))
        elif path == b"/reset":
            self.mock.reset()
            self.reply(200, {})
        elif path.endswith(b"/models"):
            self.reply(200, {"object": "list", "data": [{"id": "mock", "object": "model", "owned_by": "mock"}]})
        else:
            self.reply(404, {"error": {"message": f"no route {path!r}"}})

    def reply(self, status: int, payload: Json, headers: str = "") -> None:
        self.mock.stats.last = time.time()
        count = self.mock.stats.status
        count[str(status)] = count.get(str(status), 0) + 1
        if self.closed:
            return
        if self.mock.config.careless and self.key:
            payload = repeating(payload, self.key)
        data = json.dumps(payload).encode()
        self.transport.write(
            f"HTTP/1.1 {status} {REASONS[status]}\r\ncontent-type: application/json\r\n{headers}"
            f"content-length: {len(data)}\r\n\r\n".encode()
            + data
        )
        self.busy = False
        if self.buffer:
            self.advance()


M = TypeVar("M", bound=Mock)


@contextlib.asynccontextmanager
async def serving(config: Config, kind: type[M] = Mock) -> AsyncIterator[tuple[str, M]]:  # type: ignore[assignment]
    """Serve on config.host:config.port, with a mock of this kind; yields the base URL and the live one."""
    mock = kind(config)
    async with listening(mock, lambda: Connection(mock)) as url:
        yield url, mock


@contextlib.asynccontextmanager
async def listening(mock: Mock, connect: Callable[[], asyncio.Protocol]) -> AsyncIterator[str]:
    """Take connections for the mock while the context lasts; yields its base URL."""
    config = mock.config
    server = await mock.loop.create_server(connect, config.host, config.port, backlog=4096)
    mock.port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://{config.host}:{mock.port}/v1"
    finally:
        server.close()
        for transport in tuple(mock.open):
            transport.abort()
        await asyncio.sleep(0)  # lets the loop see the sockets go


@contextlib.contextmanager
def in_thread(server: contextlib.AbstractAsyncContextManager[Served]) -> Iterator[Served]:
    """What a server's context yields, on a loop of its own, so that commands can start theirs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        found = asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(30)
        try:
            yield found
        finally:
            asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def main(config: Config) -> None:
    async with serving(config) as (url, _):
        print(url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for key, value in asdict(Config(port=8080)).items():
        option = "--" + key.replace("_", "-")
        if isinstance(value, bool):
            parser.add_argument(option, action="store_true")
        elif isinstance(value, tuple):
            parser.add_argument(option, nargs="+", choices=value, default=value)
        else:
            parser.add_argument(option, type=type(value), default=value)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(Config(**vars(parser.parse_args()))))
