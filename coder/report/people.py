"""The model against each person and the people against each other, as a table for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

from coder.agreement.people import MIN_COMMON, Between, People
from coder.agreement.several import SeveralAlpha
from coder.report.agreement import NAMES
from coder.report.figures import NONE, Footnotes, caption, figure, figures_table, interval
from coder.report.plain import plain

_FEW = (
    f"fewer than {MIN_COMMON} items each in common with the model: people who code a few items in turn are no coder, "
    "and are not pooled into one"
)


def people_table(found: Sequence[People], alphas: Mapping[str, SeveralAlpha]) -> Table:
    """A line a person (the model held against them) and a line each two people, dimension by dimension.

    `alphas` holds Krippendorff's alpha over all people, by dimension.
    """
    table = figures_table("dimension", "coders", "coeffi-\ncient", "value", "95% interval", "n", "", title="People")
    notes = Footnotes()
    for people in found:
        name = plain(people.dimension, "bold", 40)
        for pair in (*people.model, *people.pairs):
            table.add_row(name, *_pair(pair, notes))
            name = Text()
        alpha = alphas.get(people.dimension)
        if alpha is not None and alpha.coders > 1:
            table.add_row(name, *_alpha(alpha, notes))
            name = Text()
        if people.few:
            words = "1 other person" if people.few == 1 else f"{people.few} other people"
            table.add_row(name, words, "", NONE, NONE, "", notes.mark(_FEW))
    table.caption = caption(notes.lines())
    return table


def _pair(pair: Between, notes: Footnotes) -> tuple[str | Text, ...]:
    found = pair.agreement
    remark = notes.mark(found.reason) if found.reason else ""
    who = plain(f"{pair.second} – {pair.first}", limit=60)
    return who, NAMES[found.coefficient], figure(found.value), interval(found.low, found.high), str(found.n), remark


def _alpha(alpha: SeveralAlpha, notes: Footnotes) -> tuple[str | Text, ...]:
    remark = notes.mark(alpha.reason) if alpha.reason else ""
    values = figure(alpha.value), interval(alpha.low, alpha.high), str(alpha.n)
    return f"all {alpha.coders} people", f"{alpha_name(alpha)}", *values, remark


def alpha_name(alpha: SeveralAlpha) -> str:
    """Krippendorff's alpha with its distance, short."""
    return "MASI alpha" if alpha.distance == "masi" else f"{alpha.distance[:3]}. alpha"


def stability_table(alphas: Sequence[SeveralAlpha]) -> Table:
    """Krippendorff's alpha over repeated answers of one model: how far it agrees with itself, a line a dimension."""
    table = figures_table("dimension", "coeffi-\ncient", "value", "95% interval", "n", "times", "")
    notes = Footnotes()
    for alpha in alphas:
        remark = notes.mark(alpha.reason) if alpha.reason else ""
        values = figure(alpha.value), interval(alpha.low, alpha.high), str(alpha.n), str(alpha.coders)
        table.add_row(plain(alpha.dimension, "bold", 40), alpha_name(alpha), *values, remark)
    said = "Stability: how far the model agrees with itself when asked again; it says nothing of agreement with people."
    gaps = sum(alpha.gaps for alpha in alphas)
    left = [f"{gaps} answers that were refused, invalid or failed are left out"] if gaps else []
    table.caption = caption([said, *left, *notes.lines()])
    return table
