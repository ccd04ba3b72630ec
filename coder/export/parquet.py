"""Parquet: the wide table, typed and streamed; multi-label answers are lists, dates and numbers are such."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from coder.adjudicate.resolve import UNRESOLVED, ResolvedCell
from coder.export.bundle import ExportBundle, ExportOptions, Part
from coder.export.rows import answer, wide_headings
from coder.export.variables import CONVERT, Convert, kinds
from coder.model import Dimension, Status


def write(bundle: ExportBundle, options: ExportOptions, handle: BinaryIO) -> tuple[str, ...]:
    """Write a row group for each part of the project; the codebook stands in the file's metadata as JSON."""
    import pyarrow as pa  # noqa: PLC0415 - an extra of 170 MB
    from pyarrow import parquet  # noqa: PLC0415

    names = wide_headings(bundle, text=options.text)
    of_variables = kinds(bundle)
    arrow = {"whole": pa.int64(), "decimal": pa.float64(), "day": pa.date32(), "text": pa.string()}
    types: list[Any] = [pa.string(), *(arrow[kind] for kind in of_variables.values())]
    types += [pa.string() if one.single else pa.list_(pa.string()) for one in bundle.codebook.dimensions]
    types += [pa.string()] * (len(names) - len(types))
    described = json.dumps(bundle.codebook.canonical(), ensure_ascii=False)
    schema = pa.schema(zip(names, types, strict=True), metadata={"intercoder_codebook": described})
    with parquet.ParquetWriter(handle, schema, compression="zstd") as writer:
        for part in bundle.parts():
            columns: list[list[Any]] = [[] for _ in names]
            for row in _rows(part, bundle, options, [CONVERT[kind] for kind in of_variables.values()]):
                for column, value in zip(columns, row, strict=True):
                    column.append(value)
            writer.write_table(
                pa.table([pa.array(column, kind) for column, kind in zip(columns, types, strict=True)], schema=schema)
            )
    return ()


def _rows(
    part: Part, bundle: ExportBundle, options: ExportOptions, converting: Sequence[Convert]
) -> Iterator[list[Any]]:
    for document, version in part.documents:
        texts = [document.variables.get(name) for name in bundle.variables]
        values = [convert(text) if text else None for convert, text in zip(converting, texts, strict=True)]
        cells = [part.resolved.get((version.id, one.id), UNRESOLVED) for one in bundle.codebook.dimensions]
        codes = [
            _code(cell, one, labels=options.labels) for cell, one in zip(cells, bundle.codebook.dimensions, strict=True)
        ]
        row = [document.name, *values, *codes, *(cell.source for cell in cells)]
        yield [*row, version.text] if options.text else row


def _code(cell: ResolvedCell, dimension: Dimension, *, labels: bool) -> str | list[str] | None:
    """The code or status of a cell; of a multi-label dimension a list, empty for `absent`."""
    coding = cell.coding
    if dimension.single or coding is None:
        return answer(coding, dimension, labels=labels)
    if coding.status is Status.CODED:
        known = {category.id: category.label for category in dimension.codes} if labels else {}
        return [known.get(code, code) for code in coding.codes]
    return [] if coding.status is Status.ABSENT else [coding.status.value]
