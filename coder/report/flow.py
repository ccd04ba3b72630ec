"""The PRISMA 2020 flow for people: its boxes, a table of them for the terminal, and the whole in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
