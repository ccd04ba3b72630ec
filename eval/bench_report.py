"""Time and memory of a report over many documents: `python -m eval.bench_report`.

A SQLite store with the shipped codebook's ten dimensions, made-up codes by a model for every document, and hand codes
of a simple random sample. `intercoder report` runs in a process of its own; wall time and peak resident memory are the
kernel's figures for it.
"""

from __future__ import annotations

import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import click

from coder.cli.init import shipped_codebook, start_project
from coder.codebook import load_codebook
from coder.model import (
    Assignment,
    Call,
    Codebook,
    Coding,
    Document,
    Gold,
    GoldItem,
    Inclusion,
    Run,
    Span,
    Status,
    Version,
)
from coder.model.codebook import DimensionBase
from coder.store import Store

RESULT = Path(__file__).parent / "results" / "bench-report.json"
SEED = 20210215
BATCH = 2_000
TEXT = "A webinar for radiologists on machine learning, given by a society. It is free and lasts 45 minutes. " * 12
"""Some 1,200 characters a document, as the shipped texts have."""


@dataclass(frozen=True)
class Measured:
    """What a report took: wall and CPU seconds, peak resident memory in MB, and the size of the page in MB."""

    documents: int
    dimensions: int
    hand_coded: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    page_mb: float


def fill(folder: Path, documents: int, sample: int) -> None:
    """A project with so many documents coded by a model, and `sample` of them by a person."""
    start_project(folder, shipped_codebook())
    codebook, rng = load_codebook(folder / "codebook.yaml"), random.Random(SEED)  # noqa: S311 - made-up codes
    drawn = set(rng.sample(range(documents), sample))
    with Store.open(str(folder / "intercoder.db")) as store:
        book, model = store.save_codebook(codebook), store.coder("openai:made-up", "model")
        person = store.coder("ann", "person")
        run = Run(coder_id=model.id, codebook_hash=book, prompt_hash="0" * 64, parameters={"model": "made-up"})
        store.add_run(run)
        hand: list[Coding] = []
        for start in range(0, documents, BATCH):
            pairs = [_pair(number) for number in range(start, min(start + BATCH, documents))]
            store.add_documents(pairs)
            store.add_codings(one for _, text in pairs for one in _codings(codebook, book, text, model.id, rng, run.id))
            store.add_inclusions(
                _inclusion(document, documents, sample, drawn, start + place)
                for place, (document, _) in enumerate(pairs)
            )
            for place, (_, text) in enumerate(pairs):
                store.save_answer(_call(run, text, codebook), ()) if place % 10 == 0 else None
                if start + place in drawn:
                    hand += _codings(codebook, book, text, person.id, rng)
        store.add_codings(hand)
        store.add_gold(Gold(name="hand", version=1, codebook_hash=book), [GoldItem(coding_id=one.id) for one in hand])


def _pair(number: int) -> tuple[Document, Version]:
    document = Document(name=f"{number:06}", variables={"year": str(2015 + number % 10), "source": f"s{number % 7}"})
    return document, Version(document_id=document.id, text=TEXT, hash="0" * 64, language="en")


def _call(run: Run, text: Version, codebook: Codebook) -> Call:
    return Call(
        run_id=run.id,
        version_id=text.id,
        key=text.id,
        dimensions=tuple(one.id for one in codebook.dimensions),
        status="ok",
        requested_model="made-up",
        served_model="made-up",
        raw="x" * 800,
    )


def _inclusion(document: Document, documents: int, sample: int, drawn: set[int], number: int) -> Inclusion:
    chance = sample / documents
    return Inclusion(sample="bench", document_id=document.id, probability=chance, drawn=number in drawn, stratum="all")


def _codings(
    codebook: Codebook, book: str, text: Version, coder_id: str, rng: random.Random, run_id: str | None = None
) -> Iterator[Coding]:
    for dimension in codebook.dimensions:
        yield Coding(
            version_id=text.id,
            dimension_id=dimension.id,
            coder_id=coder_id,
            run_id=run_id,
            status=Status.CODED,
            assignments=tuple(
                Assignment(category=code, evidence=(Span(start=0, end=60),), confidence=round(rng.random(), 3))
                for code in _codes(dimension, rng)
            ),
            codebook_hash=book,
            dimension_hash=dimension.hash(),
        )


def _codes(dimension: DimensionBase, rng: random.Random) -> Sequence[str]:
    names = [one.id for one in dimension.codes]
    return (
        names[: 1 + rng.randrange(2)]
        if not dimension.single
        else [names[min(int(rng.random() ** 2 * len(names)), len(names) - 1)]]
    )


def measured(folder: Path, documents: int, dimensions: int, sample: int) -> Measured:
    """Run the command; RuntimeError where it fails."""
    page = folder / "report.html"
    command = [sys.executable, "-m", "coder.cli", "--project", str(folder), "report", str(page)]
    started = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.PIPE)  # noqa: S603 - our own command
    said = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise RuntimeError(said.decode())
    scale = 1024 if sys.platform != "darwin" else 1024**2
    return Measured(
        documents,
        dimensions,
        sample,
        round(seconds, 1),
        round(usage.ru_utime + usage.ru_stime, 1),
        round(usage.ru_maxrss / scale, 0),
        round(page.stat().st_size / 1e6, 2),
    )


@click.command()
@click.option("--documents", type=int, multiple=True, default=(1_000, 100_000), show_default=True)
@click.option("--sample", type=int, default=500, show_default=True, help="Documents coded by hand.")
@click.option("--out", type=click.Path(path_type=Path), default=RESULT, show_default=True)
def main(documents: tuple[int, ...], sample: int, out: Path) -> None:
    """Measure each size and write the result file."""
    found = []
    for size in documents:
        with tempfile.TemporaryDirectory() as home:
            folder = Path(home) / "project"
            fill(folder, size, sample)
            found.append(measured(folder, size, 10, sample))
            click.echo(json.dumps(asdict(found[-1])))
    programs = f"Python {platform.python_version()}, matplotlib {version('matplotlib')}"
    machine = f"{programs}, {os.cpu_count()} cores, {platform.machine()}"
    record = {
        "kind": "benchmark",
        "machine": machine,
        "load_before": round(os.getloadavg()[0], 1),
        "report": [asdict(one) for one in found],
    }
    out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
