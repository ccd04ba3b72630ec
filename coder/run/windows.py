"""A text longer than the context: cut into windows at the borders of segments, and merged into one answer. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise

from coder.dimensions import AnswerError, Draft
from coder.dimensions.base import lacks_evidence
from coder.dimensions.dates import bin_dates
from coder.dimensions.quantity import bin_mentions
from coder.model import (
    Assignment,
    DateDimension,
    DateMention,
    Dimension,
    Mention,
    QuantityDimension,
    QuantityMention,
    Segment,
    Span,
    Status,
)

RULE = "windows 1"
"""Version of what is done here: raised whenever the same text would be cut or merged another way."""
OVERLAP = 3
"""Segments that end a window and begin the next one too, as far as they fill no more than a quarter of it."""
MERGING = (
    "labels joined; of several codes of one dimension the most confident (else the most frequent), marked and queued; "
    "amounts and dates by the codebook's rule; silence only where every window is silent"
)
"""The rule in words, said before anything is paid."""

Window = tuple[Segment, ...]
Weigh = Callable[[Segment], float]
"""How much room a segment takes, in the unit of the room."""


def cut(segments: Sequence[Segment], room: float, weigh: Weigh, overlap: int = OVERLAP) -> tuple[Window, ...]:
    """Windows of at most `room`, in the order of the text, that hold every segment; each goes on the one before it.

    Segments keep their numbers. One that no window can hold is split between words, or between characters where there
    are none; its pieces have its number and lie in windows of their own.
    """
    pieces = [piece for segment in segments for piece in _fitting(segment, room, weigh)]
    windows: list[list[Segment]] = [[]]
    filled = 0.0
    for piece in pieces:
        weight = weigh(piece)
        if windows[-1] and filled + weight > room:
            again = _again(windows[-1], overlap, min(room / 4, room - weight), weigh)
            windows.append(again)
            filled = sum(map(weigh, again))
        windows[-1].append(piece)
        filled += weight
    return tuple(tuple(_joined(window)) for window in windows if window)


def _again(window: Sequence[Segment], overlap: int, room: float, weigh: Weigh) -> list[Segment]:
    """The last segments of a window, as many as there is room for: all that begin the next one."""
    found: list[Segment] = []
    for segment in reversed(window[1:][-overlap:] if overlap else ()):
        room -= weigh(segment)
        if room < 0:
            break
        found.insert(0, segment)
    return found


def _fitting(segment: Segment, room: float, weigh: Weigh) -> Iterator[Segment]:
    """The segment, or pieces of it that each fit; a single character is never cut."""
    while weigh(segment) > room and len(segment.text) > 1:
        at = _place(segment, room, weigh)
        yield _part(segment, 0, at)
        segment = _part(segment, at, len(segment.text))
    if segment.text:
        yield segment


def _place(segment: Segment, room: float, weigh: Weigh) -> int:
    """Where to cut: the longest beginning that fits, moved back to the last blank in it if there is one."""
    low, high = 1, len(segment.text) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if weigh(_part(segment, 0, middle)) <= room else (low, middle - 1)
    blank = max((at for at in range(1, low + 1) if segment.text[at].isspace()), default=0)
    return blank or low


def _part(segment: Segment, start: int, end: int) -> Segment:
    """A stretch of a segment without the blanks at its ends, where it stands in the whole text."""
    while start < end and segment.text[start].isspace():
        start += 1
    while end > start and segment.text[end - 1].isspace():
        end -= 1
    at = segment.start
    return Segment(segment.number, at + start, at + end, segment.text[start:end])


def _joined(window: Sequence[Segment]) -> Iterator[Segment]:
    """The window with pieces of one segment that met in it as one: a number stands for one stretch only."""
    for _, group in groupby(window, key=lambda segment: segment.number):
        pieces = list(group)
        text = pieces[0].text
        for before, piece in pairwise(pieces):
            text += (" " if before.end < piece.start else "") + piece.text
        yield Segment(pieces[0].number, pieces[0].start, pieces[-1].end, text)


def merge(dimension: Dimension, drafts: Sequence[Draft]) -> Draft:
    """One draft for a dimension from those of all windows in order.

    A window that refused or could not be read makes the whole so, with its number: what it would have said is not
    known. Amounts and dates that tie, also with those of another window, are `invalid` with a reason that starts with
    "tie"; a choice between several codes is `coded`, with such a reason.
    """
    for place, draft in enumerate(drafts, 1):
        if draft.status.never_agrees and not draft.mentions:
            return Draft(draft.status, reason=f"window {place} of {len(drafts)}: {draft.reason or draft.status.value}")
    if isinstance(dimension, QuantityDimension | DateDimension):
        return _computed(dimension, drafts)
    found = _by_code(dimension, drafts)
    if not found:
        return _silent(dimension, drafts)
    return _coded(dimension, found, [_chosen(found)] if dimension.single else list(found))


def _by_code(dimension: Dimension, drafts: Sequence[Draft]) -> dict[str, list[tuple[int, Assignment]]]:
    """By code, in the codebook's order, the windows that gave it with what they gave."""
    given = [(place, one) for place, draft in enumerate(drafts, 1) for one in draft.assignments]
    found = {code.id: [(place, one) for place, one in given if one.category == code.id] for code in dimension.codes}
    return {code: said for code, said in found.items() if said}


