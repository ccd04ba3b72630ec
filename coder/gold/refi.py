"""Codings from a REFI-QDA project, `.qdpx`: of our own export, or as QDA programs write them.

A code belongs to the dimension that its parent names; a code's name may carry the dimension's in front. A coding of
the whole text is a code without evidence. Whether the end of a stretch is its last character or the place behind it
is found by comparing the stretches with the quotes that their names hold.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args
from xml.etree.ElementTree import Element

from coder.codebook.refi import STATUS_LABELS, QdaBook
from coder.errors import InputError
from coder.gold.claims import Reading
from coder.gold.gathered import Gathered, moved
from coder.gold.vocabulary import Meaning
from coder.markup import child, children, parse, text_of
from coder.model import CoderKind, Dimension, Span, Status

MAX_BYTES = 500_000_000
"""Of one file in the archive, unpacked: a larger one is taken for an attack."""
_KIND = re.compile(rf"(?P<name>.*) \((?P<kind>{'|'.join(get_args(CoderKind))})\)", re.DOTALL)


@dataclass(frozen=True)
class _Archive:
    """A project with its sources' texts and its users' names."""

    path: Path
    archive: zipfile.ZipFile
    root: Element

    def text(self, source: Element) -> str:
        """The text of a source, without a byte order mark."""
        inline = child(source, "PlainTextContent")
        if inline is not None:
            return inline.text or ""
        name = source.get("plainTextPath", "").replace("internal://", "sources/")
        known = {one.casefold(): one for one in self.archive.namelist()}
        if name.casefold() not in known:
            raise InputError(f"{self.path}: has no text '{name}'", "export the project again, with its sources")
        raw = _member(self.archive, known[name.casefold()], self.path)
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError(f"{self.path}, {name}: is not UTF-8", "export the project again") from error


def read_project(path: Path, reading: Reading) -> None:
    """Gather the codings of a project. Raises InputError where the file cannot be read at all."""
    reading.ledger.unit = "source"
    try:
        with zipfile.ZipFile(path) as archive:
            root = parse(_member(archive, "project.qde", path), f"{path}, project.qde")
            _read(_Archive(path, archive, root), reading)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}", "check the path") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{path}: is no REFI-QDA project", "export it again as .qdpx") from error


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    try:
        info = archive.getinfo(name)
    except KeyError as error:
        raise InputError(f"{path}: holds no '{name}'", "is it a REFI-QDA project (.qdpx)?") from error
    if info.file_size > MAX_BYTES:
        raise InputError(f"{path}, {name}: larger than {MAX_BYTES // 1_000_000} MB", "export fewer documents at a time")
    return archive.read(info)


def _read(project: _Archive, reading: Reading) -> None:
    users = {user.get("guid", ""): _coder(user.get("name", "")) for user in _all(project.root, "Users", "User")}
    codes = _codes(project.root, reading)
    gathered = Gathered(reading)
    left_out: Counter[str] = Counter()
    for number, source in enumerate(_all(project.root, "Sources", "TextSource"), 1):
        stretches = list(_stretches(source))
        document = reading.document_of(source.get("name", ""), number) if stretches else None
        if document is None:
            continue
        text = project.text(source)
        behind = 1 if _inclusive(stretches, text) else 0
        for one in stretches:
            meant = codes.get(one.code) or f"the codebook of the file has no code {one.code!r}"
            name, kind = users.get(one.user, ("", ""))
            if isinstance(meant, str):
                reading.ledger.add("unknown_code", meant, number)
            elif kind == "model" and reading.kind not in (None, "model"):
                left_out[name] += 1
            elif (coder := reading.coder_of(name, kind, number)) is not None:
                dimension, meaning = meant
                evidence = [(meaning.code, span) for span in _evidence(one, behind, text, document, number, reading)]
                gathered.add((document, dimension, coder), number, [meaning], evidence, one.memo)
    reading.notes += [f"{count} codings by the model {name!r} are not read" for name, count in left_out.items()]
    reading.claims.extend(gathered.claims())


def _evidence(one: _Stretch, behind: int, text: str, document: str, number: int, reading: Reading) -> list[Span]:
    """The stretch in our text; none for the whole text, or where it is not in there, which the ledger then knows."""
    if one.start is None or one.end is None:
        return []
    ours = reading.documents[document][1].text
    span = moved(one.start, min(one.end + behind, len(text)), text, ours)
    if span is None:
        reading.ledger.add("quote", f"a stretch of {document!r} is not in the text", number)
    return [] if span is None or (span.start == 0 and span.end == len(ours)) else [span]


def _all(root: Element, group: str, name: str) -> list[Element]:
    found = child(root, group)
    return children(found, name) if found is not None else []


@dataclass(frozen=True)
class _Stretch:
    """One coding: where it starts and ends (None for the whole source), its quote if named, memo, code and user."""

    start: int | None
    end: int | None
    quote: str
    memo: str
    code: str
    user: str


def _stretches(source: Element) -> Iterator[_Stretch]:
    for selection in children(source, "PlainTextSelection"):
        start, end = _place(selection, "startPosition"), _place(selection, "endPosition")
        for coding in children(selection, "Coding"):
            user = coding.get("creatingUser", "") or selection.get("creatingUser", "")
            memo = text_of(selection, "Description")
            yield _Stretch(start, end, selection.get("name", ""), memo, _code(coding), user)
    for coding in children(source, "Coding"):
        yield _Stretch(None, None, "", "", _code(coding), coding.get("creatingUser", ""))


def _place(selection: Element, name: str) -> int | None:
    written = selection.get(name, "")
    return int(written) if re.fullmatch(r"\d{1,12}", written) else None


def _code(coding: Element) -> str:
    reference = child(coding, "CodeRef")
    return reference.get("targetGUID", "").casefold() if reference is not None else ""


def _inclusive(stretches: list[_Stretch], text: str) -> bool:
    """Whether more quotes fit the text with the end as their last character than as the place behind it."""
    votes = 0
    for one in stretches:
        quote = " ".join(one.quote.split())
        if one.start is not None and one.end is not None and quote:
            votes += quote == " ".join(text[one.start : one.end + 1].split())
            votes -= quote == " ".join(text[one.start : one.end].split())
    return votes > 0


def _coder(name: str) -> tuple[str, str]:
    """A user's name and kind: our export writes the kind behind the name where it is no person."""
    match = _KIND.fullmatch(name)
    return (match["name"], match["kind"]) if match else (name, "")


