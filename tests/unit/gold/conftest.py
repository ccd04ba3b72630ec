"""A small codebook with every kind of dimension, two documents, and a way to read a file's text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coder.gold import GoldImport, read_codings
from coder.model import Codebook, Document, Version

TEXTS = {
    "alpha": "A webinar of 90 minutes.\nIt is online and free.\nProf. Ånström teaches.",
    "beta": "Offered on site; price on request.",
    "7": "A third programme.",
}


def make_codebook() -> Codebook:
    return Codebook.model_validate(
        {
            "name": "small",
            "version": "1",
            "unit": "training program",
            "dimensions": [
                {
                    "id": "mode",
                    "label": "Delivery mode",
                    "kind": "nominal",
                    "question": "How?",
                    "absent": {"label": "Not specified"},
                    "categories": [
                        {"id": "offline", "label": "On site"},
                        {"id": "online", "label": "Online"},
                        {"id": "hybrid", "label": "Both, online and on site"},
                    ],
                },
                {
                    "id": "topics",
                    "kind": "multilabel",
                    "question": "Which?",
                    "categories": [
                        {"id": "medical", "label": "Medical"},
                        {"id": "technical", "label": "Technical"},
                        {"id": "legal", "label": "Legal, ethical"},
                    ],
                },
                {
                    "id": "duration",
                    "kind": "quantity",
                    "question": "How long?",
                    "unit": "minutes",
                    "absent": {},
                    "bins": [
                        {"id": "under_1h", "label": "Shorter than 1 h", "to": 60},
                        {"id": "h1_3", "label": "1–3 h", "from": 60, "to": 180},
                        {"id": "h3_6", "label": "3–6 h", "from": 180, "to": 360},
                    ],
                },
                {"id": "start", "kind": "date", "question": "When?", "period": {"from": "2019-01", "to": "2020-06"}},
                {
                    "id": "rating",
                    "kind": "ordinal",
                    "question": "Stars?",
                    "applies_if": "mode == online",
                    "categories": [{"id": 1, "label": "one"}, {"id": 2, "label": "two"}],
                },
            ],
        }
    )


def make_documents() -> dict[str, tuple[Document, Version]]:
    made = {}
    for name, text in TEXTS.items():
        document = Document(name=name)
        made[name] = (document, Version(document_id=document.id, text=text, hash=name))
    return made


Read = Callable[..., GoldImport]


@pytest.fixture
def codebook() -> Codebook:
    return make_codebook()


@pytest.fixture
def documents() -> dict[str, tuple[Document, Version]]:
    return make_documents()


@pytest.fixture
def read(tmp_path: Path, codebook: Codebook, documents: dict[str, tuple[Document, Version]]) -> Read:
    """Write `text` to a file of this name and read it as codings by `ann`."""

    def read_text(text: str, name: str = "codes.csv", **options: Any) -> GoldImport:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_codings(path, codebook, documents, **{"coder": "ann", **options})

    return read_text
