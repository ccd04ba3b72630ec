"""REFI-QDA codebooks, `.qdc`: out, and in as a draft to go on from.

The format knows names, descriptions and nesting. A parent becomes a dimension, its children categories; the kind is
not in the file: it is nominal, or what the caller says. Notes that our own export wrote into descriptions are taken
apart again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from xml.etree.ElementTree import Element

from coder.codebook.refi import ABSENT_NOTE, ORIGIN, SILENT, QdaBook
from coder.errors import InputError
from coder.markup import child, children, parse, text_of
from coder.model import Codebook

_PREFIXES = {
    "Include: ": "include",
    "Exclude: ": "exclude",
    "Example: ": "examples",
    "Borderline example: ": "borderline",
}


def codebook_xml(codebook: Codebook) -> str:
    """The codebook as a document of namespace `urn:QDA-XML:codebook:1.0`."""
    return "\n".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>',
            f'<CodeBook xmlns="urn:QDA-XML:codebook:1.0" origin="{ORIGIN}">',
            *QdaBook(codebook).xml(),
            "</CodeBook>\n",
        ]
    )


def codebook_tree(raw: bytes, name: str, kind: str = "nominal") -> dict[str, Any]:
    """What a `.qdc` file says, as a codebook's YAML has it; InputError, calling it `name`, where it is none.

    Codes without children become the categories of one multi-label dimension `codes`.
    """
    root = parse(raw, name)
    codes = child(root, "Codes")
    if codes is None:
        raise InputError(f"{name}: holds no codes", "export a codebook (.qdc) from the other program")
    parents = [code for code in children(codes, "Code") if children(code, "Code")]
    lone = [code for code in children(codes, "Code") if not children(code, "Code")]
    criteria = [code for code in lone if _name(code).startswith("Criterion: ")]
    free = [code for code in lone if code not in criteria]
    taken: set[str] = set()
    dimensions = [_dimension(parent, kind, taken) for parent in parents]
    if free:
        dimensions.append(
            {
                "id": _id("codes", taken), "kind": "multilabel", "question": "Which codes apply?",
                "absent": {}, "categories": _categories(free, ""),
            }
        )  # fmt: skip
    named: set[str] = set()
    tree: dict[str, Any] = {
        "name": name.rpartition("/")[2].removesuffix(".qdc"),
        "version": "1",
        "dimensions": dimensions,
    }
    if criteria:
        tree["criteria"] = [_criterion(code, named) for code in criteria]
    return tree


def _dimension(parent: Element, kind: str, taken: set[str]) -> dict[str, Any]:
    label = _name(parent)
    made: dict[str, Any] = {"id": _id(label, taken), "kind": kind, "label": label}
    question, _, instructions = text_of(parent, "Description").partition("\n")
    made["question"] = question or f"{label}?"
    if instructions:
        made["instructions"] = instructions
    leaves = list(_leaves(parent))
    absent = [code for code in leaves if _is_absent(code, label)]
    if absent:
        told = text_of(absent[0], "Description").removeprefix(ABSENT_NOTE)
        made["absent"] = {"label": _short(_name(absent[0]), label), "definition": "" if told == SILENT else told}
    elif kind == "multilabel":
        made["absent"] = {}
    made["categories"] = _categories([code for code in leaves if code not in absent], label)
    return made


def _is_absent(code: Element, dimension: str) -> bool:
    named = _short(_name(code), dimension).casefold() in ("not specified", "absent")
    return named or text_of(code, "Description").startswith(ABSENT_NOTE)


def _leaves(parent: Element) -> Iterable[Element]:
    """All codes below one, those of deeper levels after their own parent."""
    for code in children(parent, "Code"):
        yield code
        yield from _leaves(code)


def _categories(codes: Iterable[Element], dimension: str) -> list[dict[str, Any]]:
    taken: set[str] = {"absent", "not_applicable", "undecidable", "refused", "invalid", "failed", "skipped", "coded"}
    made = []
    for code in codes:
        label = _short(_name(code), dimension)
        made.append({"id": _id(label, taken), "label": label, **_notes(text_of(code, "Description"))})
    return made


def _criterion(code: Element, taken: set[str]) -> dict[str, Any]:
    label = _name(code).removeprefix("Criterion: ")
    question, _, definition = text_of(code, "Description").partition("\n")
    return {"id": _id(label, taken), "label": label, "question": question or f"{label}?", "definition": definition}


def _notes(description: str) -> dict[str, Any]:
    """Definition, include and exclude notes and examples of a description."""
    found: dict[str, Any] = {"definition": [], "include": [], "exclude": [], "examples": []}
    where, key = found["definition"], "definition"
    for line in description.split("\n"):
        prefix = next((known for known in _PREFIXES if line.startswith(known)), "")
        if prefix:
            key = _PREFIXES[prefix]
            where = found["examples" if key == "borderline" else key]
            text = line.removeprefix(prefix)
            where.append({"text": text, "borderline": True} if key == "borderline" else text)
        elif key == "borderline":
            where[-1]["text"] += f"\n{line}"
        elif where and key != "definition":
            where[-1] += f"\n{line}"
        else:
            where.append(line)
    found["definition"] = "\n".join(found["definition"])
    return {name: value for name, value in found.items() if value}


def _name(code: Element) -> str:
    return " ".join(code.get("name", "").split())


def _short(name: str, dimension: str) -> str:
    """A code's name without its dimension's in front, which our own export puts there."""
    return name.removeprefix(f"{dimension}: ") or name


def _id(label: str, taken: set[str]) -> str:
    """A label as an id that none other has."""
    name = stem = re.sub(r"[^\w]+", "_", label.casefold()).strip("_")[:60] or "code"
    number = 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    taken.add(name)
    return name
