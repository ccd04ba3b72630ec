"""A project beside published figures, with intervals for the difference; what was not published is said so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coder.agreement.proportions import Proportion, proportion
from coder.inference.counted import ABSENT, Codes
from coder.inference.difference import difference
from coder.report.html.blocks import Block, Cell, Column, Prose, Section, Table
from coder.report.html.facts import Facts
from coder.report.html.plan import Plan
from coder.report.html.published import Condition, Published, PublishedFigure

NOT_PUBLISHED = "not published"
_NO = frozenset({"", "no", "false", "0", "none"})


@dataclass(frozen=True)
class Measured:
    """What this project has where a study published something; None with the reason where it has nothing."""

    share: Proportion | None = None
    amount: float | None = None
    reason: str = ""


def comparison(facts: Facts, plan: Plan | None, published: Published) -> Section:
    """Every published figure beside ours, then each planned figure's categories with what was published of them."""
    lead = Prose(
        f"Published: {published.name}, {published.documents:,} documents. The difference is ours less theirs, in "
        "percentage points, "
        "with Newcombe's 95% interval (1998), for two independent samples; where it does not hold 0 the two differ "
        "by more than "
        "chance explains."
    )
    blocks: list[Block] = [lead]
    if facts.constructed and facts.reported == "gold":
        blocks.append(
            Prose(
                "These documents were written to have the study's figures: that the two agree says that the program "
                "counts "
                "right, and nothing of how the field has changed.",
                "warning",
            )
        )
    blocks += [_figures(facts, published), *_by_category(facts, plan, published)]
    return Section("comparison", "Beside published figures", tuple(blocks))


def _figures(facts: Facts, published: Published) -> Table:
    rows = tuple(_row(facts, published, one) for one in published.figures)
    columns = (
        Column("figure"),
        Column("published"),
        Column("here"),
        Column("95% interval, here", "percents"),
        Column("n here", "count"),
        Column("difference", "figure"),
        Column("95% interval of the difference", "interval"),
        Column("remark"),
        Column("where"),
    )
    notes = (
        "≈: the study says 'around', or a fraction in words; its interval is computed as if the number were exact. "
        "<: an upper "
        "limit. not published: the text gives words only.",
    )
    return Table("published", "Published figures and ours", columns, rows, notes, "intercoder report --compare FILE")


def _row(facts: Facts, published: Published, one: PublishedFigure) -> tuple[Cell, ...]:
    found = measured(facts, one)
    said, n = _said(one), published.documents or 0
    share = found.share
    here = _here(facts, one, found)
    limits = (share.low, share.high) if share is not None else (None, None)
    apart = None
    if share is not None and share.n and one.value is not None and _comparable(one) and not (one.of and one.of.given):
        apart = difference(
            (share.count, share.n), (round(one.value / 100 * n) if _percent(one) else round(one.value), n)
        )
    remark = found.reason
    if not remark and apart is not None:
        remark = "differs" if apart.low > 0 or apart.high < 0 else "no difference shown"
    return (
        one.what,
        said,
        here,
        limits,
        share.n if share is not None else None,
        None if apart is None else 100 * apart.value,
        (None, None) if apart is None else (100 * apart.low, 100 * apart.high),
        remark,
        one.place,
    )


def _percent(one: PublishedFigure) -> bool:
    return one.unit.startswith("percent")


def _comparable(one: PublishedFigure) -> bool:
    """Whether it counts documents: not amounts, and not parts of something else than documents."""
    return (
        one.exactness in ("exact", "around")
        and (one.unit in ("documents", "programs") or one.unit.startswith("percent of"))
        and ("recognitions" not in one.unit and "instructors" not in one.unit)
    )


def _said(one: PublishedFigure) -> str:
    if one.value is None:
        return f"{NOT_PUBLISHED}: words only"
    sign = {"around": "≈ ", "below": "< "}.get(one.exactness, "")
    return f"{sign}{one.value:g}{'%' if _percent(one) else ' ' + one.unit}"


def _here(facts: Facts, one: PublishedFigure, found: Measured) -> str:
    if found.amount is not None:
        return f"{found.amount:,.1f} {one.unit} (mean)"
    if found.share is None or found.share.share is None:
        return "–"
    return f"{found.share.count:,} of {found.share.n:,} ({100 * found.share.share:.1f}%)"


