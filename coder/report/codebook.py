"""A codebook, and what changed between two, as Rich renderables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from coder.codebook import Difference
from coder.model import Category, Codebook, DimensionBase
from coder.report.plain import plain

_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow"), "moved": (">", "cyan")}


def codebook_view(codebook: Codebook) -> Group:
    """The codebook as a coder's manual."""
    head = Text(f"{codebook.name} {codebook.version}", style="bold")
    parts: list[Text | Padding] = [
        head,
        Text(f"one {codebook.unit} at a time; hash {codebook.hash()[:12]}", style="dim"),
    ]
    if codebook.description:
        parts.append(Text(" ".join(codebook.description.split())))
    for dimension in codebook.dimensions:
        parts += [Text(), *_dimension(dimension)]
    if codebook.criteria:
        parts += [Text(), Text("Inclusion criteria", style="bold")]
        parts += [_indented(f"{item.id}: {item.question} {item.definition}") for item in codebook.criteria]
    if codebook.departures:
        parts += [Text(), Text("Departures from the source", style="bold")]
        parts += [_indented(f"- {departure}") for departure in codebook.departures]
    return Group(*parts)


def _dimension(dimension: DimensionBase) -> list[Text | Padding]:
    kind = getattr(dimension, "kind", "")
    parts: list[Text | Padding] = [Text.assemble((dimension.name, "bold"), (f"  {dimension.id}, {kind}", "dim"))]
    parts.append(_indented(dimension.question))
    if dimension.instructions:
        parts.append(_indented(" ".join(dimension.instructions.split())))
    parts += [_category(category) for category in dimension.codes]
    if dimension.absent is not None:
        parts.append(_category(Category(id="_", label=dimension.absent.label, definition=dimension.absent.definition)))
    return parts


def _category(category: Category) -> Padding:
    text = Text.assemble((category.label, "bold cyan"), f": {category.definition}")
    for word, notes in (("includes", category.include), ("excludes", category.exclude)):
        if notes:
            text.append(f" {word}: ", "dim").append("; ".join(notes))
    for example in category.examples:
        text.append("\n  borderline: " if example.borderline else "\n  example: ", "dim").append(f"“{example.text}”")
        if example.note:
            text.append(f" {example.note}", "dim")
    return Padding(text, (0, 0, 0, 2))


def _indented(text: str) -> Padding:
    return Padding(Text(text), (0, 0, 0, 2))


def diff_view(differences: Sequence[Difference], again: Sequence[str]) -> Group:
    """The differences, one a line, and the dimensions that have to be coded again."""
    if not differences:
        return Group(Text("the two codebooks say the same"))
    lines = []
    for item in differences:
        sign, style = _SIGNS[item.change]
        text = " -> ".join(part for part in (item.before, item.after) if part)
        lines.append(Text.assemble((f"{sign} {item.change} ", style), (item.path, "bold"), f": {text}"))
    last = f"to be coded again: {', '.join(again)}" if again else "no answer has to be asked again"
    return Group(*lines, Text(), Text(last))


def migration_view(found: Mapping[str, Any]) -> Group:
    """What `codebook migrate` does or would do: the keys of its --json."""
    before, after = found["from"], found["to"]
    words = f"codebook {before['version']} ({before['hash'][:12]}) -> {after['version']} ({after['hash'][:12]})"
    lines: list[Text | Padding] = [plain(words, "bold")]
    for part in found["parts"]:
        lines.append(plain(f"{part['what']}: {part['carried']} codings carried over"))
        for key, verb in (("asked_again", "asked again"), ("dropped", "not carried")):
            lines += [
                _indented(plain(f"{one['codings']} {verb}: {one['dimension']}: {one['why']}").plain)
                for one in part[key]
            ]
    lines.append(plain(f"{found['queued']} cells go to the queue of people; what a model lacks, intercoder code asks"))
    if found["applied"]:
        made = [*(f"gold {name}" for name in found["gold"]), *(f"run {name}" for name in found["runs"])]
        lines.append(plain(f"done: {', '.join(made) or 'settlements'}"))
    else:
        lines.append(Text("nothing was written; the same command with --apply does it", style="bold"))
    return Group(*lines)
