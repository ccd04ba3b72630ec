"""A second peer: scikit-llm, few-shot or zero-shot, in an environment of its own."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from coder.errors import InputError, ProviderError
from coder.model import Coding, Dimension, Status, content_hash
from coder.providers.keys import scrub
from eval.answers import AnswerLine, CallKey
from eval.coders import applicable, make_coding
from eval.datasets import DataSet, Item
from eval.endpoints import Endpoint
from eval.naive import options

PYTHON = "INTERCODER_EVAL_SCIKIT_LLM"
"""Names the interpreter of an environment with scikit-llm, which needs openai < 2 and so cannot share ours."""
WORKER = Path(__file__).with_name("skllm_worker.py")
LINE_LIMIT = 2**22


class ScikitLLM:
    """Each dimension with a classifier of its own, a call a text, as its documentation has it.

    Few-shot it is shown the texts that our coder is shown; zero-shot none. The labels are those of the naive peer. For
    an answer that is none of them it would draw one at random; here that is `invalid`, as for every coder.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.shape: Mapping[str, Any] = {"max_tokens": 400, "examples": 0 if name.endswith("-zero") else 12}

    def prompt_hash(self, data: DataSet) -> str:
        """Hash of the labels and of our side of it; the words are the peer's own."""
        labels = [list(options(dimension)) for dimension in data.codebook.dimensions]
        return content_hash([self.name, labels, WORKER.read_text(encoding="utf-8")])

    async def ask(
        self,
        endpoint: Endpoint,
        data: DataSet,
        items: Sequence[Item],
        examples: Sequence[Item],
        done: Collection[CallKey],
        record: Callable[[AnswerLine], None],
    ) -> None:
        """Dimension by dimension, so that the endpoint keeps what the texts of one have in common."""
        for dimension in data.codebook.dimensions:
            left = [item for item in items if (item.name, dimension.id, 0) not in done]
            if left:
                job = _job(endpoint, data, dimension, left, examples)
                places = iter(left)
                async for answer in _answers(job, endpoint.key):
                    record(_line(next(places), dimension, answer, endpoint.key))

    def read(self, data: DataSet, items: Sequence[Item], lines: Sequence[AnswerLine]) -> list[Coding]:
        """The codings; a dimension that the peer's own answers rule out is `not_applicable`, as for every coder."""
        found = {(line.item, line.part): line for line in lines}
        return [
            coding
            for item in items
            for coding in applicable(
                data,
                item,
                self.name,
                {
                    dimension.id: self._coding(data, item, dimension, found.get((item.name, dimension.id)))
                    for dimension in data.codebook.dimensions
                },
            )
        ]

    def _coding(self, data: DataSet, item: Item, dimension: Dimension, line: AnswerLine | None) -> Coding:
        if line is None or line.status == "failed":
            reason = line.error if line else "not asked"
            return make_coding(data, item, dimension, self.name, Status.FAILED, reason=reason)
        label, known = line.extra["label"], options(dimension)
        given = label if isinstance(label, list) else [label]
        if not dimension.single:
            given = [one for one in given if one in known]
        if any(one not in known for one in given):
            return make_coding(data, item, dimension, self.name, Status.INVALID, reason=f"no label: {line.raw[:80]}")
        codes = [code for one in given if (code := known[one]) is not None]
        return make_coding(data, item, dimension, self.name, Status.CODED if codes else Status.ABSENT, codes)


def _job(
    endpoint: Endpoint, data: DataSet, dimension: Dimension, items: Sequence[Item], examples: Sequence[Item]
) -> dict[str, Any]:
    labels = options(dimension)
    return {
        "base_url": endpoint.base_url,
        "model": endpoint.model,
        "labels": list(labels),
        "several": not dimension.single,
        "examples": _shown(data, dimension, labels, examples),
        "texts": [item.version.text for item in items],
    }


def _shown(
    data: DataSet, dimension: Dimension, labels: Mapping[str, str | None], examples: Sequence[Item]
) -> list[tuple[str, str | list[str]]]:
    """Texts with the label or labels that the reference gives them; those without an answer are left out."""
    words = {code: label for label, code in labels.items()}
    found: list[tuple[str, str | list[str]]] = []
    for item in examples:
        coding = data.gold_of(item.name).get(dimension.id)
        if coding is None or not coding.status.is_answer:
            continue
        given = [words[code] for code in coding.codes]
        if not dimension.single:
            found.append((item.version.text, given))
        elif given or None in words:
            found.append((item.version.text, given[0] if given else words[None]))
    return found


async def _answers(job: Mapping[str, Any], key: str) -> AsyncIterator[dict[str, Any]]:
    """What the worker says of each text, in order. Raises InputError without one, ProviderError where it breaks."""
    interpreter = os.environ.get(PYTHON, "")
    if not interpreter:
        raise InputError(
            f"{PYTHON} is not set",
            "make an environment with `pip install scikit-llm` and name its python in that variable",
        )
    environment = {**os.environ, "INTERCODER_PEER_KEY": key}
    environment.pop("PYTHONPATH", None)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        interpreter, "-I", str(WORKER), stdin=pipe, stdout=pipe, stderr=pipe, env=environment, limit=LINE_LIMIT
    )
    asked, answered, noise = process.stdin, process.stdout, process.stderr
    if asked is None or answered is None or noise is None:  # pipes were asked for
        raise ProviderError("scikit-llm: no pipes", "run it again")
    said_aside = asyncio.create_task(noise.read())
    try:
        asked.write(json.dumps(job).encode())
        asked.close()
        while line := await answered.readline():
            yield json.loads(line)
        if await process.wait():
            said = (await said_aside).decode(errors="replace").strip().splitlines()
            reason = scrub(said[-1] if said else "it said nothing", key)
            raise ProviderError(f"scikit-llm: {reason}", f"see that {PYTHON} names a python that has scikit-llm")
    finally:
        if process.returncode is None:
            process.kill()
        await said_aside


def _line(item: Item, dimension: Dimension, answer: Mapping[str, Any], key: str) -> AnswerLine:
    return AnswerLine(
        item=item.name,
        part=dimension.id,
        raw=answer["raw"],
        status="failed" if answer["error"] else "ok",
        error=scrub(answer["error"] or "", key),
        prompt_tokens=answer["prompt_tokens"],
        cached_tokens=answer["cached_tokens"],
        completion_tokens=answer["completion_tokens"],
        milliseconds=answer["milliseconds"],
        extra={"label": answer["label"], "attempts": answer["calls"]},
    )
