"""The PRISMA 2020 flow for people: a table for the terminal, and the diagram as SVG, with its words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from rich import box
from rich.table import Table

from coder.report.plain import plain
from coder.screening.flow import Boxes, Column, Flow

COLUMNS: Mapping[Column, str] = {"databases": "Databases and registers", "other": "Other methods"}
NOT_RETRIEVED = {
    "gone": "the site says that there is no such page",
    "refused": "the site does not allow it",
    "blocked": "the address is not allowed",
    "too_large": "too large",
    "too_slow": "too slow",
    "failed": "the connection failed",
    "unreadable": "nothing to read in it",
    "fetched": "without a text",
    "unchanged": "without a text",
}
_UNSAFE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Step:
    """A box of the diagram and the one beside it: what goes on, and what does not, with lines beneath each."""

    stage: str
    head: str
    lines: tuple[str, ...] = ()
    aside: tuple[tuple[str, tuple[str, ...]], ...] = ()


def steps(flow: Flow, column: Column, labels: Mapping[str, str] | None = None) -> list[Step]:
    """The boxes of one column from top to bottom. `labels` name criteria; a step that no record took is left out."""
    found, named = flow.boxes(column), labels or {}
    sources = tuple(f"{source}: {count:,}" for source, count in flow.sources(column).items())
    made = [Step("Identification", f"Records identified: {found.identified:,}", sources, _removed(flow, column))]
    if found.excluded or found.screening_unclear or found.awaiting_screening or column == "databases":
        excluded = _why("Records excluded", found.excluded, flow.reasons("record_excluded", column), named)
        waiting = _waiting((found.screening_unclear, "Records that wait for a person"))
        made.append(Step("Screening", f"Records screened: {found.screened:,}", (), (*excluded, *waiting)))
    gone = _why("Reports not retrieved", found.not_retrieved, flow.reasons("not_retrieved", column), NOT_RETRIEVED)
    made.append(Step("Screening", f"Reports sought for retrieval: {found.sought:,}", (), gone))
    excluded = _why("Reports excluded", found.reports_excluded, flow.reasons("report_excluded", column), named)
    waiting = _waiting(
        (found.assessment_unclear, "Reports that wait for a person"),
        (found.awaiting_assessment, "Reports not assessed yet"),
    )
    made.append(Step("Screening", f"Reports assessed for eligibility: {found.assessed:,}", (), (*excluded, *waiting)))
    return made


def _removed(flow: Flow, column: Column) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = flow.boxes(column)
    lines = (
        ("at the same address", flow.count("duplicate_address", column=column)),
        ("by the program, near text or title", flow.count("duplicate_program", column=column)),
        ("by a person", flow.count("duplicate_person", column=column)),
    )
    said = tuple(f"{words}: {count:,}" for words, count in lines if count)
    waiting = _waiting((found.awaiting_screening, "Records not screened yet"))
    return ((f"Duplicate records removed: {found.duplicates:,}", said), *waiting)


def _why(
    head: str, count: int, reasons: Mapping[str, int], words: Mapping[str, str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ((f"{head}: {count:,}", tuple(f"{words.get(name, name)}: {n:,}" for name, n in reasons.items())),)


def _waiting(*counts: tuple[int, str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((f"{words}: {count:,}", ()) for count, words in counts if count)


def used(flow: Flow) -> list[Column]:
    """The columns that hold a record; of an empty project the first."""
    return [name for name in COLUMNS if any(one.column == name for one in flow.records)] or ["databases"]


def included_words(found: Boxes) -> list[str]:
    """What the last box says."""
    said = [f"Included: {found.included:,}"]
    if found.included_on_record:
        said.append(f"by title and abstract alone: {found.included_on_record:,}")
    if found.not_sought:
        said.append(f"(reports not sought yet: {found.not_sought:,})")
    return said


def flow_table(flow: Flow, labels: Mapping[str, str] | None = None) -> Table:
    """The boxes as rows, those beside them and what they are made of indented."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("records", overflow="fold")
    table.add_column("", justify="right", no_wrap=True)
    for column in used(flow):
        table.add_row(plain(COLUMNS[column], "bold"), "")
        for step in steps(flow, column, labels):
            _row(table, step.head, 1, "")
            for line in step.lines:
                _row(table, line, 2, "dim")
            for head, lines in step.aside:
                _row(table, f"- {head}", 1, "")
                for line in lines:
                    _row(table, line, 3, "dim")
    for line in included_words(flow.boxes()):
        _row(table, line, 0, "bold")
    notes = []
    if flow.doubtful:
        notes.append(f"pairs that may be duplicates: {len(flow.doubtful)}; decide with intercoder dedupe --decide")
    if flow.contradictions:
        notes.append(f"words on duplicates that contradict others: {len(flow.contradictions)}; see intercoder dedupe")
    if notes:
        table.caption, table.caption_justify = plain("\n".join(notes), "dim not italic"), "left"
    return table


def _row(table: Table, line: str, depth: int, style: str) -> None:
    words, _, count = line.rpartition(": ")
    words, count = (words, count) if words else (line, "")
    table.add_row(plain("  " * depth + words, style, limit=300), plain(count, style))


# The diagram: boxes of a fixed width, as high as their words; those that go on left, those beside them right.

