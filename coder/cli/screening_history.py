"""intercoder screen --show: a document's criteria, with who said what, when, and by which sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from coder.adjudicate.history import entry_words, history
from coder.cli import emit, printable
from coder.cli.screening import ScreeningProject, named, screened
from coder.cli.second import decided_codings
from coder.screening import Held

if TYPE_CHECKING:
    from coder.model import Version


def tell_document(project: ScreeningProject, name: str, as_json: bool) -> None:
    """Print what is held of a document and how that came about, as JSON or for people."""
    found = told(project, name)
    if as_json:
        emit(found)
        return
    why = f" ({found['criterion']})" if found["criterion"] else ""
    by = f", by {found['by']}" if found["by"] else ""
    lines = [f"{found['document']}: {found['state']}{why}{by}"]
    for one in found["criteria"]:
        lines.append(f"\n{one['criterion']}: {one['answer'] or 'not answered'}  {one['question']}")
        if one["model"]:
            lines.append(f"  model ({one['model']['coder']}, {one['model']['when'][:16]}): {_said(one['model'])}")
        lines += [f'    "{quote}"' for quote in (one["model"] or {}).get("evidence", ())]
        lines += [f"  {entry}" for entry in one["history"]]
    for line in lines:
        click.echo(printable(line))


def _said(model: dict[str, Any]) -> str:
    sure = "" if model["confidence"] is None else f", confidence {model['confidence']:.2f}"
    reason = f"; {model['reason']}" if model["reason"] else ""
    bare = "; cites no sentence" if model["unsupported"] else ""
    return f"{model['answer'] or model['status']}{sure}{bare}{reason}"


def told(project: ScreeningProject, name: str) -> dict[str, Any]:
    """The keys of `screen --show --json`."""
    codebook = project.codebook()
    with project.store() as store:
        found = screened(store, codebook)
        document, version = named(found.documents, name)
        names = {coder.id: coder.name for coder in store.coders()}
        decided = decided_codings(store)
        items = [item for item in store.queue_items() if item.version_id == version.id]
        log = {
            dimension.id: [
                entry_words(entry)
                for item in items
                if item.dimension_id == dimension.id
                for entry in history(store.decisions(item.id), decided, names, dimension)
            ]
            for dimension in codebook.dimensions
        }
    verdict = found.verdicts()[document.id]
    answers = dict(verdict.answers)
    model = found.model.get(version.id, {})
    return {
        "document": document.name,
        "state": verdict.state,
        "criterion": verdict.criterion,
        "by": verdict.by,
        "criteria": [
            {
                "criterion": dimension.id,
                "question": dimension.question,
                "answer": answers[dimension.id],
                "model": _model(model.get(dimension.id), version, names),
                "history": log[dimension.id],
            }
            for dimension in codebook.dimensions
        ],
    }


def _model(said: Held | None, version: Version, names: dict[str, str]) -> dict[str, Any] | None:
    """What the model said of a criterion, with the sentences that it cited."""
    if said is None or said.coding is None:
        return None
    coding = said.coding
    return {
        "coder": names.get(coding.coder_id, coding.coder_id),
        "answer": said.answer,
        "status": coding.status.value,
        "confidence": coding.confidence,
        "unsupported": coding.unsupported,
        "reason": coding.reason,
        "evidence": [version.text[span.start : span.end] for span in coding.all_evidence],
        "when": coding.created_at.isoformat(),
        "run": coding.run_id,
    }
