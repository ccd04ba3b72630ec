"""The picture of calibration in eval/README.md: reliability, and kappa over the surest codes, a data set a column."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coder.agreement.calibration import wilson_interval
from coder.report.html.drawing import FAINT, INK, PAPER, SERIES
from eval.score import Figures
from eval.table import read_records

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME = "calibration.svg"
CODER = "shown"
_SETTINGS: Any = {"svg.hashsalt": "intercoder", "svg.fonttype": "none", "font.size": 9, "text.color": INK}
Point = tuple[float, float, float, float, int]


def draw(folder: Path, coder: str = CODER) -> Path | None:
    """Write the picture of this coder's results on test halves; None where no result carries a confidence.

    A point of reliability pools the codes of all single-choice dimensions of a data set within a bin of confidence; its
    Wilson interval takes them as independent, which the codes of one text hardly are.
    """
    import matplotlib as mpl  # noqa: PLC0415 - slow to import, and only this needs it
    from matplotlib.figure import Figure  # noqa: PLC0415

    records = [
        one
        for one in read_records(folder)
        if one["kind"] == "result" and one["header"]["half"] == "test" and one["header"]["coder"] == coder
        if one["figures"].get("calibration")
    ]
    if not records:
        return None
    with mpl.rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*[Gg]lyph.*")
        figure = Figure(figsize=(3.2 * len(records), 6.4), facecolor=PAPER, layout="constrained")
        axes = figure.subplots(2, len(records), squeeze=False)
        for column, record in enumerate(records):
            blocks = record["figures"]["calibration"]
            axes[0, column].set_title(f"{record['header']['dataset']}\n{ece(blocks)}", fontsize=9)
            _reliability(axes[0, column], points(blocks))
            _kept(axes[1, column], blocks)
        path = folder / NAME
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    return path


def points(blocks: Sequence[Figures]) -> list[Point]:
    """Mean confidence, share correct with its interval, and n of each bin, the dimensions of a data set together."""
    bins: dict[float, list[Figures]] = {}
    for block in blocks:
        for one in block["bins"]:
            bins.setdefault(one["from"], []).append(one)
    found = []
    for _, parts in sorted(bins.items()):
        n = sum(one["n"] for one in parts)
        right = round(sum(one["correct"] * one["n"] for one in parts))
        low, high = wilson_interval(right, n)
        found.append((sum(one["confidence"] * one["n"] for one in parts) / n, right / n, low, high, n))
    return found


def ece(blocks: Sequence[Figures]) -> str:
    """The expected calibration error of the pooled bins, and n, in words."""
    pooled = points(blocks)
    n = sum(point[4] for point in pooled)
    error = sum(point[4] * abs(point[0] - point[1]) for point in pooled) / n
    return f"ECE {error:.2f}, {n} codes"


def _reliability(axes: Axes, found: Sequence[Point]) -> None:
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
    across, up = [point[0] for point in found], [point[1] for point in found]
    errors = [[max(0.0, one[1] - one[2]) for one in found], [max(0.0, one[3] - one[1]) for one in found]]
    axes.errorbar(across, up, yerr=errors, color=SERIES[0], ecolor=INK, marker="o", capsize=2, linewidth=1.2)
    axes.set(xlim=(0, 1.03), ylim=(0, 1.03), xlabel="mean confidence", ylabel="share that the reference has too")


def _kept(axes: Axes, blocks: Sequence[Figures]) -> None:
    for place, block in enumerate(blocks):
        known = [(100 * one["share"], one["kappa"]) for one in block["kept"] if one["kappa"] is not None]
        axes.plot(
            *zip(*known, strict=True), label=block["dimension"], color=SERIES[place % 8], marker="osD^vPX*"[place % 8]
        )
    low = min((one["kappa"] for block in blocks for one in block["kept"] if one["kappa"] is not None), default=0.0)
    axes.set(
        xlim=(103, 47),
        ylim=(min(0.0, low - 0.03), 1.03),
        xlabel="% of the codes kept, the surest first",
        ylabel="kappa",
    )
    axes.legend(fontsize=7.5, frameon=False, loc="best")
