"""Tables in Markdown, and their place in a README between two markers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from coder.errors import InputError
from eval.ledger import write_text


def put(readme: Path, begin: str, end: str, content: str) -> None:
    """Put what was made between two markers of the README; InputError where they are missing."""
    text = readme.read_text(encoding="utf-8")
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise InputError(f"{readme}: the markers of the table are missing", f"put {begin} and {end} where it belongs")
    before, after = text.split(begin)[0], text.split(end)[1]
    fresh = f"{before}{begin}\n\n{content}\n\n{end}{after}"
    if fresh != text:
        write_text(readme, fresh)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of these cells."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell(text) for text in line)} |" for line in lines)


def cell(text: str) -> str:
    """A cell that cannot break out of its table: what a served model calls itself is not ours."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return plain.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
