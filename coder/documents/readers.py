"""The readers by file ending, and how single files and whole folders are read."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from coder.documents.csv_file import read_csv
from coder.documents.html_file import read_html
from coder.documents.jsonl_file import read_jsonl
from coder.documents.language import detect
from coder.documents.paper_file import read_paper
from coder.documents.records import ImportOptions, ImportResult, ReadDocument, stated_language
from coder.documents.text_file import read_text
from coder.documents.xlsx_file import read_xlsx
from coder.errors import InputError

Reader = Callable[[Path, ImportOptions], ImportResult]

READERS: Mapping[str, Reader] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".xlsx": read_xlsx,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".txt": read_text,
    ".md": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_paper,
    ".docx": read_paper,
}
"""A new format is one entry here: its ending and a function from path and options to documents."""

_PAGES = (".txt", ".html", ".htm", ".pdf", ".docx")
_INSTEAD = {
    ".xls": "save it as .xlsx or CSV", ".ods": "save it as .xlsx or CSV", ".json": "write one object a line, as .jsonl",
    ".doc": "save it as .docx",
}  # fmt: skip


def read_documents(paths: Iterable[Path], options: ImportOptions | None = None) -> ImportResult:
    """Every document in the files and folders, in the order given; a folder's files by their path.

    In a folder the text, HTML, PDF and Word files are the documents; Markdown files are only where it has none of
    those, since beside them they are notes about the folder. What else lies there is listed as skipped, hidden files
    and folders are passed over, and a file that cannot be read is listed as a problem while the rest is read. A
    file named by itself must be readable: InputError says where and what to do, also where nothing is found or an id
    comes twice.
    """
    chosen = options or ImportOptions()
    parts = [_read_folder(path, chosen) if path.is_dir() else _read_file(path, chosen) for path in paths]
    documents = tuple(document for part in parts for document in part.documents)
    if not documents:
        raise InputError("nothing to import", "name files or a folder")
    taken: dict[str, str] = {}
    for document in documents:
        _claim_name(document, taken)
    notes = [note for part in parts for note in part.notes]
    problems = tuple(problem for part in parts for problem in part.problems)
    return ImportResult(documents=documents, problems=problems, notes=(*notes, *_language_notes(documents)))


def _read_file(path: Path, options: ImportOptions) -> ImportResult:
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder", "check the path")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(READERS)
        instead = _INSTEAD.get(path.suffix.lower(), f"the endings read are {known}")
        raise InputError(f"{path}: files ending in '{path.suffix}' are not read", instead)
    return reader(path, options)


def _read_folder(folder: Path, options: ImportOptions) -> ImportResult:
    files = _files(folder)
    chosen = _documents_among(files)
    documents: list[ReadDocument] = []
    problems: list[str] = []
    taken: dict[str, str] = {}
    encodings: Counter[str] = Counter()
    more: list[str] = []
    for path in chosen:
        try:
            read = _read_file(path, options)
            document = _in_folder(read.documents[0], path, folder, options)
            _claim_name(document, taken)
        except InputError as error:
            problems.append(f"{error.message}: {error.hint}")
        else:
            documents.append(document)
            encodings[read.notes[0].rpartition(", ")[2].rpartition(": ")[2]] += 1
            more += read.notes[1:]
    if not documents:
        why = problems[0] if problems else "it holds no .txt, .html, .pdf, .docx or .md files"
        raise InputError(f"{folder}: no document in this folder; {why}", "name tables (CSV, XLSX, JSONL) by themselves")
    notes = [
        _folder_note(folder, encodings),
        *more,
        *(f"skipped: {path.relative_to(folder).as_posix()}" for path in sorted(set(files) - set(chosen))),
    ]
    return ImportResult(documents=tuple(documents), problems=tuple(problems), notes=tuple(notes))


def _files(folder: Path) -> list[Path]:
    """All files below the folder that are not hidden, sorted by path; links to folders are not followed."""
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found.extend(Path(place, name) for name in names if not name.startswith("."))
    return sorted((path for path in found if path.is_file()), key=lambda path: path.relative_to(folder).parts)


def _documents_among(files: Sequence[Path]) -> list[Path]:
    pages = [path for path in files if path.suffix.lower() in _PAGES]
    return pages or [path for path in files if path.suffix.lower() == ".md" and path.stem.lower() != "readme"]


def _in_folder(document: ReadDocument, path: Path, folder: Path, options: ImportOptions) -> ReadDocument:
    """The document with its place in the folder: a file in a subfolder is called `subfolder/name`."""
    below = path.relative_to(folder)
    place = {"source": (Path(folder.resolve().name) / below).as_posix()}
    if document.name == path.stem and not options.id_column:
        place["name"] = below.with_suffix("").as_posix()
    return document.model_copy(update=place)


def _claim_name(document: ReadDocument, taken: dict[str, str]) -> None:
    """Note where the name stands; InputError where another document of this import has it."""
    if document.name in taken:
        raise InputError(
            f"{document.source}: the id '{document.name}' is taken already by {taken[document.name]}",
            "rename one of them, or choose the ids with --id",
        )
    taken[document.name] = document.source


def _folder_note(folder: Path, encodings: Counter[str]) -> str:
    written = ", ".join(f"{number} in {name}" for name, number in encodings.most_common())
    total = sum(encodings.values())
    return f"{folder.resolve().name}: {total} documents, {written}"


def _language_notes(documents: Sequence[ReadDocument]) -> list[str]:
    """How many documents are in which language, and where the text reads as another than the one stated."""
    counts = Counter(document.language or "unknown" for document in documents)
    notes = ["languages: " + ", ".join(f"{name} {number}" for name, number in counts.most_common())]
    differing = [case for document in documents if (case := _differing(document))]
    if differing:
        name, stated, found = differing[0]
        notes.append(
            f"{len(differing)} documents read as another language than the one stated, which is kept "
            f"('{name}' states {stated} and reads as {found})"
        )
    return notes


def _differing(document: ReadDocument) -> tuple[str, str, str] | None:
    stated, found = stated_language(document.variables), detect(document.text)
    return (document.name, stated, found) if stated and found and stated != found else None