def _codes(root: Element, reading: Reading) -> Mapping[str, tuple[Dimension, Meaning] | str]:
    """By GUID what each code means in our codebook, or why nothing."""
    own = {
        code.guid: (reading.codebook.dimension(code.dimension), _meaning(code.code))
        for code in QdaBook(reading.codebook, statuses=True).by_code.values()
    }
    found: dict[str, tuple[Dimension, Meaning] | str] = {}
    book = child(root, "CodeBook")
    codes = child(book, "Codes") if book is not None else None
    for top in children(codes, "Code") if codes is not None else []:
        for code in _below(top):
            key = code.get("guid", "").casefold()
            found[key] = own.get(key) or _by_name(code.get("name", ""), top.get("name", ""), reading)
    return found


def _below(top: Element) -> Iterator[Element]:
    yield top
    for code in children(top, "Code"):
        yield from _below(code)


def _meaning(code: str) -> Meaning:
    return Meaning(status=Status(code)) if code in {status.value for status in Status} else Meaning(code)


def _by_name(name: str, parent: str, reading: Reading) -> tuple[Dimension, Meaning] | str:
    dimension = reading.find_dimension(parent)
    if dimension is None:
        return f"the code {name!r} stands below {parent!r}, which is no dimension"
    short = name.removeprefix(f"{dimension.name}: ")
    status = next((status for status, label in STATUS_LABELS.items() if label == short and label.startswith("[")), None)
    meaning = Meaning(status=status) if status else reading.vocabulary(dimension).meaning(short)
    return (dimension, meaning) if isinstance(meaning, Meaning) else meaning
