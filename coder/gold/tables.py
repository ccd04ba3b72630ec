"""Codings kept in tables: long (a row an answer) and wide (a row a document, a column a dimension)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from coder.gold.cells import ABSENT, Answer, Trouble, answer_of, read_cell, read_parts
from coder.gold.claims import Claim, Reading, group, settle
from coder.gold.columns import Columns, nearest
from coder.gold.evidence import find_quotes, split_quotes
from coder.gold.vocabulary import Meaning, fold
from coder.model import Dimension, Span, Status


@dataclass(frozen=True)
class Row:
    """One row, by heading; `number` is its row or line in the file."""

    number: int
    values: dict[str, str]


@dataclass(frozen=True)
class _Line:
    """A row of a long table whose document, dimension and coder are known."""

    row: Row
    document: str
    dimension: Dimension
    coder: str


def read_long(rows: Sequence[Row], columns: Columns, reading: Reading) -> None:
    """Gather the answers of a long table; the rows of one document, dimension and coder make one answer."""
    lines = [line for row in rows if (line := _line(row, columns, reading)) is not None]
    for same in group(lines, lambda line: (line.document, line.dimension.id, line.coder)):
        numbers = tuple(line.row.number for line in same)
        answer = _answer(same, columns, reading)
        if isinstance(answer, Answer):
            reading.claims.append(Claim(numbers, same[0].document, same[0].dimension, same[0].coder, answer))


def _line(row: Row, columns: Columns, reading: Reading) -> _Line | None:
    document = reading.document_of(columns.get("document", row.values), row.number)
    dimension = reading.dimension_of(columns.get("dimension", row.values), row.number)
    coder = reading.coder_of(columns.get("coder", row.values), columns.get("coder_kind", row.values), row.number)
    if document is None or dimension is None or coder is None:
        return None
    reading.probability(columns.get("probability", row.values), document, dimension.id, row.number)
    return _Line(row, document, dimension, coder)


def _answer(lines: Sequence[_Line], columns: Columns, reading: Reading) -> Answer | None:
    """The one answer of several rows; None, and the ledger knows, where they make none."""
    dimension, numbers = lines[0].dimension, tuple(line.row.number for line in lines)
    parts: list[Meaning | str] = []
    for line in lines:
        found = _parts(line, columns, reading)
        unknown = tuple(Trouble("unknown_code", part) for part in found if isinstance(part, str))
        reading.ledger.add_troubles(unknown, (line.row.number,), dimension.id)
        parts.extend(found)
    if any(isinstance(part, str) for part in parts):
        return None
    answer = answer_of(parts, dimension)
    if not isinstance(answer, Answer):
        reading.ledger.add_troubles(answer, numbers, dimension.id)
        return None
    return _with_evidence(answer, lines, columns, reading)


def _parts(line: _Line, columns: Columns, reading: Reading) -> list[Meaning | str]:
    codes = columns.get("codes", line.row.values)
    status = fold(columns.get("status", line.row.values))
    if status in ("", Status.CODED.value):
        if not codes.strip():
            return [ABSENT if not status else Meaning()]
        return read_parts(codes, reading.vocabulary(line.dimension), reading.separator)
    if status not in {known.value for known in Status}:
        return [f"unknown status {status!r}"]
    beside = read_parts(codes, reading.vocabulary(line.dimension), reading.separator) if codes.strip() else []
    return [Meaning(status=Status(status)), *beside]


def _with_evidence(answer: Answer, lines: Sequence[_Line], columns: Columns, reading: Reading) -> Answer:
    text = reading.documents[lines[0].document][1].text
    memos = dict.fromkeys(columns.get("memo", line.row.values).strip() for line in lines)
    spans: list[Span] = []
    for line in lines:
        found, troubles = find_quotes(split_quotes(columns.get("evidence", line.row.values), text), text)
        reading.ledger.add_troubles(troubles, (line.row.number,), line.dimension.id)
        spans.extend(found)
    evidence = (("", tuple(dict.fromkeys(spans))),) if spans else ()
    return replace(answer, evidence=evidence, memo="\n".join(filter(None, memos)))


def read_wide(rows: Sequence[Row], columns: Columns, reading: Reading, *, empty_is_absent: bool) -> None:
    """Gather the answers of a wide table; an empty cell makes none unless `empty_is_absent`."""
    asked = _asked(columns, reading)
    claims: list[Claim] = []
    for row in rows:
        document = reading.document_of(columns.get("document", row.values), row.number)
        coder = reading.coder_of(columns.get("coder", row.values), columns.get("coder_kind", row.values), row.number)
        if document is None or coder is None:
            continue
        reading.probability(columns.get("probability", row.values), document, "", row.number)
        for heading, dimension in asked.items():
            answer = _cell(row, heading, dimension, reading, empty_is_absent=empty_is_absent)
            if answer is not None:
                claims.append(Claim((row.number,), document, dimension, coder, answer))
    kept, repeated = settle(claims, reading.ledger)
    reading.claims.extend(kept)
    if repeated:
        reading.notes.append(f"{repeated} cells repeat what an earlier row says and count once")


def _cell(row: Row, heading: str, dimension: Dimension, reading: Reading, *, empty_is_absent: bool) -> Answer | None:
    text = row.values.get(heading, "")
    if not text.strip() and not empty_is_absent:
        reading.not_coded += 1
        return None
    vocabulary = reading.vocabulary(dimension)
    answer = read_cell(text, vocabulary, reading.separator) if text.strip() else answer_of([ABSENT], dimension)
    if isinstance(answer, Answer):
        return answer
    reading.ledger.add_troubles(answer, (row.number,), dimension.id)
    return None


def _asked(columns: Columns, reading: Reading) -> dict[str, Dimension]:
    """The columns that answer a dimension; what looks like one and is none goes to the ledger."""
    found = {heading: dimension for heading in columns.others if (dimension := reading.find_dimension(heading))}
    twice = [same for same in group(list(found), lambda heading: (found[heading].id,)) if len(same) > 1]
    for same in twice:
        names = ", ".join(repr(heading) for heading in same)
        reading.ledger.add("unknown_dimension", f"columns {names} are one dimension; keep one", 1, found[same[0]].id)
    missing = [dim.id for dim in reading.codebook.dimensions if dim not in found.values()]
    _unread([heading for heading in columns.others if heading not in found], missing, reading)
    if missing and found:
        reading.notes.append(f"no column for {', '.join(missing)}")
    ambiguous = {heading for same in twice for heading in same}
    return {heading: dimension for heading, dimension in found.items() if heading not in ambiguous}


def _unread(headings: Sequence[str], missing: Sequence[str], reading: Reading) -> None:
    ignored = []
    for heading in headings:
        meant = nearest(heading, missing)
        if meant is None:
            ignored.append(repr(heading))
        else:
            message = f"column {heading!r} is not a dimension; is it {meant!r}? Rename or remove the column"
            reading.ledger.add("unknown_dimension", message, 1)
    if ignored:
        reading.notes.append(f"columns not read, being no dimension: {', '.join(ignored)}")
