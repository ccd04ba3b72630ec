"""What reading yields: documents as read, and what was found and what went wrong on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import Field

from coder.documents.language import detect, language_code
from coder.documents.normalise import normalise, one_line
from coder.documents.secret_parts import without_secrets
from coder.errors import InputError
from coder.model.base import Record

MAX_TEXT = 20_000_000
"""Characters a single document may have."""

_LANGUAGE_KEYS = ("language", "lang")


class ImportOptions(Record):
    """What a user may say about the files; empty means: find out.

    `id_column` and `text_columns` name columns of tables, keys of JSON objects, and (`id_column`) keys of a text
    file's head. Several text columns are joined by a blank line.
    """

    id_column: str = ""
    text_columns: tuple[str, ...] = ()
    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""


class ReadDocument(Record):
    """One document as read: normalised text, variables as written, where it stood (`talks.csv, line 3`)."""

    name: str
    text: str
    variables: dict[str, str]
    language: str
    source: str


class PageText(Record):
    """What a page's bytes say: its text, variables, in words how it was read, and what else should be known."""

    text: str
    variables: dict[str, str] = Field(default_factory=dict)
    reader: str = ""
    notes: tuple[str, ...] = ()


class ImportResult(Record):
    """The documents in order, what could not be read (`problems`) and what was found (`notes`), one line each."""

    documents: tuple[ReadDocument, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Rows with named cells, in order, and the words in which a note tells what kind of file they come from."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    found: str


@dataclass(frozen=True)
class Row:
    """One row of a table; `place` is its line or row within the file (`line 3`)."""

    place: str
    cells: Mapping[str, str] = field(default_factory=dict)


def read_document(name: str, text: str, variables: Mapping[str, str], source: str, place: str) -> ReadDocument:
    """A document of raw parts; InputError, naming the `place`, where the text is empty or too long.

    Passwords and keys in the addresses that its variables hold are left out; the text stays as it is.
    """
    if len(text) > MAX_TEXT:
        raise InputError(f"{place}: the text has more than {MAX_TEXT:,} characters", "split it into several documents")
    clean = normalise(text)
    if not clean.strip():
        raise InputError(f"{place}: there is no text", "fill it in or take this document out")
    if not one_line(name):
        raise InputError(f"{place}: the id is empty", "fill it in, or choose another column with --id")
    kept = {one_line(key): without_secrets(normalise(value)) for key, value in variables.items()}
    language = stated_language(kept) or detect(clean)
    return ReadDocument(
        name=without_secrets(one_line(name)), text=clean, variables=kept, language=language, source=one_line(source)
    )


def stated_language(variables: Mapping[str, str]) -> str:
    """The language code that a `language` or `lang` variable states; empty where none does."""
    by_key = {key.casefold(): value for key, value in variables.items()}
    return next((code for key in _LANGUAGE_KEYS if (code := language_code(by_key.get(key, "")))), "")
