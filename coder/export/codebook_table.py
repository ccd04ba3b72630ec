"""A codebook as a table, a row a category, and back: nothing is lost on the way.

What concerns a whole dimension stands in its first row. Lists are a line an entry, or JSON where an entry has line
breaks or notes. Rows of the kind `codebook` hold the book's name, version and the like, those of the kind `criterion`
the criteria.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from coder.errors import InputError
from coder.model import Codebook

HEADINGS = (
    "dimension", "kind", "dimension_label", "question", "instructions", "evidence", "applies_if", "settings",
    "code", "label", "definition", "include", "exclude", "examples", "from", "to",
)  # fmt: skip
_ALIASES = {
    "variable": "dimension", "category": "code", "value": "code", "name": "label", "description": "definition",
    "type": "kind", "id": "code",
}  # fmt: skip
_BOOK = ("name", "version", "unit", "description", "source", "departures")
_SETTINGS = ("unit", "units", "units_as_of", "units_source", "elapsed", "counts", "period", "by")
_LISTS = ("include", "exclude", "examples")
Tree = dict[str, Any]


def table_rows(codebook: Codebook) -> Iterator[list[str]]:
    """One row a fact of the book, a category or a criterion, under HEADINGS."""
    tree = codebook.canonical()
    for name in _BOOK:
        if tree.get(name):
            yield _row({"kind": "codebook", "code": name, "definition": _joined(tree[name])})
    for dimension in tree.get("dimensions", ()):
        yield from _dimension_rows(dimension)
    for criterion in tree.get("criteria", ()):
        cells = {"dimension": criterion["id"], "kind": "criterion", "dimension_label": criterion.get("label", "")}
        yield _row({**cells, "question": criterion["question"], **_category(criterion)})


def _dimension_rows(dimension: Mapping[str, Any]) -> Iterator[list[str]]:
    condition = dimension.get("applies_if")
    settings = {name: dimension[name] for name in _SETTINGS if name in dimension}
    first = {
        "kind": dimension["kind"],
        "dimension_label": dimension.get("label", ""),
        "question": dimension["question"],
        "instructions": dimension.get("instructions", ""),
        "evidence": dimension.get("evidence", ""),
        "applies_if": f"{condition['dimension']} in {', '.join(condition['any_of'])}" if condition else "",
        "settings": json.dumps(settings, ensure_ascii=False) if settings else "",
    }
    rows: list[dict[str, str]] = [
        {"code": one["id"], "label": one["label"], **_category(one)}
        for one in (*dimension.get("categories", ()), *dimension.get("bins", ()))
    ]
    if "absent" in dimension:
        absent = dimension["absent"]
        rows.append({"code": "absent", "label": absent.get("label", ""), "definition": absent.get("definition", "")})
    for number, cells in enumerate(rows or [{}]):
        yield _row({"dimension": dimension["id"], **(first if number == 0 else {}), **cells})


def _category(category: Mapping[str, Any]) -> dict[str, str]:
    cells = {name: _joined(category[name]) for name in _LISTS if name in category}
    bounds = {name: repr(category[name]) for name in ("from", "to") if name in category}
    return {"definition": category.get("definition", ""), **cells, **bounds}


def _row(cells: Mapping[str, str]) -> list[str]:
    return [cells.get(name, "") for name in HEADINGS]


def _joined(entries: str | Sequence[Any]) -> str:
    """A list as lines where that is all it is, else as JSON."""
    if isinstance(entries, str):
        return entries
    texts = [entry["text"] if isinstance(entry, dict) and set(entry) == {"text"} else entry for entry in entries]
    plain = all(isinstance(text, str) and text.strip() == text and text and "\n" not in text for text in texts)
    if plain and not texts[0].startswith("["):
        return "\n".join(texts)
    return json.dumps(texts, ensure_ascii=False)


def table_tree(rows: Sequence[tuple[str, Mapping[str, str]]], name: str, kind: str = "nominal") -> Tree:
    """The codebook of a table as its YAML has it; each row comes with its place for errors.

    Only a column for the dimension and one for the code or its label must be there. InputError names the row.
    """
    tree: Tree = {"name": name.rpartition("/")[2].rpartition(".")[0] or name, "version": "1"}
    dimensions: dict[str, Tree] = {}
    criteria: list[Tree] = []
    for place, written in rows:
        cells = _known(written)
        of_kind = cells.get("kind", "").strip()
        try:
            if of_kind == "codebook":
                field = cells.get("code", "")
                tree[field] = (
                    _split(cells.get("definition", "")) if field == "departures" else cells.get("definition", "")
                )
            elif of_kind == "criterion":
                criteria.append(_criterion(cells))
            else:
                _add(dimensions, cells, kind)
        except (ValueError, KeyError) as error:
            raise InputError(
                f"{name}, {place}: {error}", "see docs/formats.md for the columns of a codebook"
            ) from error
    if dimensions:
        tree["dimensions"] = list(dimensions.values())
    return {**tree, "criteria": criteria} if criteria else tree


def _known(written: Mapping[str, str]) -> dict[str, str]:
    """The cells under our headings; an alias counts where the heading itself is not there."""
    cells = {heading.strip().casefold().replace(" ", "_"): text for heading, text in written.items()}
    for alias, heading in _ALIASES.items():
        if alias in cells and heading not in cells:
            cells[heading] = cells[alias]
    return cells


def _add(dimensions: dict[str, Tree], cells: Mapping[str, str], kind: str) -> None:
    label = cells.get("dimension", "").strip()
    if not label:
        raise ValueError("names no dimension")
    key = _id(label)
    if key not in dimensions:
        made: Tree = {"id": key, "kind": cells.get("kind", "").strip() or kind, "question": f"{label}?"}
        dimensions[key] = made if key == label else {**made, "label": label}
    dimension = dimensions[key]
    for heading, name in (
        ("dimension_label", "label"), ("question", "question"), ("instructions", "instructions"),
        ("evidence", "evidence"), ("applies_if", "applies_if"),
    ):  # fmt: skip
        if cells.get(heading, "").strip():
            dimension[name] = cells[heading]
    if cells.get("settings", "").strip():
        settings = json.loads(cells["settings"])
        dimension.update({name: settings[name] for name in _SETTINGS if name in settings})
    code, text = cells.get("code", "").strip(), cells.get("label", "").strip()
    if code == "absent":
        dimension["absent"] = {name: cells[name] for name in ("label", "definition") if cells.get(name)}
    elif code or text:
        where = "bins" if dimension["kind"] == "quantity" else "categories"
        dimension.setdefault(where, []).append(_category_tree(code or text, text, cells))


def _category_tree(code: str, label: str, cells: Mapping[str, str]) -> Tree:
    key = _id(code)
    made: Tree = {"id": key, **_noted(cells)}
    if label or key != code:
        made["label"] = label or code
    for bound in ("from", "to"):
        if cells.get(bound, "").strip():
            made[bound] = float(cells[bound])
    return made


def _criterion(cells: Mapping[str, str]) -> Tree:
    made: Tree = {"id": _id(cells["dimension"]), "question": cells.get("question", ""), **_noted(cells)}
    return {**made, "label": cells["dimension_label"]} if cells.get("dimension_label") else made


def _noted(cells: Mapping[str, str]) -> Tree:
    made: Tree = {"definition": cells["definition"]} if cells.get("definition") else {}
    return {**made, **{name: _split(cells[name]) for name in _LISTS if cells.get(name, "").strip()}}


def _split(cell: str) -> list[Any]:
    if cell.lstrip().startswith("["):
        try:
            return list(json.loads(cell))
        except ValueError:
            pass  # a note that starts with a bracket
    return [line.strip() for line in cell.split("\n") if line.strip()]


def _id(label: str) -> str:
    """A label as an id: itself where it is one."""
    if re.fullmatch(r"\w[\w.+-]{0,63}", label):
        return label
    return re.sub(r"\W+", "_", label.casefold()).strip("_")[:64] or "code"
