"""Other ways to ask the same questions, each a program of its own: `python -m eval.clients NAME URL FILE CONCURRENCY`.

FILE holds the shared message, the schema and a text a line; nothing is stored. What a client prints, nobody reads.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Ask = Callable[[str], Awaitable[object]]
GOLD = Path(__file__).parents[1] / "gold" / "radiology-ai-training"


@dataclass(frozen=True)
class Work:
    """What is to be asked of whom."""

    url: str
    file: Path
    concurrency: int

    @property
    def shared(self) -> dict[str, Any]:
        """The system message and the schema of the answer."""
        with self.file.open(encoding="utf-8") as lines:
            return dict(json.loads(next(lines)))

    def texts(self) -> Iterator[str]:
        """The users' messages."""
        with self.file.open(encoding="utf-8") as lines:
            next(lines)
            yield from map(json.loads, lines)

    def messages(self, text: str) -> list[dict[str, str]]:
        """The two messages of a question."""
        return [{"role": "system", "content": self.shared["system"]}, {"role": "user", "content": text}]


async def run(work: Work, ask: Ask) -> None:
    """Ask everything, so many at a time."""
    texts = work.texts()

    async def worker() -> None:
        for text in texts:
            await ask(text)

    async with asyncio.TaskGroup() as group:
        for _ in range(work.concurrency):
            group.create_task(worker())


async def raw_aiohttp(work: Work) -> None:
    """aiohttp alone: each request written out, each answer read as JSON; nothing is checked."""
    import aiohttp  # noqa: PLC0415 - each client loads what it is made of and nothing else

    shared = work.shared
    fields = {"model": "mock", "temperature": 0.0, "response_format": _response_format(shared["schema"])}
    system = {"role": "system", "content": shared["system"]}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=work.concurrency)) as session:

        async def ask(text: str) -> object:
            body = {**fields, "messages": [system, {"role": "user", "content": text}]}
            async with session.post(f"{work.url}/chat/completions", json=body) as answer:
                return json.loads((await answer.json())["choices"][0]["message"]["content"])

        await run(work, ask)


async def openai_client(work: Work) -> None:
    """The openai client as documented, the answer read as JSON."""
    import openai  # noqa: PLC0415

    shared = work.shared
    system: Any = {"role": "system", "content": shared["system"]}
    form: Any = _response_format(shared["schema"])
    async with openai.AsyncOpenAI(base_url=work.url, api_key="none") as client:

        async def ask(text: str) -> object:
            user: Any = {"role": "user", "content": text}
            answer = await client.chat.completions.create(model="mock", messages=[system, user], response_format=form)
            return json.loads(answer.choices[0].message.content or "")

        await run(work, ask)


async def instructor_documented(work: Work) -> None:
    """instructor as documented: a response model with every call, the answer validated."""
    import instructor  # noqa: PLC0415
    import openai  # noqa: PLC0415

    from coder.codebook import load_codebook  # noqa: PLC0415
    from coder.prompting import build_prompt  # noqa: PLC0415

    model = build_prompt(load_codebook(GOLD / "codebook.yaml"), "object").response_model
    system: Any = {"role": "system", "content": work.shared["system"]}
    client = instructor.from_openai(
        openai.AsyncOpenAI(base_url=work.url, api_key="none"), mode=instructor.Mode.JSON_SCHEMA
    )

    async def ask(text: str) -> object:
        user: Any = {"role": "user", "content": text}
        return await client.create(model="mock", response_model=model, messages=[system, user])

    await run(work, ask)


def _response_format(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "coding", "strict": True, "schema": schema}}


CLIENTS: dict[str, Callable[[Work], Awaitable[None]]] = {
    "raw aiohttp": raw_aiohttp,
    "openai client as documented": openai_client,
    "instructor as documented": instructor_documented,
}


async def _main(name: str, url: str, file: str, concurrency: str) -> None:
    await CLIENTS[name](Work(url, Path(file), int(concurrency)))


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
