"""Codings kept as JSON lines, one answer a line, with the evidence as verbatim quotes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from coder.errors import InputError
from coder.gold.cells import Answer, Trouble, answer_of
from coder.gold.claims import Claim, Defensible, Reading, settle
from coder.gold.evidence import find_quotes
from coder.gold.vocabulary import Meaning, fold
from coder.model import Dimension, Mention, Span, Status

_SPANS: TypeAdapter[tuple[tuple[int, int], ...]] = TypeAdapter(tuple[tuple[int, int], ...])
_MENTION: TypeAdapter[Mention] = TypeAdapter(Mention)


class _Code(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True, extra="ignore")

    category: str
    evidence: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()


class _Record(BaseModel):
    """One line. `status` may be left out where there are codes; a code may be written as a plain string."""

    model_config = ConfigDict(coerce_numbers_to_str=True, extra="allow")

    document: str
    dimension: str
    status: str = ""
    codes: tuple[_Code | str, ...] = ()
    mentions: tuple[dict[str, Any], ...] = ()
    evidence: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    defensible: tuple[tuple[str, ...], ...] = ()
    coder: str = ""
    coder_kind: str = ""
    memo: str = ""
    probability: str = ""

    @property
    def coded(self) -> tuple[_Code, ...]:
        return tuple(code if isinstance(code, _Code) else _Code(category=code) for code in self.codes)


def read_lines(path: Path, reading: Reading) -> None:
    """Gather the answers of a file of JSON lines (UTF-8). Raises InputError where the file cannot be read at all."""
    reading.ledger.unit = "line"
    claims: list[Claim] = []
    ignored: dict[str, None] = {}
    for number, line in _numbered(path):
        record = _record(line, number, reading)
        if record is None:
            continue
        ignored.update(dict.fromkeys(record.model_extra or {}))
        claim = _claim(record, number, reading)
        if claim is not None:
            claims.append(claim)
    kept, repeated = settle(claims, reading.ledger)
    reading.claims.extend(kept)
    if repeated:
        reading.notes.append(f"{repeated} lines repeat what an earlier line says and count once")
    if ignored:
        reading.notes.append(f"fields not read: {', '.join(repr(name) for name in ignored)}")


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}", "check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}, byte {error.start}: is not UTF-8", "save the file as UTF-8") from error
    yield from ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())


def _record(line: str, number: int, reading: Reading) -> _Record | None:
    try:
        return _Record.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        reading.ledger.add("record", f"is not JSON: {error.msg} at character {error.pos + 1}", number)
    except RecursionError:
        reading.ledger.add("record", "is nested too deeply", number)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        reading.ledger.add("record", f"{where + ': ' if where else ''}{first['msg']}", number)
    except ValueError:  # an integer of thousands of digits
        reading.ledger.add("record", "holds a number that cannot be read", number)
    return None


def _claim(record: _Record, number: int, reading: Reading) -> Claim | None:
    document = reading.document_of(record.document, number)
    dimension = reading.dimension_of(record.dimension, number)
    coder = reading.coder_of(record.coder, record.coder_kind, number)
    if document is None or dimension is None or coder is None:
        return None
    reading.probability(record.probability, document, dimension.id, number)
    parts = _parts(record, dimension, reading)
    answer = answer_of(parts, dimension)
    if not isinstance(answer, Answer):
        reading.ledger.add_troubles(answer, (number,), dimension.id)
        return None
    text = reading.documents[document][1].text
    full, troubles = _whole(record, answer, dimension, text, reading)
    defensible, unknown = _defensible(record, dimension, reading)
    reading.ledger.add_troubles((*troubles, *unknown), (number,), dimension.id)
    return Claim((number,), document, dimension, coder, full, defensible)


def _parts(record: _Record, dimension: Dimension, reading: Reading) -> list[Meaning | str]:
    vocabulary = reading.vocabulary(dimension)
    parts: list[Meaning | str] = [vocabulary.meaning(code.category) for code in record.coded]
    status = fold(record.status)
    if status and status not in {known.value for known in Status}:
        return [*parts, f"unknown status {record.status!r}"]
    if not parts and not status:
        return ["has neither a status nor codes"]
    if parts and status in ("", Status.CODED.value):
        return parts
    return [*parts, Meaning(status=Status(status))]


def _whole(
    record: _Record, answer: Answer, dimension: Dimension, text: str, reading: Reading
) -> tuple[Answer, tuple[Trouble, ...]]:
    """The answer with the places of all its quotes."""
    found: dict[str, tuple[Span, ...]] = {}
    troubles: list[Trouble] = []
    for code, quotes, places in _quotes(record, dimension, reading):
        spans, missing = _places(quotes, places, text)
        found[code] = tuple(dict.fromkeys((*found.get(code, ()), *spans)))
        troubles.extend(missing)
    mentions, wrong = _mentions(record, dimension, text)
    full = replace(
        answer,
        evidence=tuple((code, spans) for code, spans in found.items() if spans),
        mentions=mentions or answer.mentions,
        memo=record.memo,
    )
    return full, (*troubles, *wrong)


def _quotes(
    record: _Record, dimension: Dimension, reading: Reading
) -> Iterator[tuple[str, Sequence[str], Sequence[tuple[int, int]]]]:
    yield "", record.evidence, record.spans
    for code in record.coded:
        meaning = reading.vocabulary(dimension).meaning(code.category)
        yield (meaning.code if isinstance(meaning, Meaning) else ""), code.evidence, code.spans


def _places(
    quotes: Sequence[str], places: Sequence[tuple[int, int]], text: str
) -> tuple[tuple[Span, ...], tuple[Trouble, ...]]:
    """Where the quotes stand: at the places given with them if the text has them there, else where they first are."""
    if len(places) == len(quotes) and all(
        start >= 0 and text[start:end] == quote for quote, (start, end) in zip(quotes, places, strict=True)
    ):
        return tuple(Span(start=start, end=end) for start, end in places), ()
    return find_quotes(quotes, text)


def _mentions(record: _Record, dimension: Dimension, text: str) -> tuple[tuple[Mention, ...], tuple[Trouble, ...]]:
    mentions: list[Mention] = []
    troubles: list[Trouble] = []
    for written in record.mentions:
        spans, missing = _of_mention(written, text)
        troubles.extend(missing)
        try:
            mention = _MENTION.validate_python({"kind": dimension.kind, **_without_places(written), "evidence": spans})
        except ValidationError as error:
            troubles.append(Trouble("value", f"a mention cannot be read: {error.errors()[0]['msg']}"))
            continue
        if mention.kind == dimension.kind:
            mentions.append(mention)
        else:
            troubles.append(Trouble("value", f"a {mention.kind} mention in a {dimension.kind} dimension"))
    return tuple(mentions), tuple(troubles)


def _without_places(written: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in written.items() if name != "spans"}


def _of_mention(written: dict[str, Any], text: str) -> tuple[tuple[Span, ...], tuple[Trouble, ...]]:
    quotes, places = written.get("evidence", ()), written.get("spans", ())
    try:
        stretches = _SPANS.validate_python(places)
    except ValidationError:
        stretches = ()
    return _places([str(quote) for quote in quotes] if isinstance(quotes, list) else [], stretches, text)


def _defensible(record: _Record, dimension: Dimension, reading: Reading) -> tuple[Defensible, tuple[Trouble, ...]]:
    """Code sets that could be defended too, as ids; a status stands as its own word."""
    sets: list[tuple[str, ...]] = []
    troubles: list[Trouble] = []
    for words in record.defensible:
        meanings = [reading.vocabulary(dimension).meaning(word) for word in words]
        troubles.extend(Trouble("unknown_code", f"defensible: {word}") for word in meanings if isinstance(word, str))
        known = [meaning for meaning in meanings if isinstance(meaning, Meaning)]
        if len(known) == len(words):
            sets.append(tuple(meaning.code or meaning.status.value for meaning in known))
    return tuple(sets), tuple(troubles)
