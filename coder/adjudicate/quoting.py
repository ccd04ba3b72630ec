"""The codings of a category with their evidence, as qualitative papers cite them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from coder.model import Coder, Coding, DimensionBase, Document, Segment, Span, Status, Version

ABSENT = Status.ABSENT.value


@dataclass(frozen=True)
class Quote:
    """One passage that carries a code: `start` and `end` are code points of the version's text.

    `sentence` is the number of the segment that holds it, `3-4` where it runs over several.
    """

    dimension: str
    category: str
    quote: str
    document: str
    sentence: str
    coder: str
    coder_kind: str
    variables: Mapping[str, object]
    start: int
    end: int
    version: str
    coding: str


@dataclass(frozen=True)
class Quoted:
    """The quotes in the order of the codebook's categories and of the documents; `without` counts, by category, the
    codings that cite nothing."""

    quotes: tuple[Quote, ...]
    without: Mapping[str, int]


def quotes_of(
    dimension: DimensionBase,
    category: str | None,
    codings: Iterable[Coding],
    coders: Mapping[str, Coder],
    texts: Mapping[str, tuple[Document, Version, Sequence[Segment]]],
) -> Quoted:
    """Every passage cited for one category of a dimension, or for each; `texts` are by the version's id.

    A code cites its own evidence, a single code that of the whole answer where it has none.
    """
    order = [*(one.id for one in dimension.codes), ABSENT]
    wanted = order if category is None else [category]
    found: list[Quote] = []
    without: dict[str, int] = {}
    for coding in codings:
        if coding.dimension_id != dimension.id or coding.version_id not in texts:
            continue
        for code, spans in _cited(coding):
            if code not in wanted:
                continue
            if not spans:
                without[code] = without.get(code, 0) + 1
            found += [_quote(coding, code, span, coders[coding.coder_id], texts[coding.version_id]) for span in spans]
    place = {version: number for number, version in enumerate(texts)}
    found.sort(key=lambda one: (wanted.index(one.category), place[one.version], one.start, one.coder))
    return Quoted(tuple(found), {code: without[code] for code in wanted if code in without})


def _cited(coding: Coding) -> list[tuple[str, tuple[Span, ...]]]:
    if coding.status is Status.ABSENT:
        return [(ABSENT, coding.all_evidence)]
    alone = coding.all_evidence if len(coding.assignments) == 1 else ()
    return [(one.category, one.evidence or alone) for one in coding.assignments]


def _quote(
    coding: Coding, code: str, span: Span, coder: Coder, text: tuple[Document, Version, Sequence[Segment]]
) -> Quote:
    document, version, segments = text
    held = [segment.number for segment in segments if segment.span.overlaps(span)]
    sentence = "" if not held else str(held[0]) if len(held) == 1 else f"{held[0]}-{held[-1]}"
    quote = " ".join(version.text[span.start : span.end].split())
    return Quote(
        coding.dimension_id, code, quote, document.name, sentence, coder.name, coder.kind, dict(document.variables),
        span.start, span.end, version.id, coding.id,
    )  # fmt: skip
