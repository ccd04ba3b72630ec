"""Read a codebook from YAML, with errors that name the file and the line."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import ScalarEvent

from coder.errors import FieldError, InputError
from coder.model import Codebook

_LIMIT_BYTES = 5_000_000
_MOST_NODES = 1_000_000
_DIGITS = frozenset("+-.0123456789")
_KINDS = frozenset({"nominal", "ordinal", "multilabel", "quantity", "date"})
_PLAIN = {
    "extra_forbidden": "this field is not known here",
    "missing": "this field is missing",
    "invalid_key": "a field's name is text",
    "string_type": "text is wanted; put what looks like a number in quotes",
    "too_short": "at least one entry is wanted",
    **dict.fromkeys(("tuple_type", "list_type"), "a list is wanted, as [one, another] or a dash a line"),
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), "fields are wanted, as {name: value}"),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        "a day is wanted, as 2021-01-31",
    ),
}
"""What is wrong, where pydantic says it in words of Python."""


def load_codebook(path: Path) -> Codebook:
    """The codebook in a YAML file; InputError lists every fault with its line."""
    return parse_codebook(read_text(path), str(path))


def parse_codebook(text: str, name: str) -> Codebook:
    """The codebook in a YAML text; `name` is what errors call it."""
    tree = read_tree(text, name)
    if not isinstance(tree, CommentedMap):
        raise InputError(f"{name}: holds no codebook", "it starts with 'name:', 'version:' and 'dimensions:'")
    try:
        return Codebook.model_validate(plain(tree))
    except ValidationError as error:
        raise InputError(faults(error, tree, name), "see docs/codebook.md for what a codebook holds") from error


def faults(error: ValidationError, tree: Any, name: str, kinds: Collection[str] = _KINDS) -> str:
    """Every fault that was found in a tree of `read_tree`, one a line, with the line it stands in.

    `kinds` are the values of `kind` that tell what a part of the tree is.
    """
    faults = error.errors()
    places = [fault["loc"] for fault in faults]
    found = [
        f"{name}, line {_line(tree, (*fault['loc'], *_further(fault)))}: {_words(fault, kinds)}"
        for fault in faults
        # A list that is too short because of what is wrong in it says nothing new.
        if fault["type"] != "too_short" or not any(_within(place, fault["loc"]) for place in places)
    ]
    return "\n".join(dict.fromkeys(found))


def read_tree(text: str, name: str) -> Any:
    """What a YAML text holds, with its lines; InputError, calling it `name`, where it is no YAML."""
    try:
        tree = YAML(typ="rt").load(text)
        if _size(tree, {}) > _MOST_NODES:
            raise InputError(f"{name}: its aliases (*name) unfold to millions of entries", "write the entries out")
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(f"{name}, line {line}: {error.problem or 'not valid YAML'}", "mend the YAML there") from error
    except ValueError as error:
        line = _line_of_value(text)
        raise InputError(f"{name}, line {line}: not valid YAML: {error}", "mend the YAML there") from error
    except YAMLError as error:
        raise InputError(f"{name}: not valid YAML: {' '.join(str(error).split())}", "mend the YAML") from error
    except RecursionError:
        raise InputError(f"{name}: lists within lists, too deep to be read", "mend the YAML") from None
    return tree


def _size(node: Any, known: dict[int, int]) -> int:
    """How many entries a tree has with its aliases unfolded, reckoned; one that holds itself has no end."""
    if not isinstance(node, dict | list):
        return 1
    if id(node) not in known:
        known[id(node)] = _MOST_NODES + 1  # until it is known, so that what holds itself is too large
        held = node.values() if isinstance(node, dict) else node
        known[id(node)] = 1 + sum(_size(one, known) for one in held)
    return known[id(node)]


def _line_of_value(text: str) -> int:
    """The line of the first value that looks like a day or a number and is none (2021-13-01); 1 where none does."""
    yaml = YAML(typ="rt")
    for event in yaml.parse(text):
        if isinstance(event, ScalarEvent) and event.style is None and event.value[:1] in _DIGITS:
            try:
                YAML(typ="rt").load(event.value)
            except ValueError:
                return int(event.start_mark.line) + 1
            except YAMLError:
                continue
    return 1


def validated(tree: Any, name: str) -> Codebook:
    """The codebook of a tree that came from another format; InputError, calling it `name`, lists every fault."""
    try:
        return Codebook.model_validate(tree)
    except ValidationError as error:
        faults = [f"{name}: {_words(fault)}" for fault in error.errors()]
        raise InputError("\n".join(dict.fromkeys(faults)), "see docs/formats.md for what the file holds") from error


def read_text(path: Path) -> str:
    """The text of a codebook's file; InputError where there is none to read."""
    try:
        if path.stat().st_size > _LIMIT_BYTES:
            raise InputError(f"{path}: larger than 5 MB", "is this a codebook?")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file", "name a codebook, or run 'intercoder init DIR' for one") from error
    except IsADirectoryError as error:
        raise InputError(f"{path}: a folder, not a codebook", "name the YAML file in it") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start})", "save it as UTF-8") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", "check the file's permissions") from error
    if not text.strip():
        raise InputError(f"{path}: empty", "start from 'intercoder init DIR', which writes a codebook")
    return text


def plain(node: Any) -> Any:
    """The tree without its comments, so that pydantic sees ordinary dicts and lists."""
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    return node


def _line(tree: Any, location: Sequence[int | str]) -> int:
    """The line (from 1) of the deepest node on the way to a fault that the file holds."""
    node, line = tree, 1
    for step in location:
        if isinstance(node, CommentedMap) and step in node:
            line = node.lc.key(step)[0] + 1
            node = node[step]
        elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
            line = node.lc.item(step)[0] + 1
            node = node[step]
    return line


def _further(fault: Any) -> tuple[int | str, ...]:
    """Where within the part that was looked at a fault lies, where it says so."""
    error = fault.get("ctx", {}).get("error")
    return error.location if isinstance(error, FieldError) else ()


def _within(place: Sequence[int | str], outer: Sequence[int | str]) -> bool:
    return len(place) > len(outer) and tuple(place[: len(outer)]) == tuple(outer)


def _words(fault: Any, kinds: Collection[str] = _KINDS) -> str:
    where = ".".join(str(step) for step in fault["loc"] if step not in kinds)
    message = _PLAIN.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    if fault["type"].startswith("union_tag"):
        message = f"kind must be one of {', '.join(sorted(kinds))}"
    return f"{where}: {message}" if where else message
