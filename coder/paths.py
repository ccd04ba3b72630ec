"""Where shipped data lies: the only module that knows a checkout from an installed wheel."""

from __future__ import annotations

from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """The folder `prompts` or `gold`, from the wheel when installed, else from the checkout."""
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def cache_dir() -> Path:
    """The user's cache folder for this program (may not exist yet)."""
    return Path(platformdirs.user_cache_dir("intercoder", appauthor=False))
