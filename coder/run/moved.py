"""Which codes a changed text moved, and which of its words moved them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from coder.documents import segment
from coder.model import Coding, Span, Status, Version

_WORD = re.compile(r"\w+|[^\w\s]")
_MOST_PAIRS = 10_000_000
"""Pairs of pieces up to which two lists are aligned; of longer ones it is told what one has and the other has not."""
Range = tuple[int, int]


@dataclass(frozen=True)
class Changed:
    """What differs between two texts: stretches of the old that are `gone`, and of the new that have `come`."""

    gone: tuple[Span, ...]
    come: tuple[Span, ...]


@dataclass(frozen=True)
class Moved:
    """One code that is another since the text changed.

    `gone` are the changed words of the old text that carried the old code, `come` those of the new text that carry the
    new one. Both are empty where neither answer cites a word that changed: then the text's change does not explain it.
    """

    dimension_id: str
    before: Coding
    after: Coding
    gone: tuple[str, ...]
    come: tuple[str, ...]

    @property
    def explained(self) -> bool:
        """Whether a word that changed was cited, before or after."""
        return bool(self.gone or self.come)


def changed(old: Version, new: Version) -> Changed:
    """Word by word within the sentences that differ, so that a new price is a price and not a new paragraph."""
    before, after = _pieces(old), _pieces(new)
    gone: list[Range] = []
    come: list[Range] = []
    for left, right in _differing([text for _, text in before], [text for _, text in after]):
        words = _words(before[left.start : left.stop]), _words(after[right.start : right.stop])
        for lost, found in _differing([text for _, text in words[0]], [text for _, text in words[1]]):
            gone += _joined(old.text, [place for place, _ in words[0][lost.start : lost.stop]])
            come += _joined(new.text, [place for place, _ in words[1][found.start : found.stop]])
    return Changed(_spans(gone), _spans(come))


def moved(old: Version, new: Version, before: Mapping[str, Coding], after: Mapping[str, Coding]) -> tuple[Moved, ...]:
    """The dimensions whose answer differs, in the order of `after`; both map a dimension's id to its coding.

    A dimension that one of the two does not have is left out: it did not move, it was asked once.
    """
    differing = [(name, before[name], coding) for name, coding in after.items() if name in before]
    differing = [(name, one, other) for name, one, other in differing if answer(one) != answer(other)]
    if not differing:
        return ()
    words = changed(old, new)
    return tuple(
        Moved(
            name,
            one,
            other,
            _cited(old.text, words.gone, one.all_evidence),
            _cited(new.text, words.come, other.all_evidence),
        )
        for name, one, other in differing
    )


def answer(coding: Coding) -> tuple[Status, frozenset[str]]:
    """What an answer says, apart from where it stands in the text."""
    return coding.status, frozenset(coding.codes)


def _pieces(version: Version) -> list[tuple[Range, str]]:
    return [((one.start, one.end), one.text) for one in segment(version.text, version.language)]


def _words(pieces: Iterable[tuple[Range, str]]) -> list[tuple[Range, str]]:
    return [
        ((start + word.start(), start + word.end()), word[0])
        for (start, _), text in pieces
        for word in _WORD.finditer(text)
    ]


def _differing(left: list[str], right: list[str]) -> Iterator[tuple[range, range]]:
    """Where the two lists differ, as ranges of places in each."""
    start, ends = 0, (len(left), len(right))
    if len(left) * len(right) > _MOST_PAIRS:
        start, ends = _trimmed(left, right)
    left, right = left[start : ends[0]], right[start : ends[1]]
    if len(left) * len(right) > _MOST_PAIRS:
        yield from ((range(start + a, start + b), range(0)) for a, b in _lacking(left, frozenset(right)))
        yield from ((range(0), range(start + c, start + d)) for c, d in _lacking(right, frozenset(left)))
        return
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind != "equal":
            yield range(start + a, start + b), range(start + c, start + d)


def _trimmed(left: list[str], right: list[str]) -> tuple[int, tuple[int, int]]:
    """Where the two begin to differ, and in each the place behind which they no longer do."""
    most = min(len(left), len(right))
    start = next((place for place in range(most) if left[place] != right[place]), most)
    same = next((back for back in range(most - start) if left[-1 - back] != right[-1 - back]), most - start)
    return start, (len(left) - same, len(right) - same)


def _lacking(pieces: list[str], others: frozenset[str]) -> Iterator[Range]:
    """The stretches of what stands nowhere among the others."""
    start = None
    for place, piece in enumerate(pieces):
        if piece in others:
            if start is not None:
                yield start, place
            start = None
        elif start is None:
            start = place
    if start is not None:
        yield start, len(pieces)


def _joined(text: str, places: Iterable[Range]) -> list[Range]:
    """Neighbouring words as one stretch: between them stands nothing but white space."""
    found: list[Range] = []
    for start, end in places:
        if found and not text[found[-1][1] : start].strip():
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    return found


def _spans(ranges: Iterable[Range]) -> tuple[Span, ...]:
    return tuple(Span(start=start, end=end) for start, end in ranges)


def _cited(text: str, words: Iterable[Span], evidence: Iterable[Span]) -> tuple[str, ...]:
    """The changed stretches that the evidence cites, as they stand in the text."""
    cited = tuple(evidence)
    return tuple(text[one.start : one.end] for one in words if any(one.overlaps(span) for span in cited))
