"""JSON lines (UTF-8): one coding a line, whole. `intercoder gold import` takes them back in.

Each quote comes with its place, `[start, end)` in code points of the version's text, so that a sentence that stands
twice is found where it was cited.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, BinaryIO

from coder.export.bundle import ExportBundle, ExportOptions, Part
from coder.model import Coding, Span, Version


def write(bundle: ExportBundle, options: ExportOptions, handle: BinaryIO) -> tuple[str, ...]:
    """Write a line a coding, document by document."""
    for part in bundle.parts():
        lines = [json.dumps(record(coding, part, bundle), ensure_ascii=False) for coding in part.codings]
        if lines:
            handle.write(("\n".join(lines) + "\n").encode("utf-8", errors="replace"))
    return ()


def record(coding: Coding, part: Part, bundle: ExportBundle) -> dict[str, Any]:
    """A coding as one JSON object; what is empty is left out, except for status and codes."""
    coder, version = bundle.coders_by_id.get(coding.coder_id), part.versions.get(coding.version_id)
    found: dict[str, Any] = {
        "document": part.document_names.get(coding.version_id, ""),
        "dimension": coding.dimension_id,
        "coder": coder.name if coder else coding.coder_id,
        "coder_kind": coder.kind if coder else "",
        "status": coding.status.value,
        "codes": [
            {"category": one.category, **_cited(one.evidence, version), **_measured(one.confidence)}
            for one in coding.assignments
        ],
        "mentions": [
            {**mention.model_dump(mode="json", exclude={"evidence"}), **_cited(mention.evidence, version)}
            for mention in coding.mentions
        ],
        **_cited(coding.evidence, version),
        "memo": coding.memo,
        "reason": coding.reason,
        "version": coding.version_id,
        "created_at": coding.created_at.isoformat(),
    }
    kept = ("document", "dimension", "coder", "status", "codes")
    return {name: value for name, value in found.items() if value or name in kept}


def _cited(spans: Sequence[Span], version: Version | None) -> dict[str, Any]:
    if not spans or version is None:
        return {}
    return {
        "evidence": [version.text[span.start : span.end] for span in spans],
        "spans": [[span.start, span.end] for span in spans],
    }


def _measured(confidence: float | None) -> dict[str, Any]:
    return {} if confidence is None else {"confidence": confidence}
