"""Dates: as far as the text fixes them, binned into the parts of the codebook's period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, cast

from pydantic import Field, create_model

from coder.dimensions.base import Answer, Draft, First, SegmentNumbers, absent, cited, citing, lacks_evidence, spans
from coder.model import Assignment, Coding, DateDimension, DateMention, DimensionBase, Segment, Status
from coder.model.coding import Recurrence

MAX_MENTIONS = 3
_Year = Annotated[int, Field(ge=1900, le=2199)]
_Month = Annotated[int, Field(ge=1, le=12)]


def response(dimension: DimensionBase, first: First = "evidence") -> Any:
    """The pydantic type of an answer: a list of dates, empty where the text gives none."""
    fields: dict[str, Any] = {} if dimension.evidence == "none" else {"evidence": (SegmentNumbers, ...)}
    fields |= {"year": (_Year | None, ...), "month": (_Month | None, ...), "recurrence": (Recurrence, ...)}
    item = cast(type[Answer], create_model(f"Date_{dimension.id}", __base__=Answer, **fields))
    fewest = 1 if dimension.absent is None else 0
    return Annotated[list[item], Field(min_length=fewest, max_length=MAX_MENTIONS)]  # type: ignore[valid-type]


def read(dimension: DimensionBase, answer: Any, segments: Sequence[Segment]) -> Draft:
    """The draft of a validated answer: every date kept, the earliest start binned."""
    mentions = tuple(
        DateMention(
            start=_partial(item.year, item.month),
            recurrence=item.recurrence,
            evidence=spans(getattr(item, "evidence", ()), segments),
        )
        for item in answer
    )
    if not isinstance(dimension, DateDimension):
        raise TypeError(f"'{dimension.id}' is not a date")
    return bin_dates(dimension, mentions)


def _partial(year: int | None, month: int | None) -> str:
    if year is None:
        return ""
    return f"{year:04d}" if month is None else f"{year:04d}-{month:02d}"


def bin_dates(dimension: DateDimension, mentions: Sequence[DateMention]) -> Draft:
    """The bin of the earliest start.

    Without any year (on demand, or a day without its year), or with too little of the date to name the bin (a bare
    year and half-years), the date is absent, the mentions kept; where the codebook has no `absent` it is `invalid`
    with a reason that starts with "tie".
    """
    kept = tuple(mentions)
    dated = [mention for mention in kept if mention.start]
    if not dated:
        return _unplaced(dimension, kept, "no year is stated" if kept else "")
    first = min(dated, key=lambda mention: (mention.start[:4], mention.start[5:7] or "99"))
    bins = dict.fromkeys(_bins(dimension, first.start))
    if len(bins) > 1 and dimension.absent is not None:
        return _unplaced(dimension, kept, f"{first.start} without a month does not name the period")
    if len(bins) > 1:
        return Draft(Status.INVALID, mentions=kept, reason=f"tie: {' or '.join(bins)} ({first.start} without a month)")
    assignment = Assignment(category=next(iter(bins)), evidence=first.evidence)
    return Draft(Status.CODED, (assignment,), kept, unsupported=lacks_evidence(dimension, first.evidence))


def _unplaced(dimension: DateDimension, mentions: tuple[DateMention, ...], reason: str) -> Draft:
    evidence = cited(mentions)
    draft = absent(dimension, evidence)
    return Draft(draft.status, mentions=mentions, evidence=evidence, reason=reason)


def _bins(dimension: DateDimension, start: str) -> list[str]:
    year, month = int(start[:4]), start[5:7]
    months = [int(month)] if month else range(1, 13)
    return [dimension.bin_of(year, number) for number in months]


def shape(dimension: DimensionBase, *, compact: bool, first: First = "evidence") -> str:
    """How the answer is written, for the prompt."""
    cite = "" if dimension.evidence == "none" else "[sentences], " if compact else '"evidence": [sentences], '
    kinds = "once|recurring|on_demand"
    if compact:
        one = f'[{cite}year or null, month or null, "{kinds}"]'
    else:
        one = f'{{{cite}"year": n or null, "month": n or null, "recurrence": "{kinds}"}}'
    return f"[{one}, ...] with one entry for each start date, [] if the text gives none"


def write(dimension: DimensionBase, coding: Coding, segments: Sequence[Segment], first: First = "evidence") -> Any:
    """The answer that a coder of this coding would have written, in object form."""
    return [
        citing(dimension, mention.evidence, segments)
        | {
            "year": int(mention.start[:4]) if mention.start else None,
            "month": int(mention.start[5:7]) if mention.start[5:7] else None,
            "recurrence": mention.recurrence,
        }
        for mention in coding.mentions
        if isinstance(mention, DateMention)
    ]
