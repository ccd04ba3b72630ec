"""What is new since a day: what searches found, which texts changed, which codes moved and by which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coder.report.html.blocks import number


@dataclass(frozen=True)
class Asked:
    """A query of a source: how many results it gave, and how many of those were not known before."""

    source: str
    query: str
    results: int
    new: int


@dataclass(frozen=True)
class Arrival:
    """A document that was not there before: its source, and where it stands (included, excluded and why, ...)."""

    document: str
    title: str
    source: str
    address: str
    state: str
    codes: Mapping[str, str]


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
class Audit:
    """The sample drawn of the batch for coding by hand: its name, how many of how many; why there is none."""

    name: str = ""
    drawn: tuple[str, ...] = ()
    batch: int = 0
    reason: str = ""


@dataclass(frozen=True)
class DriftTest:
    """One test of whether the batch differs from the documents before it; `adjusted` for all tests together (Holm)."""

    name: str
    distance: float | None
    adjusted: float | None
    remark: str


@dataclass(frozen=True)
class News:
    """All that an update found. `changed` are documents whose text is another (with the address), `vanished` those
    whose page is gone and `unread` those that could not be retrieved or read (with what is known); `counts` is the
    flow, before and now."""

    name: str
    since: str
    until: str
    program: str
    labels: Mapping[str, str]
    asked: tuple[Asked, ...] = ()
    arrived: tuple[Arrival, ...] = ()
    changed: tuple[tuple[str, str], ...] = ()
    moved: tuple[CodeMove, ...] = ()
    shifted: tuple[CodeMove, ...] = ()
    vanished: tuple[tuple[str, str], ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    counts: tuple[tuple[str, int, int], ...] = ()
    audit: Audit = Audit()
    drift: tuple[DriftTest, ...] = ()
    steps: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether the world stands as it did."""
        return not (self.arrived or self.changed or self.moved or self.shifted or self.vanished or self.unread)


def summary(news: News) -> str:
    """The whole in a sentence."""
    if news.nothing:
        return "Nothing is new: no document came, changed or vanished, and no code moved."
    parts = [
        number(len(news.arrived), "new document"),
        number(len(news.changed), "changed text"),
        number(len(news.moved) + len(news.shifted), "code that moved", "codes that moved"),
        number(len(news.vanished), "page that is gone", "pages that are gone"),
        number(len(news.unread), "page that could not be read", "pages that could not be read"),
    ]
    return f"{', '.join(parts)}."
