"""Codes in columns: one row an item and one column a coder, or one row a code with item, coder and code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from coder.documents.codes.answers import Answer, Codes, Layout, gap_notes
from coder.documents.codes.grid import Columns, Grid, cut, listed, named_columns, number_of
from coder.errors import InputError

ITEM_NAMES = (
    "id", "item", "item_id", "document", "document_id", "doc", "doc_id", "docid", "unit", "unit_id", "case", "case_id",
    "subject", "text_id", "file", "name", "key", "nr", "nn",
)  # fmt: skip
CODER_NAMES = ("coder", "rater", "annotator", "judge", "worker", "coder_id", "rater_id", "annotator_id", "worker_id")
CODE_NAMES = ("code", "codes", "category", "label", "value", "answer", "rating", "score")
_ENDS_IN_ID = re.compile(r".*[ _.-]id", re.IGNORECASE)
_ENOUGH_TO_JUDGE = 10


def read_wide(grid: Grid, layout: Layout) -> Codes:
    """One row an item: every column is a coder but that of the items and that of the clusters, or those named.

    InputError where it is unclear which columns are coders.
    """
    table = named_columns(grid)
    notes = [f"{grid.path.name}: {grid.found}, {len(table.rows)} rows"]
    aside = _item_columns(table, layout)
    coders = _coder_columns(table, layout, aside)
    for name in aside:
        _check_unique(table, name)
    notes += [f"items are named by column {' and '.join(map(repr, aside))}"] if aside else []
    at = [table.names.index(name) for name in coders]
    answers = tuple(
        Answer(unit, coder, cells[column], number)
        for unit, (number, cells) in enumerate(table.rows)
        for coder, column in enumerate(at)
        if cells[column] not in layout.gaps
    )
    notes += gap_notes([cells[column] for _, cells in table.rows for column in at], layout)
    clusters = _clusters(table, layout.cluster) if layout.cluster else None
    found = Codes(grid, coders, len(table.rows), answers, clusters, tuple(notes)).checked(layout)
    return found if layout.columns else _with_doubts(found, layout.separator)


def names_items(column: str) -> bool:
    """Whether a column of this name holds the names of items: `id`, `document`, `speech_id`."""
    name = column.casefold()
    return name in ITEM_NAMES or (name not in CODER_NAMES and _ENDS_IN_ID.fullmatch(name) is not None)


def _item_columns(table: Columns, layout: Layout) -> tuple[str, ...]:
    """The columns that name the items: as said, else by usual names, else a first column without a heading."""
    if layout.item:
        return (table.names[table.position(layout.item, "--item")],)
    if layout.columns:
        return ()
    first = table.names[0]
    numbered = first in table.unnamed and len(set(table.values(first))) == len(table.rows)
    usual = tuple(name for name in table.names if names_items(name))
    return (first, *usual) if numbered else usual


def _coder_columns(table: Columns, layout: Layout, aside: Sequence[str]) -> tuple[str, ...]:
    if layout.columns:
        return tuple(table.names[table.position(name, "--columns")] for name in dict.fromkeys(layout.columns))
    return tuple(name for name in table.names if name not in (*aside, layout.cluster))


def _check_unique(table: Columns, item: str) -> None:
    first: dict[str, int] = {}
    for (number, _), name in zip(table.rows, table.values(item), strict=True):
        if name in first:
            raise InputError(
                f"{table.grid.place(number, item)}: item {cut(name)} stands already in {table.grid.word} {first[name]}",
                "with one row a code take --long; if this column names no items, name the coders: --columns A,B",
            )
        first[name] = number


def _with_doubts(codes: Codes, separator: str) -> Codes:
    """A column that shares no code with another is said; with enough codes it is refused beside two others or as an id.

    Three columns of measurements may share no number: where all are numbers and no two columns share one, it is said.
    """
    texts: list[list[str]] = [[] for _ in codes.coders]
    for answer in codes.answers:
        texts[answer.coder].append(answer.text)
    known = [_distinct(own, separator) for own in texts]
    apart = [k for k, own in enumerate(known) if not any(own & other for i, other in enumerate(known) if i != k)]
    for k in apart:
        if len(set(texts[k])) == len(texts[k]) >= _ENOUGH_TO_JUDGE and any(
            number_of(text) is None for text in texts[k]
        ):
            raise InputError(
                f"{codes.grid.path}: column {codes.coders[k]!r} has a different cell in each row: no codes?",
                "name the coders with --columns A,B, or the column of the items with --item",
            )
    measured = len(apart) == len(codes.coders) and all(isinstance(code, float) for own in known for code in own)
    judged = [k for k in apart if len(texts[k]) >= _ENOUGH_TO_JUDGE]
    if judged and len(codes.coders) > 2 and not measured:
        raise InputError(
            f"{codes.grid.path}: column {codes.coders[judged[0]]!r} shares no code with another: is it a coder?",
            "name the coders' columns: --columns A,B (with this one, if it is a coder's)",
        )
    notes = [f"column {codes.coders[k]!r} shares no code with another: is it a coder? (--columns A,B)" for k in apart]
    if {_code(name) for name in codes.coders} <= set().union(*known):
        notes.append(f"the first row ({listed(codes.coders)}) was read as the coders' names, and looks like codes")
    return replace(codes, notes=(*codes.notes, *notes))


def _distinct(texts: Sequence[str], separator: str) -> set[str | float]:
    """The codes among the cells; those within them where cells are sets."""
    return {_code(part.strip()) for text in texts for part in (text.split(separator) if separator else [text])}


def _code(text: str) -> str | float:
    """A number is the same however it is written: pandas writes 1.0 in a column with gaps."""
    value = number_of(text)
    return text if value is None else value


def _clusters(table: Columns, name: str) -> tuple[str, ...]:
    values = table.values(table.names[table.position(name, "--cluster")])
    for (number, _), value in zip(table.rows, values, strict=True):
        if not value:
            raise InputError(
                f"{table.grid.place(number, name)}: names no cluster", "fill it in: an item alone is its own"
            )
    return tuple(values)


def read_long(grid: Grid, layout: Layout) -> Codes:
    """One row a code: columns for item, coder and code, by their usual names or as said.

    InputError where one of them is missing or empty, a coder has two rows of an item, or an item two clusters.
    """
    table = named_columns(grid)
    roles = _roles(table, layout)
    keys = [_key(grid, number, cells, table, roles) for number, cells in table.rows]
    _check_once(grid, keys)
    units = {name: position for position, name in enumerate(dict.fromkeys(unit for unit, _, _ in keys))}
    coders = {name: position for position, name in enumerate(dict.fromkeys(coder for _, coder, _ in keys))}
    texts = table.values(roles[2])
    answers = tuple(
        Answer(units[unit], coders[coder], text, number)
        for (unit, coder, number), text in zip(keys, texts, strict=True)
        if text not in layout.gaps
    )
    notes = (
        f"{grid.path.name}: {grid.found}, {len(table.rows)} rows",
        "item, coder and code are columns {!r}, {!r} and {!r}".format(*roles),
        *gap_notes(texts, layout),
    )
    clusters = _clusters_of_units(table, layout.cluster, keys) if layout.cluster else None
    return Codes(grid, tuple(coders), len(units), answers, clusters, notes, roles[2]).checked(layout)


_Key = tuple[str, str, int]
"""Item, coder, and the number of the line or row."""


def _key(grid: Grid, number: int, cells: Sequence[str], table: Columns, roles: tuple[str, str, str]) -> _Key:
    item, coder = (cells[table.names.index(name)] for name in roles[:2])
    if not item or not coder:
        raise InputError(f"{grid.place(number)}: item or coder is empty", f"fill in {roles[0]!r} and {roles[1]!r}")
    return item, coder, number


def _check_once(grid: Grid, keys: Sequence[_Key]) -> None:
    seen: dict[tuple[str, str], int] = {}
    for item, coder, number in keys:
        if (item, coder) in seen:
            first = f"{grid.word} {seen[item, coder]}"
            raise InputError(
                f"{grid.place(number)}: {cut(coder)} coded item {cut(item)} in {first} too",
                "keep one row for an item and coder; of several questions in a file keep one",
            )
        seen[item, coder] = number


def _clusters_of_units(table: Columns, name: str, keys: Sequence[_Key]) -> tuple[str, ...]:
    of_unit: dict[str, str] = {}
    for (item, _, number), cluster in zip(keys, _clusters(table, name), strict=True):
        if of_unit.setdefault(item, cluster) != cluster:
            raise InputError(
                f"{table.grid.place(number, name)}: item {cut(item)} is in {cut(of_unit[item])} elsewhere",
                "an item belongs to one cluster",
            )
    return tuple(of_unit.values())


def _roles(table: Columns, layout: Layout) -> tuple[str, str, str]:
    asked = (
        ("item", layout.item, names_items),
        ("coder", layout.coder, lambda name: name.casefold() in CODER_NAMES),
        ("code", layout.code, lambda name: name.casefold() in CODE_NAMES),
    )
    said = {role: table.names[table.position(name, f"--{role}")] for role, name, _ in asked if name}
    free = [name for name in table.names if name not in (*said.values(), layout.cluster)]
    usual = {role: next(filter(fits, free), "") for role, _, fits in asked}
    found = [said.get(role) or usual[role] for role, _, _ in asked]
    if not said and not all(found) and len(table.names) == 3:
        return table.names[0], table.names[1], table.names[2]
    for (role, _, _), name in zip(asked, found, strict=True):
        if not name:
            raise InputError(
                f"{table.grid.path}: no column is plainly the {role}; there are {listed(table.names)}",
                f"name it with --{role}",
            )
    return found[0], found[1], found[2]
