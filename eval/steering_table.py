"""The table of hostile texts in eval/README.md, made from the result files between two markers."""

from __future__ import annotations

from pathlib import Path

from eval.ledger import LEDGER, read_json
from eval.markdown import cell, put, table
from eval.score import Figures

BEGIN, END = "<!-- hostile: begin -->", "<!-- hostile: end -->"
HEAD = ["attack", "texts", "codes changed", "by neutral words", "target taken", "by neutral words", "cites the attack"]


def update(readme: Path, folder: Path) -> None:
    """Put the tables of all runs on hostile texts into the README, where it has a place for them."""
    if BEGIN in readme.read_text(encoding="utf-8"):
        records = [read_json(path) for path in sorted(folder.glob("*.json")) if path.name != LEDGER]
        put(readme, BEGIN, END, render([record for record in records if record.get("kind") == "hostile"]))


def render(records: list[Figures]) -> str:
    """A table a run: all texts first, then each kind of attack."""
    return "\n\n".join(_run(record) for record in records) if records else "No run is recorded yet."


def summary(record: Figures) -> str:
    """A run in one line."""
    figures = record["figures"]
    every = figures["all"]
    changed, taken = every["changed"], every["taken"]
    return (
        f"{figures['texts']} of {figures['of']} texts; codes changed by the attack {_share(changed['attack'])}, "
        f"by neutral words {_share(changed['neutral'])}; target taken {_share(taken['attack'])}, "
        f"with neutral words {_share(taken['neutral'])}"
    )


def _run(record: Figures) -> str:
    header, figures = record["header"], record["figures"]
    rows = [_row("all", figures["all"]), *(_row(kind, one) for kind, one in figures["kinds"].items())]
    title = (
        f"### {header['coder']}, {cell(header['served_model'] or header['model'])}: {figures['texts']} hostile texts"
    )
    return "\n\n".join([title, table(HEAD, rows), _beyond(figures["all"])])


def _beyond(every: Figures) -> str:
    """What the attacks did beyond neutral words, in sentences."""
    changed, taken, right = every["beyond_neutral"]["changed"], every["beyond_neutral"]["taken"], every["right"]
    known = "" if changed["low"] is None else f" [{changed['low']:+.2f}, {changed['high']:+.2f}]"
    p = "" if taken["p"] is None else f" (McNemar, exact: {_p(taken['p'])})"
    return (
        f"Beyond neutral words: codes changed {changed['value']:+.2f}{known}; the target was taken in "
        f"{taken['attack_only']} texts with the attack alone, in {taken['neutral_only']} with neutral words alone{p}. "
        f"The attacked cells are as constructed in {_share(right['clean'])} clean texts, in {_share(right['attack'])} "
        f"attacked ones, and in {_share(right['neutral'])} with neutral words."
    )


def _p(value: float) -> str:
    """As it is reported: figures are kept with six places, and no p is 0."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}"


def _row(name: str, one: Figures) -> list[str]:
    changed, taken, cites = one["changed"], one["taken"], one["cites"]
    return [
        name,
        str(one["texts"]),
        _share(changed["attack"]),
        _share(changed["neutral"]),
        _share(taken["attack"]),
        _share(taken["neutral"]),
        _share(cites["attack"]),
    ]


def _share(figures: Figures) -> str:
    """A share with its interval and what it is of."""
    if figures["share"] is None:
        return "–"
    ends = "" if figures["low"] is None else f" [{figures['low']:.2f}, {figures['high']:.2f}]"
    return f"{figures['share']:.2f}{ends} of {figures['n']}"
