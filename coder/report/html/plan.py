"""Which figures a report has: a small file beside the codebook, or one for each dimension."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from coder.errors import InputError
from coder.model import Codebook
from coder.model.base import Record

R = TypeVar("R", bound=Record)


class PlannedFigure(Record):
    """One figure: a dimension, perhaps by another dimension or a document variable.

    `show`: `shares` of documents in per cent, or `counts` one on the other. `published` names the figure of a published
    study that it answers to.
    """

    dimension: str
    by: str = ""
    title: str = ""
    show: Literal["shares", "counts"] = "shares"
    published: str = ""


class Plan(Record):
    """The figures of a report, in order, and a title for it."""

    title: str = ""
    figures: tuple[PlannedFigure, ...] = Field(min_length=1)


def default_plan(codebook: Codebook) -> Plan | None:
    """A figure for each dimension; None where the codebook has none."""
    figures = tuple(PlannedFigure(dimension=dimension.id) for dimension in codebook.dimensions)
    return Plan(figures=figures) if figures else None


def load_plan(path: Path, codebook: Codebook) -> Plan:
    """The plan in a YAML file. InputError names the file, the place and what is wrong with it."""
    plan = checked(Plan, path, read_yaml(path))
    known = {dimension.id for dimension in codebook.dimensions}
    for place, one in enumerate(plan.figures):
        if one.dimension not in known:
            raise InputError(
                f"{path}: figures.{place}: the codebook has no dimension '{one.dimension}'",
                f"it has: {', '.join(sorted(known))}",
            )
    return plan


def read_yaml(path: Path) -> Any:
    """What a YAML file holds; InputError where there is none or it cannot be read."""
    try:
        return YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", "check the file's name") from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {' '.join(str(error).split())}", "mend the YAML there") from error


def checked(model: type[R], path: Path, content: Any) -> R:
    """The content as a record; InputError for what does not fit."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = (
            f"{path}: {'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}" for fault in error.errors()[:5]
        )
        raise InputError("\n".join(faults), "docs/report.md shows what the file holds") from error
