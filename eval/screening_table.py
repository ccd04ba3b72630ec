"""The table of screening in eval/README.md, made from the result files between two markers."""

from __future__ import annotations

from pathlib import Path

from eval.ledger import LEDGER, read_json
from eval.markdown import cell, put, table
from eval.score import Figures

BEGIN, END = "<!-- screening: begin -->", "<!-- screening: end -->"
HEAD = [
    "who", "texts", "included", "AUC", "work saved at 95 % recall", "read to get there", "recall after 10 %", "20 %",
    "50 %", "excluded by its codes", "recall of that", "precision of what is kept", "s a text",
]  # fmt: skip
WAYS = {"as_said": "codes as said", "leaning_out": "leaning taken out", "confirmed": "as the program screens"}
NOTHING = "–"


def update(readme: Path, folder: Path) -> None:
    """Put the tables of all screening results into the README, where it has a place for them."""
    if BEGIN in readme.read_text(encoding="utf-8"):
        records = [read_json(path) for path in sorted(folder.glob("*.json")) if path.name != LEDGER]
        put(readme, BEGIN, END, render([one for one in records if one.get("kind") in ("screening", "screening_peer")]))


def render(records: list[Figures]) -> str:
    """A table a set: ours in both ways of reading, then what learns from labels."""
    if not records:
        return "No run is recorded yet."
    sets = dict.fromkeys(_dataset(one) for one in records)
    parts = []
    for name in sets:
        rows = [row for one in records if _dataset(one) == name for row in _rows(one)]
        parts.append(f"### {cell(name)}\n\n{table(HEAD, rows)}")
    return "\n\n".join(parts)


def _dataset(record: Figures) -> str:
    name: str = record["header"]["dataset"] if record["kind"] == "screening" else record["dataset"]
    return name


def _rows(record: Figures) -> list[list[str]]:
    if record["kind"] == "screening_peer":
        return [_simulated(record)]
    header, figures = record["header"], record["figures"]
    who = f"{header['coder']}, {header['served_model'] or header['model']}"
    return [_row(f"{who}, {words}", figures, figures[way]) for way, words in WAYS.items() if way in figures]


def _row(who: str, figures: Figures, way: Figures) -> list[str]:
    decision = way["decision"]
    return [
        who,
        _of(figures["items"], figures["of"][0]),
        _of(figures["included"], figures["of"][1]),
        *_ranked(way["ranking"]),
        _estimate(decision["excluded"]),
        _share(decision["recall"]),
        _estimate(decision["precision"]),
        f"{figures['cost']['seconds']:.1f}",
    ]


def _ranked(ranking: Figures | None) -> list[str]:
    if ranking is None:
        return [NOTHING] * 6
    recalls = [_estimate(ranking["recall_at"][share]) for share in ("0.1", "0.2", "0.5")]
    return [_estimate(ranking["auc"]), _estimate(ranking["wss_95"]), f"{ranking['wss_95']['read']:.0f}", *recalls]


def _simulated(record: Figures) -> list[str]:
    figures = record["figures"]
    recalls = [_spread(figures["recall_at"][share]) for share in ("0.1", "0.2", "0.5")]
    who = f"ASReview {record['version']}, {record['model']}, {figures['runs']} runs (learns from labels)"
    saved, read = _spread(figures["wss_95"]), _spread(figures["read"], "{:.0f}")
    return [who, str(figures["items"]), str(figures["included"]), NOTHING, saved, read, *recalls, *[NOTHING] * 3, ""]


def summary(record: Figures) -> list[str]:
    """A run in a line for each way of reading it."""
    figures = record["figures"]
    head = (
        f"{_of(figures['items'], figures['of'][0])} texts, {_of(figures['included'], figures['of'][1])} of the included"
    )
    return [f"{head}; {words}: {_said(figures[way])}" for way, words in WAYS.items() if way in figures]


def _said(way: Figures) -> str:
    decision, ranking, reasons = way["decision"], way["ranking"], way["reasons"]
    ranked = (
        f"; ranked by probability: AUC {_estimate(ranking['auc'])}, work saved at 95 % recall "
        f"{_estimate(ranking['wss_95'])}"
        if ranking
        else ""
    )
    known = f"; right reason {reasons['named_first']} of {reasons['known']}" if reasons["known"] else ""
    return (
        f"excludes {_estimate(decision['excluded'])}, recall {_share(decision['recall'])}, precision "
        f"{_estimate(decision['precision'])}{known}{ranked}"
    )


def _of(part: int, whole: int) -> str:
    return str(part) if part == whole else f"{part} of {whole}"


def _share(figures: Figures) -> str:
    if figures["share"] is None:
        return NOTHING
    return f"{figures['share']:.2f} [{figures['low']:.2f}, {figures['high']:.2f}] of {figures['n']}"


def _estimate(figures: Figures) -> str:
    if figures["value"] is None:
        return NOTHING
    ends = "" if figures["low"] is None else f" [{figures['low']:.2f}, {figures['high']:.2f}]"
    return f"{figures['value']:.2f}{ends}"


def _spread(figures: Figures, form: str = "{:.2f}") -> str:
    """The mean over runs, and the least and the most."""
    mean, low, high = (form.format(figures[name]) for name in ("mean", "least", "most"))
    return f"{mean} ({low} to {high})"
