"""Label Studio tasks as JSON: a task a document, an annotation a person and a prediction a model.

For each dimension there is a choice (`from_name` is the dimension's id, the choices are category ids or a status), for
each quote a region of the control `evidence` with the label `dimension: code`. Places are code points, `[start, end)`,
as Label Studio has them since 1.5. `coder.codebook.labelling` writes the labelling configuration that goes with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from coder.export.bundle import ExportBundle, ExportOptions
from coder.model import Coder, Coding, Document, Span, Status, Version


def write(bundle: ExportBundle, options: ExportOptions, handle: BinaryIO) -> tuple[str, ...]:
    """Write the tasks, document by document; codings of earlier versions of a text are left out and counted."""
    first, older = True, 0
    handle.write(b"[")
    for part in bundle.parts():
        of_version: dict[str, list[Coding]] = {}
        for coding in part.codings:
            of_version.setdefault(coding.version_id, []).append(coding)
        for document, version in part.documents:
            task = _task(document, version, of_version.pop(version.id, []), bundle)
            handle.write(
                ("\n" if first else ",\n").encode() + json.dumps(task, ensure_ascii=False).encode(errors="replace")
            )
            first = False
        older += sum(map(len, of_version.values()))
    handle.write(b"\n]\n")
    return (f"{older} codings of earlier versions of a text were left out",) if older else ()


def _task(document: Document, version: Version, codings: Iterable[Coding], bundle: ExportBundle) -> dict[str, Any]:
    by_coder: dict[str, list[Coding]] = {}
    for coding in codings:
        by_coder.setdefault(coding.coder_id, []).append(coding)
    annotations: list[dict[str, Any]] = []
    predictions: list[dict[str, Any]] = []
    for coder_id, own in by_coder.items():
        coder = bundle.coders_by_id.get(coder_id) or Coder(id=coder_id, name=coder_id, kind="person")
        results = [result for coding in own for result in _results(coding, version, coder)]
        if coder.kind == "model":
            scores = [score for coding in own if (score := coding.confidence) is not None]
            mean = {"score": sum(scores) / len(scores)} if scores else {}
            predictions.append({"model_version": coder.name, **mean, "result": results})
        else:
            annotations.append({"result": results, "ground_truth": coder.kind == "consensus"})
    data = {**{f"variable_{name}": value for name, value in document.variables.items()}}
    return {
        "data": {"text": version.text, "document": document.name, **data},
        "annotations": annotations,
        "predictions": predictions,
    }


def _results(coding: Coding, version: Version, coder: Coder) -> Iterator[dict[str, Any]]:
    who = {"meta": {"coder": coder.name, "coder_kind": coder.kind}}
    given = list(coding.codes) if coding.status is Status.CODED else [coding.status.value]
    yield {
        "id": coding.id, "from_name": coding.dimension_id, "to_name": "text", "type": "choices",
        "value": {"choices": given}, **who,
    }  # fmt: skip
    for number, (code, span, score) in enumerate(_regions(coding), 1):
        value = {
            "start": span.start, "end": span.end, "text": version.text[span.start : span.end],
            "labels": [f"{coding.dimension_id}: {code}"],
        }  # fmt: skip
        yield {
            "id": f"{coding.id}-{number}", "from_name": "evidence", "to_name": "text", "type": "labels",
            "value": value, **({} if score is None else {"score": score}), **who,
        }  # fmt: skip
    if coding.memo:
        yield {
            "id": f"{coding.id}-memo", "from_name": f"{coding.dimension_id}_memo", "to_name": "text",
            "type": "textarea", "value": {"text": [coding.memo]}, **who,
        }  # fmt: skip


def _regions(coding: Coding) -> Iterator[tuple[str, Span, float | None]]:
    """Each stretch with what it carries; that of the answer as a whole, or of an amount, under `*`."""
    for assignment in coding.assignments:
        yield from ((assignment.category, span, assignment.confidence) for span in assignment.evidence)
    shared = (*coding.evidence, *(span for mention in coding.mentions for span in mention.evidence))
    yield from (("*", span, None) for span in dict.fromkeys(shared))
