"""Can the model's confidence be believed, and how does agreement grow with the share that goes to people?"""

from __future__ import annotations

from coder.agreement.calibration import Calibration
from coder.report.figures import figure
from coder.report.html.blocks import Block, Cell, Column, Picture, Prose, Section, Table
from coder.report.html.drawing import curves, picture, reliability
from coder.report.html.facts import DimensionFacts, Facts

FEW = 20
"""Codes with a confidence below which a diagram would show noise alone."""


def calibration(facts: Facts) -> Section | None:
    """Calibration of each single-choice dimension, and kappa by the share kept; None without confidences."""
    known = [(one, one.calibration) for one in facts.dimensions if one.calibration is not None]
    if not known:
        if facts.run is None or facts.gold is None:
            return None
        text = "No confidence was measured in this run: intercoder code --confidence measures it."
        return Section("calibration", "Calibration", (Prose(text, "small"),))
    blocks: list[Block] = [_table(known)]
    blocks += [_diagram(one, found) for one, found in known if found.n >= FEW]
    few = [one.name for one, found in known if found.n < FEW]
    if few:
        blocks.append(Prose(f"No diagram, fewer than {FEW} codes with a confidence: {', '.join(few)}.", "small"))
    blocks += [_kept_table(known), _kept_picture(known)]
    return Section("calibration", "Calibration, and what sending doubtful codes to people brings", tuple(blocks))


def _table(known: list[tuple[DimensionFacts, Calibration]]) -> Table:
    columns = Column("dimension"), Column("codes", "count"), Column("ECE", "figure"), Column("Brier", "figure")
    rows = tuple((one.name, found.n, found.ece, found.brier) for one, found in known)
    notes = (
        "Of codes with a confidence that the reference also judges; 'not specified' names no code and has none. ECE: "
        "mean "
        "distance of share correct from confidence over ten bins (Naeini et al. 2015); Brier: mean squared distance "
        "(1950). "
        "Both: lower is better.",
    )
    return Table("calibration-table", "Calibration", columns, rows, notes, "intercoder export codes.csv")


def _diagram(one: DimensionFacts, found: Calibration) -> Picture:
    points = [(each.confidence, each.correct, each.low, each.high, each.n) for each in found.bins]
    said = "; ".join(
        f"confidence {figure(each.confidence)}, correct {figure(each.correct)} (n {each.n})" for each in found.bins
    )
    alt = f"Reliability diagram of {one.name}: {said}. On the dashed line confidence is right."
    id = f"reliability-{one.dimension.id.replace('.', '-').replace('+', '-')}"
    caption = f"Below the line the model is too sure. ECE {figure(found.ece)}; whiskers: Wilson's 95% intervals."
    return picture(id, f"{one.name}.", alt, 3.4, reliability(points), caption=caption)


def _kept_table(known: list[tuple[DimensionFacts, Calibration]]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (one.name, 1 - share, share, result.n, result.value, (result.low, result.high), result.reason or "")
        for one, found in known
        for share, result in found.kept
    ]
    columns = (
        Column("dimension"),
        Column("sent to people", "percent"),
        Column("kept", "percent"),
        Column("n kept", "count"),
        Column("kappa of those kept", "figure"),
        Column("95% interval", "interval"),
        Column("remark"),
    )
    notes = (
        "The codes that the model was least sure of go to people; kappa is that of the codes kept, not of all. It "
        "starts at the "
        "codes with a confidence, so that the first line need not be the headline.",
    )
    return Table(
        "kept-table", "Kappa by the share sent to people", columns, tuple(rows), notes, "intercoder export codes.csv"
    )


def _kept_picture(known: list[tuple[DimensionFacts, Calibration]]) -> Picture:
    lines = [(one.name, [(1 - share, result.value) for share, result in found.kept]) for one, found in known]
    ends = [(name, points[0][1], points[-1][1]) for name, points in lines]
    said = "; ".join(f"{name} from {figure(first)} to {figure(last)}" for name, first, last in ends)
    alt = f"Lines, kappa of the codes kept when 0 to 50% of the codes go to people: {said}."
    draw = curves(lines, "% of codes sent to people, the least sure first", "kappa of the codes kept")
    return picture("kept", "Kappa by the share sent to people.", alt, 3.9, draw)
