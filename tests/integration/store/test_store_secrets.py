"""No message ever shows the password of a PostgreSQL URL."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import pytest

from coder.errors import StoreError
from coder.store import Store
from coder.store.location import locate

if TYPE_CHECKING:
    from tests.integration.conftest import Cluster

SECRET = "hunter-zwei"


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://anna:{SECRET}@127.0.0.1:1/db",
        f"postgres://anna:{SECRET}@127.0.0.1:1/db",
        f"postgresql+psycopg://anna@127.0.0.1:1/db?password={SECRET}",
        f"postgresql://anna:{SECRET}@127.0.0.1:1/db?sslkey=/{SECRET}",
        f"postgresql://anna:x/{SECRET}@127.0.0.1/db",  # a bare / ends the host: the port would be "x"
        f"postgresql://anna:12/{SECRET}@127.0.0.1/db",  # ... and the database "SECRET@127.0.0.1/db"
        f"postgresql://anna:x@{SECRET}@127.0.0.1:1/db",  # a bare @ ends the password: the host would hold the rest
        f"postgresql://anna:{SECRET}@127.0.0.1:port/db",
        f"postgresql+other://anna:{SECRET}@127.0.0.1/db",
        f"mysql://anna:{SECRET}@127.0.0.1/db",
    ],
)
def test_a_url_that_leads_nowhere_keeps_its_secret(address: str) -> None:
    pytest.importorskip("psycopg", reason="the driver for PostgreSQL (psycopg) is not installed")
    with pytest.raises(StoreError) as error:
        Store.open(address)
    assert "postgres" in error.value.message or "mysql" in error.value.message
    assert error.value.hint
    assert SECRET not in "".join(traceback.format_exception(error.value))  # what --debug would print
    assert "\n" not in error.value.message


def test_a_wrong_password_is_said_and_not_shown(postgres: Cluster) -> None:
    with pytest.raises(StoreError, match="the database refuses this user or password") as error:
        Store.open(postgres.url("postgres", SECRET))
    assert SECRET not in "".join(traceback.format_exception(error.value))


def test_a_missing_database_is_said(postgres: Cluster) -> None:
    with pytest.raises(StoreError, match="there is no such database") as error:
        Store.create(postgres.url("nowhere"))
    assert error.value.hint == "create it first: createdb NAME"


def test_the_shown_address_keeps_what_helps() -> None:
    shown = locate(f"postgresql://anna:{SECRET}@db.example.org:5433/study?sslmode=require").shown
    assert shown == "postgresql://anna:***@db.example.org:5433/study"


def test_a_location_shows_no_secret_when_printed() -> None:
    location = locate(f"postgresql://anna:{SECRET}@host/study?password={SECRET}&sslpassword={SECRET}")
    assert SECRET not in repr(location) + location.shown
    assert location.without_secrets(f"it said {SECRET}") == "it said ***"
