"""Read a PDF or Word document from a file."""

from __future__ import annotations

from pathlib import Path

from coder.documents.apart import apart
from coder.documents.encoding import read_bytes
from coder.documents.records import ImportOptions, ImportResult, read_document


def read_paper(path: Path, options: ImportOptions) -> ImportResult:
    """The one document of a PDF or .docx, called by the file's name; a PDF's title is a variable."""
    page = apart.read(read_bytes(path), str(path), media_type="application/octet-stream")
    document = read_document(path.stem, page.text, page.variables, path.name, str(path))
    notes = tuple(f"{path.name}: {note}" for note in page.notes)
    return ImportResult(documents=(document,), notes=(f"{path.name}: {page.reader}", *notes))
