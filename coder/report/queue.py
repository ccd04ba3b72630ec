"""What waits for the second coder, as a table for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rich import box
from rich.table import Table

from coder.report.plain import plain


def queue_table(items: Sequence[Mapping[str, object]]) -> Table:
    """One line an item: `document`, `dimension`, `reason`, `probability`, `detail`, the keys of `queue --json`.

    Items whose `settled` is true are counted beneath and not listed.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in ("document", "dimension", "reason"):
        table.add_column(heading, overflow="fold")
    table.add_column("drawn", justify="right", no_wrap=True)
    table.add_column("detail", overflow="fold", ratio=1)
    waiting = [item for item in items if not item.get("settled")]
    for item in waiting:
        cells = [plain(item.get(key) or "", limit=300) for key in ("document", "dimension", "reason")]
        table.add_row(*cells, _share(item.get("probability")), plain(item.get("detail") or "", limit=300))
    table.caption = plain(_counted(waiting, len(items) - len(waiting)), "dim not italic")
    table.caption_justify = "left"
    return table


def _share(probability: object) -> str:
    """The chance with which an item was drawn; one that was selected shows none."""
    return f"{probability:.0%}" if isinstance(probability, float) and probability < 1 else ""


def _counted(waiting: Sequence[Mapping[str, object]], settled: int) -> str:
    reasons = Counter(str(item.get("reason", "")) for item in waiting)
    parts = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    first = f"{len(waiting)} waiting: {parts}" if waiting else "nothing waits"
    return f"{first}; {settled} settled" if settled else first
