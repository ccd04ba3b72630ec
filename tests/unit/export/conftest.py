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
from coder.model.agreement import DimensionAgreement, LabelAgreement

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


@pytest.fixture
def nominal() -> DimensionAgreement:
    """120 items, two refused, one category never given; kappa with an interval."""
    return DimensionAgreement(
        dimension="mode", kind="nominal", coefficient="cohen_kappa", value=0.715, low=0.601, high=0.806, se=0.05, n=120,
        percent_agreement=0.85, percent_agreement_low=0.77, refused=2, complete_case=0.74,
        excluded={"undecidable": 3, "not_coded": 0}, categories=("offline", "online", "hybrid", "refused"),
        table=((30, 8, 0, 0), (8, 72, 0, 2), (0, 0, 0, 0), (0, 0, 0, 0)),
        gold_margins=(38, 82, 0, 0), coder_margins=(38, 80, 0, 2), min_kappa=0.7, verdict="compatible",
    )  # fmt: skip


@pytest.fixture
def multilabel() -> DimensionAgreement:
    """40 items: too few for any interval."""
    few = "not estimable: fewer than 50 items"
    labels = tuple(
        LabelAgreement(
            coefficient="cohen_kappa", label=label, value=value, n=40, reason=few, positives=20, coder_positives=18,
            prevalence=0.5, precision=0.9, recall=0.81, percent_agreement=0.8, prevalence_index=0.05, bias_index=0.05,
            pabak=0.6,
        )
        for label, value in (("medical", 0.6), ("technical", None))
    )  # fmt: skip
    return DimensionAgreement(
        dimension="topics", kind="multilabel", coefficient="alpha_masi", value=-0.001, n=40, reason=few,
        percent_agreement=0.5, percent_agreement_low=None, refused=0, complete_case=None, excluded={},
        categories=("medical", "technical", "absent"), gold_margins=(20, 20, 5), coder_margins=(18, 20, 7),
        labels=labels,
    )  # fmt: skip
