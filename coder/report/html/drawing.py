"""Drawings: matplotlib without a screen, as SVG for the page and for files, and as PNG. The same input, the same bytes.

In the page, text stays text (found, read aloud, in the reader's font) and colours are the page's variables, so that
they follow light, dark and print. In a file for a paper, text is paths, so that it looks alike everywhere.
"""

from __future__ import annotations

import io
import re
import textwrap
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from coder.report.html.blocks import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, FAINT, LINE, PAPER = "#1a1a1a", "#5c5c5c", "#c4c4c4", "#ffffff"
SERIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#8a8a8a")
"""Okabe and Ito's colours (2008), told apart with any colour vision; a grey for an eighth."""
HATCHES = ("", "///", "...", "\\\\\\", "xxx", "---", "+++", "ooo")
"""A pattern beside each colour, for print in black and white."""
_VARIABLES = {INK: "--ink", FAINT: "--faint", LINE: "--line", PAPER: "--paper"} | {
    colour: f"--c{place}" for place, colour in enumerate(SERIES, start=1)
}
_SETTINGS: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
    "font.size": 10,
    "text.color": INK,
    "text.parse_math": False,  # a category may be called $x$
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": FAINT,
    "ytick.color": INK,
    "hatch.linewidth": 0.6,
    "svg.hashsalt": "intercoder",
    "svg.id": None,
}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")
WIDTH = 7.2
"""Inches, so that type is as large as the page's on a laptop."""


def picture(
    id: str, title: str, alt: str, height: float, draw: Callable[[Axes], None], *, caption: str = ""
) -> Picture:
    """Draw on axes of so many inches and keep the drawing in its three forms."""
    return Picture(
        id,
        title,
        alt,
        svg=for_page(drawn(height, draw, "svg", "none").decode(), id),
        draw=lambda form: drawn(height, draw, form, "path"),
        caption=caption,
    )


def drawn(
    height: float,
    draw: Callable[[Axes], None],
    format_: str,
    text: str,
    *,
    width: float = WIDTH,
    whole: bool = False,
) -> bytes:
    """The drawing's file; with `whole` the axes take all of it, without a margin for what stands beside them."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    metadata = {"Date": None, "Creator": None} if format_ == "svg" else {"Software": None}
    settings: Any = {**_SETTINGS, "svg.fonttype": text}
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*[Gg]lyph.*")  # a script that the font has not
        figure = Figure(figsize=(width, height), facecolor="none" if text == "none" else PAPER)
        figure.set_layout_engine("none" if whole else "constrained")
        draw(figure.add_axes((0, 0, 1, 1)) if whole else figure.add_subplot(facecolor="none"))
        written = io.BytesIO()
        figure.savefig(written, format=format_, dpi=200, metadata=metadata)
    return written.getvalue()


def for_page(svg: str, id: str) -> str:
    """The drawing as part of a page: no prolog, no address, its own ids, and the page's colours."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    head, rest = svg.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', head)
    svg = f'<svg {box[0] if box else ""} aria-hidden="true" focusable="false">{rest}'
    svg = re.sub(r'\bid="([^"]*)"', rf'id="{id}-\1"', svg)
    svg = re.sub(r'(xlink:)?href="#([^"]*)"', rf'href="#{id}-\2"', svg)
    svg = re.sub(r"url\(#([^)]*)\)", rf"url(#{id}-\1)", svg)
    for colour, name in _VARIABLES.items():
        svg = svg.replace(colour, f"var({name})")
    return svg.strip()


def words(text: str, width: int = 30) -> str:
    """A label that any font and XML can hold: no control characters, broken into at most three lines."""
    clean = " ".join(_CONTROL.sub("\ufffd", text).split())
    lines = textwrap.wrap(clean, width) or [""]
    return "\n".join(
        [*lines[:2], f"{lines[2][: width - 1]}…" if len(lines) > 3 else lines[2]] if len(lines) > 2 else lines
    )


