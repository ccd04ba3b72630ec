"""What is new since a day: what searches found, which texts changed, which codes moved and by which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coder.report.html.blocks import number
from coder.report.remerged import Merging, Parting

ALPHA = 0.05
"""The adjusted p up to which an update says that a batch differs: for one update, not for all of them."""


@dataclass(frozen=True)
class Asked:
    """A query of a source: how many results it gave, and how many of those were not known before.

    `became` says what became of one without results: that it found nothing, or that it failed and why.
    """

    source: str
    query: str
    results: int
    new: int
    became: str = ""
    failed: bool = False


@dataclass(frozen=True)
class Arrival:
    """A document that was not there before: its source, and where it stands (included, excluded and why, ...)."""

    document: str
    title: str
    source: str
    address: str
    state: str
    codes: Mapping[str, str]

    @property
    def standing(self) -> str:
        """Where it stands in a word or two, without criterion, reason or name: what a count is made of."""
        return self.state.partition(":")[0]


@dataclass(frozen=True)
class CodeMove:
    """A code that is another than before. `who` gave the one before; `gone` and `come` are the words that moved it."""

    document: str
    dimension: str
    before: str
    who: str
    after: str
    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()

    @property
    def explained(self) -> bool:
        """Whether words that changed were cited, before or now."""
        return bool(self.gone or self.come)


@dataclass(frozen=True)
class VerdictMove:
    """A document that screening sees otherwise than before, by whom; the words that moved it where its text changed."""

    document: str
    before: str
    after: str
    who: str
    changed: bool = False
    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()

    @property
    def explained(self) -> bool:
        """Whether words that changed were cited, before or now."""
        return bool(self.gone or self.come)


@dataclass(frozen=True)
class Audit:
    """A sample drawn of a batch for coding by hand: its name, which documents of how many; why there is none."""

    name: str = ""
    drawn: tuple[str, ...] = ()
    batch: int = 0
    reason: str = ""


@dataclass(frozen=True)
class DriftTest:
    """One test of whether the batch differs from the documents before it; `adjusted` for all tests together (Holm).

    `n` are the documents before and in the batch; `shift` the category whose share moved most, in words.
    """

    name: str
    distance: float | None
    adjusted: float | None
    remark: str
    n: tuple[int, int] = (0, 0)
    shift: str = ""

    @property
    def differs(self) -> bool:
        """Whether the difference is more than chance would show in one update of twenty."""
        return self.adjusted is not None and self.adjusted <= ALPHA


@dataclass(frozen=True)
class News:
    """All that an update found.

    `read` are documents known before whose text came, `late` such as have their first codes only now; `changed` are
    documents whose text is another (with the address), `merged` such as another stands for now, `parted` such as none
    does any more, `vanished`, `back` and `unread` pages with what is known;
    `counts` is the flow, before and now. `waiting` of the new texts have no codes yet. `looks` counts the updates that
    tested for drift, this one too. `warnings` say what makes the whole doubtful.
    """

    name: str
    since: str
    until: str
    program: str
    labels: Mapping[str, str]
    asked: tuple[Asked, ...] = ()
    arrived: tuple[Arrival, ...] = ()
    read: tuple[Arrival, ...] = ()
    late: tuple[Arrival, ...] = ()
    changed: tuple[tuple[str, str], ...] = ()
    moved: tuple[CodeMove, ...] = ()
    shifted: tuple[CodeMove, ...] = ()
    screened: tuple[VerdictMove, ...] = ()
    merged: tuple[Merging, ...] = ()
    parted: tuple[Parting, ...] = ()
    vanished: tuple[tuple[str, str], ...] = ()
    back: tuple[tuple[str, str], ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    waiting: int = 0
    counts: tuple[tuple[str, int, int], ...] = ()
    audits: tuple[Audit, ...] = ()
    drift: tuple[DriftTest, ...] = ()
    looks: int = 0
    warnings: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether the world stands as it did."""
        return not any(number for number, _, _ in _kinds(self))


def summary(news: News) -> str:
    """The whole in a sentence: what there is none of is not named."""
    found = [number(n, one, many) for n, one, many in _kinds(news) if n]
    if found:
        return f"{', '.join(found)}."
    if news.problems:
        return "Nothing new was found, but not everything could be done: see what is not complete."
    return "Nothing is new: no document came, changed or vanished, and no code moved."


def _kinds(news: News) -> list[tuple[int, str, str]]:
    moved = len(news.moved) + len(news.shifted)
    return [
        (len(news.arrived), "new document", "new documents"),
        (len(news.read), "document that can now be read", "documents that can now be read"),
        (len(news.changed), "changed text", "changed texts"),
        (len(news.late), "document coded that was told before", "documents coded that were told before"),
        (moved, "code that moved", "codes that moved"),
        (len(news.screened), "screening verdict that moved", "screening verdicts that moved"),
        (len(news.merged), "document merged into another", "documents merged into others"),
        (len(news.parted), "document that is merged away no longer", "documents that are merged away no longer"),
        (len(news.vanished), "page that is gone", "pages that are gone"),
        (len(news.back), "page that is back", "pages that are back"),
        (len(news.unread), "page that could not be read", "pages that could not be read"),
    ]
