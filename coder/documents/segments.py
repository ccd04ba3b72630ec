"""Cut a text into numbered segments: lines, list items and table cells, then the sentences within them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

import sentencex
from pydantic import TypeAdapter

from coder.documents.abbreviations import leads_on
from coder.documents.language import LANGUAGES, language_code
from coder.model.document import Segment, Span

SEGMENTER = "1"
"""Version of these rules; raised whenever the same text would be cut another way."""

LONGEST = 1000
"""Characters after which a piece without a sentence end is cut at a space."""

_LINE = re.compile(r"[^\n]+")
# A sign that marks a list item. Numbers and letters ("1.", "a)") stay in the segment: "3. Mai" starts a line as well.
_BULLET = re.compile(r"[-*•–—·▪▫■□●○◦‣⁃►▶➢➤]\s+")
# Cells lie between tabs, three or more blanks, or bars that stand free.
_BETWEEN_CELLS = re.compile(r"\t|\s{3,}|(?<!\S)\|(?!\S)")
_BAR = re.compile(r"\|")
# Ruled lines and empty cells hold nothing to cite.
_RULE = re.compile(r"[\s|+:*=_~#.·•–—-]*")
_ENUMERATOR = re.compile(r"\(?(?:\d{1,3}|[^\W\d_])[.)]\s*")
_SPACE = re.compile(r"\s")
_TAIL = 60  # characters before a cut that decide whether it stands

Range = tuple[int, int]
_SPANS = TypeAdapter(tuple[Span, ...])
"""Makes all spans of a text at one go."""


def segment(text: str, language: str) -> tuple[Segment, ...]:
    """The segments of a normalised text, in order and disjoint, numbered from 1; each is `text[start:end]`.

    `language` is a code such as `de` or `de-CH`; outside the seven of `LANGUAGES` the rules of English apply. Every
    character that is not white space lies in a segment, except bullets, the bars between cells and ruled lines.
    """
    ranges = list(_spans(text, _known(language)))
    spans = _SPANS.validate_python([{"start": start, "end": end} for start, end in ranges])
    pieces = zip(count(1), spans, (text[start:end] for start, end in ranges), strict=False)
    return tuple(map(Segment._make, pieces))


def _known(language: str) -> str:
    code = language_code(language)
    return code if code in LANGUAGES else "en"


def _spans(text: str, language: str) -> Iterator[Range]:
    for line in _LINE.finditer(text):
        for cell in _cells(text, line.start(), line.end()):
            if cell[0] < cell[1] and text[cell[0]].isalnum():  # neither a rule nor a bullet starts so
                yield from _sentences(text, cell, language)
            elif not _RULE.fullmatch(text, *cell):
                yield from _sentences(text, _unbulleted(text, cell), language)


def _cells(text: str, start: int, end: int) -> Iterable[Range]:
    """The cells of a table row; a line that is none is one cell."""
    start, end = _trimmed(text, start, end)
    return _between(text, start, end) if _may_have_cells(text[start:end]) else ((start, end),)


def _may_have_cells(line: str) -> bool:
    """Whether a separator can be in it: a bar, or white space that is not a blank or two."""
    return "|" in line or "   " in line or not line.isprintable()


def _between(text: str, start: int, end: int) -> Iterator[Range]:
    separator = _BAR if text.startswith("|", start) and text.count("|", start, end) > 1 else _BETWEEN_CELLS
    for match in separator.finditer(text, start, end):
        yield _trimmed(text, start, match.start())
        start = match.end()
    yield _trimmed(text, start, end)


def _unbulleted(text: str, cell: Range) -> Range:
    bullet = _BULLET.match(text, *cell)
    return (bullet.end(), cell[1]) if bullet else cell


def _sentences(text: str, cell: Range, language: str) -> Iterator[Range]:
    """The sentences of a cell, trimmed, with over-splits joined and overlong ones cut."""
    start = cell[0]
    pieces = _pieces(text[start : cell[1]], language)
    if len(pieces) == 1 and len(pieces[0]) == cell[1] - start <= LONGEST:
        yield cell
        return
    for end in _ends(text, start, pieces, language):
        yield from _cut(text, *_trimmed(text, start, end))
        start = end


def _ends(text: str, start: int, pieces: Sequence[str], language: str) -> list[int]:
    """Where the sentences end, without the ends that an abbreviation, an initial or an enumerator feigned."""
    ends: list[int] = []
    at = start
    for piece in pieces:
        if ends and _belong_together(text[max(start, at - _TAIL) : at], text[at : at + len(piece)], language):
            ends[-1] += len(piece)
        else:
            start = at
            ends.append(at + len(piece))
        at = ends[-1]
    return ends


def _pieces(cell: str, language: str) -> list[str]:
    # sentencex 1.0.32 panics on white space of more than one byte (U+00A0 before a full stop); it is shown plain
    # spaces instead, one for one, so that its cuts hold for the text as written.
    shown = cell if cell.isprintable() else _SPACE.sub(" ", cell)  # of white space only the plain one is printable
    pieces: list[str] = sentencex.segment(language, shown)
    return pieces


def _belong_together(left: str, right: str, language: str) -> bool:
    wordless = not right[:1].isalnum() and not any(character.isalnum() for character in right)
    return wordless or bool(_ENUMERATOR.fullmatch(left)) or leads_on(left, right, language)


def _cut(text: str, start: int, end: int) -> Iterator[Range]:
    while end - start > LONGEST:
        at = next((i for i in range(start + LONGEST, start, -1) if text[i].isspace()), start + LONGEST)
        yield _trimmed(text, start, at)
        start, end = _trimmed(text, at, end)
    if start < end:
        yield start, end


def _trimmed(text: str, start: int, end: int) -> Range:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
