"""How a codebook behaves with a model, as Rich renderables: a table a part, what is weak beneath."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from coder.report.plain import plain
from coder.run.behaviour import RULES, Behaviour, Halo, Order, Recovery, Share

_NONE = "–"


def behaviour_view(found: Behaviour) -> Group:
    """The three parts as far as they were asked, notes, and what is weak in words. Fits 80 columns."""
    parts: list[RenderableType] = []
    if found.recovery:
        parts += [_recovery_table(found.recovery), *_names(found.recovery), Text()]
    if found.order:
        parts += [_order_table(found.order), Text()]
    if found.halo:
        parts += [_halo_table(found.halo), Text()]
    parts += [plain(f"note: {note}", "dim") for note in found.notes]
    weak = [Text.assemble(("! ", "yellow"), plain(weakness.text)) for weakness in found.weak]
    return Group(
        *parts, Text("Weak", style="bold"), *(weak or [Text("nothing by these rules")]), Text(RULES, style="dim")
    )


def _recovery_table(items: Sequence[Recovery]) -> Table:
    table = _table("Definitions found again", "definitions", "95% interval", "borderline", "95% interval", "unread")
    for item in items:
        row = (*_share(item.definitions), *_share(item.borderline), str(item.unread or _NONE))
        table.add_row(plain(item.dimension, "bold", 40), *row)
    return table


def _names(items: Sequence[Recovery]) -> list[Text]:
    """Which definitions were shown with their own name blanked."""
    return [
        plain(f"{item.dimension}: the definition of {_quoted(item.masked)} says its own name, which was blanked", "dim")
        for item in items
        if item.masked
    ]


def _order_table(items: Sequence[Order]) -> Table:
    table = _table(
        "Order: categories last first", "changed", "95% interval", "answers", "first\nlisted", "last\nlisted", "unread"
    )
    for item in items:
        counts = (item.answers, item.first_listed, item.last_listed, item.unread or _NONE)
        table.add_row(plain(item.dimension, "bold", 40), *_share(item.changed), *map(str, counts))
    return table


def _halo_table(items: Sequence[Halo]) -> Table:
    table = _table("Halo: without the other dimensions", "moved", "95% interval", "unread")
    for item in items:
        table.add_row(plain(item.dimension, "bold", 40), *_share(item.moved), str(item.unread or _NONE))
    return table


def _table(title: str, *headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, title=Text(title, style="bold"))
    table.title_justify = "left"
    table.add_column("dimension", overflow="fold")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _share(share: Share) -> tuple[str, str]:
    if share.low is None or share.high is None:
        return _NONE, _NONE
    return f"{share.count} of {share.n}", f"{share.low:.0%} to {share.high:.0%}"


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
