"""The desk's world in a real store, for every test that drives the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.adjudicate.scene import World, fill, real_store


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with real_store(tmp_path) as store:
        yield fill(store)


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No colour setting of whoever runs the tests."""
    monkeypatch.delenv("NO_COLOR", raising=False)
