"""Read JSON lines: one object a line, numbers kept as written."""

from __future__ import annotations

import json
from pathlib import Path

from coder.documents.encoding import decode, read_bytes
from coder.documents.records import ImportOptions, ImportResult, Row, Table
from coder.documents.tables import documents_of
from coder.errors import InputError


def read_jsonl(path: Path, options: ImportOptions) -> ImportResult:
    """The documents of a JSON Lines file. Lists and objects within an object are kept as JSON text."""
    text, encoding = decode(read_bytes(path), str(path), stated=options.encoding)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    rows = tuple(Row(f"line {number}", _cells(line, f"{path}, line {number}")) for number, line in lines)
    columns = tuple(dict.fromkeys(key for row in rows for key in row.cells))
    return documents_of(Table(columns, rows, f"JSON lines, {encoding}"), path, options)


def _cells(line: str, place: str) -> dict[str, str]:
    try:
        plain = json.loads(line)
        as_written = json.loads(line, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: not valid JSON ({error})", "write one JSON object a line") from None
    if not isinstance(plain, dict):
        raise InputError(f"{place}: not a JSON object", 'write one JSON object a line, as in {"text": "..."}')
    return {key: _written(plain[key], value) for key, value in as_written.items()}


def _written(plain: object, as_written: object) -> str:
    if isinstance(as_written, str):
        return as_written
    return "" if plain is None else json.dumps(plain, ensure_ascii=False)