_BOX, _GAP, _EDGE, _LINE, _PAD = 250, 34, 16, 15, 9
_CHARS = 40
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#111}.h{font-weight:600}.c{font-size:13px;font-weight:700}"
    "rect{fill:#fff;stroke:#333;stroke-width:1.2}rect.a{fill:#f2f2f2;stroke-dasharray:4 3}rect.k{fill:#dbe9f6}"
    "rect.i{fill:#fbe3c0;stroke-width:2}path{fill:none;stroke:#333;stroke-width:1.2}"
)


def flow_svg(flow: Flow, labels: Mapping[str, str] | None = None) -> str:
    """The diagram as an SVG of its own, with title and description; every number is in words too, colour adds none."""
    columns = used(flow)
    drawn: list[str] = []
    bottoms: list[tuple[int, int]] = []
    for place, column in enumerate(columns):
        left = _EDGE + place * 2 * (_BOX + _GAP)
        bottoms.append(_column(drawn, flow, column, left, labels))
    lowest = max(y for _, y in bottoms) + _GAP
    words = included_words(flow.boxes())
    height, left = _height(words), _EDGE
    drawn.append(_box(left, lowest, words, "i"))
    for x, y in bottoms:
        if x == left + _BOX // 2:
            drawn.append(_arrow(x, y, x, lowest))
        else:
            drawn.append(f'<path marker-end="url(#p)" d="M{x} {y}V{lowest + height // 2}H{left + _BOX + 2}"/>')
    whole = (lowest + height + _EDGE, 2 * _EDGE + len(columns) * 2 * _BOX + (2 * len(columns) - 1) * _GAP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole[1]} {whole[0]}" width="{whole[1]}" '
        f'height="{whole[0]}" role="img" aria-labelledby="flow-title flow-text">'
        f'<title id="flow-title">Flow of records (PRISMA 2020)</title>'
        f'<desc id="flow-text">{_safe(flow_words(flow, labels))}</desc><style>{_STYLE}</style>'
        '<defs><marker id="p" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0L8 4L0 8z" style="fill:#333;stroke:none"/></marker></defs>' + "".join(drawn) + "</svg>\n"
    )


def flow_words(flow: Flow, labels: Mapping[str, str] | None = None) -> str:
    """The whole diagram in sentences, for who cannot see it."""
    said = []
    for column in used(flow):
        parts = []
        for step in steps(flow, column, labels):
            parts.append(_with_lines(step.head, step.lines))
            parts += [_with_lines(head, lines) for head, lines in step.aside]
        said.append(f"{COLUMNS[column]}: {'; '.join(parts)}.")
    return " ".join((*said, f"{'; '.join(included_words(flow.boxes()))}."))


def _with_lines(head: str, lines: Sequence[str]) -> str:
    return f"{head} ({', '.join(lines)})" if lines else head


def _column(
    drawn: list[str], flow: Flow, column: Column, left: int, labels: Mapping[str, str] | None
) -> tuple[int, int]:
    """Draw a column from the top; returns where the last box that goes on ends, in the middle of its lower edge."""
    drawn.append(_box(left, _EDGE, [COLUMNS[column]], "k", width=2 * _BOX + _GAP))
    top, before = _EDGE + _height([""]) + _LINE, None
    for step in steps(flow, column, labels):
        words = [step.head, *step.lines]
        aside = [line for head, lines in step.aside for line in (head, *(f"  {one}" for one in lines))]
        drawn.append(_box(left, top, words, ""))
        middle = left + _BOX // 2
        if before is not None:
            drawn.append(_arrow(middle, before, middle, top))
        if aside:
            drawn.append(_box(left + _BOX + _GAP, top, aside, "a"))
            drawn.append(_arrow(left + _BOX, top + 18, left + _BOX + _GAP, top + 18))
        before = top + _height(words)
        top = max(before, top + _height(aside)) + _GAP
    return left + _BOX // 2, before or top


def _arrow(x: int, y: int, to_x: int, to_y: int) -> str:
    return f'<path marker-end="url(#p)" d="M{x} {y}L{to_x} {to_y}"/>'


def _lines(words: Sequence[str]) -> list[tuple[str, bool]]:
    """The lines of a box, wrapped; those that are no detail stand out."""
    made = []
    for place, one in enumerate(words):
        detail = one.startswith("  ") or (place > 0 and not re.search(r": [\d,]+$", one))
        width, indent = _CHARS - 3, "  " if one.startswith("  ") else ""
        pieces = wrap(_UNSAFE.sub("\ufffd", one.strip()), width, break_long_words=True)[:4] or [""]
        made += [(f"{indent}{piece}", not detail and place == 0) for piece in pieces]
    return made


def _height(words: Sequence[str]) -> int:
    return len(_lines(words)) * _LINE + 2 * _PAD if words else 0


def _box(x: int, y: int, words: Sequence[str], kind: str, width: int = _BOX) -> str:
    rows = []
    for number, (line, head) in enumerate(_lines(words)):
        indent = 12 if line.startswith("  ") else 0
        style = ' class="c"' if kind == "k" else ' class="h"' if head else ""
        at = f'x="{x + _PAD + indent}" y="{y + _PAD + 12 + number * _LINE}"'
        rows.append(f"<text {at}{style}>{_safe(line.strip())}</text>")
    shape = f'<rect x="{x}" y="{y}" width="{width}" height="{_height(words)}" rx="3"{_class(kind)}/>'
    return f"<g>{shape}{''.join(rows)}</g>"


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def _safe(text: str) -> str:
    return escape(_UNSAFE.sub("\ufffd", text), quote=True)
