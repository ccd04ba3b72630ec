"""The table in eval/README.md, made from the result files between two markers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from eval.ledger import LEDGER, read_json
from eval.markdown import cell as _cell
from eval.markdown import put
from eval.markdown import table as _table
from eval.score import Figures

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
NAIVE = "naive"
KEPT = {1.0: "kappa, all", 0.8: "80 % surest", 0.6: "60 %", 0.5: "50 %"}
"""Shares of the codes kept, and the heads of their columns."""
NOTHING = "–"


def update(readme: Path, folder: Path) -> None:
    """Put the table of all result files into the README; InputError where its markers are missing."""
    put(readme, BEGIN, END, render(read_records(folder)))


def read_records(folder: Path) -> list[Figures]:
    """Every result and comparison in the folder, by file name; simulations and benchmarks lie there too."""
    records = [read_json(path) for path in sorted(folder.glob("*.json")) if path.name != LEDGER]
    return [record for record in records if record.get("kind") in ("result", "comparison")]


def render(records: Sequence[Figures]) -> str:
    """The tables as Markdown: one a data set and half, the naive peer first, people last."""
    results = [record for record in records if record["kind"] == "result"]
    groups = sorted({(record["header"]["dataset"], record["header"]["half"]) for record in results})
    comparisons = [record for record in records if record["kind"] == "comparison"]
    parts = [
        _group(
            name,
            half,
            [one for one in results if (one["header"]["dataset"], one["header"]["half"]) == (name, half)],
            [one for one in comparisons if (one["dataset"], one["half"]) == (name, half)],
        )
        for name, half in groups
    ]
    return "\n\n".join(parts) if parts else "No run is recorded yet."


def _group(name: str, half: str, results: list[Figures], comparisons: list[Figures]) -> str:
    results.sort(
        key=lambda one: (one["header"]["coder"] != NAIVE, one["header"]["coder"], one["header"]["served_model"])
    )
    dimensions = [one["dimension"] for one in results[0]["figures"]["dimensions"]]
    head = ["coder", "model", "n", "mean [95% interval]", *dimensions]
    head += ["evidence", "tokens in", "tokens out", "s an item", "looks before"]
    rows = [_result(one) for one in results]
    if people := next((one["figures"]["people"] for one in results if one["figures"]["people"]), None):
        rows += [_people(people, "kappa", "people, pairs"), _people(people, "alpha", "people, alpha")]
    rows = [row + [""] * (len(head) - len(row)) for row in rows]
    lines = [f"### {_cell(name)}, {half} half", f"Reference: {results[0]['gold']}.", _table(head, rows)]
    wanted = [one for one in comparisons if len(set(one["models"])) == 1]
    for other in sorted({one["coders"][1] for one in wanted}, key=lambda name: (name != NAIVE, name)):
        against = [one for one in wanted if one["coders"][1] == other]
        rows = [_comparison(one, dimensions) for one in sorted(against, key=lambda one: (one["coders"], one["models"]))]
        lines.append(_table([f"less {other}", "model", "n", "mean [95% interval]", *dimensions], rows))
    if sure := [row for one in results if half == "test" for row in _calibrated(one)]:
        lines.append(_table(["confidence of", "dimension", "n", "ECE", "Brier", *KEPT.values()], sure))
    return "\n\n".join(lines)


def _calibrated(record: Figures) -> list[list[str]]:
    """A row a dimension: how far confidence can be believed, and kappa over the codes that are surest."""
    rows = []
    for one in record["figures"].get("calibration", ()):
        kept = {place["share"]: place["kappa"] for place in one["kept"]}
        values = [one["ece"], one["brier"], *(kept.get(share) for share in KEPT)]
        rows.append([record["header"]["coder"], one["dimension"], str(one["n"]), *map(_number, values)])
    return rows


def _result(record: Figures) -> list[str]:
    header, figures = record["header"], record["figures"]
    evidence, cost = figures["evidence"], figures["cost"]
    return [
        header["coder"],
        header["served_model"] or header["model"],
        str(figures["items"]),
        _estimate(figures["mean"]),
        *(_number(_headline(one)) for one in figures["dimensions"]),
        f"{_number(evidence['share'])} of {evidence['n']}" if evidence and evidence["citations"] else NOTHING,
        f"{cost['prompt_tokens']:.0f}",
        f"{cost['completion_tokens']:.0f}",
        f"{cost['seconds']:.1f}",
        NOTHING if record["looks"] is None else str(record["looks"]),
    ]


def _headline(dimension: Figures) -> float | None:
    """What enters the mean: for sets of labels the mean of their kappas."""
    value: float | None = dimension["mean_label_kappa" if dimension["kind"] == "multilabel" else "value"]
    return value


def _people(people: Figures, what: str, name: str) -> list[str]:
    values = [_ceiling(one[what]) for one in people["dimensions"]]
    return [name, f"{people['coders']} people", str(people["items"]), _ceiling(people[f"mean_{what}"]), *values]


def _ceiling(value: float | None) -> str:
    """People who never differ were mostly made to: the data set kept only what they agreed on."""
    return f"{_number(value)} (all agree)" if value == 1 else _number(value)


def _comparison(record: Figures, dimensions: Iterable[str]) -> list[str]:
    figures = record["figures"]
    by_dimension = {one["dimension"]: one for one in figures["dimensions"]}
    values = [_estimate(by_dimension[name], "+") if name in by_dimension else NOTHING for name in dimensions]
    return [record["coders"][0], record["models"][0], str(figures["items"]), _estimate(figures["mean"], "+"), *values]


def _estimate(figures: Figures, sign: str = "") -> str:
    if figures["low"] is None:
        return _number(figures["value"], sign)
    return f"{_number(figures['value'], sign)} [{_number(figures['low'], sign)}, {_number(figures['high'], sign)}]"


def _number(value: float | None, sign: str = "") -> str:
    return NOTHING if value is None else f"{round(value, 2) + 0.0:{sign}.2f}"  # no -0.00
