"""The codebook: dimensions (questions), categories (answers) and inclusion criteria."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from coder.model.base import Record, content_hash

EvidenceRule = Literal["required", "optional", "none"]
CountRule = Literal["total", "standard", "minimum", "maximum"]
Kind = Literal["nominal", "ordinal", "multilabel", "quantity", "date"]

RESERVED = frozenset({"absent", "not_applicable", "undecidable", "refused", "invalid", "failed", "skipped", "coded"})
"""Words that name a status; a category may not take them, so that tables of codes stay readable."""

MINUTES_PER = {"minutes": 1.0, "hours": 60.0, "days": 480.0, "weeks": 2400.0, "months": 9600.0}
"""Default worth of time units in minutes: a day is 8 hours, a week 5 days, a month 4 weeks."""
ELAPSED = ("weeks", "months")


def _as_id(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_tuple(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Id = Annotated[str, BeforeValidator(_as_id), Field(pattern=r"^\w[\w.+-]*$", max_length=64)]
Notes = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


class Example(Record):
    """A piece of text that shows a category at work; `borderline` ones show where it ends."""

    text: str
    note: str = ""
    borderline: bool = False

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value


class Category(Record):
    """One answer of a dimension."""

    id: Id
    label: str
    definition: str = ""
    include: Notes = ()
    exclude: Notes = ()
    examples: tuple[Example, ...] = ()

    @field_validator("id")
    @classmethod
    def _not_reserved(cls, value: str) -> str:
        if value in RESERVED:
            raise ValueError(f"'{value}' names a status and cannot be a category id")
        return value

    @model_validator(mode="before")
    @classmethod
    def _label_from_id(cls, value: Any) -> Any:
        if isinstance(value, dict) and "id" in value and "label" not in value:
            return {**value, "label": str(value["id"]).replace("_", " ").capitalize()}
        return value


class Bin(Category):
    """A category of a quantity: values in `[from, to)`; an open end is left out."""

    from_: float | None = Field(default=None, alias="from")
    to: float | None = None

    def holds(self, value: float) -> bool:
        """Whether the value lies in this half-open bin."""
        return (self.from_ is None or value >= self.from_) and (self.to is None or value < self.to)


class Absent(Record):
    """The answer "the whole text was read and does not say"."""

    label: str = "Not specified"
    definition: str = ""


class AppliesIf(Record):
    """The dimension is asked only where another dimension holds one of these categories."""

    dimension: Id
    any_of: tuple[Id, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        """`content == hands_on`, or `content in passive, applied`: the short way to write it."""
        if not isinstance(value, str):
            return value
        match = re.fullmatch(r"\s*([\w.+-]+)\s*(?:==\s*([\w.+-]+)|in\s+([\w.+, -]+))\s*", value)
        if match is None:
            raise ValueError("applies_if reads 'dimension == category' or 'dimension in category, category'")
        codes = [match[2]] if match[2] else [code.strip() for code in match[3].split(",")]
        return {"dimension": match[1], "any_of": codes}


class DimensionBase(Record):
    """What every dimension has, whatever its kind."""

    id: Id
    label: str = ""
    question: str
    instructions: str = ""
    absent: Absent | None = None
    applies_if: AppliesIf | None = None
    evidence: EvidenceRule = "required"

    @property
    def name(self) -> str:
        """What people read: the label, or the id made readable."""
        return self.label or self.id.replace("_", " ").capitalize()

    @property
    def codes(self) -> tuple[Category, ...]:
        """Every category an answer can have, in the codebook's order, generated ones included."""
        raise AssertionError("each kind says what its codes are")

    @property
    def single(self) -> bool:
        """Whether a coding holds at most one category."""
        return True

    @property
    def ordered(self) -> bool:
        """Whether the order of the categories carries meaning (weighted kappa applies)."""
        return False

    def hash(self) -> str:
        """Hash of all that could change an answer. Defaults are left out, so a later field changes no hash."""
        return content_hash(self.canonical())

    def category(self, category_id: str) -> Category:
        """The category with this id; KeyError where there is none."""
        for category in self.codes:
            if category.id == category_id:
                return category
        raise KeyError(category_id)


