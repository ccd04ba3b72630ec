"""Find documents that are one thing entered twice: by address, then by near text and title, with the grounds.

What is certain is merged, so certainty asks for much: the cost of a false merge is a program lost, that of a doubt a
question. The thresholds were set on the shipped documents and on short records of real programs: of distinct ones,
sister programs in one house's words among them, the nearest pair has a cosine of 0.47 and shares a fifth of its runs
of three words; a text told anew by another hand keeps a cosine of about 0.7 and no more of the runs than sisters do.
So runs of words alone can be certain, and the cosine alone never is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

from coder.documents.described import Described
from coder.documents.near import Texts, jaccard, near_sets, shingles

RETOLD = 0.5
"""Cosine from which two texts may be one told twice: above sisters (0.47), below texts told anew (0.7)."""
COPIED = 0.7
"""Share of runs of three words, of all that two texts hold, from which one is a copy of the other; sisters have 0.2."""
TITLED = 0.6
"""Share of words from which two titles are alike: one word of four may be another."""
AKIN = 0.3
"""Cosine from which texts may be one thing where title or address says so too."""
TITLE_WORDS = 4
"""Words of a title that says something by itself; shorter ones are what many things are called."""
TEXT_WORDS = 20
"""Words of a text that is more than a notice (`This page needs cookies`), which many pages share."""
LISTING = 3
"""More documents than this at one address: it lists several things, and says nothing of two of them."""

Reason = Literal["address", "text", "title"]


@dataclass(frozen=True)
class Alike:
    """Two documents that may be one, the first given first. `certain` ones are merged, the others are a question.

    `reason` is what brought them together; `grounds` says it in words. `text` is the cosine of the texts, `copied` the
    share of runs of three words, `title` that of the titles' words; None where one of the two has none.
    """

    first: str
    second: str
    certain: bool
    reason: Reason
    grounds: str
    text: float | None
    copied: float | None
    title: float | None

    @property
    def evidence(self) -> dict[str, float]:
        """The figures that there are, to four places; `address` is 1 where that is what brought the two together."""
        figures = {"text": self.text, "copied": self.copied, "title": self.title}
        return {name: round(value, 4) for name, value in figures.items() if value is not None} | (
            {"address": 1.0} if self.reason == "address" else {}
        )


def find_alike(documents: Sequence[Described]) -> list[Alike]:
    """The pairs that are one thing, or may be: the certain ones first, then the nearest; deterministic.

    Of documents with the same words only the first is held against others by its text, so that copies of copies are
    few pairs.
    """
    texts = Texts([" ".join(document.words) for document in documents])
    listed = _by_key(documents)
    works = [document.keys for document in documents]
    heads = list(range(len(documents)))
    found = []
    for first, second in sorted(_candidates(documents, texts, listed)):
        one, other = documents[first], documents[second]
        cosine = texts.cosine(first, second) if one.words and other.words else None
        shared = sorted(key for key in one.keys & other.keys if _names_one(key, listed))
        judged = _judged(one, other, cosine, shared)
        if judged is not None and judged.certain:
            judged = _joined_work(judged, _head(heads, first), _head(heads, second), heads, works)
        if judged is not None:
            found.append((first, second, judged))
    return [alike for *_, alike in sorted(found, key=lambda pair: (*_strength(pair[2]), pair[0], pair[1]))]


def _head(heads: list[int], place: int) -> int:
    while heads[place] != place:
        heads[place] = heads[heads[place]]
        place = heads[place]
    return place


def _joined_work(alike: Alike, first: int, second: int, heads: list[int], works: list[frozenset[str]]) -> Alike:
    """The pair, and its two groups made one; a question where they hold works with other identifiers.

    A record without a DOI may be like two that have one each: it joins the first of them, and not them to one another.
    """
    if clash := other_works(works[first], works[second]):
        return replace(alike, certain=False, grounds=f"{alike.grounds}; by way of others, {clash}")
    heads[second] = first
    works[first] |= works[second]
    return alike


def other_works(one: frozenset[str], other: frozenset[str]) -> str:
    """In words, the DOIs or PubMed ids of which both have some and none the same; '' where there are none."""
    for kind, name in (("doi:", "DOIs"), ("pmid:", "PubMed ids")):
        first, second = ({key.removeprefix(kind) for key in keys if key.startswith(kind)} for keys in (one, other))
        if first and second and not first & second:
            return f"other {name}: {_joined(first)} and {_joined(second)}"
    return ""


def _strength(alike: Alike) -> tuple[bool, float]:
    return not alike.certain, -max(alike.text or 0.0, alike.title or 0.0, float(alike.reason == "address"))


def _by_key(documents: Sequence[Described]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, document in enumerate(documents):
        for key in document.keys:
            places[key].append(place)
    return places


def _identifier(key: str) -> bool:
    return key.startswith(("doi:", "pmid:"))


def _names_one(key: str, listed: dict[str, list[int]]) -> bool:
    return _identifier(key) or len(listed[key]) <= LISTING


def _candidates(
    documents: Sequence[Described], texts: Texts, listed: dict[str, list[int]]
) -> Iterator[tuple[int, int]]:
    """The pairs that are worth a look, each once."""
    pairs: set[tuple[int, int]] = set()
    for key, places in listed.items():
        pairs.update(combinations(places, 2) if len(places) <= LISTING else ())
        if _identifier(key):
            pairs.update((places[0], place) for place in places[1:])
    long = [place for place, document in enumerate(documents) if len(document.words) >= TEXT_WORDS]
    pairs.update(_copies(long, lambda place: documents[place].words))
    distinct = list({documents[place].words: place for place in reversed(long)}.values())
    pairs.update((first, second) for first, second, _ in texts.near(RETOLD, sorted(distinct)))
    titled = [place for place, document in enumerate(documents) if document.title_words]
    pairs.update(_copies(titled, lambda place: documents[place].title_words))
    several = {documents[place].title_words: place for place in reversed(titled)}
    places = sorted(several.values())
    alike = near_sets([frozenset(documents[place].title_words) for place in places], TITLED)
    pairs.update((places[first], places[second]) for first, second, _ in alike)
    return iter(pairs)


def _copies(places: Sequence[int], words: Callable[[int], tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    """The first of those with the same words with each of the others."""
    holders: dict[tuple[str, ...], int] = {}
    for place in places:
        first = holders.setdefault(words(place), place)
        if first != place:
            yield first, place


def _judged(one: Described, other: Described, cosine: float | None, shared: Sequence[str]) -> Alike | None:
    """What is held of two documents with these addresses in common; None where nothing says that they are one."""
    titles = jaccard(frozenset(one.title_words), frozenset(other.title_words))
    title = titles if one.title_words and other.title_words else None
    long = min(len(one.words), len(other.words)) >= TEXT_WORDS
    copied = None if cosine is None else jaccard(shingles(one.words), shingles(other.words)) if cosine >= AKIN else 0.0
    pair = _Pair(one, other, cosine, copied, title, long, tuple(shared))
    held = pair.by_address() or pair.by_text() or pair.by_title()
    if held is None:
        return None
    certain, reason, words = held
    if works := other_works(one.keys, other.keys):
        # Two DOIs are two works, be their titles the same (a reply, a part, the next volume's editorial), unless the
        # text is the same too: a preprint, a data set's next version, a slip of one of the two places.
        if not pair.copy and not any(map(_identifier, shared)):
            return None
        certain, words = False, f"{words}; {works}"
    grounds = "; ".join((words, *pair.clashes))
    return Alike(one.document_id, other.document_id, certain, reason, grounds, cosine, copied, title)


@dataclass(frozen=True)
class _Pair:
    """Two documents and how near they are; each `by_` says whether that is certain, or None where it says nothing."""

    one: Described
    other: Described
    cosine: float | None
    copied: float | None
    title: float | None
    long: bool
    shared: tuple[str, ...]

    @property
    def clashes(self) -> list[str]:
        """What speaks for two editions, parts or sessions of one thing."""
        said = []
        for what, first, second in (
            ("years", self.one.years, self.other.years),
            ("years in the texts", self.one.text_years, self.other.text_years),
        ):
            if first and second and not first & second:
                said.append(f"other {what}: {_joined(first)} and {_joined(second)}")
        if self.title is not None and self.one.title_numbers != self.other.title_numbers:
            numbers = (_joined(one.title_numbers) or "none" for one in (self.one, self.other))
            said.append(f"other numbers in the titles: {' and '.join(numbers)}")
        return said

    @property
    def copy(self) -> bool:
        return self.long and self.copied is not None and self.copied >= COPIED

    @property
    def same_title(self) -> bool:
        return self.title is not None and self.one.title_words == self.other.title_words

    def by_address(self) -> tuple[bool, Reason, str] | None:
        """One address or identifier, where title or text does not say that two things stand there."""
        if not self.shared:
            return None
        words = f"the same {'identifier' if _identifier(self.shared[0]) else 'address'}: {self.shared[0]}"
        untitled = self.title is None and (self.cosine is None or self.cosine >= AKIN)
        fits = untitled or self.copy or (self.title is not None and self.title >= TITLED)
        # One article has one DOI, whatever year of print or online a database gives.
        clash = bool(self.clashes) and not any(map(_identifier, self.shared))
        return fits and not clash, "address", words if fits else f"{words}; title and text are not alike"

    def by_text(self) -> tuple[bool, Reason, str] | None:
        """A copy is certain where the titles are the same, or one is not known; a text told anew never is."""
        if not self.long or self.cosine is None:
            return None
        if self.copy:
            words = "the same text" if self.one.words == self.other.words else "nearly the same text"
            known = self.title is None or self.same_title
            return known and not self.clashes, "text", words if known else f"{words}, other titles"
        if self.cosine < RETOLD:
            return None
        titled = self.same_title and len(self.one.title_words) >= TITLE_WORDS
        return titled and not self.clashes, "text", "texts near each other" + (", the same title" if titled else "")

    def by_title(self) -> tuple[bool, Reason, str] | None:
        """Titles alone are certain of records without a text, where the year is the same too."""
        if self.title is None or min(len(self.one.title_words), len(self.other.title_words)) < TITLE_WORDS:
            near = self.title is not None and self.title >= TITLED and (self.cosine or 0.0) >= AKIN
            return (False, "title", "titles alike, texts akin") if near else None
        if self.same_title:
            bare = self.cosine is None and bool(self.one.years & self.other.years) and not self.clashes
            return bare, "title", "the same title and year, no two texts" if bare else "the same title"
        if self.title >= TITLED and (self.cosine is None or self.cosine >= AKIN):
            return False, "title", "titles alike"
        return None


def _joined(words: Collection[str]) -> str:
    return ", ".join(sorted(words))
