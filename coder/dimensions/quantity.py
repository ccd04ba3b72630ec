"""Quantities: amounts read as written; conversion, choice and bins are computed here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import Field, create_model

from coder.dimensions.base import (
    Answer,
    AnswerError,
    Draft,
    First,
    SegmentNumbers,
    absent,
    cited,
    citing,
    lacks_evidence,
    spans,
)
from coder.model import Assignment, Coding, DimensionBase, QuantityDimension, QuantityMention, Segment, Status
from coder.model.coding import Mention, Qualifier

MAX_MENTIONS = 4
_Amount = Annotated[float, Field(ge=0, le=1e9)]
_RANK: dict[str, tuple[tuple[Qualifier, ...], ...]] = {
    "total": (("total",), ("per_session", "standard", "unspecified"), ("member", "early_bird", "reduced", "optional")),
    "standard": (
        ("standard", "total"),
        ("unspecified", "per_session"),
        ("reduced", "early_bird", "member", "optional"),
    ),
}
"""Which qualifiers decide first under a rule; a later group counts only where the earlier are empty."""


def response(dimension: DimensionBase, first: First = "evidence") -> Any:
    """The pydantic type of an answer: a list of mentions, empty where the text states no amount."""
    quantity = _quantity(dimension)
    fields: dict[str, Any] = {} if dimension.evidence == "none" else {"evidence": (SegmentNumbers, ...)}
    fields |= {
        "low": (_Amount, ...),
        "high": (_Amount | None, ...),
        "unit": (Literal[tuple(quantity.units)], ...),
        "count": (Annotated[int, Field(ge=1, le=1000)], ...),
        "qualifier": (Qualifier, ...),
    }
    item = cast(type[Answer], create_model(f"Amount_{dimension.id}", __base__=Answer, **fields))
    fewest = 1 if dimension.absent is None else 0
    return Annotated[list[item], Field(min_length=fewest, max_length=MAX_MENTIONS)]  # type: ignore[valid-type]


def read(dimension: DimensionBase, answer: Any, segments: Sequence[Segment]) -> Draft:
    """The draft of a validated answer: every mention kept, the one that counts binned."""
    if not answer:
        return absent(dimension)
    mentions = tuple(
        QuantityMention(
            low=item.low,
            high=item.high if item.high not in (None, item.low) else None,
            unit=item.unit,
            count=item.count,
            qualifier=item.qualifier,
            evidence=spans(getattr(item, "evidence", ()), segments),
        )
        for item in answer
    )
    return bin_mentions(_quantity(dimension), mentions)


def bin_mentions(dimension: QuantityDimension, mentions: Sequence[QuantityMention]) -> Draft:
    """The bin of the mentions that count.

    A tie between bins is `invalid` with a reason that starts with "tie". Where no amount can be converted (credits, a
    number of sessions) the text does not say what is asked: `absent` with the mentions kept, or `invalid` where the
    codebook has no `absent`.
    """
    for mention in mentions:
        if mention.high is not None and mention.high < mention.low:
            raise AnswerError(f"the range {mention.low:g} to {mention.high:g} runs backwards")
    kept = tuple(mentions)
    counting = deciding(dimension, kept)
    if not counting:
        units = ", ".join(sorted({mention.unit for mention in kept}))
        reason = f"no amount can be converted to {dimension.unit} ({units})"
        evidence = cited(kept)
        status = Status.INVALID if dimension.absent is None else Status.ABSENT
        return Draft(status, mentions=kept, evidence=evidence, reason=reason)
    bins = dict.fromkeys(bin_id for mention in counting for bin_id in _bins(dimension, mention))
    if len(bins) > 1:
        return Draft(Status.INVALID, mentions=kept, reason=f"tie: {' or '.join(bins)}")
    evidence = cited(counting)
    assignment = Assignment(category=next(iter(bins)), evidence=evidence)
    return Draft(Status.CODED, (assignment,), kept, unsupported=lacks_evidence(dimension, evidence))


def deciding(dimension: QuantityDimension, mentions: Sequence[QuantityMention]) -> tuple[QuantityMention, ...]:
    """The mentions that decide by the codebook's rule: convertible, contact time before elapsed time."""
    usable = [mention for mention in mentions if dimension.units.get(mention.unit) is not None]
    contact = [mention for mention in usable if mention.unit not in dimension.elapsed]
    pool = contact or usable
    if not pool:
        return ()
    if dimension.counts in ("minimum", "maximum"):
        pick = min if dimension.counts == "minimum" else max
        return (pick(pool, key=lambda mention: _range(dimension, mention)[dimension.counts == "maximum"]),)
    for group in _RANK[dimension.counts]:
        if found := tuple(mention for mention in pool if mention.qualifier in group):
            return found
    return tuple(pool)


def amount(dimension: QuantityDimension, mentions: Sequence[Mention]) -> float | None:
    """The amount that counts, in the dimension's unit: of a range its middle, of several that tie their mean.

    Under `minimum` and `maximum` the end that counts. None where no amount can be converted.
    """
    given = [mention for mention in mentions if isinstance(mention, QuantityMention)]
    ranges = [_range(dimension, mention) for mention in deciding(dimension, given)]
    end = {"minimum": 0, "maximum": 1}.get(dimension.counts)
    values = [sum(one) / 2 if end is None else one[end] for one in ranges]
    return sum(values) / len(values) if values else None


def _range(dimension: QuantityDimension, mention: QuantityMention) -> tuple[float, float]:
    """The mention's lowest and highest amount in the dimension's unit."""
    worth = dimension.units[mention.unit] or 0.0
    times = mention.count if dimension.counts == "total" else 1
    high = mention.low if mention.high is None else mention.high
    return mention.low * worth * times, high * worth * times


def _bins(dimension: QuantityDimension, mention: QuantityMention) -> list[str]:
    """The bins of the range's two ends; under `minimum` or `maximum` only the end that counts."""
    low, high = _range(dimension, mention)
    ends = {"minimum": (low,), "maximum": (high,)}.get(dimension.counts, (low, high))
    found = [bin_.id for end in ends for bin_ in dimension.bins if bin_.holds(end)]
    if not found:
        raise AnswerError(f"{low:g} {dimension.unit} lies in none of the bins of '{dimension.id}'")
    return found


def _quantity(dimension: DimensionBase) -> QuantityDimension:
    if not isinstance(dimension, QuantityDimension):
        raise TypeError(f"'{dimension.id}' is not a quantity")
    return dimension


def shape(dimension: DimensionBase, *, compact: bool, first: First = "evidence") -> str:
    """How the answer is written, for the prompt."""
    units = "|".join(_quantity(dimension).units)
    qualifiers = "|".join(get_args(Qualifier))
    cite = "" if dimension.evidence == "none" else "[sentences], " if compact else '"evidence": [sentences], '
    if compact:
        one = f'[{cite}low, high or null, "{units}", count, "{qualifiers}"]'
    else:
        one = f'{{{cite}"low": n, "high": n or null, "unit": "{units}", "count": n, "qualifier": "{qualifiers}"}}'
    return f"[{one}, ...] with one entry for each amount, as the text writes it, [] if it states none"


def write(dimension: DimensionBase, coding: Coding, segments: Sequence[Segment], first: First = "evidence") -> Any:
    """The answer that a coder of this coding would have written, in object form."""
    return [
        citing(dimension, mention.evidence, segments)
        | mention.model_dump(include={"low", "high", "unit", "count", "qualifier"})
        for mention in coding.mentions
        if isinstance(mention, QuantityMention)
    ]
