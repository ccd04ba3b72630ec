"""REFI-QDA project, `.qdpx`: texts, codebook, coders and codings, each anchored to its quotes.

Written as importers were seen to read it: every code stands on a stretch of text (the whole text where there is no
evidence), texts are files of their own, positions are code points, the quote is the stretch's name, resolved codes
travel as variables of the file, and the model is a coder of its own, after the people. An earlier version of a text
that someone coded is a source of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from coder.adjudicate.resolve import UNRESOLVED
from coder.codebook.refi import ORIGIN, QdaBook, guid
from coder.export.bundle import ExportBundle, ExportOptions, Part
from coder.export.rows import answer
from coder.markup import attribute, content, one_line, unused
from coder.model import Coder, Coding, Document, Span, Status, Version

_QUOTE = 250
"""Characters of a quote that become a stretch's name; the place says where it ends."""
_KINDS = ("person", "consensus", "constructed", "model")
"""The first user becomes the current coder of who imports: a person if there is one."""


@dataclass
class _Project:
    """What the parts of the file have in common while it is written."""

    bundle: ExportBundle
    book: QdaBook
    inclusive: bool
    names: set[str] = field(default_factory=set)
    unnamed: int = 0
    empty: int = 0
    unknown: int = 0

    def source_name(self, wanted: str) -> str:
        """A name that no other source has."""
        stem = one_line(wanted, "document")
        name = unused(stem, self.names)
        self.unnamed += name != stem
        return name


def write(bundle: ExportBundle, options: ExportOptions, handle: BinaryIO) -> tuple[str, ...]:
    """Write the project, document by document. Raises OSError where the disk, or that of temporary files, is full."""
    project = _Project(bundle, QdaBook(bundle.codebook, statuses=True), options.end == "inclusive")
    with ZipFile(handle, "w", ZIP_DEFLATED, compresslevel=3) as archive, TemporaryFile() as xml:
        for line in _head(project):
            xml.write(f"{line}\n".encode())
        opened = False
        for part in bundle.parts():
            for lines in _sources(part, project, archive):
                xml.write(b"" if opened else b"<Sources>\n")
                opened = True
                xml.write("\n".join(lines).encode() + b"\n")
        xml.write(b"</Sources>\n</Project>\n" if opened else b"</Project>\n")
        xml.seek(0)
        with archive.open("project.qde", "w", force_zip64=True) as member:
            shutil.copyfileobj(xml, member, 1 << 20)
    return tuple(_notes(project))


def _notes(project: _Project) -> Iterator[str]:
    if project.unnamed:
        yield f"{project.unnamed} sources share a name with another and got a number behind it"
    if project.empty:
        yield f"{project.empty} codings of empty texts were left out: there is nothing to mark"
    if project.unknown:
        yield f"{project.unknown} codings by an earlier codebook were left out: this one has not their codes"


def _head(project: _Project) -> Iterator[str]:
    bundle = project.bundle
    users = sorted(bundle.coders, key=lambda coder: _KINDS.index(coder.kind))
    first = users[0].id if users else ""
    by = f' creatingUserGUID="{guid("user", first)}"' if first else ""
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield f'<Project xmlns="urn:QDA-XML:project:1.0" name={attribute(bundle.codebook.name)} origin="{ORIGIN}"{by}>'
    if users:
        yield "<Users>"
        yield from (
            f'<User guid="{guid("user", user.id)}" name={attribute(user_name(user, users))}/>' for user in users
        )
        yield "</Users>"
    yield "<CodeBook>"
    yield from project.book.xml()
    yield "</CodeBook>"
    variables = [*bundle.variables, *(dimension.name for dimension in bundle.codebook.dimensions)]
    if variables:
        yield "<Variables>"
        names: set[str] = set()
        for key, name in zip(_variable_keys(bundle), variables, strict=True):
            unique = unused(one_line(name, "variable"), names)
            yield f'<Variable guid="{key}" name={attribute(unique)} typeOfVariable="Text"/>'
        yield "</Variables>"


def user_name(coder: Coder, coders: Iterable[Coder]) -> str:
    """The coder's name, with the kind where it is no person, or where two coders have one name."""
    twice = sum(other.name == coder.name for other in coders) > 1
    return f"{coder.name} ({coder.kind})" if coder.kind != "person" or twice else coder.name


def _variable_keys(bundle: ExportBundle) -> list[str]:
    return [
        *(guid("variable", name) for name in bundle.variables),
        *(guid("resolved", dimension.id) for dimension in bundle.codebook.dimensions),
    ]


