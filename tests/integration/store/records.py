"""Small sound records, and a store that holds what they refer to."""

from __future__ import annotations

from dataclasses import dataclass

from coder.model import (
    Call,
    Category,
    Codebook,
    Coder,
    Coding,
    Decision,
    Document,
    NominalDimension,
    QueueItem,
    Run,
    Status,
    Version,
)
from coder.store import Store

CODEBOOK = Codebook(
    name="études",
    version="1.0.0",
    dimensions=(
        NominalDimension(
            id="mode",
            kind="nominal",
            question="Hoe wordt het aangeboden?",
            categories=(Category(id="online", label="Online"), Category(id="offline", label="Vor Ort")),
        ),
    ),
)


def document(name: str = "a") -> tuple[Document, Version]:
    made = Document(name=name, variables={"year": "2019"})
    return made, Version(document_id=made.id, text=f"Text of {name}", hash="0" * 64, context={"url": "x"})


@dataclass(frozen=True)
class World:
    """A document, a codebook, a person, a run and a queue item, all stored."""

    document: Document
    version: Version
    codebook_hash: str
    person: Coder
    run: Run
    item: QueueItem

    def coding(self, **fields: object) -> Coding:
        given = {
            "version_id": self.version.id,
            "dimension_id": "mode",
            "coder_id": self.person.id,
            "status": Status.ABSENT,
            "codebook_hash": self.codebook_hash,
            "dimension_hash": "1" * 64,
        }
        return Coding.model_validate(given | fields)

    def call(self, **fields: object) -> Call:
        given = {
            "run_id": self.run.id,
            "version_id": self.version.id,
            "key": "k",
            "dimensions": ("mode",),
            "status": "ok",
            "requested_model": "m",
        }
        return Call.model_validate(given | fields)

    def decision(self, **fields: object) -> Decision:
        return Decision.model_validate(
            {"item_id": self.item.id, "coder_id": self.person.id, "action": "answer"} | fields
        )


def populate(store: Store) -> World:
    made, version = document()
    store.add_documents([(made, version)])
    digest = store.save_codebook(CODEBOOK)
    person = store.coder("Anna", "person")
    model = store.coder("local/qwen", "model")
    run = Run(coder_id=model.id, codebook_hash=digest, prompt_hash="2" * 64, parameters={"temperature": 0.1, "k": [1]})
    store.add_run(run)
    item = QueueItem(version_id=version.id, dimension_id="mode", run_id=run.id, reason="audit", probability=0.1)
    store.add_queue_items([item])
    return World(made, version, digest, person, run, item)
