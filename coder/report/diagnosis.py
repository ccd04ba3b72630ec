"""Why codes fail, in words, for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from coder.adjudicate.diagnosis import CAUSES, Cause, Diagnosis, Finding
from coder.model import Codebook
from coder.report.plain import plain
from coder.report.quotes import category_words

_WORDS: dict[Cause, tuple[str, str]] = {
    "gold": ("the second coder overruled gold", "correct the gold: intercoder gold make --settled"),
    "ambiguity": ("people disagree among themselves", "say in the definitions what tells these apart"),
    "model": (
        "people agree and the model does not",
        "sharpen the wording for it, show examples, or take a stronger model",
    ),
    "unchecked": (
        "the model differs from gold that nobody else checked",
        "a second person tells ambiguity from the model: intercoder adjudicate",
    ),
    "codebook": ("the definitions are confused in codebook test", "rewrite them"),
}
_DOCUMENTS = 8


def diagnosis_view(codebook: Codebook, found: Sequence[Diagnosis], names: Mapping[str, str], *, tested: bool) -> Group:
    """Each dimension with its causes, the codes that stand against each other, n, and the documents concerned."""
    parts: list[Text | Padding] = [Text("Why codes fail", style="bold")]
    for one in found:
        head = f"  {one.failing} of {one.n} fail; {one.several} coded by several people, {one.settled} settled"
        parts.append(Text.assemble(plain(codebook.dimension(one.dimension).name, "bold"), (head, "dim")))
        for cause in CAUSES:
            mine = [finding for finding in one.findings if finding.cause == cause]
            if mine:
                parts += _cause(codebook, cause, mine, names)
    if not tested:
        parts.append(
            Text("Whether definitions are confused: intercoder codebook test --json > FILE, then --tested FILE", "dim")
        )
    return Group(*parts)


def _cause(codebook: Codebook, cause: Cause, found: Sequence[Finding], names: Mapping[str, str]) -> list[Padding]:
    what, remedy = _WORDS[cause]
    count = sum(len(one.documents) for one in found)
    head = Text.assemble((f"{cause}", "yellow"), f" {count or len(found)}: {what}. ", (f"{remedy}.", "dim"))
    return [Padding(head, (0, 0, 0, 2)), *(Padding(_line(codebook, one, names), (0, 0, 0, 4)) for one in found)]


def _line(codebook: Codebook, found: Finding, names: Mapping[str, str]) -> Text:
    if found.words:
        return plain(found.words)
    dimension = codebook.dimension(found.dimension)
    answers = [" + ".join(category_words(dimension, code) for code in codes) for codes in found.codes]
    shown = [names.get(version, version) for version in found.documents]
    more = f" and {len(shown) - _DOCUMENTS} more" if len(shown) > _DOCUMENTS else ""
    joined = " / ".join(answers) if found.cause == "ambiguity" else f"{answers[0]} -> {answers[-1]}"
    return Text.assemble(plain(joined, "bold"), f"  {len(shown)}: ", plain(", ".join(shown[:_DOCUMENTS]) + more))
