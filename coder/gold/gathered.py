"""Answers that come piece by piece, a quote at a time, gathered by document, dimension and coder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from coder.documents.normalise import normalise
from coder.gold.cells import Answer, answer_of
from coder.gold.claims import Claim, Reading
from coder.gold.vocabulary import Meaning
from coder.model import Dimension, Span


@dataclass
class _Heap:
    document: str
    dimension: Dimension
    coder: str
    rows: list[int] = field(default_factory=list)
    parts: list[Meaning | str] = field(default_factory=list)
    evidence: dict[str, list[Span]] = field(default_factory=dict)
    memos: list[str] = field(default_factory=list)


class Gathered:
    """The answers of a file; `claims` makes one of each heap, and the ledger knows what makes none."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._heaps: dict[tuple[str, str, str], _Heap] = {}

    def add(
        self,
        place: tuple[str, Dimension, str],
        row: int,
        meanings: Iterable[Meaning | str] = (),
        evidence: Iterable[tuple[str, Span]] = (),
        memo: str = "",
    ) -> None:
        """More of what a coder said: `place` is document, dimension, coder; evidence is by code, '' for the whole."""
        document, dimension, coder = place
        heap = self._heaps.setdefault((document, dimension.id, coder), _Heap(document, dimension, coder))
        heap.rows.append(row)
        heap.parts.extend(meanings)
        for code, span in evidence:
            heap.evidence.setdefault(code, []).append(span)
        if memo.strip():
            heap.memos.append(memo)

    def said(self, place: tuple[str, Dimension, str]) -> bool:
        """Whether a code or a status was given there."""
        heap = self._heaps.get((place[0], place[1].id, place[2]))
        return heap is not None and bool(heap.parts)

    def claims(self) -> list[Claim]:
        """One claim a heap that makes an answer."""
        found = []
        for heap in self._heaps.values():
            rows = tuple(dict.fromkeys(heap.rows))
            answer = answer_of(heap.parts, heap.dimension)
            if not isinstance(answer, Answer):
                self._reading.ledger.add_troubles(answer, rows, heap.dimension.id)
                continue
            evidence: dict[str, tuple[Span, ...]] = {}
            for code, spans in heap.evidence.items():
                key = code if code in answer.codes else ""
                evidence[key] = tuple(dict.fromkeys((*evidence.get(key, ()), *spans)))
            full = replace(answer, evidence=tuple(evidence.items()), memo="\n".join(dict.fromkeys(heap.memos)))
            found.append(Claim(rows, heap.document, heap.dimension, heap.coder, full))
        return found


def moved(start: int, end: int, text: str, ours: str) -> Span | None:
    """A stretch `[start, end)` of a file's text in the text as the store has it; None where it is not in there.

    Where the texts differ (line ends, white space), it is the occurrence of the quote nearest to where it should be.
    """
    if not 0 <= start < end <= len(text):
        return None
    if text == ours:
        return Span(start=start, end=end)
    quote = normalise(text[start:end]).strip()
    if not quote:
        return None
    expected = len(normalise(text[:start]))
    places = []
    place = ours.find(quote)
    while place >= 0:
        places.append(place)
        place = ours.find(quote, place + 1)
    nearest = min(places, key=lambda found: abs(found - expected), default=None)
    return None if nearest is None else Span(start=nearest, end=nearest + len(quote))
