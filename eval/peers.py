"""Programs that people use for such runs, each as its documentation has it: `python eval/peers.py NAME URL FILE N`.

It imports nothing of ours, so that a peer may live in an environment of its own (`eval.speed.PEERS`). FILE is what
`eval.clients` reads: the shared message and the schema, then a text a line. N calls may be in flight.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def read(file: str) -> tuple[dict[str, Any], list[str]]:
    """The shared message with the schema, and the texts."""
    with Path(file).open(encoding="utf-8") as lines:
        shared = json.loads(next(lines))
        return shared, [json.loads(line) for line in lines]


def response_format(schema: dict[str, Any]) -> dict[str, Any]:
    """The field of a request that holds answers to a schema."""
    return {"type": "json_schema", "json_schema": {"name": "coding", "strict": True, "schema": schema}}


def inspect_ai(url: str, file: str, concurrency: int) -> None:
    """A task without a scorer: a sample a text, one generation each, answers held to the schema."""
    import inspect_ai as inspect  # noqa: PLC0415 - each peer loads what it is made of and nothing else
    from inspect_ai.dataset import MemoryDataset, Sample  # noqa: PLC0415
    from inspect_ai.model import ResponseSchema  # noqa: PLC0415
    from inspect_ai.solver import generate, system_message  # noqa: PLC0415
    from inspect_ai.util import JSONSchema  # noqa: PLC0415

    os.environ |= {"MOCK_API_KEY": "none", "MOCK_BASE_URL": url}
    shared, texts = read(file)
    schema = ResponseSchema(name="coding", json_schema=JSONSchema(type="object"), strict=False)
    task = inspect.Task(
        dataset=MemoryDataset([Sample(input=text) for text in texts]),
        solver=[system_message(shared["system"]), generate()],
    )
    with tempfile.TemporaryDirectory() as folder:
        (log,) = inspect.eval(
            task,
            model="openai-api/mock/mock",
            display="none",
            log_dir=folder,
            max_samples=concurrency,
            max_connections=concurrency,
            response_schema=schema,
        )
    if log.status != "success":
        sys.exit(f"inspect_ai: {log.status}: {log.error}")


def ray_data(url: str, file: str, concurrency: int) -> None:
    """A dataset mapped by an actor that asks its batches asynchronously."""
    import ray  # noqa: PLC0415

    shared, texts = read(file)
    form = response_format(shared["schema"])

    class Asks:
        """An actor with a client; so many calls of a batch are in flight as the batch has rows."""

        def __init__(self) -> None:
            import openai  # noqa: PLC0415

            self.client = openai.AsyncOpenAI(base_url=url, api_key="none")

        async def __call__(self, batch: dict[str, Any]) -> Any:
            import asyncio  # noqa: PLC0415

            async def ask(text: str) -> str:
                messages: Any = [{"role": "system", "content": shared["system"]}, {"role": "user", "content": text}]
                create: Any = self.client.chat.completions.create
                answer = await create(model="mock", messages=messages, response_format=form)
                return answer.choices[0].message.content or ""

            yield {"answer": await asyncio.gather(*(ask(str(text)) for text in batch["text"]))}

    ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False)
    rows = ray.data.from_items([{"text": text} for text in texts])
    found = rows.map_batches(Asks, concurrency=1, batch_size=10, max_concurrency=max(1, concurrency // 10))
    if found.count() != len(texts):
        sys.exit("Ray Data: not all texts were answered")


def curator(url: str, file: str, concurrency: int) -> None:
    """A prompter over a dataset, each answer read as JSON; its own limits a minute are set out of the way."""
    os.environ |= {"TELEMETRY_ENABLED": "0", "CURATOR_DISABLE_RICH_DISPLAY": "1", "OPENAI_API_KEY": "none"}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CURATOR_CACHE_DIR"] = folder
        # curator counts tokens with an encoding that its library would fetch; litellm, which it needs, brings it along
        tokenizers = Path(find_spec("litellm").origin).parent / "litellm_core_utils" / "tokenizers"  # type: ignore
        os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(tokenizers))
        from bespokelabs import curator as library  # noqa: PLC0415
        from datasets import Dataset  # noqa: PLC0415

        shared, texts = read(file)

        class Asks(library.LLM):  # type: ignore[misc,unused-ignore]
            """The question of one row, and the row that its answer makes."""

            def prompt(self, row: dict[str, str]) -> list[dict[str, str]]:
                return [{"role": "system", "content": shared["system"]}, {"role": "user", "content": row["text"]}]

            def parse(self, row: dict[str, str], response: str) -> dict[str, str]:
                return {"answer": json.dumps(json.loads(response))}

        most = {"max_requests_per_minute": 10**6, "max_tokens_per_minute": 10**9}
        asks = Asks(
            model_name="mock",
            backend="openai",
            generation_params={"response_format": response_format(shared["schema"])},
            backend_params={"base_url": url, "max_concurrent_requests": concurrency, **most},
        )
        found = asks(Dataset.from_list([{"text": text} for text in texts]))
        if len(found.dataset) != len(texts):
            sys.exit("curator: not all texts were answered")


NAMES: dict[str, Callable[[str, str, int], None]] = {
    "inspect_ai": inspect_ai,
    "Ray Data": ray_data,
    "curator": curator,
}

if __name__ == "__main__":
    NAMES[sys.argv[1]](sys.argv[2], sys.argv[3], int(sys.argv[4]))
