"""What a test's results say of the codebook, by rules whose thresholds are named here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coder.run.behaviour.results import Halo, Order, Recovery, Share, Weakness

SHARE = 0.2
COUNT = 2
"""Order and halo: weak from this share of the documents on, and from this many."""
FEW_FOUND = 0.5
FEW_ASKED = 4
"""Below this share of the definitions found, of at least this many asked, the model may be at fault."""
LEAN = 0.25
"""Difference between the shares of answers that chose the first and the last listed: the model leans to a place."""

RULES = (
    "Weak is a definition or a borderline example taken for another category; "
    f"an order or halo effect in {SHARE:.0%} of the documents or more, {COUNT} at the least. "
    "At few documents the intervals are wide: see them before you rewrite."
)


def advise(recovery: Sequence[Recovery], order: Sequence[Order], halo: Sequence[Halo]) -> tuple[Weakness, ...]:
    """Everything weak, definitions first, in the codebook's order."""
    return (
        *(weakness for item in recovery for weakness in _definitions(item)),
        *(_order(item) for item in order if _weak(item.changed)),
        *(_halo(item) for item in halo if _weak(item.moved)),
    )


def _weak(share: Share) -> bool:
    return share.share is not None and share.share >= SHARE and share.count >= COUNT


def _definitions(item: Recovery) -> Iterator[Weakness]:
    name, found = item.dimension, item.definitions
    if found.share is not None and found.share < FEW_FOUND and found.n >= FEW_ASKED:
        text = f"{name}: only {found.count} of {found.n} definitions found again: try a stronger model before rewriting"
        yield Weakness(dimension=name, category="", rule="many_missed", text=text)
    for category in item.undefined:
        text = f"{name}: '{category}' has no definition beyond its name: write one"
        yield Weakness(dimension=name, category=category, rule="undefined", text=text)
    for miss in item.misses:
        taken = " and ".join(f"'{category}'" for category in miss.taken_for)
        if miss.asked == "definition":
            text = (
                f"{name}: the definition of '{miss.category}' was taken for {taken}: "
                "say what tells them apart in `exclude`"
            )
        else:
            text = (
                f"{name}: the borderline example “{miss.text}” of '{miss.category}' was coded {taken}: "
                "put the rule that decides it into the definition"
            )
        yield Weakness(dimension=name, category=miss.category, rule=miss.asked, text=text)


def _order(item: Order) -> Weakness:
    changed, name = item.changed, item.dimension
    text = (
        f"{name}: {changed.count} of {changed.n} codes change when the categories are listed last first: the model "
        "guesses; shorten the definitions or use a stronger model"
    )
    lean = (item.first_listed - item.last_listed) / item.answers
    if abs(lean) >= LEAN:
        text += (
            f" (it leans to what is listed {'first' if lean > 0 else 'last'}: of {item.answers} answers "
            f"{item.first_listed} chose the first, {item.last_listed} the last)"
        )
    return Weakness(dimension=name, category="", rule="order", text=text)


def _halo(item: Halo) -> Weakness:
    moved, name = item.moved, item.dimension
    text = (
        f"{name}: {moved.count} of {moved.n} answers move when the other dimensions are left out: ask each in a call "
        "of its own (`code --per-dimension`), or sharpen the question"
    )
    return Weakness(dimension=name, category="", rule="halo", text=text)
