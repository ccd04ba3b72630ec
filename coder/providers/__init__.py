"""Model endpoints: any OpenAI-compatible one, the embedded model, recorded answers."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from coder.errors import ProviderError
from coder.providers import keys

if TYPE_CHECKING:
    from coder.providers.openai_compatible import AnswerFormat
    from coder.run.protocols import Provider

ProviderName = Literal["local", "openai", "recorded"]


@dataclass(frozen=True, slots=True)
class Destination:
    """Another machine that receives what is asked: host (and port, where given), and whether the way is encrypted."""

    host: str
    encrypted: bool


def destination(name: ProviderName, base_url: str | None = None) -> Destination | None:
    """Where a provider of this name would send texts; None where they stay on this machine.

    Loopback addresses are this machine; a name that only resolves to one is taken for another. Raises ProviderError for
    an address that is none.
    """
    if name != "openai":
        return None
    url = _address(base_url)
    keys.check_address(url)
    return None if keys.is_loopback(url) else Destination(keys.host_of(url), url.lower().startswith("https:"))


def _address(base_url: str | None) -> str:
    """The endpoint's: as set, else as the environment says, else OpenAI's own."""
    return base_url or os.environ.get("OPENAI_BASE_URL") or keys.OPENAI


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
    from coder.providers.openai_compatible import OpenAIProvider  # noqa: PLC0415

    return OpenAIProvider(
        _address(base_url),
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
