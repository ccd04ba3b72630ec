"""Reaching the endpoint under test."""

from __future__ import annotations

from pathlib import Path

import pytest

from coder.errors import InputError, ProviderError
from coder.providers.local.provider import LocalProvider
from eval.endpoints import reach


async def test_an_address_needs_the_name_of_a_model() -> None:
    with pytest.raises(InputError, match="--base-url needs --model"):
        async with reach(base_url="http://127.0.0.1:9/v1"):
            pass


async def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_text("not a model")
    with pytest.raises(ProviderError, match=r"x\.gguf"):
        async with reach(model=str(tmp_path / "x.gguf")):
            pass


@pytest.mark.parametrize("what", ["base_url", "key"])
def test_the_embedded_model_has_no_address_before_it_runs(what: str) -> None:
    with pytest.raises(ProviderError, match="is not running"):
        getattr(LocalProvider(), what)
