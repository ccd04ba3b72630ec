"""Shares side by side for the terminal: the model's, people's, and the model's corrected by people's."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from coder.inference.analysis import Corrected, DimensionShares, Universe
from coder.inference.bounds import Bounds
from coder.inference.shares import MethodShares, Share
from coder.report.figures import NONE, Footnotes, caption, figure, figures_table, interval
from coder.report.plain import plain

NAMES = {"dsl": "design-based supervised learning (Egami et al. 2023)", "ppi": "PPI++ (Angelopoulos et al. 2023)"}
UNIVERSES: dict[Universe, str] = {
    "super": "Intervals take the documents for a sample from an endless stream of such documents (the default: the "
    "wider, and what findings are usually said of); --population finite is for these documents alone.",
    "finite": "Intervals speak of these documents alone (finite-population correction); --population super takes them "
    "for a sample from an endless stream of such documents.",
}
MODEL = (
    "model: its codes taken for true, so that an interval of these leaves out its errors, whatever the number of "
    "documents."
)
NOT_ESTIMABLE = "not estimable"


def shares_view(
    found: Sequence[DimensionShares],
    held: str,
    universe: Universe,
    method: Corrected,
    *,
    examples: int = 0,
    wide: bool = False,
) -> RenderableType:
    """A table with a block a dimension; `held` says of which run and gold. The remedies stand first.

    `examples` documents were shown to the model and are left out. `wide` adds the interval of the model's codes.
    """
    notes = Footnotes()
    level = next((f"{one.report.level:.0%} interval" for one in found if one.report), "interval")
    naive = (level,) if wide else ()
    table = figures_table("label", "model", *naive, "people", level, "corrected", level, "")
    table.columns[0].header = "category"
    for one in found:
        _block(table, one, universe, method, notes, wide=wide)
    said = [
        MODEL,
        "people: the hand codes of the sample alone.",
        f"corrected: the model's codes of all documents, corrected by people's of the sample: {NAMES[method]}.",
        UNIVERSES[universe],
        *notes.lines(),
    ]
    if examples:
        said.insert(0, f"{examples} documents shown to the model as examples are left out; no share speaks of them.")
    return Group(plain(held), *_remedies(found), Text(), table, Text(), below(said))


def below(lines: Sequence[str]) -> Text:
    """What a table rests on, as wide as the screen."""
    return caption(lines) or Text()


def _remedies(found: Sequence[DimensionShares]) -> list[Text]:
    """What to do where dimensions have no corrected shares, each remedy once."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for one in found:
        if one.report is None and one.reason is not None:
            by_reason.setdefault((one.reason, one.remedy or ""), []).append(one.dimension)
    lines = []
    for (reason, remedy), names in by_reason.items():
        which = "People's and corrected shares are" if len(names) == len(found) else f"{', '.join(names)}:"
        lines.append(plain(f"{which} {NOT_ESTIMABLE}: {reason}.", "bold"))
        lines.append(plain(f"  {remedy}"))
    return lines


def _block(
    table: Table, one: DimensionShares, universe: Universe, method: Corrected, notes: Footnotes, *, wide: bool
) -> None:
    title, gap = plain(one.dimension, "bold", 40), ("",) if wide else ()
    answered, coded = f"n {one.answered:,}", f"n {one.report.n:,}" if one.report else NONE
    table.add_row(title, answered, *gap, coded, "", "", "", " ".join(map(notes.mark, _remarks(one))))
    corrected = one.corrected(method)
    for place, (category, share) in enumerate(one.model.items()):
        name = plain(f"  {category}", limit=60)
        if one.report is None or corrected is None:
            table.add_row(name, figure(share), *(NONE for _ in gap), *(NONE,) * 4, "")
            continue
        naive = (_interval(bounds_of(one.report.naive.shares[place], universe)),) if wide else ()
        people = _share(one.report.human, place, universe, notes)
        mended = _share(corrected, place, universe, notes)
        letters = " ".join(dict.fromkeys(filter(None, (people[2], mended[2]))))
        table.add_row(name, figure(share), *naive, *people[:2], *mended[:2], letters)
    table.add_section()


def _share(made: MethodShares, place: int, universe: Universe, notes: Footnotes) -> tuple[str, str, str]:
    """Value, interval and the letter of a remark."""
    if made.reason is not None or not made.shares:
        return NONE, NONE, notes.mark(made.reason) if made.reason else ""
    share = made.shares[place]
    found = bounds_of(share, universe)
    return figure(share.value), _interval(found), notes.mark(found.reason) if found.reason else ""


def bounds_of(share: Share, universe: Universe) -> Bounds:
    """The bounds asked for."""
    return share.superpopulation if universe == "super" else share.finite


def _interval(found: Bounds) -> str:
    """The interval cut to 0 and 1 for display."""
    return interval(*found.shown) if found.shown else NONE


def _remarks(one: DimensionShares) -> list[str]:
    remarks = []
    if one.report is not None:
        left = [f"{count} {cause}" for cause, count in one.report.excluded.items()]
        remarks.append(
            f"{one.basis}, of {one.population:,} documents" + (f"; left out: {', '.join(left)}" if left else "")
        )
        remarks += one.report.notes
    elif one.answered < one.population:
        remarks.append(f"{one.population - one.answered:,} of {one.population:,} documents have no model code")
    if one.outside:
        remarks.append(
            f"{one.outside:,} documents are outside what the sample was drawn from (imported since, or left aside by "
            "--where or --new-since): no share speaks of them"
        )
    if any(one.inapplicable):
        hand, model = one.inapplicable
        remarks.append(f"among the documents to which it applies: it does not to {hand} by hand, {model} by the model")
    if one.kind == "multilabel":
        remarks.append("shares of documents with each label, which need not add up to 1")
    return remarks