def measured(facts: Facts, one: PublishedFigure) -> Measured:
    """This project's value of a published figure: a share of documents, or the mean of an amount."""
    if one.of is None:
        return Measured(reason="nothing in the codebook answers to it")
    codes = _codes(facts, one.of)
    given = _codes(facts, one.of.given) if one.of.given is not None else codes
    if isinstance(codes, str) or isinstance(given, str):
        return Measured(reason=codes if isinstance(codes, str) else str(given))
    if one.exactness == "below" or not (_percent(one) or one.unit in ("programs", "documents", "instructors")):
        return _mean(facts, one.of)
    if not one.of.listed and one.of.dimension:
        return Measured(reason="it speaks of the dimension as a whole: see its figure")
    among = one.of.given or Condition()
    kept = [
        frozenset(held)
        for held, other in zip(codes, given, strict=True)
        if held is not None and other is not None and among.holds(frozenset(other))
    ]
    return Measured(proportion(sum(map(one.of.holds, kept)), len(kept), method="wilson"))


def _codes(facts: Facts, condition: Condition) -> Sequence[Codes | None] | str:
    """Each document's codes, or value; in words why there are none."""
    if condition.variable:
        if condition.variable not in facts.variables:
            return f"the documents have no variable '{condition.variable}'"
        values = facts.variables[condition.variable]
        if condition.any_of:
            return [(value,) if value else None for value in values]
        return [(value,) if value.casefold() not in _NO else () for value in values]
    found = facts.dimension(condition.dimension)
    if found is None:
        return f"the codebook has no dimension '{condition.dimension}'"
    missing = [code for code in condition.listed if code not in found.coded.categories]
    if missing:
        return f"'{condition.dimension}' has no category '{missing[0]}'"
    return found.coded.codes


def _mean(facts: Facts, condition: Condition) -> Measured:
    """The mean amount of the documents with these codes."""
    found = facts.dimension(condition.dimension)
    if found is None or not found.amounts:
        return Measured(reason="no amounts were read")
    values = [
        found.amounts[place]
        for place, held in enumerate(found.coded.codes)
        if held is not None and place in found.amounts and condition.holds(frozenset(held))
    ]
    return Measured(amount=sum(values) / len(values)) if values else Measured(reason="no amounts were read")


def _by_category(facts: Facts, plan: Plan | None, published: Published) -> list[Block]:
    """For each planned figure: what was published of its categories, and what only a picture shows."""
    tables: list[Block] = []
    for place, planned in enumerate(plan.figures if plan else ()):
        one = facts.dimension(planned.dimension)
        if one is None:
            continue
        known = _known(published, planned.dimension)
        rows: list[tuple[Cell, ...]] = []
        for code, share in one.coded.shares().items():
            if code == ABSENT and not share.count:
                continue
            said = _said(known[code]) if code in known else NOT_PUBLISHED
            rows.append((one.label(code), said, share.count, share.share, (share.low, share.high)))
        columns = (
            Column(one.name),
            Column("published"),
            Column("documents here", "count"),
            Column("share here", "percent"),
            Column("95% interval", "percents"),
        )
        shown = planned.published or "a figure"
        notes = [f"{NOT_PUBLISHED}: the study shows it in {shown} alone, without a number in its text."]
        if planned.by:
            notes.append(f"The study's numbers by {planned.by} are {NOT_PUBLISHED} either.")
        tables.append(
            Table(
                f"published-{place + 1}",
                f"{planned.title or one.name}: published and here",
                columns,
                tuple(rows),
                tuple(notes),
            )
        )
    return tables


def _known(published: Published, dimension: str) -> dict[str, PublishedFigure]:
    """By category the published figure that speaks of it alone, one with a number before one without."""
    found: dict[str, PublishedFigure] = {}
    for one in published.figures:
        condition = one.of
        if condition is None or condition.dimension != dimension or condition.given is not None or not _percent(one):
            continue
        if (
            len(condition.listed) == 1
            and (condition.any_of or condition.all_of)
            and one.exactness in ("exact", "around")
        ):
            found.setdefault(condition.listed[0], one)
    return found
