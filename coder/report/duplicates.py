"""Documents that are one thing entered twice, for the terminal: pairs side by side with the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from coder.report.plain import plain

SHOWN = 50
"""Pairs listed at most; `--json` has them all."""
_FIGURES = {"text": "words alike", "copied": "phrases alike", "title": "titles alike"}
_VERDICTS = {"same": "= same", "doubtful": "? doubtful", "different": "! different"}


def duplicates_view(found: Mapping[str, Any]) -> Group:
    """What was found now, what waits, what contradicts, and how many are merged: the keys of `dedupe --json`."""
    parts: list[RenderableType] = [pair_view(pair) for pair in found["added"][:SHOWN]]
    hidden = {(pair["documents"][0]["id"], pair["documents"][1]["id"]) for pair in found["added"]}
    older = [one for one in found["doubtful"] if (one["documents"][0]["id"], one["documents"][1]["id"]) not in hidden]
    parts += [pair_view(pair) for pair in older[: max(0, SHOWN - len(parts))]]
    for one in found["contradictions"]:
        parts.append(_contradiction(one))
    left = len(found["added"]) + len(older) - min(SHOWN, len(found["added"]) + len(older))
    if left:
        parts.append(plain(f"{left} more pairs: intercoder dedupe --json"))
    merged = sum(len(group["merged"]) for group in found["groups"])
    would = "would be " if found["dry_run"] else ""
    parts.append(
        plain(
            f"{found['documents']} documents; {merged} {would}merged away; "
            f"pairs that wait for a person: {found['waiting']}"
        )
    )
    if found["waiting"]:
        parts.append(plain("decide with: intercoder dedupe --decide", "dim"))
    return Group(*parts)


def pair_view(pair: Mapping[str, Any]) -> Group:
    """Two documents side by side, with what they share and where they differ."""
    first, second = pair["documents"]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("")
    for one in (first, second):
        table.add_column(plain(one["document"], limit=200), overflow="fold", ratio=1)
    rows = [
        ("title", first["title"], second["title"]),
        ("year", first["year"], second["year"]),
        ("at", "\n".join(first["addresses"][:3]), "\n".join(second["addresses"][:3])),
        ("only here", " · ".join(first["only_here"]), " · ".join(second["only_here"])),
    ]
    for name, one, other in rows:
        if one or other:
            table.add_row(name, plain(one, limit=600), plain(other, limit=600))
    figures = [f"{words} {pair['evidence'][key]:.2f}" for key, words in _FIGURES.items() if key in pair["evidence"]]
    said = f"{_VERDICTS[pair['verdict']]} ({pair['by']}): {'; '.join(filter(None, (pair['grounds'], *figures)))}"
    lines = [plain(said, "bold")]
    if pair["shared"]:
        lines.append(plain("both say: " + " · ".join(pair["shared"]), limit=600))
    return Group(*lines, table)


def _contradiction(one: Mapping[str, Any]) -> Text:
    def words(pair: Mapping[str, Any]) -> str:
        first, second = (document["document"] for document in pair["documents"])
        return f"{first} and {second}: {pair['verdict']} ({pair['by']})"

    because = ", and ".join(words(pair) for pair in one["because"])
    return plain(f"contradiction: {words(one['set_aside'])} is set aside, because {because}", "bold")
