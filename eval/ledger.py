"""Small JSON files of figures, and the ledger of how often a test half was looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, BinaryIO

from coder.errors import InputError
from coder.export.atomic import write_atomically
from eval.answers import Header
from eval.score import Figures, Result

LEDGER = "looks.json"
DIGITS = 6


def look(folder: Path, header: Header) -> int | None:
    """How often this coder had seen the test half of this data set before this run; None for the dev half.

    The first scoring of a run is written down; a replay finds itself in the ledger and counts nothing.
    """
    if header.half != "test":
        return None
    ledger: dict[str, dict[str, list[str]]] = read_json(folder / LEDGER) if (folder / LEDGER).exists() else {}
    runs = ledger.setdefault(header.dataset, {}).setdefault(header.coder, [])
    if header.identity not in runs:
        runs.append(header.identity)
        write_json(folder / LEDGER, ledger)
    return runs.index(header.identity)


def result_record(result: Result, looks: int | None) -> Figures:
    """What a result file holds."""
    return {
        "kind": "result",
        "gold": result.data.kind,
        "header": result.header.model_dump(mode="json"),
        "figures": result.figures,
        "looks": looks,
    }


def comparison_record(a: Result, b: Result, figures: Figures) -> Figures:
    """What the file of a comparison holds: `a` less `b`."""
    return {
        "kind": "comparison",
        "dataset": a.header.dataset,
        "half": a.header.half,
        "coders": [a.header.coder, b.header.coder],
        "runs": [a.header.identity, b.header.identity],
        "models": [a.header.served_model, b.header.served_model],
        "figures": figures,
    }


def check_free(path: Path, header: Header) -> None:
    """InputError where a result file holds the figures of another data set, half or coder."""
    if not path.exists():
        return
    there = read_json(path).get("header", {})
    wanted = {"dataset": header.dataset, "half": header.half, "coder": header.coder}
    found = {name: there.get(name) for name in wanted}
    if found != wanted:
        raise InputError(f"{path}: holds figures of another run ({found})", "give the file of answers another name")


def write_json(path: Path, record: Figures) -> None:
    """Write a record in one form only: sorted keys, six digits behind the point."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(_rounded(record), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""

    def fill(handle: BinaryIO) -> None:
        handle.write(text.encode())

    write_atomically(path, fill)


def read_json(path: Path) -> Figures:
    """A record as written; InputError where it is none."""
    try:
        record: Figures = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: cannot be read ({error})", "restore it, or make it again: python -m eval score"
        ) from error
    return record


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0  # no -0.0
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value