def bars(
    labels: Sequence[str], shares: Sequence[float | None], limits: Sequence[tuple[float, float] | None]
) -> Callable[[Axes], None]:
    """A bar a category with its interval, the first on top; values in per cent stand beside them."""

    def draw(axes: Axes) -> None:
        places = range(len(labels))
        values = [100 * (share or 0) for share in shares]
        axes.barh(places, values, color=SERIES[0], edgecolor=INK, linewidth=0.6, height=0.62)
        for place, (share, span) in enumerate(zip(shares, limits, strict=True)):
            end = values[place]
            if share is not None and span is not None:
                low, high = (100 * min(1, max(0, one)) for one in span)
                end = max(end, high)
                axes.errorbar(
                    values[place],
                    place,
                    xerr=[[max(0, values[place] - low)], [max(0, high - values[place])]],
                    color=INK,
                    capsize=2.5,
                    linewidth=1,
                )
            said = "–" if share is None else f"{values[place]:.0f}"
            axes.annotate(said, (end, place), xytext=(5, 0), textcoords="offset points", va="center", color=INK)
        axes.set_yticks(places, [words(label) for label in labels])
        axes.invert_yaxis()
        axes.set_xlim(0, 108)
        axes.set_xticks(range(0, 101, 20))
        axes.set_xlabel("% of documents")
        axes.tick_params(axis="y", length=0)

    return draw


