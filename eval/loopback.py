"""A real project on the loopback endpoint of the tests: the program in a process of its own, and doors to shut."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coder.model import Document, Version
from coder.store import Store
from tests.mock_openai import Config, Connection, Mock

BOOK = """\
name: endurance
version: 1
unit: page
dimensions:
  - {id: tone, kind: nominal, question: How does it sound?, absent: {}, categories: [{id: warm}, {id: cold}]}
  - {id: parts, kind: multilabel, question: What is in it?, absent: {}, categories: [{id: x}, {id: y}]}
"""
Facts = dict[str, Any]


class Endpoint:
    """The mock behind doors that can be shut: nobody listens then, and what it had counted stays."""

    def __init__(self, config: Config) -> None:
        self.mock = Mock(config)
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.mock.port}/v1"

    async def open(self) -> None:
        """Listen, on the same port as before."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self.mock), "127.0.0.1", self.mock.port, backlog=4096, reuse_address=True
        )
        self.mock.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
        for transport in tuple(self.mock.open):
            transport.abort()
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def endpoint(**config: Any) -> AsyncIterator[Endpoint]:
    """An open endpoint."""
    found = Endpoint(Config(**config))
    await found.open()
    try:
        yield found
    finally:
        await found.shut()


@dataclass
class Study:
    """A project with so many documents; `options` and `environment` go with every `intercoder code`."""

    folder: Path
    url: str
    options: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def make(self, documents: int) -> None:
        """Start the project and put the documents in."""
        (self.folder / "intercoder.toml").write_text("", encoding="utf-8")
        (self.folder / "codebook.yaml").write_text(BOOK, encoding="utf-8")
        with Store.create(str(self.folder / "intercoder.db")) as store:
            store.add_documents(_page(number) for number in range(documents))

    async def start(self, *more: str) -> asyncio.subprocess.Process:
        """`intercoder code`, running, with more options."""
        asked = ("--provider", "openai", "--model", "mock", "--base-url", self.url)
        return await self._program("code", *asked, *self.options, *more, "--json")

    async def show(self) -> Facts:
        """What `runs show --json` says."""
        out, _ = await self.done("runs", "show", "--json")
        found: Facts = json.loads(out)
        return found

    def store(self) -> Store:
        return Store.open(str(self.folder / "intercoder.db"))

    async def _program(self, *arguments: str) -> asyncio.subprocess.Process:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("INTERCODER_", "OPENAI_"))}
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "coder.cli", *arguments),
            cwd=self.folder,
            env=kept | {"INTERCODER_API_KEY": "sk-endurance"} | self.environment,
            stdout=pipe,
            stderr=pipe,
        )

    async def done(self, *arguments: str) -> tuple[str, str]:
        """A command that must end well: what it printed and what it said."""
        process = await self._program(*arguments)
        out, complaint = await process.communicate()
        if process.returncode:
            raise RuntimeError(
                f"intercoder {' '.join(arguments)} ended with {process.returncode}: {complaint.decode()}"
            )
        return out.decode(), complaint.decode()


def _page(number: int) -> tuple[Document, Version]:
    document = Document(name=f"d{number}")
    text = f"Page {number}. It is short. It ends with the number {number}."
    return document, Version(document_id=document.id, text=text, hash=document.name, language="en")


@contextlib.asynccontextmanager
async def study(
    documents: int, here: Endpoint, *options: str, folder: Path | None = None, **environment: object
) -> AsyncIterator[Study]:
    """A project on this endpoint; settings by the names of their environment variables, without INTERCODER_."""
    with contextlib.ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = {f"INTERCODER_{name}": str(value) for name, value in environment.items()}
        made = Study(place, here.url, options, settings)
        made.make(documents)
        yield made
