"""Two runs against the same gold, as a table for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from coder.agreement.comparison import Comparison
from coder.report.agreement import NAMES, resampled
from coder.report.figures import Footnotes, caption, figure, figures_table, interval, p_value
from coder.report.plain import plain


def comparison_table(found: Sequence[Comparison], cluster: str | None = None) -> Table:
    """A line a dimension: both coefficients, their paired difference with interval, and p adjusted over dimensions.

    `cluster` is the variable by which documents that share a source were resampled.
    """
    headings = ("dimension", "coeffi-\ncient", "first", "second", "differ-\nence", "95% interval", "p\n(Holm)", "n", "")
    table = figures_table(*headings)
    notes = Footnotes()
    for one in found:
        table.add_row(
            plain(one.dimension, "bold", 40),
            NAMES[one.coefficient],
            figure(one.first),
            figure(one.second),
            figure(one.difference),
            interval(one.low, one.high),
            p_value(one.p_holm),
            str(one.n),
            notes.mark(one.reason) if one.reason else "",
        )
    table.caption = caption(
        [
            "On the items that both runs coded and gold has. p: two-sided, adjusted for the number of dimensions.",
            "A run that was chosen by such a table looks better in it than on new texts.",
            *([resampled(cluster, [one.clusters for one in found])] if cluster else []),
            *notes.lines(),
        ]
    )
    return table
