"""Small data sets in the two shapes that the harness reads, and a coder that answers what it is told to."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from coder.model import Coding, Status
from eval.answers import AnswerLine, CallKey, Header
from eval.coders import applicable, make_coding
from eval.datasets import DataSet, Item
from eval.endpoints import Endpoint

Rows = Iterable[Sequence[str]]

TONE = """\
name: headlines
version: 1.0.0
unit: news headline
dimensions:
  - id: tone
    kind: nominal
    question: Which tone does it have?
    categories:
      - {id: bad, label: Bad, definition: SECRET-DEFINITION of bad.}
      - {id: good, label: Good, definition: SECRET-DEFINITION of good.}
"""
AREAS = """\
name: areas
version: 1.0.0
unit: sentence
dimensions:
  - id: area
    kind: nominal
    question: Which area?
    absent: {}
    categories: [{id: economic}, {id: social}]
  - id: position
    kind: nominal
    question: Which position?
    applies_if: area == economic
    categories: [{id: left}, {id: right}]
"""


def benchmark(
    folder: Path,
    *,
    items: Rows,
    gold: Rows,
    codebook: str = TONE,
    codings: Rows | None = None,
    text: str = '["text"]',
    context: str = "[]",
    columns: Sequence[str] = ("id", "text"),
) -> Path:
    """A folder of the benchmark shape."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.yaml").write_text(
        f"name: {folder.name}\nlicence: MIT\nitems: {{file: items.csv, id: id, text: {text}, context: {context}}}\n"
        "codebook: codebook.yaml\ngold: gold.csv\ncodings: codings.csv\n"
    )
    (folder / "codebook.yaml").write_text(codebook)
    table(folder / "items.csv", columns, items)
    table(folder / "gold.csv", ("item", "dimension", "code"), gold)
    if codings is not None:
        table(folder / "codings.csv", ("item", "dimension", "coder", "code"), codings)
    return folder


def table(path: Path, columns: Sequence[str], rows: Rows) -> None:
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows([columns, *rows])


def headlines(folder: Path, codes: str) -> Path:
    """Headlines `h00`, `h01`, ... coded `b`ad or `g`ood."""
    names = {"b": "bad", "g": "good"}
    items = [(f"h{number:02d}", f"Headline number {number}") for number in range(len(codes))]
    gold = [(f"h{number:02d}", "tone", names[code]) for number, code in enumerate(codes)]
    return benchmark(folder, items=items, gold=gold)


def shipped(folder: Path, places: Mapping[str, str]) -> Path:
    """A folder of the shipped gold's shape: one document a place, each with two sentences, the second carries its code."""
    (folder / "documents").mkdir(parents=True)
    (folder / "codebook.yaml").write_text(TONE)
    lines = []
    for name in places:
        text = f"id: {name}\ntitle: Title {name}\n---\nThis is page {name}.\n\nIt goes badly.\n"
        (folder / "documents" / f"{name}.txt").write_text(text)
        codes = [{"category": "bad", "evidence": ["It goes badly."]}]
        lines.append({"document": name, "dimension": "tone", "status": "coded", "codes": codes})
    (folder / "codings.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    listed = "".join(f'  "{name}": {place}\n' for name, place in places.items())
    (folder / "splits.yaml").write_text(f"seed: 1\ndocuments:\n{listed}")
    return folder


class Told:
    """A coder whose raw answer is a JSON object of codes by dimension; null is absent."""

    name = "told"
    shape: Mapping[str, Any] = {"examples": 0, "how": "told"}

    def prompt_hash(self, data: DataSet) -> str:
        return "prompt"

    async def ask(
        self,
        endpoint: Endpoint,
        data: DataSet,
        items: Sequence[Item],
        examples: Sequence[Item],
        done: Collection[CallKey],
        record: Callable[[AnswerLine], None],
    ) -> None:
        raise AssertionError("this coder is only read")

    def read(self, data: DataSet, items: Sequence[Item], lines: Sequence[AnswerLine]) -> list[Coding]:
        raw = {line.item: json.loads(line.raw) for line in lines}
        return [coding for item in items for coding in self._item(data, item, raw.get(item.name))]

    def _item(self, data: DataSet, item: Item, answers: Mapping[str, Any] | None) -> list[Coding]:
        codings = {}
        for dimension in data.codebook.dimensions:
            given = answers[dimension.id] if answers is not None else None
            codes = given if isinstance(given, list) else [given] if given else []
            status = Status.FAILED if answers is None else Status.CODED if codes else Status.ABSENT
            codings[dimension.id] = make_coding(data, item, dimension, self.name, status, codes)
        return applicable(data, item, self.name, codings)


def header(data: DataSet, **changes: Any) -> Header:
    """The header of a run of `Told` on all of the dev half."""
    fields: dict[str, Any] = {
        "dataset": data.name, "dataset_hash": data.hash, "codebook_hash": data.codebook.hash(), "coder": "told",
        "shape": dict(Told.shape), "prompt_hash": "prompt", "model": "m", "served_model": "m", "fingerprint": "f",
        "half": "dev", "limit": None, "seed": 2021, "program": "0", "started": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
    return Header(**fields | changes)


def told(answers: Mapping[str, Mapping[str, Any]]) -> tuple[AnswerLine, ...]:
    """One recorded call an item; 100 and 10 tokens and half a second each."""
    return tuple(
        AnswerLine(item=name, raw=json.dumps(given), prompt_tokens=100, completion_tokens=10, milliseconds=500)
        for name, given in answers.items()
    )
