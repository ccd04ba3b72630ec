"""A small second coder's world: a codebook, two documents, a run, gold and a queue, in memory or in a real store."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coder.adjudicate import Desk
from coder.adjudicate.blinding import Reveal
from coder.adjudicate.shelf import DeskStore
from coder.model import (
    Assignment,
    Codebook,
    Coder,
    CoderKind,
    Coding,
    Decision,
    Document,
    Gold,
    GoldItem,
    QueueItem,
    Run,
    Segment,
    Span,
    Status,
    Version,
)
from coder.store import Store

CODEBOOK = Codebook.model_validate(
    {
        "name": "programs",
        "version": "1",
        "dimensions": [
            {
                "id": "mode",
                "kind": "nominal",
                "label": "Delivery mode",
                "question": "How is the program offered?",
                "absent": {"label": "Not specified", "definition": "Neither place nor channel is named."},
                "categories": [
                    {"id": "offline", "label": "Offline", "definition": "People come to a place."},
                    {"id": "online", "label": "Online", "definition": "People attend through the net."},
                    {"id": "hybrid", "label": "Hybrid", "definition": "Part of it in a place, part through the net."},
                ],
            },
            {
                "id": "topic",
                "kind": "multilabel",
                "question": "What is taught?",
                "categories": [
                    {"id": "basics", "definition": "How learning machines work."},
                    {"id": "imaging", "definition": "Their use on images."},
                    {"id": "ethics", "definition": "What ought to be done."},
                ],
            },
            {
                "id": "duration",
                "kind": "quantity",
                "question": "How long is it?",
                "unit": "minutes",
                "bins": [{"id": "short", "to": 60}, {"id": "long", "from": 60}],
                "absent": {},
            },
            {
                "id": "city",
                "kind": "nominal",
                "question": "In which city?",
                "applies_if": "mode in offline, hybrid",
                "categories": [{"id": f"city{number}"} for number in range(1, 13)],
            },
        ],
    }
)
TEXT = "AI for radiologists\n\n• The course is held online.\n• It lasts two hours. It costs nothing."
SENTENCES = re.compile(r"[^\n•.]+\.?")


def cut(version: Version) -> tuple[Segment, ...]:
    """Segments by full stop, line and bullet: enough for these texts."""
    found = [match for match in SENTENCES.finditer(version.text) if match.group().strip()]
    return tuple(
        Segment(number=number, text=match.group().strip(), start=_start(match), end=match.end())
        for number, match in enumerate(found, start=1)
    )


def _start(match: re.Match[str]) -> int:
    return match.end() - len(match.group().lstrip())


def coding(
    coder: Coder, version_id: str, dimension_id: str, *codes: str, status: Status | None = None, **fields: object
) -> Coding:
    """A coding with sound hashes; coded where codes are given, else of the status, else absent."""
    evidence = fields.pop("evidence", ())
    return Coding.model_validate(
        {
            "version_id": version_id,
            "dimension_id": dimension_id,
            "coder_id": coder.id,
            "status": status or (Status.CODED if codes else Status.ABSENT),
            "assignments": [Assignment(category=code, evidence=evidence) for code in codes],
            "codebook_hash": CODEBOOK.hash(),
            "dimension_hash": CODEBOOK.dimension(dimension_id).hash(),
            **fields,
        }
    )


class Memory:
    """The store's part that the desk uses, in lists; rows can be added and read, never changed."""

    def __init__(self) -> None:
        self.pairs: list[tuple[Document, Version]] = []
        self.people: list[Coder] = []
        self.added: list[Coding] = []
        self.gold_codings: dict[str, list[str]] = {}
        self.queue: list[QueueItem] = []
        self.log: list[Decision] = []
        self.held: dict[str, str] = {}

    def documents_of_versions(self) -> dict[str, Document]:
        return {version.id: document for document, version in self.pairs}

    def version(self, version_id: str) -> Version:
        return next(version for _, version in self.pairs if version.id == version_id)

    def versions(self, version_ids: Collection[str]) -> list[Version]:
        return [version for _, version in self.pairs if version.id in version_ids]

    def coder(self, name: str, kind: CoderKind) -> Coder:
        self.people.append(Coder(name=name, kind=kind))
        return self.people[-1]

    def coders(self) -> list[Coder]:
        return self.people

    def coding(self, coding_id: str) -> Coding:
        return next(coding for coding in self.added if coding.id == coding_id)

    def codings(self, *, gold_id: str | None = None, **wanted: str | None) -> list[Coding]:
        found = self.added if gold_id is None else [self.coding(one) for one in self.gold_codings[gold_id]]
        return [one for one in found if all(value in (None, getattr(one, name)) for name, value in wanted.items())]

    def queue_items(self) -> list[QueueItem]:
        return self.queue

    def decisions(self, *item_ids: str) -> list[Decision]:
        return [decision for decision in self.log if not item_ids or decision.item_id in item_ids]

    def add_decision(self, decision: Decision, coding: Coding | None = None) -> None:
        self.log.append(decision)
        self.added.extend([coding] if coding else [])

    def add_decisions(self, decisions: Sequence[Decision], codings: Sequence[Coding] = ()) -> None:
        by_id = {coding.id: coding for coding in codings}
        for decision in decisions:
            self.add_decision(decision, by_id.get(decision.coding_id or ""))

    def lease(self, item_ids: Collection[str], coder_id: str, seconds: float) -> set[str]:
        mine = {item_id for item_id in item_ids if self.held.get(item_id, coder_id) == coder_id}
        self.held.update(dict.fromkeys(mine, coder_id))
        return mine

    def release(self, item_ids: Collection[str], coder_id: str) -> None:
        self.held = {item: who for item, who in self.held.items() if item not in item_ids or who != coder_id}

    def leases(self) -> dict[str, str]:
        return self.held

    # What the real store has too, so that one world can be put into either.

    def add_documents(self, pairs: Sequence[tuple[Document, Version]]) -> None:
        self.pairs.extend(pairs)

    def save_codebook(self, codebook: Codebook) -> str:
        return codebook.hash()

    def add_run(self, run: Run) -> None:
        pass

    def add_codings(self, codings: Sequence[Coding]) -> None:
        self.added.extend(codings)

    def add_gold(self, gold: Gold, items: Sequence[GoldItem]) -> None:
        self.gold_codings[gold.id] = [item.coding_id for item in items]

    def add_queue_items(self, items: Sequence[QueueItem]) -> None:
        self.queue.extend(items)


