"""Whether a batch of documents is like the others, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from coder.inference.analysis import BatchDrift
from coder.report.figures import NONE, Footnotes, figure, figures_table, p_value
from coder.report.plain import plain
from coder.report.shares import below

MEANING = (
    "n: how many documents each test compares, of the batch and of the others.",
    "distance: how far the two distributions are apart, 0 (the same) to 1 (nothing in common).",
    "p adjusted for all tests shown together (Holm). A test can show that batches differ, never that the model errs on "
    "both alike: corrected shares of a batch need hand codes from that batch.",
)


def drift_view(batches: Sequence[BatchDrift]) -> RenderableType:
    """The tests of each batch, and whether corrected shares of it can be had."""
    notes = Footnotes()
    return Group(*(_batch(one, notes) for one in batches), below([*MEANING, *notes.lines()]))


def _batch(found: BatchDrift, notes: Footnotes) -> RenderableType:
    table = figures_table("dimension", "n", "n others", "distance", "p", "p adjusted", "test", "")
    for drift in found.drifts:
        remark = notes.mark(drift.reason) if drift.reason else ""
        distance = NONE if drift.distance is None else figure(drift.distance)
        others, n = (f"{number:,}" for number in drift.n)
        p, adjusted = p_value(drift.p), p_value(drift.adjusted)
        table.add_row(plain(drift.name, limit=60), n, others, distance, p, adjusted, drift.test, remark)
    title = f"{found.batch}: {found.size:,} of {found.population:,} documents, against the others"
    return Group(plain(title, "bold"), Text(), table, Text(), *_audit(found), Text())


def _audit(found: BatchDrift) -> list[Text]:
    if found.refusal is not None:
        return [plain(f"{found.refusal}."), plain(f"  {found.remedy or ''}")]
    said = (
        f"{found.audited:,} of them were drawn and coded by hand: corrected shares of the batch are estimable, with "
        "the sample that was drawn from it (--sample) or by the variable (--by)."
    )
    return [plain(said)]
