"""A small project without a model: texts, runs and gold put straight into its store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from coder.cli import group
from coder.codebook import load_codebook
from coder.model import Assignment, Coding, Decision, Document, Gold, GoldItem, QueueItem, Run, Status, Version
from coder.store import Store

BOOK = """\
name: small
version: 1
unit: page
dimensions:
  - {id: tone, kind: nominal, question: How does it sound?, absent: {}, categories: [{id: warm}, {id: cold}]}
  - {id: parts, kind: multilabel, question: What is in it?, absent: {}, categories: [{id: x}, {id: y}]}
"""
Answers = Mapping[str, Sequence[str | None]]
"""By dimension one answer a text: codes with `;` (`warm@0.9` with a confidence), a status's name, or None for none."""


@dataclass(frozen=True)
class Scene:
    """The project in `folder` with its texts' versions."""

    folder: Path
    versions: tuple[Version, ...]

    def store(self) -> Store:
        return Store.open(str(self.folder / "intercoder.db"))

    def codings(self, coder_id: str, answers: Answers, **fields: Any) -> list[Coding]:
        book = load_codebook(self.folder / "codebook.yaml")
        return [
            _coding(version, answer, dimension_id, coder_id, book.hash(), book.dimension(dimension_id).hash(), fields)
            for dimension_id, given in answers.items()
            for version, answer in zip(self.versions, given, strict=False)
            if answer is not None
        ]

    def run(self, *answers: Answers, **parameters: Any) -> Run:
        """A run of the mock model; several answers are its replicates."""
        with self.store() as store:
            coder = store.coder("openai:mock", "model")
            book = load_codebook(self.folder / "codebook.yaml")
            run = Run(coder_id=coder.id, codebook_hash=book.hash(), prompt_hash="prompt", parameters=parameters)
            store.add_run(run)
            for replicate, given in enumerate(answers):
                store.add_codings(self.codings(coder.id, given, run_id=run.id, replicate=replicate))
        return run

    def gold(self, coder: str, answers: Answers, name: str = "", kind: Any = "person", **fields: Any) -> list[Coding]:
        """A new version of the gold set `name` (by default the coder's)."""
        with self.store() as store:
            given = self.codings(store.coder(coder, kind).id, answers, **fields)
            store.add_codings(given)
            self.gold_set(store, name or f"team:{coder}", given)
        return given

    def gold_set(self, store: Store, name: str, codings: Iterable[Coding]) -> None:
        version = 1 + max((gold.version for gold in store.golds() if gold.name == name), default=0)
        book = load_codebook(self.folder / "codebook.yaml")
        gold = Gold(name=name, version=version, codebook_hash=book.hash())
        store.add_gold(gold, [GoldItem(coding_id=coding.id) for coding in codings])

    def settle(self, coder: str, dimension: str, answer: str) -> Coding:
        """A person settles the first text's cell through the queue."""
        with self.store() as store:
            coder_id = store.coder(coder, "person").id
            (coding,) = self.codings(coder_id, {dimension: [answer]})
            item = QueueItem(version_id=coding.version_id, dimension_id=dimension, reason="disagreement")
            store.add_queue_items([item])
            store.add_decision(
                Decision(item_id=item.id, coder_id=coder_id, action="settle", coding_id=coding.id), coding
            )
        return coding

    def call(self, *arguments: str) -> Result:
        """The program in this process; an error it shows to people is the result's `exception`."""
        return CliRunner().invoke(group, ["--project", str(self.folder), *arguments], env={"COLUMNS": "80"})

    def read(self, *arguments: str) -> Any:
        """What a command prints with --json."""
        result = self.call(*arguments, "--json")
        assert result.exception is None, result.exception
        return json.loads(result.stdout)


def make_scene(
    folder: Path, texts: int, *, variables: Mapping[str, Sequence[str]] | None = None, book: str = BOOK
) -> Scene:
    """A project with so many documents; `variables` gives one value a document."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "intercoder.toml").write_text("", encoding="utf-8")
    (folder / "codebook.yaml").write_text(book, encoding="utf-8")
    given = variables or {}
    documents = [
        Document(name=f"d{number}", variables={name: values[number] for name, values in given.items()})
        for number in range(texts)
    ]
    versions = tuple(Version(document_id=one.id, text=f"Page {one.name}.", hash=one.name) for one in documents)
    with Store.create(str(folder / "intercoder.db")) as store:
        store.save_codebook(load_codebook(folder / "codebook.yaml"))
        store.add_documents(zip(documents, versions, strict=True))
    return Scene(folder, versions)


def _coding(
    version: Version, answer: str, dimension: str, coder: str, book: str, wording: str, fields: Mapping[str, Any]
) -> Coding:
    status = Status(answer) if answer in {status.value for status in Status} else Status.CODED
    given, _, confidence = answer.partition("@")
    codes = given.split(";") if status is Status.CODED else []
    return Coding(
        version_id=version.id,
        dimension_id=dimension,
        coder_id=coder,
        status=status,
        assignments=tuple(
            Assignment(category=code, confidence=float(confidence) if confidence else None) for code in codes
        ),
        codebook_hash=book,
        dimension_hash=wording,
        **fields,
    )