@dataclass(frozen=True)
class Said:
    """What the model and the gold say of every cell, and why the items are queued: all that a blind coder may not see."""

    model: str = "hybrid"
    gold: str = "online"
    reason: str = "disagreement"
    detail: str = "gold: online; model: hybrid"
    model_name: str = "some-model"
    gold_name: str = "some-gold"
    evidence: tuple[int, int] = (23, 51)
    because: str = ""


@dataclass(frozen=True)
class World:
    """A filled store, with the people and items in it."""

    store: Store | Memory
    ann: Coder
    ben: Coder
    model: Coder
    items: tuple[QueueItem, ...]

    def desk(self, coder: Coder | None = None, *, open_: bool = False, reveal: Reveal = "item", **more: Any) -> Desk:
        """A desk over the store, as a restart would make it.

        Unlike the default it shows each item after its own answer, so that a test can look at one item alone.
        """
        store: DeskStore = self.store
        return Desk(store, CODEBOOK, coder or self.ann, cut, open_=open_, reveal=reveal, **more)

    def item(self, dimension_id: str, document: int = 0) -> str:
        """The id of a document's item of this dimension."""
        return [item.id for item in self.items if item.dimension_id == dimension_id][document]

    def acts(self) -> list[Decision]:
        """The log without the rows that say what was shown."""
        return [act for act in self.store.decisions() if act.action != "reveal"]

    def saved(self) -> list[tuple[str, tuple[str, ...], str]]:
        """What is stored of the log but for what was shown: action, codes (or the status), visibility."""
        rows = []
        for act in self.acts():
            one = self.store.coding(act.coding_id) if act.coding_id else None
            words = () if one is None else one.codes or (str(one.status),)
            rows.append((act.action, words, act.visible))
        return rows


def fill(store: Store | Memory, said: Said | None = None, text: str = TEXT, name: str = "Program A") -> World:
    """Two documents with every dimension queued, the model and the gold at odds on each."""
    said = said or Said()
    pairs = [pair(name, text), pair("Program B", "A hybrid course in Utrecht.")]
    store.add_documents(pairs)
    digest = store.save_codebook(CODEBOOK)
    model, gold_coder = store.coder(said.model_name, "model"), store.coder(said.gold_name, "constructed")
    ann, ben = store.coder("Ann", "person"), store.coder("Ben", "person")
    run = Run(coder_id=model.id, codebook_hash=digest, prompt_hash="0" * 64)
    store.add_run(run)
    cells = [(version.id, dimension.id) for _, version in pairs for dimension in CODEBOOK.dimensions]
    shown = {"evidence": [Span(start=said.evidence[0], end=said.evidence[1])]}
    models = [coding(model, *cell, said.model, run_id=run.id, reason=said.because, **shown) for cell in cells]
    golds = [coding(gold_coder, *cell, said.gold, **shown) for cell in cells]
    store.add_codings([*models, *golds])
    gold = Gold(name="gold", version=1, codebook_hash=digest)
    store.add_gold(gold, [GoldItem(coding_id=one.id) for one in golds])
    items = tuple(
        QueueItem.model_validate(
            {
                "version_id": version_id,
                "dimension_id": dimension_id,
                "run_id": run.id,
                "gold_id": gold.id,
                "reason": said.reason,
                "detail": said.detail,
            }
        )
        for version_id, dimension_id in cells
    )
    store.add_queue_items(items)
    return World(store, ann, ben, model, items)


def pair(name: str, text: str) -> tuple[Document, Version]:
    """A document with its only version."""
    document = Document(name=name)
    return document, Version(document_id=document.id, text=text, hash="0" * 64, context={"site": "example"})


def real_store(folder: Path) -> Store:
    """A SQLite store in a folder."""
    return Store.create(f"sqlite:///{folder / 'desk.db'}")
