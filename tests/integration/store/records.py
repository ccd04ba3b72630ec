"""Small sound records, and a store that holds what they refer to."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from coder.model import (
    Call,
    Capture,
    Category,
    Codebook,
    Coder,
    Coding,
    Decision,
    Document,
    Hit,
    Match,
    NominalDimension,
    QueueItem,
    Run,
    Search,
    SearchQuery,
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


PAGE = b"<p>An unmistakable page</p>"


def find(store: Store, world: World) -> Document:
    """A document found by a search, with its page, held for the same as the one there is; its first text is returned."""
    search = Search(name="spring", coder_id=world.person.id)
    found = Document(name="example.org/course", source="pubmed")
    fields = {"title": "An unmistakable result"}
    hit = Hit(search_id=search.id, document_id=found.id, source="pubmed", query="AI", rank=1, fields=fields)
    asked = SearchQuery(search_id=search.id, source="pubmed", query="AI", results=1, total=2**40)
    store.add_finds(search, lambda _: ([(found, None)], [hit], []), [asked])
    version = Version(document_id=found.id, text="Page", hash="5" * 64)
    capture = Capture(
        document_id=found.id, url="https://example.org/course", outcome="fetched", http_status=200,
        body_hash=sha256(PAGE).hexdigest(), version_id=version.id,
    )  # fmt: skip
    store.add_capture(capture, PAGE, version)
    match = Match(
        document_id=found.id, other_id=world.document.id, verdict="same", grounds="An unmistakable title",
        evidence={"title": 1.0},
    )  # fmt: skip
    store.add_matches([match])
    return found