def _sources(part: Part, project: _Project, archive: ZipFile) -> Iterator[list[str]]:
    codings: dict[str, list[Coding]] = {}
    for coding in part.codings:
        codings.setdefault(coding.version_id, []).append(coding)
    for document, version in part.documents:
        archive.writestr(f"sources/{guid('text', version.id)}.txt", _text(version))
        yield list(
            _source(
                document.name, version, codings.get(version.id, []), project, _values(document, version, part, project)
            )
        )
    for version in part.earlier_versions:
        if version.id in codings:
            archive.writestr(f"sources/{guid('text', version.id)}.txt", _text(version))
            name = f"{part.document_names[version.id]} (text of {version.created_at:%Y-%m-%d})"
            yield list(_source(name, version, codings[version.id], project, ()))


def _text(version: Version) -> bytes:
    """The text as a file, character for character: normalised texts have `\\n` ends and positions count code points."""
    return version.text.encode("utf-8", errors="replace")


def _source(
    name: str, version: Version, codings: Iterable[Coding], project: _Project, values: Iterable[str]
) -> Iterator[str]:
    key = guid("text", version.id)
    yield (
        f'<TextSource guid="{guid("source", version.id)}" name={attribute(project.source_name(name))} '
        f'plainTextPath="internal://{key}.txt" creationDateTime="{version.created_at.isoformat(timespec="seconds")}">'
    )
    for coding in codings:
        yield from _selections(coding, version, project)
    yield from values
    yield "</TextSource>"


def _selections(coding: Coding, version: Version, project: _Project) -> Iterator[str]:
    """One stretch a quote and code; the coding's memo goes with the first."""
    if not version.text:
        project.empty += 1
        return
    memo = coding.memo
    for place, (code, span) in enumerate(anchored(coding, version)):
        known = project.book.by_code.get((coding.dimension_id, code))
        if known is None:
            project.unknown += 1
            continue
        who, when = guid("user", coding.coder_id), coding.created_at.isoformat(timespec="seconds")
        made = f'creatingUser="{who}" creationDateTime="{when}"'
        quote = " ".join(version.text[span.start : span.end].split())
        told = f"<Description>{content(memo)}</Description>" if memo else ""
        memo = ""
        last = span.end - 1 if project.inclusive else span.end
        yield (
            f'<PlainTextSelection guid="{guid("selection", coding.id, str(place))}" '
            f"name={attribute(quote if len(quote) <= _QUOTE else quote[: _QUOTE - 1] + '…')} "
            f'startPosition="{span.start}" endPosition="{last}" {made}>{told}'
            f'<Coding guid="{guid("coding", coding.id, str(place))}" {made}><CodeRef targetGUID="{known.guid}"/>'
            "</Coding></PlainTextSelection>"
        )


def anchored(coding: Coding, version: Version) -> list[tuple[str, Span]]:
    """Each code, or the status, with each stretch that carries it; the whole text where none does.

    The evidence of the whole answer, and that of amounts and dates, goes with every code that has none of its own.
    """
    whole = (Span(start=0, end=len(version.text)),)
    shared = tuple(dict.fromkeys((*coding.evidence, *(span for one in coding.mentions for span in one.evidence))))
    if coding.status is not Status.CODED:
        return [(coding.status.value, span) for span in _within(shared, version) or whole]
    return [
        (one.category, span)
        for one in coding.assignments
        for span in _within(one.evidence, version) or _within(shared, version) or whole
    ]


def _within(spans: Iterable[Span], version: Version) -> tuple[Span, ...]:
    return tuple(span for span in spans if span.start < span.end <= len(version.text))


def _values(document: Document, version: Version, part: Part, project: _Project) -> Iterator[str]:
    """The document's variables and its resolved codes, several of one dimension joined by `;`."""
    bundle = project.bundle
    texts: list[str | None] = [document.variables.get(name) for name in bundle.variables]
    for dimension in bundle.codebook.dimensions:
        cell = part.resolved.get((version.id, dimension.id), UNRESOLVED)
        texts.append(answer(cell.coding, dimension, labels=True))
    for key, text in zip(_variable_keys(bundle), texts, strict=True):
        if text:
            told = f"<TextValue>{content(text)}</TextValue>"
            yield f'<VariableValue><VariableRef targetGUID="{key}"/>{told}</VariableValue>'
