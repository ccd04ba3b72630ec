"""The flow of records as a report's picture: SVG in the page and as a file, and PNG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from coder.report.flow import flow_words
from coder.report.flow_drawing import INK, LINE, PAD, TINT, Drawing, flow_svg, layout
from coder.report.html.blocks import FileForm, Picture
from coder.report.html.drawing import drawn, for_page
from coder.screening.flow import Flow

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def flow_picture(id: str, title: str, flow: Flow, labels: Mapping[str, str], *, caption: str = "") -> Picture:
    """The flow of records: as wide as its boxes, with text at the page's size, so that a narrow screen scrolls."""
    made = layout(flow, labels)
    inches = made.width / 96, made.height / 96

    def draw(form: FileForm) -> bytes:
        if form == "svg":
            return flow_svg(flow, labels).encode()
        return drawn(inches[1], lambda axes: _draw(axes, made), form, "path", width=inches[0], whole=True)

    svg = for_page(flow_svg(flow, labels, described=False), id)
    svg = svg.replace("<svg ", f'<svg class="natural" style="--natural: {made.width}px" ', 1)
    return Picture(id, title, flow_words(flow, labels), svg, draw, caption)


def _draw(axes: Axes, made: Drawing) -> None:
    """The same on matplotlib's axes, a unit a pixel; in smaller type, since its font is wider than a page's."""
    from matplotlib.patches import Rectangle

    axes.set_xlim(0, made.width)
    axes.set_ylim(made.height, 0)
    axes.set_axis_off()
    for panel in made.panels:
        where, size = (panel.x, panel.y), (panel.width, panel.bottom - panel.y)
        colour, strength = TINT[panel.kind]
        axes.add_patch(Rectangle(where, *size, facecolor=colour, alpha=strength, linewidth=0))
        dashes, thick = ("--" if panel.kind == "aside" else "-"), (1.5 if panel.kind == "included" else 0.9)
        axes.add_patch(Rectangle(where, *size, fill=False, edgecolor=INK, linewidth=thick, linestyle=dashes))
        for number, line in enumerate(panel.lines):
            axes.text(
                panel.x + PAD + line.indent,
                panel.y + PAD + 11 + number * LINE,
                line.text,
                fontsize=7.5,
                weight="bold" if line.heading else "normal",
            )
    for *way, before, last in made.arrows:
        if way:
            corners = [*way, before]
            axes.plot([x for x, _ in corners], [y for _, y in corners], color=INK, linewidth=0.9)
        axes.annotate(
            "",
            last,
            before,
            arrowprops={"arrowstyle": "->", "color": INK, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0},
        )
