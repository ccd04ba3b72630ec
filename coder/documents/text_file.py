"""Read a plain-text or Markdown file: an optional head of `key: value` lines, then the text."""

from __future__ import annotations

import re
from pathlib import Path

from coder.documents.encoding import decode, read_bytes
from coder.documents.normalise import normalise
from coder.documents.records import ImportOptions, ImportResult, read_document

_PAIR = re.compile(r"([^\W\d_][\w ./()-]{0,39}?)\s*:(?:\s+(.*))?")
_DASHES = re.compile(r"-{3,}")
_LONGEST_HEAD = 100


def read_text(path: Path, options: ImportOptions) -> ImportResult:
    """The one document of a text file, called by the file's name without its ending, or by the head's `--id` key."""
    text, encoding = decode(read_bytes(path), str(path), stated=options.encoding)
    variables, body = split_head(text)
    name = variables.get(_key(options.id_column)) or path.stem
    document = read_document(name, body, variables, path.name, str(path))
    return ImportResult(documents=(document,), notes=(f"{path.name}: text, {encoding}",))


def split_head(text: str) -> tuple[dict[str, str], str]:
    """The variables of a text's head, and the text below it.

    A head is a run of `key: value` lines from the very first line on, closed by a line of three or more dashes (one
    above it, as in Markdown front matter, is allowed). Keys become lower case with `_` for spaces; the values of a key
    that comes twice are joined by `; `. Where any line before the dashes is no pair, there is no head.
    """
    lines = normalise(text).split("\n")
    start = 1 if _DASHES.fullmatch(lines[0]) else 0
    variables: dict[str, str] = {}
    for number, line in enumerate(lines[start : start + _LONGEST_HEAD], start=start):
        if _DASHES.fullmatch(line):
            return (variables, "\n".join(lines[number + 1 :])) if variables else ({}, text)
        pair = _PAIR.fullmatch(line)
        if pair is None:
            break
        key, value = _key(pair[1]), (pair[2] or "").strip()
        variables[key] = f"{variables[key]}; {value}" if key in variables else value
    return {}, text


def _key(written: str) -> str:
    return "_".join(written.casefold().split())
