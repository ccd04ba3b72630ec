"""Quotes and notes by category, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from coder.adjudicate.quoting import Quote, Quoted
from coder.adjudicate.wording import status_words
from coder.model import Codebook, DimensionBase, Status
from coder.report.plain import plain

_NOTES = {
    "memo": "memo",
    "codebook": "suggests a change",
    "flag": "flagged",
    "borderline": "borderline",
    "disagreement": "disputed",
}


def quotes_view(found: Quoted, labels: Mapping[str, str]) -> Group:
    """Each category with its quotes; beneath each its document, sentence, variables and coder."""
    parts: list[Text | Padding] = []
    categories = dict.fromkeys([*(one.category for one in found.quotes), *found.without])
    for category in categories:
        quotes = [one for one in found.quotes if one.category == category]
        documents = len({one.document for one in quotes})
        head = f"  {len(quotes)} quotes from {documents} documents"
        parts.append(Text.assemble(plain(labels.get(category, category), "bold"), (head, "dim")))
        parts += [_quote(one) for one in quotes]
        if category in found.without:
            parts.append(Padding(Text(f"{found.without[category]} codings cite no passage", style="dim"), (0, 0, 0, 2)))
    return Group(*parts) if parts else Group(Text("no coding has this category"))


def _quote(one: Quote) -> Padding:
    variables = [f"{name}: {value}" for name, value in one.variables.items() if str(value)]
    sentence = f"sentence {one.sentence}" if one.sentence else ""
    source = "; ".join(filter(None, (f"{one.document}, {sentence}", *variables, f"{one.coder}, {one.coder_kind}")))
    return Padding(Text.assemble("“", plain(one.quote), "” ", plain(f"({source})", "dim", limit=400)), (0, 0, 0, 2))


def memos_view(
    codebook: Codebook, rows: Sequence[Mapping[str, Any]], counts: Sequence[Mapping[str, Any]], only: str | None
) -> Group:
    """Each category with what was noted on it; a case stands under each category that it concerns."""
    if not rows:
        return Group(Text("nothing was noted, flagged or disputed"))
    parts: list[Text | Padding] = []
    dimension = ""
    for count in counts:
        if only is not None and count["category"] != only:
            continue
        if count["dimension"] != dimension:
            dimension = count["dimension"]
            parts.append(plain(codebook.dimension(dimension).name, "bold"))
        parts.append(_head(codebook, count))
        parts += _cases(rows, dimension, count["category"])
    return Group(*parts)


def _head(codebook: Codebook, count: Mapping[str, Any]) -> Padding:
    name = category_words(codebook.dimension(count["dimension"]), count["category"]) or "no answer yet"
    kinds = ", ".join(f"{count[note]} {words}" for note, words in _NOTES.items() if count.get(note))
    return Padding(Text.assemble(plain(name, "bold cyan"), (f"  {kinds}", "dim")), (0, 0, 0, 2))


def category_words(dimension: DimensionBase, category: str) -> str:
    """A category's label, or the words for a status that stands in its place."""
    if category in {status.value for status in Status}:
        return status_words(dimension, Status(category))
    return {one.id: one.label for one in dimension.codes}.get(category, category)


def _cases(rows: Sequence[Mapping[str, Any]], dimension: str, category: str) -> Iterator[Padding]:
    for row in rows:
        if row["dimension"] == dimension and category in (row["categories"] or [""]):
            who = "" if row["note"] == "disagreement" else f" ({row['who']})"
            line = Text.assemble(
                (f"{_NOTES[row['note']]}  ", "yellow"), plain(row["document"], "bold"), "  ", plain(row["words"]),
                plain(who, "dim"),
            )  # fmt: skip
            yield Padding(line, (0, 0, 0, 4))
