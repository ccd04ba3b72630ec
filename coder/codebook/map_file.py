"""Read the map from one codebook to the next from YAML, with errors that name the file and the line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap

from coder.codebook.load import read_text, read_tree
from coder.codebook.migration import Drop, Line, Split, Target
from coder.errors import InputError

_HINT = "docs/codebook.md, 'Revising a codebook', shows a map"


@dataclass(frozen=True)
class MapFile:
    """`source` names the codebook before, by version or the beginning of its hash; `lines` are by its dimensions."""

    source: str
    lines: dict[str, Line]


def read_map(path: Path) -> MapFile:
    """The map in a YAML file; InputError with its line where it cannot be understood, a key given twice among them."""
    name = str(path)
    tree = read_tree(read_text(path), name)
    if not isinstance(tree, CommentedMap):
        raise InputError(f"{name}: holds no map", f"it starts with 'from:' and 'dimensions:'; {_HINT}")
    _only(tree, ("from", "dimensions"), name, name)
    if "from" not in tree:
        raise InputError(f"{name}: does not say from which codebook", "add 'from: VERSION' (or its hash)")
    dimensions = tree.get("dimensions") or CommentedMap()
    if not isinstance(dimensions, CommentedMap):
        raise InputError(f"{_place(tree, 'dimensions', name)}: no dimensions by name", _HINT)
    lines = {str(key): _line(dimensions, key, name) for key in dimensions}
    return MapFile(str(tree["from"]), lines)


def _place(node: CommentedMap, key: Any, name: str) -> str:
    return f"{name}, line {node.lc.key(key)[0] + 1}"


def _only(node: CommentedMap, known: tuple[str, ...], name: str, where: str) -> None:
    for key in node:
        if key not in known:
            raise InputError(
                f"{_place(node, key, name)}: '{key}' is not known here", f"{where} holds {', '.join(known)}; {_HINT}"
            )


def _line(node: CommentedMap, key: Any, name: str) -> Line:
    place, value = _place(node, key, name), node[key]
    if isinstance(value, str):
        return Line(place, value, {})
    if not isinstance(value, CommentedMap):
        raise InputError(f"{place}: '{key}': neither a new id nor 'to', 'categories' or 'drop'", _HINT)
    _only(value, ("to", "categories", "drop"), name, f"'{key}'")
    if "drop" in value:
        if len(value) > 1:
            raise InputError(f"{place}: '{key}' is dropped and mapped at once", "say one of the two")
        return Line(place, None, {}, Drop(_why(value["drop"], place)))
    categories = value.get("categories") or CommentedMap()
    if not isinstance(categories, CommentedMap):
        raise InputError(f"{_place(value, 'categories', name)}: no categories by id", _HINT)
    targets = {
        str(code): (_place(categories, code, name), _target(categories[code], _place(categories, code, name)))
        for code in categories
    }
    return Line(place, None if value.get("to") is None else str(value["to"]), targets)


def _target(value: Any, place: str) -> Target:
    if isinstance(value, CommentedMap) and list(value) == ["drop"]:
        return Drop(_why(value["drop"], place))
    if isinstance(value, CommentedMap) and list(value) == ["split"]:
        into = value["split"]
        if isinstance(into, list) and len({str(one) for one in into}) > 1:
            return Split(tuple(str(one) for one in into))
        raise InputError(f"{place}: a split names two categories or more", "split: [one, other]")
    if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value):
        return str(value)
    raise InputError(f"{place}: neither a category, {{split: [...]}} nor {{drop: WHY}}", _HINT)


def _why(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{place}: 'drop' does not say why", "drop: nobody used it")
    return " ".join(value.split())
