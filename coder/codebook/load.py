"""Read a codebook from YAML, with errors that name the file and the line."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from coder.errors import InputError
from coder.model import Codebook

_LIMIT_BYTES = 5_000_000
_KINDS = frozenset({"nominal", "ordinal", "multilabel", "quantity", "date"})


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
    found = [f"{name}, line {_line(tree, fault['loc'])}: {_words(fault, kinds)}" for fault in error.errors()]
    return "\n".join(dict.fromkeys(found))


def read_tree(text: str, name: str) -> Any:
    """What a YAML text holds, with its lines; InputError, calling it `name`, where it is no YAML."""
    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(f"{name}, line {line}: {error.problem or 'not valid YAML'}", "mend the YAML there") from error
    except (YAMLError, ValueError) as error:
        raise InputError(f"{name}: not valid YAML: {error}", "mend the YAML") from error


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


def _words(fault: Any, kinds: Collection[str] = _KINDS) -> str:
    where = ".".join(str(step) for step in fault["loc"] if step not in kinds)
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        message = "this field is not known here"
    elif fault["type"] == "missing":
        message = "this field is missing"
    elif fault["type"].startswith("union_tag"):
        message = f"kind must be one of {', '.join(sorted(kinds))}"
    return f"{where}: {message}" if where else message
