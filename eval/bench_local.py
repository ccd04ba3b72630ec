"""How much of `intercoder code` on the embedded model is the model's own time. By hand: `python -m eval.bench_local`.

The demo's project is coded by the command itself, in a process of its own, from its first import to its last commit.
The model's time is what the server counts for prompts and generation, answer by answer; everything else is ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from coder.cli.demo import project_of
from eval.ledger import write_json
from eval.runs import HOME

DRIVER = "import sys; from eval.bench_local import drive; sys.exit(drive(sys.argv[1], sys.argv[2], sys.argv[3:]))"


def drive(heard: str, folder: str, arguments: list[str]) -> int:
    """The program with every answer of the server's own timings added up; they are written to `heard` at the end."""
    from coder.cli import main  # noqa: PLC0415 - inside the process that is measured
    from coder.providers.local import passes  # noqa: PLC0415

    spent: dict[str, float] = {"model_s": 0.0, "server_s": 0.0, "passes": 0}
    ask = passes.call

    def call(*given: Any, **named: Any) -> dict[str, Any]:
        began = time.perf_counter()
        answer = ask(*given, **named)
        spent["server_s"] += time.perf_counter() - began
        if "timings" in answer:
            spent["model_s"] += (answer["timings"]["prompt_ms"] + answer["timings"]["predicted_ms"]) / 1000
            spent["passes"] += 1
        return answer

    passes.call = call
    sys.argv = ["intercoder", "--project", folder, *arguments]
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        Path(heard).write_text(json.dumps(spent), encoding="utf-8")
    return 0


def measure(documents: int) -> dict[str, Any]:
    """Seconds from the start of the command to its end, and what of them was the model's."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, heard = Path(scratch) / "project", Path(scratch) / "spent.json"
        project_of(folder, None)
        command = [sys.executable, "-c", DRIVER, str(heard), str(folder), "code", "--limit", str(documents)]
        began = time.perf_counter()
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(HOME.parent)})  # noqa: S603 - our own
        wall = time.perf_counter() - began
        spent = json.loads(heard.read_text(encoding="utf-8"))
    return {
        "documents": documents,
        "seconds": round(wall, 2),
        "model_seconds": round(spent["model_s"], 2),
        "server_seconds": round(spent["server_s"], 2),
        "passes": int(spent["passes"]),
        "share": round(spent["model_s"] / wall, 4),
    }


@click.command()
@click.option("--documents", type=click.IntRange(1), default=10, show_default=True)
def main(documents: int) -> None:
    """Measure, say and record."""
    figures = measure(documents)
    write_json(HOME / "results" / "bench-local.json", {"kind": "benchmark", **figures})
    click.echo(
        f"{figures['documents']} documents in {figures['seconds']} s, {figures['model_seconds']} s of them the model's "
        f"({figures['share']:.1%}), {figures['passes']} passes"
    )


if __name__ == "__main__":
    main()
