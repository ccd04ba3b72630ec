"""How figures of agreement are written: two decimals as papers print them, intervals, shares, remarks by letter."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from coder.report.plain import plain

NONE = "–"
LEFT = ("", "coder", "coders", "coeffi-\ncient", "verdict")


class Footnotes:
    """Remarks, each said once and referred to by a letter."""

    def __init__(self) -> None:
        self._remarks: list[str] = []

    def mark(self, remark: str) -> str:
        """The letter of a remark: a to z, then a2 to z2."""
        if remark not in self._remarks:
            self._remarks.append(remark)
        round_, letter = divmod(self._remarks.index(remark), 26)
        return chr(ord("a") + letter) + (str(round_ + 1) if round_ else "")

    def lines(self) -> list[str]:
        """The remarks under the table."""
        return [f"{self.mark(remark)}  {remark}" for remark in self._remarks]


def figure(value: float | None) -> str:
    """Two decimals, as papers print coefficients; never `-0.00`, a dash where there is none."""
    if value is None:
        return NONE
    rounded = f"{value:.2f}"
    return "0.00" if rounded == "-0.00" else rounded


def interval(low: float | None, high: float | None) -> str:
    """`0.60 to 0.81`, or a dash."""
    return NONE if low is None or high is None else f"{figure(low)} to {figure(high)}"


def percent(share: float | None) -> str:
    """A share in whole per cent, or a dash."""
    return NONE if share is None else f"{share:.0%}"


def p_value(p: float | None) -> str:
    """Three decimals without a leading `p =`; below 0.001 it says so."""
    if p is None:
        return NONE
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def count(number: int) -> str:
    """A count, a dash for none."""
    return str(number) if number else NONE


def caption(lines: Sequence[str]) -> Text | None:
    """Lines under a table, as they are written."""
    return plain("\n".join(lines), "dim not italic", 20_000) if lines else None


def figures_table(*headings: str, title: str = "", tight: bool = False) -> Table:
    """A table whose first column is a name and whose others are figures, but for headings in `LEFT`."""
    padding = (0, 0 if tight else 1, 0, 0)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=padding, title_justify="left")
    table.title = plain(title, "bold") if title else None
    table.caption_justify = "left"
    for position, heading in enumerate(headings):
        table.add_column(
            heading,
            justify="right" if position > 0 and heading not in LEFT else "left",
            overflow="fold",
            no_wrap=heading not in ("dimension", "label", "coder", "coders", "verdict"),
        )
    return table
