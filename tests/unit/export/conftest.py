"""A project as an export sees it: two documents, a model and a person, one decision."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from coder.adjudicate.resolve import ResolvedCell
from coder.export import ExportBundle
from coder.model import (
    Assignment,
    Codebook,
    Coder,
    Coding,
    Decision,
    Document,
    QueueItem,
    Run,
    RunSummary,
    Span,
    Status,
    Version,
)

WHEN = datetime(2021, 2, 15, 9, 30, tzinfo=UTC)
FORMULA = '=HYPERLINK("http://example.org","click")'

BOOK = Codebook.model_validate(
    {
        "name": "small",
        "version": "1",
        "unit": "training program",
        "dimensions": [
            {
                "id": "mode",
                "kind": "nominal",
                "question": "How?",
                "absent": {"label": "Not specified"},
                "categories": [{"id": "offline", "label": FORMULA}, {"id": "online", "label": "Online"}],
            },
            {
                "id": "topics",
                "kind": "multilabel",
                "question": "Which?",
                "categories": [
                    {"id": "medical", "label": "Medical", "examples": [{"text": "CT", "note": "a modality"}]},
                    {"id": "technical", "label": "Technical"},
                ],
            },
        ],
    }
)


def made_document(name: str, text: str, **variables: str) -> tuple[Document, Version]:
    document = Document(name=name, variables=variables, created_at=WHEN)
    return document, Version(document_id=document.id, text=text, hash=text[:20], language="en", created_at=WHEN)


def made_coding(version: Version, dimension: str, coder: Coder, *codes: str, **fields: object) -> Coding:
    values = {
        "version_id": version.id,
        "dimension_id": dimension,
        "coder_id": coder.id,
        "status": Status.CODED if codes else Status.ABSENT,
        "assignments": tuple(Assignment(category=code) for code in codes),
        "codebook_hash": BOOK.hash(),
        "dimension_hash": BOOK.dimension(dimension).hash(),
        "created_at": WHEN,
        **fields,
    }
    return Coding.model_validate(values)


@pytest.fixture
def bundle() -> ExportBundle:
    first = made_document("alpha", "It is online. It teaches CT.", year="2019", price="-5", mode="x", title=FORMULA)
    second = made_document("=beta", "Nothing | is said.", year="2020", price="+49 30 12", title="plain")
    model, ann = Coder(name="local/small", kind="model"), Coder(name="ann", kind="person")
    sure = Assignment(
        category="online", evidence=(Span(start=0, end=13),), confidence=0.875, confidence_source="logprob"
    )
    topics = (
        Assignment(category="medical", evidence=(Span(start=14, end=28),), confidence=0.5, confidence_source="samples"),
        Assignment(category="technical", evidence=(Span(start=0, end=13),)),
    )
    codings = (
        made_coding(first[1], "mode", model, status=Status.CODED, assignments=(sure,)),
        made_coding(first[1], "topics", model, status=Status.CODED, assignments=topics),
        made_coding(second[1], "mode", model),
        made_coding(second[1], "mode", ann, "offline"),
    )
    item = QueueItem(version_id=second[1].id, dimension_id="mode", reason="disagreement", detail="absent or offline")
    decision = Decision(
        item_id=item.id, coder_id=ann.id, action="settle", coding_id=codings[3].id, seconds=12.5, created_at=WHEN
    )
    run = Run(coder_id=model.id, codebook_hash=BOOK.hash(), prompt_hash="p", created_at=WHEN)
    return ExportBundle(
        codebook=BOOK,
        documents=(first, second),
        coders=(model, ann),
        codings=codings,
        resolved={
            (first[1].id, "mode"): ResolvedCell(codings[0], "model"),
            (first[1].id, "topics"): ResolvedCell(codings[1], "model"),
            (second[1].id, "mode"): ResolvedCell(codings[3], "settled"),
        },
        queue_items=(item,),
        decisions=(decision,),
        run=run,
        summary=RunSummary(
            run_id=run.id,
            documents=2,
            coded=2,
            failed=0,
            calls=2,
            retries=0,
            prompt_tokens=10,
            cached_tokens=0,
            completion_tokens=5,
            cost_usd=None,
            seconds=1.5,
        ),
    )
