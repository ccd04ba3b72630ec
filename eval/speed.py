"""How fast a run is, and what it costs the machine that asks: ours and other clients against a stand-in endpoint.

The endpoint runs in a process of its own and takes 200 ms for every answer. `ours` is the program itself, `intercoder
code` on a project in a folder of its own: reading, validating and storing are in its figures.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from coder.codebook import load_codebook
from coder.documents import segment
from coder.errors import InputError
from coder.model import Document, Version
from coder.prompting import build_prompt
from coder.store import Store
from eval.clients import CLIENTS, GOLD

MOCK = Path(__file__).parents[1] / "tests" / "mock_openai.py"
LATENCY_S = 0.2
LOOK_S = 0.05
"""Seconds between two looks at a process: its end and its memory are seen no more exactly."""
OURS = "ours"
PEERS = {
    "inspect_ai": "INTERCODER_EVAL_INSPECT_AI",
    "Ray Data": "INTERCODER_EVAL_RAY_DATA",
    "curator": "INTERCODER_EVAL_CURATOR",
}
"""Programs of `eval.peers`, each with the variable that names the Python of the environment it is installed in."""
ALL = (OURS, *CLIENTS, *PEERS)
BATCH = 5000
"""Documents put into the store at a time."""


@dataclass(frozen=True, slots=True)
class Load:
    """So many documents, so many calls in flight."""

    documents: int
    concurrency: int

    @property
    def ideal_s(self) -> float:
        """The time that the endpoint alone would take."""
        return self.documents / self.concurrency * LATENCY_S


@dataclass(frozen=True, slots=True)
class Measured:
    """One client under one load.

    `seconds` run from the first request to the end of the process, which by then has stored what it stores; `ratio` is
    that over the ideal time, and `command_seconds` the whole command, start and planning included. `cpu_ms` is the
    client's CPU time a document, start-up included; `peak_mb` its largest resident memory; processes that it starts are
    in both. Ray Data's workers are no children of its process, and are in neither.
    """

    client: str
    documents: int
    concurrency: int
    seconds: float
    ratio: float
    command_seconds: float
    cpu_ms: float
    peak_mb: int


@contextmanager
def endpoint() -> Iterator[str]:
    """The stand-in in a process of its own; yields its base URL."""
    command = [sys.executable, str(MOCK), "--port", "0", "--latency", str(LATENCY_S)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.terminate()


def installed() -> tuple[str, ...]:
    """The clients that can run here: peers where their variable names a Python."""
    return tuple(name for name in ALL if name not in PEERS or os.environ.get(PEERS[name]))


def measure(clients: Sequence[str], loads: Sequence[Load]) -> Iterator[Measured]:
    """Each client under each load, one after the other; the endpoint is as new for each."""
    with endpoint() as url, tempfile.TemporaryDirectory(prefix="speed") as folder:
        for load in loads:
            for client in clients:
                with tempfile.TemporaryDirectory(dir=folder) as room:
                    command = _command(client, load, url, Path(room))
                    yield _measured(client, load, command, url)


def _command(client: str, load: Load, url: str, folder: Path) -> list[str]:
    """The command of a client, with what it reads made in the folder."""
    if client == OURS:
        make_project(folder, load.documents, url)
        concurrency = ["--concurrency", str(load.concurrency)]
        return [sys.executable, "-m", "coder.cli", "--project", str(folder), "code", *concurrency, "--json"]
    questions = folder / "questions.jsonl"
    write_questions(questions, load.documents)
    asked = [url, str(questions), str(load.concurrency)]
    if client in PEERS:
        if not os.environ.get(PEERS[client]):
            raise InputError(f"{client} is not installed", f"{PEERS[client]} names the Python of its environment")
        return [os.environ[PEERS[client]], "-P", str(Path(__file__).with_name("peers.py")), client, *asked]
    return [sys.executable, "-m", "eval.clients", client, *asked]


def _measured(client: str, load: Load, command: list[str], url: str) -> Measured:
    _ask(url, "reset", b"")
    began = time.time()
    code, cpu, peak_mb = _watched(command)
    ended = time.time()
    seen = _ask(url, "stats")
    if code or seen["ok"] < load.documents:
        raise RuntimeError(f"{client}: exit code {code}, {seen['ok']} of {load.documents} answered")
    seconds = ended - seen["first"]
    return Measured(
        client=client,
        documents=load.documents,
        concurrency=load.concurrency,
        seconds=round(seconds, 2),
        ratio=round(seconds / load.ideal_s, 3),
        command_seconds=round(ended - began, 2),
        cpu_ms=round(cpu * 1000 / load.documents, 2),
        peak_mb=round(peak_mb),
    )


def _watched(command: list[str]) -> tuple[int, float, float]:
    """Exit code, CPU seconds and peak resident memory in MB of a command.

    The kernel's own peak of a child counts what its parent held when it was made, so that the process is asked itself.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own programs
    peak = 0.0
    while True:
        reaped, status, usage = os.wait4(process.pid, os.WNOHANG)
        if reaped:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage.ru_utime + usage.ru_stime, peak
        peak = max(peak, _peak_mb(process.pid))
        time.sleep(LOOK_S)


