"""The file of recorded answers: a header, then one line a call, from which every figure is computed again."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Self, TypeVar

from pydantic import BeforeValidator, Field, ValidationError

from coder.errors import InputError
from coder.model import CodeProbability, Record, content_hash
from coder.model.base import canonical_json
from coder.model.run import CallStatus
from eval.datasets import Half

CallKey = tuple[str, str, int]
"""Item, part and replicate."""
Kind = TypeVar("Kind", bound=Record)


def _storable(value: str) -> str:
    """The text with lone surrogates, which an endpoint's JSON can hold and no encoding can, as question marks."""
    return value.encode("utf-8", "replace").decode()


Text = Annotated[str, BeforeValidator(_storable)]


class Header(Record):
    """All that shaped a run. `examples` are the items shown to the coder; `program` is intercoder's version."""

    dataset: str
    dataset_hash: str
    codebook_hash: str
    coder: str
    shape: dict[str, Any]
    prompt_hash: str
    model: str
    served_model: str
    fingerprint: str
    half: Half
    limit: int | None
    seed: int
    examples: tuple[str, ...] = ()
    program: str
    started: str

    @property
    def key(self) -> str:
        """Hash of all but the time of the start: a run with the same key may go on in the same file."""
        return content_hash(self.model_dump(mode="json", exclude={"started"}))

    @property
    def identity(self) -> str:
        """Hash that tells this run from a repetition of it."""
        return content_hash(self.model_dump(mode="json"))


class AnswerLine(Record):
    """One call: which `part` of the codebook it asked (`all` or a dimension's id), and what came back, raw."""

    item: str
    part: str = "all"
    replicate: int = Field(default=0, ge=0)
    raw: Text = ""
    refusal: Text = ""
    status: CallStatus = "ok"
    error: Text = ""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    milliseconds: int = 0
    probabilities: tuple[CodeProbability, ...] = ()
    extra: dict[str, Any] = Field(default_factory=dict)

    @property
    def call(self) -> CallKey:
        """What tells this call from the others of its run."""
        return self.item, self.part, self.replicate


def read_answers(path: Path) -> tuple[Header, tuple[AnswerLine, ...]]:
    """The header and the calls of a file; a last line that was not written to its end is passed over."""
    try:
        whole, _ = _whole_lines(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", "name a file that `python -m eval run` wrote") from error
    if not whole:
        raise InputError(f"{path}: no answers in it yet", "name a file that `python -m eval run` wrote")
    header = _parse(Header, whole[0], path, 1)
    lines = [_parse(AnswerLine, line, path, number) for number, line in enumerate(whole[1:], start=2)]
    seen: set[CallKey] = set()
    for number, line in enumerate(lines, start=2):
        if line.call in seen:
            raise InputError(f"{path}, line {number}: {line.call} was answered already", "were two runs writing here?")
        seen.add(line.call)
    return header, tuple(lines)


def _parse(kind: type[Kind], line: bytes, path: Path, number: int) -> Kind:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        what = "header" if kind is Header else "answer"
        raise InputError(
            f"{path}, line {number}: this is no {what} of a run", "restore the file, or run again"
        ) from error


def _whole_lines(content: bytes) -> tuple[list[bytes], int]:
    """The lines that end, and how many bytes they take."""
    end = content.rfind(b"\n") + 1
    return content[:end].splitlines(), end


class AnswerFile:
    """An open file of answers: what it holds, and appending to it. Every line is on disk when `record` returns."""

    def __init__(self, path: Path, header: Header, lines: Sequence[AnswerLine]) -> None:
        self.path = path
        self.header = header
        self._lines = {line.call: line for line in lines}
        self._handle = path.open("ab")

    @classmethod
    def open(cls, path: Path, header: Header) -> Self:
        """Start the file, or go on in it; InputError where it belongs to another run."""
        content = path.read_bytes() if path.exists() else b""
        whole, end = _whole_lines(content)
        if whole:
            found, lines = read_answers(path)
            _check_same(path, found, header)
        else:
            found, lines = header, ()
        path.parent.mkdir(parents=True, exist_ok=True)
        if end < len(content):
            os.truncate(path, end)
        file = cls(path, found, lines)
        if not whole:
            file._append(header)
        return file

    @property
    def lines(self) -> tuple[AnswerLine, ...]:
        """Every call recorded so far."""
        return tuple(self._lines.values())

    @property
    def done(self) -> Collection[CallKey]:
        """The calls that need not be asked again; grows with every `record`."""
        return self._lines.keys()

    def record(self, line: AnswerLine) -> None:
        """Add one call. ValueError where it is there already."""
        if line.call in self._lines:
            raise ValueError(f"{line.call} is recorded already")
        self._append(line)
        self._lines[line.call] = line

    def _append(self, record: Record) -> None:
        self._handle.write(canonical_json(record.model_dump(mode="json")).encode() + b"\n")
        self._handle.flush()
        os.fsync(self._handle.fileno())

    def close(self) -> None:
        """Let go of the file."""
        self._handle.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _check_same(path: Path, found: Header, wanted: Header) -> None:
    if found.key == wanted.key:
        return
    there, here = found.model_dump(mode="json"), wanted.model_dump(mode="json")
    differing = [name for name in there if name != "started" and there[name] != here[name]]
    words = "; ".join(f"{name} {there[name]!r} there, {here[name]!r} now" for name in differing)
    raise InputError(f"{path}: holds another run ({words})", "name another file with --answers, or move this one away")
