"""A site on loopback that answers byte by byte as a test wants it to, well or badly, and notes what it was asked."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

Chunks = AsyncIterator[bytes]


@dataclass(frozen=True)
class Asked:
    """One request as it came, and when (seconds of a clock that only rises)."""

    method: str
    path: str
    headers: Mapping[str, str]
    at: float
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """An answer: a body with its true length, or `chunks` sent one by one without a length."""

    body: bytes = b""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: Callable[[], Chunks] | None = None
    raw: bytes = b""

    def head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} Status", f"Content-Type: {self.kind}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += [] if self.chunks else [f"Content-Length: {len(self.body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def page(words: str, **headers: str) -> Reply:
    """A small page with these words in its text."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    markup = f"<!doctype html><html lang=en><title>A page</title><body><p>{words}</p></body></html>"
    return Reply(markup.encode(), headers=named)


Answer = Reply | Callable[[Asked], Reply]


class Site:
    """A server in a thread of its own; `pages` says what each path answers, anything else is a 404."""

    def __init__(self, pages: Mapping[str, Answer] | None = None) -> None:
        self.pages: dict[str, Answer] = dict(pages or {})
        self.asked: list[Asked] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        started = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop)
        self._server = started.result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """What was asked for, without robots.txt."""
        return [one.path for one in self.asked if one.path != "/robots.txt"]

    async def _stop(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        asked = Asked(method, path, headers, time.monotonic(), body)
        self.asked.append(asked)
        found = self.pages.get(path, Reply(b"none", status=404))
        reply = found(asked) if callable(found) else found
        writer.write(reply.raw or reply.head() + reply.body)
        await writer.drain()
        if reply.chunks is not None:
            async for chunk in reply.chunks():
                writer.write(chunk)
                await writer.drain()


def moved(to: str, status: int = 302, **headers: Any) -> Reply:
    """A redirect."""
    return Reply(status=status, headers={"Location": to, **headers})
