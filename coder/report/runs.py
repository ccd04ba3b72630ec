"""Runs and what they took, as Rich renderables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from coder.model import BatchState, Run, RunSummary


def runs_table(
    runs: Sequence[Run], summaries: Sequence[RunSummary], coders: Mapping[str, str], work: Mapping[str, str]
) -> Table:
    """One line a run, oldest first; `work` says by run what it was for."""
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("run", "coder", "documents", "coded", "failed", "calls", "tokens in", "out", "USD"):
        table.add_column(name, justify="left" if name in ("run", "coder") else "right", overflow="fold")
    for run, summary in zip(runs, summaries, strict=True):
        who = coders[run.coder_id] + (" (screening)" if work[run.id] == "screening" else "")
        cost = "?" if summary.cost_usd is None else f"{summary.cost_usd:.4f}"
        figures = (summary.documents, summary.coded, summary.failed, summary.calls)
        tokens = (f"{summary.prompt_tokens:,}", f"{summary.completion_tokens:,}", cost)
        table.add_row(Text(run.id), Text(who), *map(str, figures), *tokens)
    return table


def _prices(known: Mapping[str, Any] | None) -> str:
    """What the run began with: USD per million tokens, and where the prices were from."""
    if not known:
        return "not recorded"
    if known["prompt"] is None or known["completion"] is None:
        return f"unknown: {known['source']}"
    cached = "" if known["cached"] is None else f", {known['cached']:g} cached"
    return f"{known['prompt']:g} in{cached}, {known['completion']:g} out, USD a million tokens; {known['source']}"


def run_view(
    run: Run,
    summary: RunSummary,
    coder: str,
    failures: Mapping[str, str],
    lineage: Sequence[str] = (),
    batches: Sequence[BatchState] = (),
) -> Group:
    """One run whole: what shaped it, what it took, where answers came from, and each failure with its reason."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    rows: dict[str, object] = {
        "run": run.id,
        "coder": f"{coder} (model)",
        "started": run.created_at.isoformat(timespec="seconds"),
        "codebook": run.codebook_hash[:12],
        "prompt": run.prompt_hash[:12],
        **{name: value for name, value in run.parameters.items() if name not in ("dimensions", "prices")},
        "prices": _prices(run.parameters.get("prices")),
        **{name: value for name, value in summary.model_dump().items() if name != "run_id"},
    }
    for name, value in rows.items():
        shown = "unknown" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
        table.add_row(Text(name.replace("_", " "), style="dim"), Text(shown))
    mixed = [Text(line, style="yellow") for line in lineage]
    lines = [Text.assemble(("failed ", "red"), f"{name}: {reason}") for name, reason in failures.items()]
    handed_in = [_batch(state) for state in batches]
    return Group(table, *mixed, *handed_in, *lines)


def _batch(state: BatchState) -> Text:
    """One batch: the endpoint's name of it, how many calls, how far it is."""
    name = state.remote("batch") or f"{state.batch.id} (no id yet)"
    note = f", {state.note}" if state.note else ""
    words = f"{name} at {state.batch.host}: {state.batch.requests:,} calls, {state.step or 'begun'}{note}"
    return Text.assemble(("batch ", "dim"), words)
