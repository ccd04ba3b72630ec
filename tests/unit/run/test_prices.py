"""Prices: a dated table, the project's own before it, the settings before both; unknown is said, not guessed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from coder.errors import InputError
from coder.run.plan import Prices
from coder.run.prices import OLD_DAYS, SHIPPED, quote, read_table, tables

OWN = """\
as_of = 2026-11-01
source = "the contract"
[[price]]
models = ["gpt-5.4-mini", "house-*"]
hosts = ["*"]
prompt = 1
completion = 2.5
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "prices.toml").write_text(OWN, encoding="utf-8")
    return tmp_path


def test_the_shipped_table_has_a_date_a_source_and_prices_that_make_sense() -> None:
    table = read_table(SHIPPED, "the price table")
    assert table.as_of >= date(2026, 1, 1)
    assert table.source
    assert table.price
    for row in table.price:
        assert row.cached is None or row.cached <= row.prompt <= row.completion


def test_a_model_is_priced_by_name_and_host(tmp_path: Path) -> None:
    known = tables(tmp_path)
    found = quote("gpt-5.4-mini-2026-03-17", "api.openai.com", known, Prices())
    assert found.known
    assert found.words == f"prices of {known[0].as_of} (the price table)"
    # a model of that name somewhere else has a price of its own
    assert not quote("gpt-5.4-mini", "127.0.0.1:8000", known, Prices()).known


def test_an_unknown_price_is_said_with_the_date_of_the_table_that_was_looked_in(tmp_path: Path) -> None:
    known = tables(tmp_path)
    found = quote("gpt-5.4-mini-audio", "api.openai.com", known, Prices())
    assert found.prices.cost(1, 0, 1) is None
    assert found.words == f"no price of 'gpt-5.4-mini-audio' at api.openai.com in the price table of {known[0].as_of}"


def test_the_projects_own_table_comes_first(folder: Path) -> None:
    found = quote("gpt-5.4-mini", "api.openai.com", tables(folder), Prices())
    assert (found.prices, found.as_of) == (Prices(1.0, None, 2.5), date(2026, 11, 1))
    assert found.words == "prices of 2026-11-01 (prices.toml)"
    assert quote("house-7b", "127.0.0.1:8000", tables(folder), Prices()).known


def test_what_the_settings_say_comes_before_any_table(folder: Path) -> None:
    whole = quote("gpt-5.4-mini", "api.openai.com", tables(folder), Prices(3.0, None, 4.0))
    assert (whole.prices, whole.as_of, whole.words) == (Prices(3.0, None, 4.0), None, "prices from [run]")
    part = quote("gpt-5.4-mini", "api.openai.com", tables(folder), Prices(cached=0.1))
    assert part.prices == Prices(1.0, 0.1, 2.5)
    assert part.words == "prices of 2026-11-01 (prices.toml, changed by [run])"


def test_an_old_table_says_its_age(folder: Path) -> None:
    found = quote("house-7b", "x", tables(folder), Prices())
    assert found.age(date(2026, 11, 1) + timedelta(days=OLD_DAYS)) == ""
    assert found.age(date(2026, 11, 1) + timedelta(days=OLD_DAYS + 1)).startswith("181 days old")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[price]]\nmodels = ['x']", "as_of"),
        (OWN.replace("prompt = 1", "prompt = -1"), "price.0.prompt"),
        (OWN.replace("prompt = 1", "promt = 1"), "price.0.prompt"),
        (OWN.replace("prompt = 1", "prompt = 'one'"), "price.0.prompt"),
        ("as_of = ", "prices.toml"),
    ],
)
def test_a_table_that_cannot_be_read_is_named_with_the_field(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "prices.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"prices\.toml") as caught:
        tables(tmp_path)
    assert complaint in caught.value.message
