"""How many documents to code by hand, as a table for the terminal: the answer in one line, then a line a dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from coder.agreement.planning import SURE, Required
from coder.agreement.plans import Goal, Plan
from coder.report.figures import NONE, Footnotes
from coder.report.plain import plain

ASSUMPTIONS = (
    "Interval: n = z² V / h², V the variance an item of Fleiss, Cohen & Everitt (1969) in the table that margins and "
    "kappa imply.",
    "Both coders use the categories as often (unless --coder-prevalence says otherwise); beyond two categories, what "
    "is not agreed falls as by chance.",
)
TESTED = "Test: Cantor (1996), with the same V."
SHARES = "Share: n₀ = z² p (1 − p) / h², of N documents n₀ / (1 + (n₀ − 1) / N) (Cochran 1977); drawn at random."


def assumptions(goal: Goal) -> tuple[str, ...]:
    """Formulas, sources and what they take for granted, a sentence each."""
    asked = ((goal.min_kappa, TESTED), (goal.share_half_width, SHARES))
    return (*ASSUMPTIONS, *(words for value, words in asked if value is not None))


def plan_view(goal: Goal, plans: Sequence[Plan], basis: str, coded: Mapping[str, int]) -> RenderableType:
    """The plans, the sentence that sums them up first. `basis` says where the prevalences come from.

    `coded` counts the items of each dimension that people have coded already.
    """
    notes = Footnotes()
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    beyond = goal.documents is not None and any((one.items or 0) > goal.documents for one in plans)
    for position, heading in enumerate(_headings(goal, coded, beyond)):
        table.add_column(heading, justify="right" if position and heading else "left", overflow="fold")
    for one in plans:
        table.add_row(*_row(one, goal, coded, beyond, notes))
    caption = [f"Prevalences: {basis}{_based_on(plans)}.", *notes.lines(), *assumptions(goal)]
    return Group(plain(_summary(plans, goal), "bold"), Text(), table, Text(), plain("\n".join(caption), "dim", 20_000))


def _based_on(plans: Sequence[Plan]) -> str:
    counts = sorted({one.expected.based_on for one in plans})
    if not any(counts):
        return ""
    return f" ({counts[0]} texts)" if len(counts) == 1 else f" ({counts[0]} to {counts[-1]} texts)"


def _headings(goal: Goal, coded: Mapping[str, int], beyond: bool) -> tuple[str, ...]:
    test = () if goal.min_kappa is None else (f"kappa\n> {goal.min_kappa:g}",)
    share = () if goal.share_half_width is None else (f"share\n± {goal.share_half_width:g}",)
    reach = (f"± with\nall {goal.documents:,}",) if beyond else ()
    done = ("coded",) if coded else ()
    return "dimension", "rarer\nside", f"kappa\n± {goal.half_width:g}", *test, *share, *reach, *done, ""


def _row(one: Plan, goal: Goal, coded: Mapping[str, int], beyond: bool, notes: Footnotes) -> tuple[str | Text, ...]:
    expected = one.expected
    rarer = NONE if expected.margins is None else f"{expected.margins.rarer:.0%}"
    figures = [_items(one.interval)]
    figures += [] if goal.min_kappa is None else [_items(one.test)]
    figures += [] if goal.share_half_width is None else [NONE if one.share is None else f"{one.share:,}"]
    figures += [NONE if one.attainable is None else f"{one.attainable:.2f}"] if beyond else []
    name = expected.dimension if expected.label is None else f"{expected.dimension}: {expected.label}"
    done = (str(coded.get(expected.dimension, 0)),) if coded else ()
    return plain(name, "bold", 60), rarer, *figures, *done, " ".join(map(notes.mark, _remarks(one, goal)))


def _items(required: Required | None) -> str:
    return NONE if required is None else f"{required.n:,}"


def _remarks(one: Plan, goal: Goal) -> list[str]:
    found = [one.expected.reason] if one.expected.reason else []
    for part in (one.interval, one.test):
        if part is not None and part.minimum is not None:
            chance = "" if part.minimum.endswith("items") else f", with probability {SURE:g}"
            found.append(f"the minimum decides: {part.minimum}{chance}")
    if one.items is not None and goal.documents is not None and one.items > goal.documents:
        found.append(f"more than the {goal.documents:,} documents there are")
    if one.expected.weighting != "unweighted":
        found.append(f"{one.expected.weighting} weights")
    return list(dict.fromkeys(found))


def _summary(plans: Sequence[Plan], goal: Goal) -> str:
    known = [one for one in plans if one.items is not None]
    if not known:
        return "Nothing to plan for yet."
    most = max(known, key=lambda one: one.items or 0)
    aims = [f"kappa {goal.kappa:g} ± {goal.half_width:g} ({goal.level:.0%} interval)"]
    if goal.min_kappa is not None:
        aims.append(
            f"kappa above {goal.min_kappa:g} if it is {goal.kappa:g} (one-sided {goal.alpha:g}, power {goal.power:g})"
        )
    if goal.share_half_width is not None:
        aims.append(f"shares ± {goal.share_half_width:g}")
    decides = "" if len(known) == 1 else f"; {_name(most)} takes the most"
    return f"{most.items:,} documents to code by hand{decides}: {'; '.join(aims)}."


def _name(one: Plan) -> str:
    label = one.expected.label
    return one.expected.dimension if label is None else f"{one.expected.dimension} ({label})"