def _unique_ids(categories: tuple[Category, ...]) -> None:
    seen: set[str] = set()
    for category in categories:
        if category.id in seen:
            raise ValueError(f"category '{category.id}' is listed twice")
        seen.add(category.id)


class _Listed(DimensionBase):
    categories: tuple[Category, ...] = Field(min_length=1)

    @property
    def codes(self) -> tuple[Category, ...]:
        return self.categories

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        _unique_ids(self.categories)
        return self


class NominalDimension(_Listed):
    """Exactly one of several unordered categories."""

    kind: Literal["nominal"]


class OrdinalDimension(_Listed):
    """Exactly one of several categories, listed from low to high."""

    kind: Literal["ordinal"]

    @property
    def ordered(self) -> bool:
        return True


class MultilabelDimension(_Listed):
    """Any number of categories; `absent` is the empty set."""

    kind: Literal["multilabel"]

    @property
    def single(self) -> bool:
        return False


class QuantityDimension(DimensionBase):
    """An amount, read as written and binned by our code.

    `units` gives the worth of each unit in `unit` (null: recorded, cannot be converted); the units named in
    `elapsed` measure calendar time and count only where no contact time is stated.
    """

    kind: Literal["quantity"]
    unit: str
    units: dict[str, float | None] = Field(default_factory=dict)
    units_as_of: date | None = None
    units_source: str = ""
    elapsed: tuple[str, ...] = ()
    counts: CountRule = "total"
    bins: tuple[Bin, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _default_units(cls, value: Any) -> Any:
        if isinstance(value, dict) and not value.get("units") and "unit" in value:
            unit = value["unit"]
            if unit in MINUTES_PER:
                units = {name: worth / MINUTES_PER[unit] for name, worth in MINUTES_PER.items()}
                return {**value, "units": units, "elapsed": value.get("elapsed", ELAPSED)}
            return {**value, "units": {unit: 1.0}}
        return value

    @model_validator(mode="after")
    def _sound(self) -> Self:
        _unique_ids(self.bins)
        if self.units.get(self.unit) != 1:
            raise ValueError(f"units must list '{self.unit}' (the unit of the bins) with the worth 1")
        unknown = [name for name in self.elapsed if name not in self.units]
        if unknown:
            raise ValueError(f"elapsed names '{unknown[0]}', which units does not list")
        for below, above in zip(self.bins, self.bins[1:], strict=False):
            if below.to is None or above.from_ is None or below.to != above.from_:
                raise ValueError(
                    f"bins '{below.id}' and '{above.id}' must meet: "
                    f"'{below.id}' ends at {below.to}, '{above.id}' starts at {above.from_} (bins are [from, to))"
                )
        for bin_ in self.bins:
            if bin_.from_ is not None and bin_.to is not None and bin_.from_ >= bin_.to:
                raise ValueError(f"bin '{bin_.id}' is empty: from {bin_.from_} to {bin_.to}")
        return self

    @property
    def codes(self) -> tuple[Category, ...]:
        return self.bins

    @property
    def ordered(self) -> bool:
        return True


class Period(Record):
    """The months a review covers, first and last included, as YYYY-MM."""

    from_: str = Field(alias="from", pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
    to: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.to < self.from_:
            raise ValueError(f"the period ends ({self.to}) before it starts ({self.from_})")
        return self


OUTSIDE = "outside"
_MONTHS_PER = {"year": 12, "half_year": 6, "quarter": 3, "month": 1}


class DateDimension(DimensionBase):
    """A date, binned into the parts of a period; `outside` holds every date before or after it."""

    kind: Literal["date"]
    period: Period
    by: Literal["year", "half_year", "quarter", "month"] = "half_year"

    def bin_of(self, year: int, month: int) -> str:
        """The id of the bin a month falls in: `2019-H1`, `2019-Q3`, `2019`, `2019-04` or `outside`."""
        if not self.period.from_ <= f"{year:04d}-{month:02d}" <= self.period.to:
            return OUTSIDE
        part = (month - 1) // _MONTHS_PER[self.by] + 1
        return {
            "year": f"{year}",
            "half_year": f"{year}-H{part}",
            "quarter": f"{year}-Q{part}",
            "month": f"{year}-{month:02d}",
        }[self.by]

    @property
    def codes(self) -> tuple[Category, ...]:
        year, month = (int(part) for part in self.period.from_.split("-"))
        last = tuple(int(part) for part in self.period.to.split("-"))
        found: dict[str, None] = {}
        while (year, month) <= last:
            found[self.bin_of(year, month)] = None
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        bins = [Category(id=name, label=_bin_label(name)) for name in found]
        outside = f"Before {self.period.from_} or after {self.period.to}."
        return (*bins, Category(id=OUTSIDE, label="Outside the period", definition=outside))


def _bin_label(name: str) -> str:
    match = re.fullmatch(r"(\d{4})-([HQ])(\d)", name)
    if match is None:
        return name
    ordinal = {"1": "1st", "2": "2nd", "3": "3rd", "4": "4th"}[match[3]]
    return f"{match[1]}, {ordinal} {'half' if match[2] == 'H' else 'quarter'}"


Dimension = Annotated[
    NominalDimension | OrdinalDimension | MultilabelDimension | QuantityDimension | DateDimension,
    Field(discriminator="kind"),
]


class Criterion(Record):
    """A condition that a document must meet to be included."""

    id: Id
    label: str = ""
    question: str
    definition: str = ""
    include: Notes = ()
    exclude: Notes = ()
    examples: tuple[Example, ...] = ()


class Codebook(Record):
    """A named, versioned set of dimensions and criteria."""

    name: str
    version: str
    unit: str = "document"
    description: str = ""
    source: str = ""
    departures: Notes = ()
    dimensions: tuple[Dimension, ...] = ()
    criteria: tuple[Criterion, ...] = ()

    @field_validator("version", mode="before")
    @classmethod
    def _version_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int | float) else value

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not self.dimensions and not self.criteria:
            raise ValueError("a codebook needs dimensions or criteria")
        _distinct_names("dimension", [dimension.id for dimension in self.dimensions])
        _distinct_names("criterion", [criterion.id for criterion in self.criteria])
        earlier: dict[str, DimensionBase] = {}
        for dimension in self.dimensions:
            if dimension.applies_if is not None:
                _check_condition(dimension, dimension.applies_if, earlier)
            earlier[dimension.id] = dimension
        return self

    def dimension(self, dimension_id: str) -> Dimension:
        """The dimension with this id; KeyError where there is none."""
        for dimension in self.dimensions:
            if dimension.id == dimension_id:
                return dimension
        raise KeyError(dimension_id)

    def hash(self) -> str:
        """Hash of the whole codebook, stored with every coding."""
        return content_hash(self.canonical())


def _distinct_names(what: str, names: list[str]) -> None:
    for position, name in enumerate(names):
        if name in names[:position]:
            raise ValueError(f"{what} '{name}' is listed twice")


def _check_condition(dimension: DimensionBase, condition: AppliesIf, earlier: dict[str, DimensionBase]) -> None:
    other = earlier.get(condition.dimension)
    if other is None:
        raise ValueError(
            f"dimension '{dimension.id}' applies if '{condition.dimension}', which must be listed before it"
        )
    known = {category.id for category in other.codes}
    for code in condition.any_of:
        if code not in known:
            raise ValueError(f"dimension '{dimension.id}' applies if '{other.id}' is '{code}', which it has not")
