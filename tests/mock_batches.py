"""The files and batches endpoints of an OpenAI-compatible API on loopback, over `tests.mock_openai`, with their faults.

In a test:

    async with serving(Config(), Batches(polls=2, expire=0.5)) as (url, mock):
        ...

A batch ends after it was looked at `polls` times (or `finish` is called). Its answers stand in another order than its
calls. `upload` and `create` are scripts, one word a request: `500` fails and does nothing, `500-made` and `hang` make the batch
and do not say so, `refused` is a 400. `expire` is the share of lines that time runs out for, `wrong` the answer (`malformed`)
or error (a code) of lines by their place. `foreign` batches of others stand in the list before and after ours.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from tests.mock_answers import Json
from tests.mock_openai import Config, Connection, Mock, listening

TAG = "intercoder_batch"


@dataclass
class Batches:
    """What the batch endpoints do."""

    polls: int = 1
    upload: tuple[str, ...] = ()
    create: tuple[str, ...] = ()
    expire: float = 0.0
    wrong: dict[int, str] = field(default_factory=dict)
    refuse: str = ""  # a code with which the next batch fails at once
    foreign: int = 0
    absent: bool = False  # there is no batch API


class BatchMock(Mock):
    """Files and batches beside the ordinary endpoint."""

    def __init__(self, config: Config, batches: Batches) -> None:
        super().__init__(config)
        self.does = batches
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, Json] = {}
        self.looks: Counter[str] = Counter()
        self.uploads = self.creates = 0
        self.paid: Counter[str] = Counter()  # bodies that were answered in a batch, however often
        for number in range(batches.foreign):
            self.batches[f"batch_foreign{number}"] = self._batch(
                f"batch_foreign{number}", "file-x", {"project": "other"}
            )

    def upload(self, content: bytes) -> Json | None:
        word = self._word(self.does.upload, self.uploads)
        self.uploads += 1
        if word == "500":
            return None
        name = f"file-{len(self.files) + 1}"
        self.files[name] = content
        return {"id": name, "object": "file", "bytes": len(content), "created_at": int(time.time()),
                "filename": "x.jsonl", "purpose": "batch", "status": "processed"}  # fmt: skip

    def create(self, request: Json) -> tuple[Json, str]:
        """The batch, and the word of the script."""
        word = self._word(self.does.create, self.creates)
        self.creates += 1
        if word in ("500", "refused"):
            return {}, word
        name = f"batch_{self.creates}"
        made = self._batch(name, request["input_file_id"], request.get("metadata") or {})
        if self.does.refuse:
            error = {"code": self.does.refuse, "message": "this batch is not taken", "line": None, "param": None}
            made |= {"status": "failed", "errors": {"object": "list", "data": [error]}}
            self.does.refuse = ""
        self.batches = {name: made} | self.batches
        for number in range(self.does.foreign):
            other = f"batch_later{self.creates}-{number}"
            self.batches = {other: self._batch(other, "file-x", {TAG: f"of another program {number}"})} | self.batches
        return made, word

    def look(self, name: str) -> Json:
        self.looks[name] += 1
        batch = self.batches[name]
        if batch["status"] == "validating" and self.looks[name] >= self.does.polls:
            self.finish(name)
        return batch

    def finish(self, name: str, state: str = "completed") -> None:
        """Answer what is not to expire; the lines come back in the order of a hash of them."""
        batch = self.batches[name]
        lines = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        output, errors = [], []
        for place, line in enumerate(lines):
            if state != "completed" or place < self.does.expire * len(lines):
                code = "batch_cancelled" if state == "cancelled" else "batch_expired"
                errors.append(self._error(line, code, "This request could not be executed before the batch ended."))
                continue
            body = json.dumps(line["body"], sort_keys=True)
            prompt, wrong = zlib.crc32(body.encode()), self.does.wrong.get(place, "")
            if wrong and wrong != "malformed":
                errors.append(self._error(line, wrong, "the endpoint would not answer this"))
                continue
            self.paid[body] += 1
            answer = self.answer(line["body"], prompt, wrong == "malformed", 1)
            response = {"status_code": 200, "request_id": "r", "body": answer}
            output.append({"id": "b", "custom_id": line["custom_id"], "response": response, "error": None})
        output.sort(key=lambda one: zlib.crc32(one["custom_id"].encode()[::-1]))
        batch["status"] = "expired" if self.does.expire and state == "completed" else state
        batch["request_counts"] = {"total": len(lines), "completed": len(output), "failed": len(errors)}
        for key, found in (("output_file_id", output), ("error_file_id", errors)):
            if found:
                self.files[f"{name}-{key}"] = b"".join(json.dumps(one).encode() + b"\n" for one in found)
                batch[key] = f"{name}-{key}"
        self.does.expire, self.does.wrong = 0.0, {}

    def ours(self) -> list[Json]:
        """The batches that were made here."""
        return [batch for name, batch in self.batches.items() if re.fullmatch(r"batch_\d+", name)]

    @staticmethod
    def _word(script: tuple[str, ...], number: int) -> str:
        return script[number] if number < len(script) else ""

    @staticmethod
    def _error(line: Json, code: str, message: str) -> Json:
        return {
            "id": "b",
            "custom_id": line["custom_id"],
            "response": None,
            "error": {"code": code, "message": message},
        }

    @staticmethod
    def _batch(name: str, file_id: str, metadata: Json) -> Json:
        return {
            "id": name,
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "input_file_id": file_id,
            "status": "validating",
            "created_at": int(time.time()),
            "metadata": metadata,
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
        }


class BatchConnection(Connection):
    """Routes to files and batches; everything else is the ordinary endpoint's."""

    mock: BatchMock

    def route(self, head: bytes, body: bytes) -> None:
        method, target = (part.decode() for part in head.split(b" ", 2)[:2])
        path, _, query = target.partition("?")
        if self.mock.does.absent or not re.search(r"/(files|batches)(/|$)", path):
            super().route(head, body)
        elif path.endswith("/files"):
            self._reply(self.mock.upload(_part(body)))
        elif path.endswith("/content"):
            name = path.split("/")[-2]
            self._send(self.mock.files[name]) if name in self.mock.files else self._missing(name)
        elif method == "POST":
            made, word = self.mock.create(json.loads(body))
            if word == "refused":
                self.reply(400, {"error": {"message": "this file is not taken", "code": "invalid_request"}})
            elif word != "hang":
                self._reply(made if not word.startswith("500") else None)
        elif path.endswith("/batches"):
            self._list(query)
        else:
            name = path.rsplit("/", 1)[1]
            self._reply(self.mock.look(name)) if name in self.mock.batches else self._missing(name)

    def _missing(self, name: str) -> None:
        self.reply(404, {"error": {"message": f"No such object: {name}", "type": "invalid_request_error"}})

    def _list(self, query: str) -> None:
        """Two a page, so that ours is seldom on the first."""
        names = list(self.mock.batches)
        after = re.search(r"after=([\w-]+)", query)
        start = names.index(after[1]) + 1 if after else 0
        page = names[start : start + 2]
        data = [self.mock.batches[name] for name in page]
        self._reply({"object": "list", "data": data, "has_more": start + 2 < len(names),
                     "first_id": page[0] if page else None, "last_id": page[-1] if page else None})  # fmt: skip

    def _reply(self, payload: Json | None) -> None:
        if payload is None:
            self.reply(500, {"error": {"message": "The server had an error", "type": "server_error"}})
        else:
            self.reply(200, payload)

    def _send(self, content: bytes) -> None:
        self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/jsonl\r\n"
                             b"content-length: %d\r\n\r\n" % len(content) + content)  # fmt: skip
        self.busy = False
        if self.buffer:
            self.advance()


def _part(body: bytes) -> bytes:
    """The file in a multipart form: the part that has a file name."""
    boundary = body.split(b"\r\n", 1)[0]
    for part in body.split(boundary):
        head, _, content = part.partition(b"\r\n\r\n")
        if b"filename=" in head:
            return content.removesuffix(b"\r\n")
    return b""


@contextlib.asynccontextmanager
async def serving(config: Config, batches: Batches) -> AsyncIterator[tuple[str, BatchMock]]:
    """Serve on a free port; yields the base URL and the live mock."""
    mock = BatchMock(config, batches)
    async with listening(mock, lambda: BatchConnection(mock)) as url:
        yield url, mock


def killed_when(arguments: Sequence[str], holds: Callable[[], bool]) -> None:
    """`intercoder` with these arguments in a process of its own, killed -9 as soon as this holds."""
    line = [sys.executable, "-m", "coder.cli", *arguments]
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not holds() and process.poll() is None:
            time.sleep(0.002)
        process.kill()
