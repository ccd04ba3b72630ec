"""What a test of a codebook found; the field names are the keys of `codebook test --json`."""

from __future__ import annotations

from typing import Literal

from coder.agreement.intervals import clopper_pearson_low
from coder.model import Record

CheckKind = Literal["definition", "borderline"]
Rule = Literal["definition", "undefined", "many_missed", "borderline", "order", "halo"]


class Share(Record):
    """`count` of `n` with the exact 95% interval (Clopper & Pearson 1934); None where n is 0."""

    count: int
    n: int
    share: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, count: int, n: int) -> Share:
        """The share of `count` in `n`; the upper end is the lower end of the rest, turned over."""
        low, rest = clopper_pearson_low(count, n), clopper_pearson_low(n - count, n)
        return cls(count=count, n=n, share=count / n if n else None, low=low, high=None if rest is None else 1 - rest)


class Miss(Record):
    """A definition or a borderline example of `category` that was taken for others."""

    asked: CheckKind
    category: str
    text: str
    taken_for: tuple[str, ...]


class Recovery(Record):
    """Part 1 for one dimension. `masked` name themselves in their definition, `undefined` have none.

    `unread` counts questions without a readable answer; they are in no n.
    """

    dimension: str
    definitions: Share
    borderline: Share
    masked: tuple[str, ...]
    undefined: tuple[str, ...]
    misses: tuple[Miss, ...]
    unread: int


class Move(Record):
    """A document whose answer changed: category ids, or the one word `absent` or `not_applicable`."""

    document: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class Order(Record):
    """Part 2 for one dimension: codes with the categories as given (`before`) and last first (`after`).

    Of the `answers` (two for each document in n), `first_listed` and `last_listed` chose the category that stood first
    or last in the list they saw.
    """

    dimension: str
    changed: Share
    answers: int
    first_listed: int
    last_listed: int
    moves: tuple[Move, ...]
    unread: int


class Halo(Record):
    """Part 3 for one dimension: its answer with all dimensions in the call (`before`) and without (`after`)."""

    dimension: str
    moved: Share
    moves: tuple[Move, ...]
    unread: int


class Weakness(Record):
    """What is weak by which rule, and what to do; `category` is '' where the dimension as a whole is meant."""

    dimension: str
    category: str
    rule: Rule
    text: str


class Behaviour(Record):
    """All that a test found, and what it says of it. `notes` tell what was left out and why."""

    recovery: tuple[Recovery, ...]
    order: tuple[Order, ...]
    halo: tuple[Halo, ...]
    weak: tuple[Weakness, ...]
    notes: tuple[str, ...]
