"""From key to painted screen at the second coder's desk: `python -m eval.bench_desk`.

The desk runs in a process of its own on a pseudo-terminal, over a real SQLite store. A key is written to the terminal,
and its latency is the time until the last byte that the desk paints because of it, that is, before QUIET seconds in
which it paints nothing. The process's CPU time a key is the kernel's. A terminal's own drawing is not in it.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path

import click

from coder.adjudicate import Desk
from coder.codebook import load_codebook
from coder.documents import segment
from coder.model import Assignment, Codebook, Coder, Coding, Document, Gold, GoldItem, QueueItem, Run, Status, Version
from coder.paths import data_dir
from coder.store import Store
from coder.tui import run as open_desk

RESULT = Path(__file__).parent / "results" / "bench-desk.json"
GOLD = data_dir("gold") / "radiology-ai-training"
SIZE = (140, 40)
QUIET = 0.25
"""Seconds without a byte after which a key's work is over."""
ROUND = ("down", "2", "a", "a", "j", "k", "f", "2", "pagedown", "a", "e", "space", "u", "j")
"""Keys as a coder presses them: look, mark, save, keep, move, flag, read, skip, undo."""
BYTES = {"down": b"\x1b[B", "pagedown": b"\x1b[6~", "space": b" "}
MODE_2026 = b"\x1b[?2026$p"
"""The question whether the terminal paints whole frames, which Textual asks; a terminal says yes."""


@dataclass(frozen=True)
class Stroke:
    """One key: seconds to the last byte painted (None where nothing was painted) and the desk's CPU seconds."""

    key: str
    seconds: float | None
    cpu: float


def fill(url: str, items: int, words: int) -> None:
    """A store with this many queued items, ten a document of `words` words or more, coded by a model and in gold."""
    codebook = load_codebook(GOLD / "codebook.yaml")
    texts = [path.read_text(encoding="utf-8") for path in sorted((GOLD / "documents").glob("*.txt"))]
    with Store.create(url) as store:
        store.coder("ann", "person")
        model = store.coder("some-model", "model")
        run = Run(coder_id=model.id, codebook_hash=store.save_codebook(codebook), prompt_hash="0" * 64)
        store.add_run(run)
        documents = items // len(codebook.dimensions)
        pairs = [_pair(number, _text(texts, number, words)) for number in range(documents)]
        store.add_documents(pairs)
        store.add_codings(coding for _, one in pairs for coding in _codings(codebook, model, one, run))
        cells = [(one.id, dimension.id) for _, one in pairs for dimension in codebook.dimensions]
        gold = _gold(store, codebook, pairs)
        store.add_queue_items([_queued(run, gold, *cell) for cell in cells])


def _gold(store: Store, codebook: Codebook, pairs: list[tuple[Document, Version]]) -> Gold:
    person = store.coder("bea", "person")
    codings = [coding for _, one in pairs for coding in _codings(codebook, person, one)]
    store.add_codings(codings)
    gold = Gold(name="gold", version=1, codebook_hash=codebook.hash())
    store.add_gold(gold, [GoldItem(coding_id=coding.id) for coding in codings])
    return gold


def _text(texts: list[str], start: int, words: int) -> str:
    chosen: list[str] = []
    for text in islice(cycle(texts), start % len(texts), None):
        chosen.append(text)
        if sum(len(one.split()) for one in chosen) >= words:
            return "\n\n".join(chosen)
    return ""


def _pair(number: int, text: str) -> tuple[Document, Version]:
    document = Document(name=f"Program {number:05}")
    return document, Version(document_id=document.id, text=text, hash="0" * 64, language="en")


def _codings(codebook: Codebook, coder: Coder, one: Version, run: Run | None = None) -> Iterator[Coding]:
    cited, digest = segment(one.text, one.language)[0].span, codebook.hash()
    for dimension in codebook.dimensions:
        yield Coding(
            version_id=one.id,
            dimension_id=dimension.id,
            coder_id=coder.id,
            run_id=None if run is None else run.id,
            status=Status.CODED,
            assignments=(Assignment(category=dimension.codes[0].id, evidence=(cited,)),),
            codebook_hash=digest,
            dimension_hash="0" * 64,
        )


def _queued(run: Run, gold: Gold, version_id: str, dimension_id: str) -> QueueItem:
    cell = {"version_id": version_id, "dimension_id": dimension_id}
    return QueueItem(**cell, run_id=run.id, gold_id=gold.id, reason="disagreement")


