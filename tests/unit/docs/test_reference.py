"""The reference pages are what the program says of itself."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("name", ["commands.md", "api.md"])
def test_a_generated_page_is_up_to_date(name: str) -> None:
    pages = runpy.run_path(str(DOCS / "generate.py"))["PAGES"]
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == pages[name](), "run: python docs/generate.py"
