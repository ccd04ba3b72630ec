"""Cut a text into numbered segments: lines, list items and table cells, then the sentences within them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import sentencex

from coder.documents.abbreviations import leads_on
from coder.documents.language import LANGUAGES, language_code
from coder.model.document import Segment

SEGMENTER = "1"
"""Version of these rules; raised whenever the same text would be cut another way."""

LONGEST = 1000
"""Characters after which a piece without a sentence end is cut at a space."""

# A sign that marks a list item. Numbers and letters ("1.", "a)") stay in the segment: "3. Mai" starts a line as well.
_BULLET = re.compile(r"[-*•–—·▪▫■□●○◦‣⁃►▶➢➤]\s+")
# Cells lie between tabs, three or more blanks, or bars that stand free.
_BETWEEN_CELLS = re.compile(r"\t|\s{3,}|(?<!\S)\|(?!\S)")
_BAR = re.compile(r"\|")
# Ruled lines and empty cells hold nothing to cite.
_RULE = re.compile(r"[\s|+:*=_~#.·•–—-]*")
_ENUMERATOR = re.compile(r"\(?(?:\d{1,3}|[^\W\d_])[.)]\s*")
_SPACE = re.compile(r"\s")
_ENUMERATED = 6  # characters that an enumerator and its bracket take, and more
_TAIL = 60  # characters before a cut that decide whether it stands

Range = tuple[int, int]


def segment(text: str, language: str) -> tuple[Segment, ...]:
    """The segments of a normalised text, in order and disjoint, numbered from 1; each is `text[start:end]`.

    `language` is a code such as `de` or `de-CH`; outside the seven of `LANGUAGES` the rules of English apply. Every
    character that is not white space lies in a segment, except bullets, the bars between cells and ruled lines.
    """
    ranges = _spans(text, _known(language))
    return tuple(Segment(number, start, end, text[start:end]) for number, (start, end) in enumerate(ranges, 1))


def _known(language: str) -> str:
    code = language_code(language)
    return code if code in LANGUAGES else "en"


def _spans(text: str, language: str) -> Iterator[Range]:
    following = 0
    for line in text.split("\n"):
        at, following = following, following + len(line) + 1
        words = line.strip()
        if not words:
            continue
        start = at if line[0] == words[0] else at + len(line) - len(line.lstrip())
        end = start + len(words)
        if _is_plain(words):
            yield start, end
        elif _may_have_cells(words):
            for cell in _between(text, start, end):
                yield from _of_cell(text, cell, language)
        else:
            yield from _of_cell(text, (start, end), language)


def _of_cell(text: str, cell: Range, language: str) -> Iterator[Range]:
    if cell[0] < cell[1] and text[cell[0]].isalnum():  # neither a rule nor a bullet starts so
        return _sentences(text, cell, language)
    if _RULE.fullmatch(text, *cell):
        return iter(())
    return _sentences(text, _unbulleted(text, cell), language)


def _is_plain(words: str) -> bool:
    """Whether a line is sure to be one cell with one sentence: no other signs of ASCII part cells or end sentences.

    A closing bracket may belong to an enumerator ("a) ...").
    """
    return (
        words.isascii()
        and words[0].isalnum()
        and len(words) <= LONGEST
        and not ("." in words or "?" in words or "!" in words or "=" in words or ")" in words[:_ENUMERATED])
        and not _may_have_cells(words)
    )


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
    words = text[start : cell[1]]
    pieces = _pieces(words, language)
    if len(pieces) == 1 and len(pieces[0]) == len(words) <= LONGEST:
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