def show(url: str) -> None:
    """The desk itself, in this process's terminal."""
    with Store.open(url) as store:
        desk = Desk(
            store,
            load_codebook(GOLD / "codebook.yaml"),
            store.coder("ann", "person"),
            lambda one: segment(one.text, one.language),
        )
        open_desk(desk)


class Terminal:
    """A pseudo-terminal with the desk in it."""

    def __init__(self, url: str) -> None:
        self._end, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        surroundings = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        command = [sys.executable, "-m", "eval.bench_desk", "--desk", url]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=inside, stdout=inside, stderr=inside, env=surroundings, start_new_session=True
        )
        os.close(inside)

    def press(self, key: str) -> Stroke:
        """Press a key and wait until everything is painted."""
        before, start = self._cpu(), time.perf_counter()
        os.write(self._end, BYTES.get(key, key.encode()))
        painted = self._painted()
        return Stroke(key, None if painted is None else painted - start, self._cpu() - before)

    def start_up(self) -> float:
        """Seconds from the process's start to its first screen, painted whole."""
        start = last = time.perf_counter()
        seen = b""
        while b"Not answered" not in seen:
            chunk = os.read(self._end, 65536)
            last = time.perf_counter()
            if MODE_2026 in chunk:
                os.write(self._end, b"\x1b[?2026;2$y")
            seen += chunk
        return (self._painted() or last) - start

    def close(self) -> None:
        """Quit the desk."""
        os.write(self._end, b"q")
        self._painted()
        self._process.wait(timeout=30)
        os.close(self._end)

    def _painted(self) -> float | None:
        last = None
        while select.select([self._end], [], [], QUIET)[0]:
            try:
                os.read(self._end, 65536)
            except OSError:  # the other end is closed
                break
            last = time.perf_counter()
        return last

    def _cpu(self) -> float:
        # The first number is the nanoseconds that the process's threads together were on a core.
        threads = Path(f"/proc/{self._process.pid}/task").glob("*/schedstat")
        return sum(int(one.read_text().split()[0]) for one in threads) / 1e9


@contextmanager
def terminal(url: str) -> Iterator[Terminal]:
    """A desk that is quit at the end."""
    opened = Terminal(url)
    yield opened
    opened.close()


def measure(items: int, words: int, strokes: int) -> dict[str, object]:
    """Start-up, and latency and CPU time of keys, at a queue of this length."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/desk.db"
        fill(url, items, words)
        with terminal(url) as desk:
            start = desk.start_up()
            done = [desk.press(key) for key in islice(cycle(ROUND), strokes)]
    return {"items": items, "words": words, "start_s": round(start, 2), **summary(done), "keys": _by_key(done)}


def _by_key(done: list[Stroke]) -> dict[str, object]:
    return {key: summary([one for one in done if one.key == key]) for key in dict.fromkeys(ROUND)}


def summary(done: list[Stroke]) -> dict[str, float | None]:
    """Median and 95th percentile (nearest rank) of the keys that painted something, and CPU milliseconds of all."""
    painted = sorted(one.seconds * 1000 for one in done if one.seconds is not None)
    at_95 = painted[-(-len(painted) * 95 // 100) - 1] if painted else None
    return {
        "painted": len(painted),
        "median_ms": round(statistics.median(painted), 1) if painted else None,
        "p95_ms": None if at_95 is None else round(at_95, 1),
        "cpu_ms": round(statistics.mean(one.cpu * 1000 for one in done), 1),
    }


@click.command()
@click.option("--items", "sizes", type=int, multiple=True, default=(100, 100_000), help="How many items are queued.")
@click.option("--strokes", default=30 * len(ROUND), show_default=True, help="Keys pressed at each size.")
@click.option("--keep/--no-keep", default=True, help="Write results/bench-desk.json.")
@click.option("--desk", hidden=True, help="Open the desk over this store, in the terminal at hand.")
def main(sizes: tuple[int, ...], strokes: int, keep: bool, desk: str | None) -> None:
    """Press keys at a desk with few and with many queued items, and with a long document; print what they took."""
    if desk is not None:
        show(desk)
        return
    cases = [*((size, 0) for size in sizes), (100, 20_000)]
    load = os.getloadavg()[0]
    rows = [measure(items, words, strokes) for items, words in cases]
    for row in rows:
        click.echo(json.dumps(row))
    if keep:
        record = {"kind": "benchmark", "machine": _machine(), "load_before": round(load, 2), "size": SIZE, "desk": rows}
        RESULT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _machine() -> str:
    textual = version("textual")
    return f"Python {platform.python_version()}, Textual {textual}, {os.cpu_count()} cores, {platform.machine()}"


if __name__ == "__main__":
    main()