def stacked(groups: Sequence[str], series: Sequence[str], counts: Sequence[Sequence[int]]) -> Callable[[Axes], None]:
    """A column a group, its parts one on the other; `counts` has a row a series."""

    def draw(axes: Axes) -> None:
        below = [0] * len(groups)
        for place, name in enumerate(series):
            values = list(counts[place])
            drawn = axes.bar(
                range(len(groups)),
                values,
                bottom=below,
                label=words(name),
                width=0.62,
                color=SERIES[place % 8],
                hatch=HATCHES[(place + place // 8) % 8],
                edgecolor=INK,
                linewidth=0.6,
            )
            for bar, value, start in zip(drawn, values, below, strict=True):
                if value:
                    _inside(axes, bar.get_x() + bar.get_width() / 2, start + value / 2, str(value))
            below = [start + value for start, value in zip(below, values, strict=True)]
        axes.set_xticks(range(len(groups)), [words(group, max(8, 72 // max(1, len(groups)))) for group in groups])
        axes.set_ylabel("documents")
        axes.locator_params(axis="y", integer=True)
        axes.tick_params(axis="x", length=0, labelcolor=INK)
        _legend(axes, len(series))

    return draw


def grouped(
    groups: Sequence[str], series: Sequence[str], shares: Sequence[Sequence[float | None]]
) -> Callable[[Axes], None]:
    """A block a group, a bar a series; `shares` has a row a series."""

    def draw(axes: Axes) -> None:
        height = 0.8 / max(1, len(series))
        for place, name in enumerate(series):
            values = [100 * (share or 0) for share in shares[place]]
            where = [group + (place - (len(series) - 1) / 2) * height for group in range(len(groups))]
            axes.barh(
                where,
                values,
                height=height,
                label=words(name),
                color=SERIES[place % 8],
                hatch=HATCHES[(place + place // 8) % 8],
                edgecolor=INK,
                linewidth=0.6,
            )
            for spot, value, share in zip(where, values, shares[place], strict=True):
                said = "–" if share is None else f"{value:.0f}"
                axes.annotate(
                    said, (value, spot), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8, color=INK
                )
        axes.set_yticks(range(len(groups)), [words(group) for group in groups])
        axes.invert_yaxis()
        axes.set_xlim(0, 108)
        axes.set_xticks(range(0, 101, 20))
        axes.set_xlabel("% of the documents in the row")
        axes.tick_params(axis="y", length=0)
        _legend(axes, len(series))

    return draw


def matrix(names: Sequence[str], counts: Sequence[Sequence[int]], down: str, across: str) -> Callable[[Axes], None]:
    """A square of counts, each cell as dark as its share of its row; the diagonal has a frame."""

    def draw(axes: Axes) -> None:
        from matplotlib.patches import Rectangle

        for row, line in enumerate(counts):
            whole = sum(line)
            for column, count in enumerate(line):
                strength = count / whole if whole else 0.0
                box = Rectangle(
                    (column - 0.5, row - 0.5), 1, 1, facecolor=SERIES[0], alpha=0.75 * strength, linewidth=0
                )
                axes.add_patch(box)
                frame = Rectangle(
                    (column - 0.5, row - 0.5),
                    1,
                    1,
                    fill=False,
                    edgecolor=INK if row == column else LINE,
                    linewidth=1.2 if row == column else 0.4,
                )
                axes.add_patch(frame)
                if count:
                    axes.text(column, row, str(count), ha="center", va="center", color=INK)
        size = len(names)
        axes.set_xlim(-0.5, size - 0.5)
        axes.set_ylim(size - 0.5, -0.5)
        axes.set_yticks(range(size), [f"{place + 1}  {words(name, 34)}" for place, name in enumerate(names)])
        axes.set_xticks(range(size), [str(place + 1) for place in range(size)])
        axes.set_xlabel(across)
        axes.set_ylabel(down)
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)

    return draw


def reliability(points: Sequence[tuple[float, float, float, float, int]]) -> Callable[[Axes], None]:
    """Share correct by mean confidence, with intervals and n, beside the line on which confidence is right."""

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
        for confidence, correct, low, high, n in points:
            axes.errorbar(
                confidence,
                correct,
                yerr=[[max(0, correct - low)], [max(0, high - correct)]],
                color=INK,
                capsize=2.5,
                linewidth=1,
            )
            axes.annotate(
                f"n {n}", (confidence, 1.05), rotation=90, ha="center", va="bottom", fontsize=7.5, color=FAINT
            )
        axes.plot(
            [point[0] for point in points],
            [point[1] for point in points],
            marker="o",
            color=SERIES[0],
            linewidth=1.2,
            markeredgecolor=INK,
            markeredgewidth=0.6,
        )
        axes.set_xlim(0, 1.04)
        axes.set_ylim(0, 1.04)
        axes.set_aspect("equal")
        axes.set_xlabel("mean confidence")
        axes.set_ylabel("share that gold has too")

    return draw


def curves(
    lines: Sequence[tuple[str, Sequence[tuple[float, float | None]]]], across: str, up: str
) -> Callable[[Axes], None]:
    """A line a name over shares from 0 to 1; points without a value are left out."""
    marks = "osD^vPX*"

    def draw(axes: Axes) -> None:
        for place, (name, points) in enumerate(lines):
            known = [(share, value) for share, value in points if value is not None]
            axes.plot(
                [100 * share for share, _ in known],
                [value for _, value in known],
                label=words(name),
                color=SERIES[place % 8],
                marker=marks[place % 8],
                markersize=5,
                markeredgecolor=INK,
                markeredgewidth=0.5,
                linewidth=1.4,
            )
        axes.set_xlabel(across)
        axes.set_ylabel(up)
        low = min((value for _, points in lines for _, value in points if value is not None), default=0.0)
        axes.set_ylim(min(0.0, low - 0.05), 1.03)
        _legend(axes, len(lines))

    return draw


def _inside(axes: Axes, x: float, y: float, said: str) -> None:
    """A figure on a coloured part, on a slip of the page's colour so that it reads on any."""
    axes.text(
        x,
        y,
        said,
        ha="center",
        va="center",
        fontsize=8.5,
        color=INK,
        bbox={"boxstyle": "round,pad=0.15", "facecolor": PAPER, "edgecolor": "none", "alpha": 0.9},
    )


def _legend(axes: Axes, size: int) -> None:
    if size > 1:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, frameon=False, fontsize=9, borderaxespad=0.2)
