"""How long each export of a large project takes, and how much memory: `python -m eval.bench_export`.

A real SQLite store is filled with documents of some 300 words in ten dimensions, coded by a model with evidence and
confidence, every fiftieth by a person too. Each format is then written by `intercoder export` in a process of its own;
its peak memory is the kernel's (`ru_maxrss`).
"""

from __future__ import annotations

import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from coder.export import exporters
from coder.model import Assignment, Codebook, Coding, Document, Run, Span, Status, Version
from coder.store import Store

RESULT = Path(__file__).parent / "results" / "bench-export.json"
DIMENSIONS = 10
CATEGORIES = 6
BATCH = 2_000
PERSON_EVERY = 50
WORDS = ("program", "course", "radiologists", "lectures", "imaging", "data", "ethics", "practice", "weeks", "online")


def codebook() -> Codebook:
    """Seven nominal dimensions and three with several labels."""
    dimensions: list[dict[str, Any]] = [
        {
            "id": f"dimension_{number}",
            "kind": "multilabel" if number % 4 == 3 else "nominal",
            "question": f"What about {number}?",
            "absent": {},
            "categories": [{"id": f"c{one}", "label": f"Category {one}"} for one in range(CATEGORIES)],
        }
        for number in range(DIMENSIONS)
    ]
    return Codebook.model_validate({"name": "large", "version": "1", "dimensions": dimensions})


def fill(folder: Path, documents: int) -> None:
    """A project in `folder` with so many documents."""
    book = codebook()
    (folder / "intercoder.toml").write_text("", encoding="utf-8")
    (folder / "codebook.yaml").write_text(json.dumps(book.canonical()), encoding="utf-8")
    chance = random.Random(20210215)  # noqa: S311 - texts, not secrets
    with Store.create(str(folder / "intercoder.db")) as store:
        digest = store.save_codebook(book)
        model, person = store.coder("mock", "model"), store.coder("ann", "person")
        run = Run(coder_id=model.id, codebook_hash=digest, prompt_hash="none")
        store.add_run(run)
        for first in range(0, documents, BATCH):
            pairs = [_document(number, chance) for number in range(first, min(documents, first + BATCH))]
            store.add_documents(pairs)
            store.add_codings(_codings(pairs, book, chance, model.id, run.id))
            store.add_codings(_codings(pairs[::PERSON_EVERY], book, chance, person.id, None))


def _document(number: int, chance: random.Random) -> tuple[Document, Version]:
    document = Document(name=f"d{number}", variables={"year": str(2015 + number % 6), "source": f"site {number % 97}"})
    text = ". ".join(" ".join(chance.choices(WORDS, k=15)).capitalize() for _ in range(20)) + "."
    return document, Version(document_id=document.id, text=text, hash=document.name)


def _codings(
    pairs: list[tuple[Document, Version]], book: Codebook, chance: random.Random, coder: str, run: str | None
) -> Iterator[Coding]:
    digest, hashes = book.hash(), {one.id: one.hash() for one in book.dimensions}
    for _, text in pairs:
        for dimension in book.dimensions:
            count = 1 if dimension.single else chance.randint(0, 3)
            given = () if chance.random() < 0.2 else chance.sample(range(CATEGORIES), count)
            start = chance.randrange(len(text.text) - 80)
            yield Coding(
                version_id=text.id,
                dimension_id=dimension.id,
                coder_id=coder,
                status=Status.CODED if given else Status.ABSENT,
                assignments=tuple(
                    Assignment(
                        category=f"c{one}",
                        evidence=(Span(start=start, end=start + 80),),
                        confidence=chance.random() if run else None,
                    )
                    for one in given
                ),
                codebook_hash=digest,
                dimension_hash=hashes[dimension.id],
                run_id=run,
            )


def measure(folder: Path, name: str, *options: str) -> dict[str, Any]:
    """Seconds on the clock and of the processor, peak memory and size of one export, in a process of its own."""
    path = folder / name
    command = [sys.executable, "-m", "eval.bench_export", "--one", str(folder), str(path), *options]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    seconds = time.perf_counter() - started
    if done.returncode:
        raise click.ClickException(done.stderr)
    cpu, peak = done.stdout.split()[-2:]
    found = {
        "format": " ".join([path.suffix, *options]),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(float(cpu), 1),
        "peak_mb": round(int(peak) / 1024),
        "file_mb": round(path.stat().st_size / 1e6, 1),
    }
    path.unlink()
    return found


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--documents", type=click.IntRange(min=1), default=100_000, show_default=True)
@click.option("--only", multiple=True, help="An ending; again for several (default: all).")
@click.option("--one", is_flag=True, hidden=True)
@click.option("--write/--no-write", default=True, show_default=True, help=f"Record in results/{RESULT.name}.")
@click.argument("rest", nargs=-1, type=click.UNPROCESSED)
def main(documents: int, only: tuple[str, ...], one: bool, write: bool, rest: tuple[str, ...]) -> None:
    """Time every export."""
    if one:
        from coder.cli import group  # noqa: PLC0415 - only in the measured process

        group.main(["--project", rest[0], "export", *rest[1:]], standalone_mode=False)
        used = resource.getrusage(resource.RUSAGE_SELF)
        click.echo(f"{used.ru_utime + used.ru_stime} {used.ru_maxrss}")
        return
    wanted = [ending for ending in exporters() if not only or ending in only]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        fill(folder, documents)
        found = [measure(folder, f"out{ending}") for ending in wanted]
        if ".csv" in wanted:
            found.append(measure(folder, "out.csv", "--wide"))
    result = {
        "documents": documents,
        "dimensions": DIMENSIONS,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_at_end": round(os.getloadavg()[0], 1),
        "packages": {name: version(name) for name in ("pandas", "pyarrow", "pyreadstat", "sqlalchemy", "pydantic")},
        "exports": found,
    }
    for line in found:
        click.echo(
            "{format:12} {seconds:8.1f} s {cpu_seconds:8.1f} s CPU {peak_mb:6} MB {file_mb:8.1f} MB on disk".format(
                **line
            )
        )
    if write:
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
