"""Read a file of human codings: find its shape, gather what it says, make codings of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from coder.errors import InputError
from coder.gold.apostrophe import unguarded
from coder.gold.claims import Claim, Documents, Reading
from coder.gold.columns import Role, find_columns
from coder.gold.grid import read_grid
from coder.gold.imported import GoldImport
from coder.gold.label_studio import read_tasks
from coder.gold.lines import read_lines
from coder.gold.refi import read_project
from coder.gold.tables import Row, read_long, read_wide
from coder.model import Assignment, Codebook, CoderKind, Coding, Inclusion, new_id

Shape = Literal["wide", "long"]


def read_codings(
    path: Path,
    codebook: Codebook,
    documents: Documents,
    *,
    coder: str | None = None,
    kind: CoderKind | None = None,
    separator: str = ";",
    shape: Shape | None = None,
    columns: Mapping[Role, str] | None = None,
    empty_is_absent: bool = False,
    sample: str = "",
    sheet: str | None = None,
) -> GoldImport:
    """The codings in a CSV, XLSX, JSONL, REFI-QDA (`.qdpx`) or Label Studio (`.json`) file, and what was not taken.

    `documents` maps names to a document and the version that was coded. `coder` names who coded rows that name no
    coder themselves; `kind` is theirs and everybody's (default: what a column `coder_kind` says, else `person`).
    A table is long when it has columns for dimension and code, else wide; `shape` overrules. `columns` names the
    column of a role where its heading is unusual. In a wide table an empty cell means "not coded", or `absent` with
    `empty_is_absent`; in a long one an empty code is `absent`. `sample` names the sample that inclusion
    probabilities belong to (default: the file's name), `sheet` that of a workbook that is read (default: the first).

    An answer with one unknown code is left out whole, and every reason is in `problems`; nothing is guessed.
    Raises InputError only where the file as a whole cannot be read.
    """
    reading = Reading(codebook, documents, coder, kind, separator)
    by_ending = {".jsonl": read_lines, ".ndjson": read_lines, ".qdpx": read_project, ".json": read_tasks}
    read = by_ending.get(path.suffix.lower())
    if read is not None:
        read(path, reading)
    else:
        _read_table(path, reading, shape, columns or {}, empty_is_absent=empty_is_absent, sheet=sheet)
    return _imported(path, reading, sample or path.stem)


def _read_table(
    path: Path,
    reading: Reading,
    shape: Shape | None,
    named: Mapping[Role, str],
    *,
    empty_is_absent: bool,
    sheet: str | None,
) -> None:
    headings, rows = _table(path, reading, sheet)
    columns = find_columns(headings, reading.codebook, named, str(path))
    if "coder" in columns.roles and reading.coder:
        reading.notes.append(f"column {columns.roles['coder']!r} says who coded; {reading.coder!r} where it is empty")
    elif "coder" not in columns.roles and not reading.coder:
        raise InputError(f"{path}: does not say who coded", "name the coder of the file, or add a column 'coder'")
    if shape == "long" and not columns.long:
        raise InputError(f"{path}: a long table needs a column for the dimension and one for the code", "name them")
    if shape == "long" or (shape is None and columns.long):
        read_long(rows, columns, reading)
        return
    if not any(reading.find_dimension(heading) for heading in columns.others):
        raise InputError(
            f"{path}: no column is a dimension of the codebook and none is called 'dimension'",
            f"the dimensions are {', '.join(dimension.id for dimension in reading.codebook.dimensions)}; "
            f"the columns are {', '.join(repr(heading) for heading in headings)}",
        )
    read_wide(rows, columns, reading, empty_is_absent=empty_is_absent)


def _table(path: Path, reading: Reading, sheet: str | None) -> tuple[tuple[str, ...], list[Row]]:
    """The headings and rows of a CSV or XLSX file, without the apostrophes that our own CSV export puts on."""
    table = read_grid(path, sheet)
    reading.notes.append(f"{path.name}: {table.found}, {len(table.rows)} rows")
    is_csv = path.suffix.lower() != ".xlsx"
    reading.ledger.unit = "line" if is_csv else "row"
    take = unguarded if is_csv else str
    rows = [
        Row(int(row.place.split()[-1]), {take(heading): take(value) for heading, value in row.cells.items()})
        for row in table.rows
    ]
    return tuple(take(heading) for heading in table.columns), rows


def _imported(path: Path, reading: Reading, sample: str) -> GoldImport:
    hashes = {dimension.id: dimension.hash() for dimension in reading.codebook.dimensions}
    codebook_hash = reading.codebook.hash()
    coder_ids = {name: new_id() for name in reading.kinds}
    codings: dict[str, list[Coding]] = {name: [] for name in reading.kinds}
    defensible = {}
    for claim in reading.claims:
        coding = _coding(claim, reading, coder_ids[claim.coder], codebook_hash, hashes[claim.dimension.id])
        codings[claim.coder].append(coding)
        if claim.defensible:
            defensible[coding.id] = claim.defensible
    return GoldImport(
        path=path,
        codings_by_coder={name: tuple(made) for name, made in codings.items() if made},
        kinds={name: kind for name, kind in reading.kinds.items() if codings[name]},
        problems=reading.ledger.problems(),
        inclusions=_inclusions(reading, sample),
        defensible=defensible,
        not_coded=reading.not_coded,
        notes=(*reading.notes, *_inapplicable(reading)),
    )


def _coding(claim: Claim, reading: Reading, coder_id: str, codebook_hash: str, dimension_hash: str) -> Coding:
    answer = claim.answer
    evidence = dict(answer.evidence)
    return Coding(
        version_id=reading.documents[claim.document][1].id,
        dimension_id=claim.dimension.id,
        coder_id=coder_id,
        status=answer.status,
        assignments=tuple(Assignment(category=code, evidence=evidence.get(code, ())) for code in answer.codes),
        mentions=answer.mentions,
        evidence=evidence.get("", ()),
        memo=answer.memo,
        codebook_hash=codebook_hash,
        dimension_hash=dimension_hash,
    )


def _inclusions(reading: Reading, sample: str) -> tuple[Inclusion, ...]:
    """One record a document where its probability is the same in every row, else one a dimension."""
    by_document: dict[str, dict[str, float]] = {}
    for (document, dimension), probability in reading.probabilities.items():
        by_document.setdefault(document, {})[dimension] = probability
    found: list[Inclusion] = []
    for document, probabilities in by_document.items():
        same = len(set(probabilities.values())) == 1
        drawn = {"": next(iter(probabilities.values()))} if same else probabilities
        document_id = reading.documents[document][0].id
        found.extend(
            Inclusion(sample=sample, document_id=document_id, dimension_id=dimension, probability=probability)
            for dimension, probability in drawn.items()
        )
    return tuple(found)


def _inapplicable(reading: Reading) -> list[str]:
    counts = Counter(
        claim.dimension.id
        for claim in reading.claims
        if claim.answer.status == "not_applicable" and claim.dimension.applies_if is None
    )
    return [f"{count} codings say 'not applicable' of {name}, which applies to all" for name, count in counts.items()]