def _peak_mb(pid: int) -> float:
    """The peak of a process and of those that it started, together."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return 0.0
    own = sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    return own + sum(_peak_mb(int(child)) for child in children)


def _ask(url: str, what: str, data: bytes | None = None) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url.removesuffix('/v1')}/{what}", data) as answer:  # noqa: S310 - our own endpoint
        return dict(json.load(answer))


def texts(count: int) -> Iterator[str]:
    """The shipped descriptions over and over, each with a line of its own before it, so that no two are the same."""
    shipped = [path.read_text(encoding="utf-8") for path in sorted((GOLD / "documents").glob("*.txt"))]
    for number in range(count):
        yield f"Programme number {number}.\n{shipped[number % len(shipped)]}"


def make_project(folder: Path, documents: int, url: str) -> None:
    """A project with the shipped codebook of ten dimensions and so many texts."""
    (folder / "codebook.yaml").write_text((GOLD / "codebook.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    settings = f'[model]\nprovider = "openai"\nname = "mock"\nbase_url = "{url}"\n'
    (folder / "intercoder.toml").write_text(settings, encoding="utf-8")
    with Store.create(str(folder / "intercoder.db")) as store:
        pairs: list[tuple[Document, Version]] = []
        for number, text in enumerate(texts(documents)):
            document = Document(name=f"program {number:07d}")
            digest = sha256(text.encode()).hexdigest()
            pairs.append((document, Version(document_id=document.id, text=text, hash=digest, language="en")))
            if len(pairs) == BATCH or number == documents - 1:
                store.add_documents(pairs)
                pairs = []


def write_questions(file: Path, documents: int) -> None:
    """The same questions for the other clients: system message and schema in the first line, then a text a line."""
    prompt = build_prompt(load_codebook(GOLD / "codebook.yaml"), "object")
    with file.open("w", encoding="utf-8") as lines:
        print(json.dumps({"system": prompt.system, "schema": prompt.schema}), file=lines)
        for text in texts(documents):
            (*_, user) = prompt.messages(segment(text, "en"), {})
            print(json.dumps(user["content"]), file=lines)


def table(rows: Sequence[Measured]) -> str:
    """The rows as a Markdown table."""
    head = "| client | documents / concurrency | time over ideal | client CPU, ms a document | memory, MB |"
    lines = [
        f"| {one.client} | {one.documents:,} / {one.concurrency} | {one.ratio:.2f} | {one.cpu_ms:.1f} | {one.peak_mb} |"
        for one in rows
    ]
    return "\n".join([head, "| --- | --- | --- | --- | --- |", *lines])


def record(path: Path, rows: Sequence[Measured]) -> None:
    """Keep the figures with what they were measured on; those of other loads and clients in the file stay."""
    old = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    fresh = {_place(row): row for row in (*old, *map(asdict, rows))}
    result = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "latency_s": LATENCY_S,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "versions": {name: version(name) for name in ("aiohttp", "instructor", "openai", "pydantic", "sqlalchemy")},
        "rows": sorted(fresh.values(), key=lambda row: (row["documents"], row["concurrency"], row["client"])),
    }
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _place(row: dict[str, Any]) -> tuple[str, int, int]:
    return row["client"], row["documents"], row["concurrency"]
