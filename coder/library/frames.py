"""Between pandas and our own values: documents and codings in, codings and coefficients out."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from coder.documents import ReadDocument
from coder.documents.codes.grid import Grid, listed
from coder.documents.records import read_document
from coder.errors import InputError
from coder.export.rows import confidence, quotes
from coder.gold.cells import Answer, read_cell
from coder.gold.vocabulary import Vocabulary
from coder.model import Assignment, Codebook, Coding, Dimension, Status, Version

Documents = pd.DataFrame | pd.Series | Mapping[str, str] | Sequence[str]
CODINGS = (
    "document", "dimension", "coder", "coder_kind", "status", "codes", "evidence", "confidence", "reason", "replicate",
)  # fmt: skip
"""The columns of a frame of codings, one row a coding: codes joined by `;`, quotes by ` | `."""
_OF_MODELS = {status.value: status for status in (Status.REFUSED, Status.INVALID, Status.FAILED, Status.SKIPPED)}


def read_frame(documents: Documents, text: str, name: str) -> list[ReadDocument]:
    """The documents with their names, texts and variables; InputError naming what is wrong and where.

    Of a frame the column `name` names them where there is one, else its index; other columns are variables. Texts
    without a name are called by their place, from 1.
    """
    read = [
        read_document(called, body, variables, "", f"documents, {called!r}")
        for called, body, variables in _texts(documents, text, name)
    ]
    names = [one.name for one in read]
    twice = sorted({one for one in names if names.count(one) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise InputError(f"documents: two are called {listed(twice)}", "give each a name of its own")
    if not read:
        raise InputError("documents: there are none", "give at least one text")
    return read


def _texts(documents: Documents, text: str, name: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    if isinstance(documents, pd.DataFrame):
        _require(documents, (text,), "documents")
        names = documents[name] if name in documents.columns else documents.index
        others = [column for column in documents.columns if column not in (text, name)]
        rows = documents[others].astype(object).where(documents[others].notna(), "").to_dict("records")
        for called, body, row in zip(names, documents[text], rows, strict=True):
            yield cell(called), cell(body), {str(key): str(value) for key, value in row.items()}
        return
    if isinstance(documents, str):
        raise InputError("documents: a single text", "give a list of texts: [text]")
    pairs: Iterable[tuple[Hashable, object]] = (
        documents.items() if isinstance(documents, (Mapping, pd.Series)) else enumerate(documents, 1)
    )
    yield from ((cell(called), cell(body), {}) for called, body in pairs)


def cell(value: object) -> str:
    """A cell as text: nothing for a gap, a whole number as such."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124 - NaN alone is not itself
        return ""
    return str(value)


def _require(frame: pd.DataFrame, columns: Iterable[str], what: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise InputError(f"{what}: there is no column {missing[0]!r}", f"the columns are {listed(list(frame.columns))}")


@dataclass(frozen=True)
class Held:
    """Codings as a frame shows them: with names in place of ids."""

    coding: Coding
    document: str
    coder: str
    kind: str
    version: Version


def codings_frame(held: Iterable[Held]) -> pd.DataFrame:
    """One row a coding, with the columns CODINGS."""
    rows = [
        (
            one.document, one.coding.dimension_id, one.coder, one.kind, one.coding.status.value,
            ";".join(one.coding.codes), quotes(one.coding, one.version), confidence(one.coding), one.coding.reason,
            one.coding.replicate,
        )
        for one in held
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(CODINGS))


def codings_from(frame: pd.DataFrame, codebook: Codebook, what: str) -> list[Coding]:
    """The codings in a frame, long (a column `dimension`) or wide (a column a dimension), by document's name.

    Codes are ids or labels; those of a set stand with `;` between, or in a list. An empty cell is "not coded", in a
    long frame `absent` where no `status` says otherwise. InputError names the row where something cannot be read, or
    where a document has two codings of one dimension: a frame holds one coder's.
    """
    _require(frame, ("document",), what)
    found: dict[tuple[str, str, int], Coding] = {}
    for place, document, dimension, status, codes, replicate in _answers(frame, codebook, what):
        answer = _answer(codes, status, Vocabulary(dimension), place)
        if answer is None:
            continue
        if (document, dimension.id, replicate) in found:
            raise InputError(
                f"{place}: document {document!r} has a coding of {dimension.id!r} already",
                "give the codings of one coder at a time: frame[frame.coder == NAME]",
            )
        found[document, dimension.id, replicate] = Coding(
            version_id=document,
            dimension_id=dimension.id,
            coder_id=what,
            status=answer.status,
            assignments=tuple(Assignment(category=code) for code in answer.codes),
            codebook_hash=codebook.hash(),
            dimension_hash=dimension.hash(),
            replicate=replicate,
        )
    return list(found.values())


Row = tuple[str, str, Dimension, str, str, int]
"""Where it stands, document, dimension, status, codes, replicate."""


def _answers(frame: pd.DataFrame, codebook: Codebook, what: str) -> Iterator[Row]:
    dimensions = {dimension.id: dimension for dimension in codebook.dimensions}
    if "dimension" not in frame.columns:
        wide = [column for column in frame.columns if column in dimensions]
        if not wide:
            raise InputError(
                f"{what}: no column is a dimension of the codebook, and none is called 'dimension'",
                f"the dimensions are {listed(list(dimensions))}; the columns {listed(list(frame.columns))}",
            )
        for label, record in zip(frame.index, frame.to_dict("records"), strict=True):
            for column in wide:
                place = f"{what}, row {label!r}, column {column!r}"
                yield place, cell(record["document"]), dimensions[column], "", _joined(record[column]), 0
        return
    _require(frame, ("codes",), what)
    for label, record in zip(frame.index, frame.to_dict("records"), strict=True):
        place, name, codes = f"{what}, row {label!r}", cell(record["dimension"]), _joined(record["codes"])
        if name not in dimensions:
            raise InputError(f"{place}: no dimension is called {name!r}", f"they are {listed(list(dimensions))}")
        status = cell(record.get("status")) or ("" if codes else Status.ABSENT.value)
        yield place, cell(record["document"]), dimensions[name], status, codes, int(record.get("replicate") or 0)


def _joined(value: object) -> str:
    """A cell's codes as text, be they text or a list or set of codes."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return ";".join(sorted(map(str, value)) if isinstance(value, (set, frozenset)) else map(str, value))
    return cell(value)


def _answer(codes: str, status: str, words: Vocabulary, place: str) -> Answer | None:
    """None for what was not coded."""
    if status in _OF_MODELS:
        return Answer(_OF_MODELS[status])
    told = codes if status in ("", Status.CODED.value) else status
    if not told.strip():
        return None
    found = read_cell(told, words, ";")
    if isinstance(found, Answer):
        return found
    raise InputError(f"{place}: {'; '.join(one.message for one in found)}", "correct the cell")


def codes_grid(frame: pd.DataFrame, separator: str) -> Grid:
    """A frame as the rows of a table; sets and lists in its cells are joined by the separator."""
    names = [str(column) for column in frame.columns]
    rows = [[_cell_of_set(value, separator) for value in row] for row in frame.itertuples(index=False, name=None)]
    return Grid(Path("codes"), tuple(enumerate([names, *rows], 0)), "row", "a frame")


def _cell_of_set(value: object, separator: str) -> str:
    if isinstance(value, (list, tuple, set, frozenset)) and separator:
        return separator.join(sorted(map(str, value))) or separator
    return cell(value).strip()
