"""Model endpoints: any OpenAI-compatible one, the embedded model, recorded answers."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from coder.errors import ProviderError

if TYPE_CHECKING:
    from coder.providers.openai_compatible import AnswerFormat
    from coder.run.protocols import Provider

ProviderName = Literal["local", "openai", "recorded"]


def make_provider(
    name: ProviderName,
    *,
    model: str = "",
    base_url: str | None = None,
    timeout_s: float | None = None,
    concurrency: int = 16,
    path: Path | None = None,
    context: int | None = None,
    threads: int | None = None,
    answer_format: AnswerFormat = "json_schema",
    progress: Callable[[int, int], None] | None = None,
    may_download: bool = False,
) -> Provider:
    """The provider of this name, not yet started. Only what the chosen one needs is imported.

    `path` is a GGUF file (local) or a file of recorded answers (recorded). `progress` and `may_download` concern the
    weights of the local model. What does not concern a provider is ignored. Raises ProviderError for an unknown name.
    """
    if name == "local":
        return _local(model, path, context, threads, timeout_s, progress, may_download)
    if name == "openai":
        return _openai(base_url, timeout_s, concurrency, context, answer_format)
    if name == "recorded":
        return _recorded(path)
    raise ProviderError(f"there is no provider '{name}'", "use local, openai or recorded")


def _local(
    model: str,
    path: Path | None,
    context: int | None,
    threads: int | None,
    timeout_s: float | None,
    progress: Callable[[int, int], None] | None,
    may_download: bool,
) -> Provider:
    from coder.providers.local.catalogue import DEFAULT  # noqa: PLC0415
    from coder.providers.local.provider import LocalProvider  # noqa: PLC0415

    return LocalProvider(
        model or DEFAULT,
        path=path,
        context=context,
        threads=threads,
        timeout_s=timeout_s or 600.0,
        progress=progress,
        may_download=may_download,
    )


def _openai(
    base_url: str | None, timeout_s: float | None, concurrency: int, context: int | None, answer_format: AnswerFormat
) -> Provider:
    from coder.providers.keys import OPENAI  # noqa: PLC0415
    from coder.providers.openai_compatible import OpenAIProvider  # noqa: PLC0415

    return OpenAIProvider(
        base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI,
        timeout_s=timeout_s or 120.0,
        concurrency=concurrency,
        context=context,
        answer_format=answer_format,
    )


def _recorded(path: Path | None) -> Provider:
    from coder.providers.recorded import RecordedProvider  # noqa: PLC0415

    if path is None:
        raise ProviderError("the provider 'recorded' needs a file", "name it with `path` under [model]")
    return RecordedProvider(path)
