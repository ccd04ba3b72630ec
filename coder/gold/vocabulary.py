"""Which words in a cell stand for which category or status of a dimension."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches

from coder.model import DateDimension, DateMention, Dimension, Mention, QuantityDimension, QuantityMention, Status

_STATUS_WORDS = {
    "absent": Status.ABSENT,
    "not_applicable": Status.NOT_APPLICABLE,
    "not applicable": Status.NOT_APPLICABLE,
    "n/a": Status.NOT_APPLICABLE,
    "undecidable": Status.UNDECIDABLE,
    "cannot_tell": Status.UNDECIDABLE,
    "cannot tell": Status.UNDECIDABLE,
    "?": Status.UNDECIDABLE,
}
_DASHES = re.compile(r"[\u2010-\u2015\u2212]")
_CODES_SHOWN = 12


@dataclass(frozen=True)
class Meaning:
    """One part of a cell, understood: a category or a status, and the value it was computed from."""

    code: str = ""
    status: Status = Status.CODED
    mention: Mention | None = None


def fold(text: str) -> str:
    """Text as it is compared: compatibility forms, case, dashes and runs of blanks made equal."""
    return " ".join(_DASHES.sub("-", unicodedata.normalize("NFKC", text)).casefold().split())


def tidy(text: str) -> str:
    """A cell without surrounding blanks, and `3.0`, as spreadsheets write a whole number, as `3`."""
    stripped = text.strip()
    whole = re.fullmatch(r"(\d+)\.0+", stripped)
    return whole[1] if whole else stripped


class Vocabulary:
    """The words of one dimension.

    An id as the codebook writes it is always that category. Otherwise ids, labels and the label of `absent` are
    compared without case; a word that two of them share means nothing. Words for a status come last.
    """

    def __init__(self, dimension: Dimension) -> None:
        self.dimension = dimension
        self._exact = {category.id for category in dimension.codes}
        self._loose: dict[str, set[Meaning]] = defaultdict(set)
        for category in dimension.codes:
            for word in (category.id, category.label):
                self._loose[fold(word)].add(Meaning(category.id))
        if dimension.absent is not None:
            self._loose[fold(dimension.absent.label)].add(Meaning(status=Status.ABSENT))

    def meaning(self, text: str) -> Meaning | str:
        """What a word means, or, as a string, why it means nothing."""
        for word in (text.strip(), tidy(text)):
            if word in self._exact:
                return Meaning(word)
        found = self._loose.get(fold(text)) or self._loose.get(fold(tidy(text)), set())
        if len(found) > 1:
            return f"{text!r} could be {_either(found)}; write the id"
        if found:
            return next(iter(found))
        if (status := _STATUS_WORDS.get(fold(text))) is not None:
            return Meaning(status=status)
        return self._computed(tidy(text))

    def _computed(self, text: str) -> Meaning | str:
        if isinstance(self.dimension, QuantityDimension):
            return _quantity(text, self.dimension) or self._unknown(text)
        if isinstance(self.dimension, DateDimension):
            return _date(text, self.dimension) or self._unknown(text)
        return self._unknown(text)

    def _unknown(self, text: str) -> str:
        if fold(text) == "na":
            return f"{text!r} can mean two things: write 'n/a' for not applicable, leave the cell empty for not coded"
        ids = [category.id for category in self.dimension.codes]
        near = get_close_matches(fold(text), sorted(self._loose), n=1, cutoff=0.75)
        if near:
            return f"unknown code {text!r}; nearest in the codebook: {_either(self._loose[near[0]])}"
        more = ", ..." if len(ids) > _CODES_SHOWN else ""
        return f"unknown code {text!r}; the codebook has {', '.join(ids[:_CODES_SHOWN])}{more}"


def _either(meanings: set[Meaning]) -> str:
    return " or ".join(sorted(meaning.code or meaning.status.value for meaning in meanings))


def _quantity(text: str, dimension: QuantityDimension) -> Meaning | str:
    """A plain number in the dimension's unit, binned; an empty string where the text is no number."""
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        if re.fullmatch(r"\d[\d., ']*", text):
            return f"{text!r} is not a plain number: write 1200 or 1200.5, in {dimension.unit}"
        return ""
    value = float(text)
    for bin_ in dimension.bins:
        if bin_.holds(value):
            return Meaning(bin_.id, mention=QuantityMention(low=value, unit=dimension.unit))
    return f"no bin holds {text} {dimension.unit}"


_MONTH = r"(?P<year>\d{4})(-(?P<month>0[1-9]|1[0-2])(?P<day>-(0[1-9]|[12]\d|3[01]))?)?"
_DATE = re.compile(rf"(?P<date>{_MONTH})([T ]00:00(:00)?)?")


def _date(text: str, dimension: DateDimension) -> Meaning | str:
    """A date from YYYY to YYYY-MM-DD, binned; an empty string where the text is no date.

    A year alone counts only where all its months fall into one bin.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        if re.fullmatch(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", text):
            return f"{text!r} can be read in more than one way: write dates as 2019-04-03"
        return ""
    months = [int(match["month"])] if match["month"] else range(1, 13)
    bins = {dimension.bin_of(int(match["year"]), month) for month in months}
    if len(bins) > 1:
        return f"{text!r} is too coarse: it could be {' or '.join(sorted(bins))}"
    return Meaning(bins.pop(), mention=DateMention(start=match["date"]))
