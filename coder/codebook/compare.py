"""What changed between two codebooks, and which codings it touches."""

from __future__ import annotations

from typing import Literal

from coder.model import Codebook, DimensionBase, Record

Change = Literal["added", "removed", "changed", "moved"]


class Difference(Record):
    """One change: where, what, and the two texts (empty where there is none)."""

    path: str
    change: Change
    before: str = ""
    after: str = ""


def compare(old: Codebook, new: Codebook) -> tuple[Difference, ...]:
    """Every difference from `old` to `new`, in the order of the new codebook."""
    found = [
        Difference(path=field, change="changed", before=str(getattr(old, field)), after=str(getattr(new, field)))
        for field in ("name", "version", "unit", "description", "source")
        if getattr(old, field) != getattr(new, field)
    ]
    found += _listed("dimensions", _by_id(old.dimensions), _by_id(new.dimensions))
    found += _listed("criteria", _by_id(old.criteria), _by_id(new.criteria))
    return tuple(found)


def changed_dimensions(old: Codebook, new: Codebook) -> tuple[str, ...]:
    """The ids of the dimensions of `new` whose answers have to be asked again."""
    hashes = {dimension.id: dimension.hash() for dimension in old.dimensions}
    return tuple(dimension.id for dimension in new.dimensions if hashes.get(dimension.id) != dimension.hash())


def _by_id(records: tuple[DimensionBase, ...] | tuple[Record, ...]) -> dict[str, dict[str, object]]:
    dumped = [record.model_dump(mode="json", by_alias=True, exclude_none=True) for record in records]
    return {str(item["id"]): item for item in dumped}


def _listed(path: str, old: dict[str, dict[str, object]], new: dict[str, dict[str, object]]) -> list[Difference]:
    """Differences between two lists of things with ids: dimensions, categories, bins, criteria."""
    found = [
        Difference(path=f"{path}.{key}", change="removed", before=_label(old[key])) for key in old if key not in new
    ]
    for key, item in new.items():
        if key not in old:
            found.append(Difference(path=f"{path}.{key}", change="added", after=_label(item)))
        else:
            found += _fields(f"{path}.{key}", old[key], item)
    kept_old, kept_new = [key for key in old if key in new], [key for key in new if key in old]
    if kept_old != kept_new:
        found.append(Difference(path=path, change="moved", before=", ".join(kept_old), after=", ".join(kept_new)))
    return found


def _fields(path: str, old: dict[str, object], new: dict[str, object]) -> list[Difference]:
    found: list[Difference] = []
    for field in dict.fromkeys([*old, *new]):
        before, after = old.get(field), new.get(field)
        if before == after:
            continue
        if _has_ids(before) and _has_ids(after):
            found += _listed(f"{path}.{field}", _keyed(before), _keyed(after))
        else:
            found.append(
                Difference(
                    path=f"{path}.{field}", change=_kind(before, after), before=_text(before), after=_text(after)
                )
            )
    return found


def _kind(before: object, after: object) -> Change:
    return "added" if before is None else "removed" if after is None else "changed"


def _has_ids(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) and "id" in item for item in value)


def _keyed(value: object) -> dict[str, dict[str, object]]:
    return {str(item["id"]): item for item in value} if isinstance(value, list) else {}


def _label(item: dict[str, object]) -> str:
    return str(item.get("label") or item.get("question") or item["id"])


def _text(value: object) -> str:
    return "" if value is None else "; ".join(map(str, value)) if isinstance(value, list) else str(value)
