"""What a document weighs in the store and how fast answers are written: `python -m eval.bench_store`.

Documents, answers and codings go through the store's own methods, in the runner's pages and batches. The answers are
those that the loopback endpoint of the tests gives to the shipped codebook's prompt. SQLite is a file in a temporary
folder, PostgreSQL the database that `--postgresql` names: it must be empty and is left full.
"""

from __future__ import annotations

import json
import os
import platform
import random
import re
import resource
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from coder.codebook import load_codebook
from coder.documents import segment
from coder.model import Call, Codebook, Coding, Document, Run, Version
from coder.paths import data_dir
from coder.prompting import Prompt, build_prompts, interpret
from coder.run.codings import codings_of
from coder.store import Store
from tests.mock_answers import instance
from tests.mock_openai import Config

RESULT = Path(__file__).parent / "results" / "bench-store.json"
GOLD = data_dir("gold") / "radiology-ai-training"
PAGE = 500
BATCHES = (1, 8, 25, 100)
"""Answers a commit: one at a time, and what the writer gathers at concurrencies of some 16, 50 and 200."""


def texts(count: int, words: int, seed: int) -> Iterator[tuple[Document, Version]]:
    """Documents of so many words in sentences of twelve."""
    draw = random.Random(seed)  # noqa: S311 - not a secret
    vocabulary = re.findall(r"[a-z]{3,}", (GOLD / "codebook.yaml").read_text(encoding="utf-8"))
    for number in range(count):
        chosen = draw.choices(vocabulary, k=words)
        sentences = (" ".join(chosen[start : start + 12]).capitalize() + "." for start in range(0, words, 12))
        document = Document(name=f"document {number}", source=f"https://example.org/{number}")
        text = " ".join(sentences)
        yield document, Version(document_id=document.id, text=text, hash=f"{zlib.crc32(text.encode()):064x}")


def answered(run: Run, prompt: Prompt, version: Version, pick: int) -> tuple[Call, Sequence[Coding]]:
    """A call with the codings of a valid answer, as the runner makes them."""
    schema: Any = prompt.schema
    raw = json.dumps(instance(schema, schema, pick, re.compile(Config.quote_fields)))
    reading = interpret(raw, prompt, segment(version.text, version.language))
    call = Call(
        run_id=run.id,
        version_id=version.id,
        key=f"{zlib.crc32(version.id.encode()):064x}",
        dimensions=prompt.asked,
        status="ok",
        requested_model="mock",
        served_model="mock",
        fingerprint="mock",
        raw=raw,
        prompt_tokens=4000,
        completion_tokens=len(raw) // 4,
        milliseconds=200,
        cost_usd=0.001,
    )
    return call, codings_of(run, call, prompt, reading, ())


def measure(store: Store, book: Codebook, count: int, words: int, size: Any) -> dict[str, Any]:
    """Bytes and seconds of documents first, then of answers, in each of `BATCHES`."""
    prompt = build_prompts(book, "object")[0]
    found: dict[str, Any] = {}
    before = size()
    seconds = pages = 0.0
    versions: list[Version] = []
    made = iter(texts(count, words, 1))
    while page := [pair for _, pair in zip(range(PAGE), made, strict=False)]:
        began = time.perf_counter()
        store.add_documents(page)
        seconds += time.perf_counter() - began
        versions += [version for _, version in page]
    found["documents"] = {"per_second": round(count / seconds), "bytes_each": round((size() - before) / count)}
    began = time.perf_counter()
    pages = sum(len(page) for page in store.pages())
    found["read_per_second"] = round(pages / (time.perf_counter() - began))
    run = Run(
        coder_id=store.coder("openai:mock", "model").id, codebook_hash=store.save_codebook(book), prompt_hash="bench"
    )
    store.add_run(run)
    share = len(versions) // len(BATCHES)
    found["answers"] = {}
    for number, together in enumerate(BATCHES):
        before, seconds, cpu = size(), 0.0, 0.0
        mine = versions[number * share : (number + 1) * share]
        for start in range(0, len(mine), together):
            answers = [answered(run, prompt, version, start) for version in mine[start : start + together]]
            cpu_began, began = _cpu(), time.perf_counter()
            store.save_answers(answers)
            seconds, cpu = seconds + time.perf_counter() - began, cpu + _cpu() - cpu_began
        found["answers"][str(together)] = {
            "per_second": round(len(mine) / seconds),
            "cpu_ms_each": round(1000 * cpu / len(mine), 2),
            "bytes_each": round((size() - before) / len(mine)),
        }
    found["codings_each"] = len(answered(run, prompt, versions[0], 0)[1])
    found["raw_bytes_each"] = len(answered(run, prompt, versions[0], 0)[0].raw)
    return found


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@click.command()
@click.option("--documents", type=click.IntRange(400), default=4000, show_default=True)
@click.option("--words", type=click.IntRange(12), default=300, show_default=True, help="Words a text.")
@click.option("--postgresql", default="", help="The URL of an empty PostgreSQL database.")
@click.option("--record", is_flag=True, help=f"Keep the figures in {RESULT.name}.")
def command(documents: int, words: int, postgresql: str, record: bool) -> None:
    """Measure bytes a document and writes a second, on SQLite and PostgreSQL."""
    book = load_codebook(GOLD / "codebook.yaml")
    load = round(os.getloadavg()[0], 1)
    found: dict[str, Any] = {
        "kind": "bench-store",
        "machine": f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}",
        "load_before": load,
        "documents": documents,
        "words": words,
        "dimensions": len(book.dimensions),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        with Store.create(str(path)) as store:
            found["sqlite"] = measure(store, book, documents, words, lambda: _on_disk(path))
    if postgresql:
        with Store.create(postgresql) as store:
            found["postgresql"] = measure(store, book, documents, words, lambda: _in_database(store))
    text = json.dumps(found, indent=1)
    click.echo(text)
    if record:
        RESULT.write_text(text + "\n", encoding="utf-8")


def _on_disk(path: Path) -> int:
    """The file with its log, after the log was written back into it."""
    import sqlite3  # noqa: PLC0415

    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.stat().st_size


def _in_database(store: Store) -> int:
    from sqlalchemy import text  # noqa: PLC0415

    with store._engine.connect() as connection:
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


if __name__ == "__main__":
    command()
