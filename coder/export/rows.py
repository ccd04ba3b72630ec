"""The tables of an export as headings and rows, whatever the format. Values keep their type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from coder.adjudicate.resolve import UNRESOLVED
from coder.adjudicate.summary import SUGGESTION
from coder.export.bundle import ExportBundle, Part
from coder.gold.evidence import JOINED
from coder.model import Category, Codebook, Coding, Dimension, Status, Version
from coder.model.agreement import DimensionAgreement, LabelAgreement

Value = str | int | float | date | datetime | None

LONG = (
    "document",
    "dimension",
    "coder",
    "status",
    "codes",
    "evidence",
    "confidence",
    "coder_kind",
    "version",
    "created_at",
    "derived_from",
    "memo",
)


def long_rows(bundle: ExportBundle) -> Iterator[list[Value]]:
    """One row a coding: LONG. Codes are joined by `;`, quotes by ` | `, confidences by `;` in the order of codes.

    `derived_from` names the coding that this one was carried over, corrected or settled from.
    """
    for part in bundle.parts():
        yield from long_rows_of(part, bundle)


def long_rows_of(part: Part, bundle: ExportBundle) -> Iterator[list[Value]]:
    """The rows of one part: LONG."""
    for coding in part.codings:
        coder = bundle.coders_by_id.get(coding.coder_id)
        yield [
            part.document_names.get(coding.version_id, ""),
            coding.dimension_id,
            coder.name if coder else coding.coder_id,
            coding.status.value,
            ";".join(coding.codes),
            quotes(coding, part.versions.get(coding.version_id)),
            confidence(coding),
            coder.kind if coder else "",
            coding.version_id,
            coding.created_at,
            coding.derived_from,
            coding.memo,
        ]


def quotes(coding: Coding, version: Version | None) -> str:
    """The evidence as the text has it; empty where the text is not part of the export."""
    if version is None or version.purged:
        return ""
    return JOINED.join(version.text[span.start : span.end] for span in coding.all_evidence)


def confidence(coding: Coding) -> Value:
    """A number for one code, `0.9;0.4` for several (an unknown one is empty), None where none was measured."""
    values = [assignment.confidence for assignment in coding.assignments]
    if all(value is None for value in values):
        return None
    return values[0] if len(values) == 1 else ";".join("" if value is None else f"{value:.6g}" for value in values)


def wide_headings(bundle: ExportBundle, *, text: bool = False) -> list[str]:
    """`document`, the variables, the dimensions, a `_source` for each dimension, then `text` if asked for.

    Where a variable has the name of another column, the variable's heading says that it is one.
    """
    dimensions = [dimension.id for dimension in bundle.codebook.dimensions]
    ours = ["document", *dimensions, *(f"{name}_source" for name in dimensions), *(["text"] if text else [])]
    taken = {name.casefold() for name in ours}
    variables = []
    for name in bundle.variables:
        heading = name
        while heading.casefold() in taken:
            heading += " (variable)"
        taken.add(heading.casefold())
        variables.append(heading)
    return ["document", *variables, *ours[1:]]


def wide_rows(bundle: ExportBundle, *, labels: bool = False, text: bool = False) -> Iterator[list[Value]]:
    """One row a document, with the resolved code of each dimension and where it comes from."""
    for part in bundle.parts():
        yield from wide_rows_of(part, bundle, labels=labels, text=text)


def wide_rows_of(
    part: Part, bundle: ExportBundle, *, labels: bool = False, text: bool = False
) -> Iterator[list[Value]]:
    """The wide rows of one part."""
    dimensions = bundle.codebook.dimensions
    for document, version in part.documents:
        cells = [part.resolved.get((version.id, dimension.id), UNRESOLVED) for dimension in dimensions]
        codes = [
            answer(cell.coding, dimension, labels=labels) for cell, dimension in zip(cells, dimensions, strict=True)
        ]
        variables = [document.variables.get(name) for name in bundle.variables]
        row: list[Value] = [document.name, *variables, *codes, *(cell.source for cell in cells)]
        yield [*row, version.text] if text else row


def answer(coding: Coding | None, dimension: Dimension, *, labels: bool) -> str | None:
    """A coding as one cell: its codes, or its status; None where there is no coding."""
    if coding is None:
        return None
    if coding.status is Status.CODED:
        known = {category.id: category.label for category in dimension.codes} if labels else {}
        return ";".join(known.get(code, code) for code in coding.codes)
    if coding.status is Status.ABSENT and labels and dimension.absent is not None:
        return dimension.absent.label
    return coding.status.value


DOCUMENTS = ("document", "version", "language", "source", "imported_at", "characters", "text")


def document_rows_of(part: Part) -> Iterator[list[Value]]:
    """One row a document and its current version: DOCUMENTS."""
    for document, version in part.documents:
        yield [
            document.name,
            version.id,
            version.language,
            document.source,
            document.created_at,
            None if version.purged else len(version.text),
            version.text,
        ]


DECISIONS = (
    "document",
    "dimension",
    "queued_for",
    "detail",
    "probability",
    "coder",
    "action",
    "answer",
    "seen",
    "seconds",
    "memo",
    "created_at",
    "decision",
    "undoes",
    "concerns",
)


def decision_rows(bundle: ExportBundle) -> Iterator[list[Value]]:
    """One row a decision, undone ones too: DECISIONS. `concerns` is "codebook" where the memo suggests a change of it.

    `undoes` is the decision that an undo or redo is about, or the first of those made in one act.
    """
    items = {item.id: item for item in bundle.queue_items}
    for decision in bundle.decisions:
        item = items.get(decision.item_id)
        coding = bundle.decided_codings.get(decision.coding_id or "")
        coder = bundle.coders_by_id.get(decision.coder_id)
        yield [
            bundle.document_names.get(item.version_id, "") if item else "",
            item.dimension_id if item else "",
            item.reason if item else "",
            item.detail if item else "",
            item.probability if item else None,
            coder.name if coder else decision.coder_id,
            decision.action,
            (";".join(coding.codes) or coding.status.value) if coding else "",
            decision.visible,
            decision.seconds,
            decision.memo,
            decision.created_at,
            decision.id,
            decision.target_id,
            "codebook" if decision.memo.casefold().startswith(SUGGESTION) else "",
        ]


AGREEMENT = (
    "dimension",
    "label",
    "kind",
    "coefficient",
    "value",
    "low",
    "high",
    "level",
    "se",
    "n",
    "percent_agreement",
    "refused",
    "complete_case",
    "verdict",
    "reason",
    "gold",
    "gold_kind",
)


def agreement_rows(bundle: ExportBundle) -> Iterator[list[Value]]:
    """One row a dimension, then one for each of its labels: AGREEMENT."""
    gold: list[Value] = [bundle.gold_name, bundle.gold_kind]
    for result in bundle.agreement:
        whole: list[Value] = [result.refused, result.complete_case, result.verdict, result.reason]
        yield [result.dimension, "", result.kind, *_coefficient(result), *whole, *gold]
        for label in result.labels:
            yield [
                result.dimension,
                label.label,
                result.kind,
                *_coefficient(label),
                None,
                None,
                None,
                label.reason,
                *gold,
            ]


def _coefficient(part: DimensionAgreement | LabelAgreement) -> list[Value]:
    return [part.coefficient, part.value, part.low, part.high, part.level, part.se, part.n, part.percent_agreement]


CODEBOOK = ("dimension", "kind", "question", "code", "label", "definition", "include", "exclude", "examples")


def codebook_rows(codebook: Codebook) -> Iterator[list[Value]]:
    """One row a category, `absent` included, then one a criterion: CODEBOOK."""
    for dimension in codebook.dimensions:
        question = "\n".join(filter(None, (dimension.question, dimension.instructions)))
        for category in dimension.codes:
            notes = [_lines(category.include), _lines(category.exclude), _lines(_examples(category))]
            yield [
                dimension.id,
                dimension.kind,
                question,
                category.id,
                category.label,
                category.definition,
                *notes,
            ]
        if dimension.absent is not None:
            absent = dimension.absent
            yield [dimension.id, dimension.kind, question, "absent", absent.label, absent.definition, "", "", ""]
    for criterion in codebook.criteria:
        notes = [_lines(criterion.include), _lines(criterion.exclude), ""]
        yield [criterion.id, "criterion", criterion.question, "", criterion.label, criterion.definition, *notes]


def about_rows(bundle: ExportBundle) -> Iterator[list[Value]]:
    """Facts about the project and the run, as fact and content."""
    codebook = bundle.codebook
    yield ["codebook", f"{codebook.name} {codebook.version}"]
    yield ["codebook hash", codebook.hash()]
    yield ["source", codebook.source]
    yield ["documents", len(bundle.all_documents)]
    yield ["codings", bundle.codings_in_all]
    yield ["gold", bundle.gold_name]
    yield ["kind of the gold's coder", bundle.gold_kind]
    if bundle.run is not None:
        coder = bundle.coders_by_id.get(bundle.run.coder_id)
        yield ["run", bundle.run.id]
        yield ["coder", coder.name if coder else bundle.run.coder_id]
        yield ["started", bundle.run.created_at]
        yield ["prompt hash", bundle.run.prompt_hash]
    if bundle.summary is not None:
        facts: Iterable[tuple[str, Value]] = bundle.summary.model_dump(exclude={"run_id"}).items()
        yield from ([name, value] for name, value in facts)


def _examples(category: Category) -> list[str]:
    return [f"{example.text} ({example.note})" if example.note else example.text for example in category.examples]


def _lines(texts: Sequence[str]) -> str:
    return "\n".join(texts)
