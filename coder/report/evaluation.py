"""What an evaluation rests on, in sentences above its table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from coder.model import Run
from coder.report.plain import plain

EASIER = "Items on which people differ are out: the rest is easier, and agreement on all of them would be lower."


def evaluation_notes(runs: Sequence[Run], gold: str, people: Sequence[str], *, rule: bool, easier: bool) -> list[Text]:
    """Which run (or which two), which gold and whose, and what was left out for good.

    `gold` says in words what the reference is, `people` are all who coded. `rule` says that the gold is theirs by a
    rule, `easier` that the rule left out items on which they differ.
    """
    names = [f"run {run.id}" for run in runs]
    held = names[0] if len(names) == 1 else f"first {names[0]}, second {names[1]},"
    lines = [f"{held} against {gold}"]
    if easier:
        lines.append(EASIER)
    if not rule and len(people) > 1:
        shown = ", ".join(people[:5]) + (", ..." if len(people) > 5 else "")
        lines.append(f"{len(people)} people coded ({shown}); --gold majority or consensus makes one reference of them.")
    if examples := len({version for run in runs for version in run.parameters.get("examples", ())}):
        lines.append(f"{examples} shown to the model as worked examples: left out of every n")
    return [plain(line) for line in (*lines, "")]
