"""Turn the rows of a table into documents: which column is the id, which the text, the rest are variables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from coder.documents.records import ImportOptions, ImportResult, ReadDocument, Row, Table, read_document
from coder.errors import InputError

TEXT_NAMES = ("text", "full_text", "fulltext", "description", "body", "abstract", "content")
ID_NAMES = ("id", "nn", "nr", "doc_id", "docid", "document_id", "document", "record_id", "key")


def documents_of(table: Table, path: Path, options: ImportOptions) -> ImportResult:
    """The documents of a table. Rows without text are problems; a table with none at all is an InputError."""
    texts = _text_columns(table, path, options)
    id_column = _id_column(table, path, options)
    _check_ids(table, path, id_column)
    documents: list[ReadDocument] = []
    problems: list[str] = []
    for number, row in enumerate(table.rows, start=1):
        name = row.cells.get(id_column, "") if id_column else f"{path.stem}-{number}"
        try:
            documents.append(_document(row, name, texts, id_column, path))
        except InputError as error:
            problems.append(f"{error.message}: {error.hint}")
    if not documents:
        raise InputError(
            f"{path}: no row can be used; {problems[0]}", f"or is {_listed(texts)} not the text? see --text"
        )
    found = f"{path.name}: {table.found}, {len(table.rows)} rows; text from {_listed(texts)}, "
    found += f"id from '{id_column}'" if id_column else "numbered, since no column is an id"
    return ImportResult(documents=tuple(documents), problems=tuple(problems), notes=(found,))


def unique_columns(header: Sequence[str], place: str) -> tuple[str, ...]:
    """The trimmed column names, unnamed ones called `column 3`; InputError where a name comes twice."""
    names = tuple(name.strip() or f"column {number}" for number, name in enumerate(header, start=1))
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise InputError(f"{place}: two columns are called '{twice[0]}'", "rename one of them")
    return names


def row_cells(columns: Sequence[str], cells: Sequence[str], place: str) -> dict[str, str]:
    """The cells by column; InputError where there are more or fewer than columns."""
    if len(cells) != len(columns):
        raise InputError(
            f"{place}: {len(cells)} cells where the first row has {len(columns)}",
            "put cells that hold the separator or a line break in double quotes",
        )
    return dict(zip(columns, cells, strict=True))


def _document(row: Row, name: str, texts: Sequence[str], id_column: str, path: Path) -> ReadDocument:
    parts = [part for column in texts if (part := row.cells.get(column, "")).strip()]
    variables = {key: value for key, value in row.cells.items() if key not in texts and key != id_column}
    source = f"{path.name}, {row.place}"
    return read_document(name, "\n\n".join(parts), variables, source, f"{path}, {row.place}")


def _text_columns(table: Table, path: Path, options: ImportOptions) -> tuple[str, ...]:
    if options.text_columns:
        return tuple(dict.fromkeys(_column(table, path, name, "--text") for name in options.text_columns))
    if len(table.columns) == 1:
        return table.columns
    likely = [column for column in table.columns if column.casefold() in TEXT_NAMES]
    if len(likely) == 1:
        return (likely[0],)
    said = f"{_listed(likely)} could each be the text" if likely else "no column is plainly the text"
    raise InputError(
        f"{path}: {said}; the columns are {', '.join(table.columns)}",
        "name the text column with --text (several are joined)",
    )


def _id_column(table: Table, path: Path, options: ImportOptions) -> str:
    """The column named by the user, else the first of the usual names, else none."""
    if options.id_column:
        return _column(table, path, options.id_column, "--id")
    by_name = {column.casefold(): column for column in reversed(table.columns)} if len(table.columns) > 1 else {}
    return next((by_name[name] for name in ID_NAMES if name in by_name), "")


def _column(table: Table, path: Path, name: str, option: str) -> str:
    """The column of this name, in any case of letters where only one fits."""
    if name in table.columns:
        return name
    similar = [column for column in table.columns if column.casefold() == name.strip().casefold()]
    if len(similar) == 1:
        return similar[0]
    columns = ", ".join(table.columns)
    raise InputError(f"{path}: there is no column '{name}'; the columns are {columns}", f"correct {option}")


def _check_ids(table: Table, path: Path, id_column: str) -> None:
    first: dict[str, str] = {}
    for row in table.rows if id_column else ():
        name = row.cells.get(id_column, "").strip()
        if name and name in first:
            raise InputError(
                f"{path}, {row.place}: the id '{name}' stands already in {first[name]}",
                "make the ids unique, or choose another column with --id",
            )
        first[name] = row.place


def _listed(columns: Sequence[str]) -> str:
    return " and ".join(f"'{column}'" for column in columns)
