"""What a model costs: from a dated table that travels with the program, the project's own, or the settings."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coder.errors import InputError
from coder.run.plan import Prices

SHIPPED = Path(__file__).with_name("prices.toml")
OWN = "prices.toml"
"""The project's own table, beside intercoder.toml."""
OLD_DAYS = 180
"""A table of more days is said to be old."""


class PriceRow(BaseModel):
    """The price of some models at some hosts, in USD per million tokens; `batch` is the factor of the batch API."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: tuple[str, ...] = Field(min_length=1)
    hosts: tuple[str, ...] = Field(min_length=1)
    prompt: float = Field(ge=0)
    cached: float | None = Field(default=None, ge=0)
    completion: float = Field(ge=0)
    batch: float | None = Field(default=None, gt=0, le=1)
    as_of: date | None = None
    source: str = ""
    note: str = ""

    def fits(self, model: str, host: str) -> bool:
        """Whether it is the price of this model at this host."""
        return any(fnmatchcase(model, one) for one in self.models) and any(fnmatchcase(host, one) for one in self.hosts)


class PriceTable(BaseModel):
    """Rows, the day that they hold for, and where they were read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: date
    source: str = ""
    price: tuple[PriceRow, ...] = ()
    name: str = Field(default="", exclude=True)


@dataclass(frozen=True, slots=True)
class Quote:
    """The prices that hold for a run, and where they are from; `words` says so, and for an unknown price why.

    `as_of` is the day of the table, None for prices that the settings give or that need no table.
    """

    prices: Prices
    words: str
    as_of: date | None = None
    source: str = ""
    batch: float | None = None

    @property
    def known(self) -> bool:
        """Whether what a call costs can be told."""
        return self.prices.cost(1, 0, 1) is not None

    def age(self, today: date) -> str:
        """A remark where the table is old, else ''."""
        days = (today - self.as_of).days if self.as_of else 0
        return f"{days} days old: check them with the provider" if days > OLD_DAYS else ""

    def record(self) -> dict[str, Any]:
        """What is stored with a run and printed with --json."""
        return {
            "prompt": self.prices.prompt,
            "cached": self.prices.cached,
            "completion": self.prices.completion,
            "batch": self.batch if self.prices.batch is None else self.prices.batch,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "source": self.words,
        }


FREE = Quote(Prices(0.0, 0.0, 0.0), "nothing is paid for a model on this machine")


def read_table(path: Path, name: str) -> PriceTable:
    """A table of prices; InputError names the file and the field."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return PriceTable.model_validate(content | {"name": name})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise InputError(f"{path}: {field}: {first['msg']}", "docs/settings.md shows how a price is written") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}", "mend the TOML there") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", "check the file's permissions") from error


def tables(folder: Path) -> tuple[PriceTable, ...]:
    """The tables that count in a project's folder, the first first: its own, then the shipped one."""
    own = folder / OWN
    shipped = read_table(SHIPPED, "the price table")
    return (read_table(own, OWN), shipped) if own.exists() else (shipped,)


def quote(model: str, host: str, known: Sequence[PriceTable], given: Prices) -> Quote:
    """The prices of a model at a host: what is `given` (the settings), else the first row of the tables that fits."""
    if given.prompt is not None and given.completion is not None:
        return Quote(given, "prices from [run]")
    for table in known:
        for row in table.price:
            if row.fits(model, host):
                return _quoted(table, row, given)
    dates = " and ".join(f"{table.name} of {table.as_of}" for table in known)
    return Quote(given, f"no price of '{model}' at {host} in {dates}")


def _quoted(table: PriceTable, row: PriceRow, given: Prices) -> Quote:
    prices = Prices(
        row.prompt if given.prompt is None else given.prompt,
        row.cached if given.cached is None else given.cached,
        row.completion if given.completion is None else given.completion,
    )
    as_of = row.as_of or table.as_of
    changed = "" if given == Prices() else ", changed by [run]"
    return Quote(prices, f"prices of {as_of} ({table.name}{changed})", as_of, row.source or table.source, row.batch)