def _chosen(found: Mapping[str, list[tuple[int, Assignment]]]) -> str:
    """The most confident code where all confidences are known, else the most frequent one; of equal ones the first."""
    confidences = {code: [one.confidence for _, one in said] for code, said in found.items()}
    known = all(value is not None for values in confidences.values() for value in values)

    def strength(code: str) -> float:
        return max(value or 0.0 for value in confidences[code]) if known else len(found[code])

    return max(found, key=strength)


def _coded(dimension: Dimension, found: Mapping[str, list[tuple[int, Assignment]]], chosen: Sequence[str]) -> Draft:
    assignments = tuple(_together([one for _, one in found[code]]) for code in chosen)
    bare = any(lacks_evidence(dimension, one.evidence) for one in assignments)
    reason = ""
    if dimension.single and len(found) > 1:
        places = (f"{code} ({_windows([place for place, _ in said])})" for code, said in found.items())
        reason = f"tie between windows: {', '.join(places)}"
    return Draft(Status.CODED, assignments, unsupported=bare, reason=reason)


def _windows(places: Sequence[int]) -> str:
    return f"window{'s' if len(places) > 1 else ''} {', '.join(map(str, places))}"


def _together(said: Sequence[Assignment]) -> Assignment:
    """One code of several windows: all its evidence, and the highest confidence, where each has one."""
    evidence = _spans(span for one in said for span in one.evidence)
    best = max(said, key=lambda one: one.confidence or 0.0)
    known = all(one.confidence is not None for one in said)
    confidence = {"confidence": best.confidence, "confidence_source": best.confidence_source} if known else {}
    unknown = {"confidence": None, "confidence_source": None}
    return best.model_copy(update={"evidence": evidence, **(confidence or unknown)})


def _silent(dimension: Dimension, drafts: Sequence[Draft]) -> Draft:
    """No window gave a code: the text does not say, with the sentences that say so."""
    if dimension.absent is None:
        without = f"no window holds a code, and the codebook has no 'absent' for '{dimension.id}'"
        return Draft(Status.INVALID, reason=without)
    return Draft(Status.ABSENT, evidence=_spans(span for draft in drafts for span in draft.evidence))


def _computed(dimension: QuantityDimension | DateDimension, drafts: Sequence[Draft]) -> Draft:
    """All mentions of all windows, each once, binned by the codebook's rule."""
    mentions = _distinct([mention for draft in drafts for mention in draft.mentions])
    if not mentions:
        return _silent(dimension, drafts)
    try:
        if isinstance(dimension, DateDimension):
            return bin_dates(dimension, [one for one in mentions if isinstance(one, DateMention)])
        return bin_mentions(dimension, [one for one in mentions if isinstance(one, QuantityMention)])
    except AnswerError as error:
        return Draft(Status.INVALID, mentions=mentions, reason=str(error))


def _distinct(mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """The mentions without those that say the same, whose evidence is joined: windows overlap, and texts repeat."""
    found: dict[str, list[Mention]] = {}
    for mention in mentions:
        found.setdefault(mention.model_dump_json(exclude={"evidence"}), []).append(mention)
    return tuple(
        same[0].model_copy(update={"evidence": _spans(span for one in same for span in one.evidence)})
        for same in found.values()
    )


def _spans(spans: Iterator[Span]) -> tuple[Span, ...]:
    """Each span once, in the order of the text."""
    return tuple(sorted(set(spans), key=lambda span: (span.start, span.end)))


def failed(of: int, reasons: Mapping[int, str]) -> Draft:
    """The draft where windows brought no answer at all, by number with the reason: the rest does not stand for them."""
    said = "; ".join(f"window {place}: {reason}" for place, reason in list(reasons.items())[:3])
    return Draft(Status.FAILED, reason=f"{len(reasons)} of {of} windows brought no answer ({said})")
