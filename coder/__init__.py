"""Intercoder: code text documents with a codebook, a language model first and people second.

As a library: `load_codebook`, `code`, `evaluate` and `agreement`, with pandas in and out. docs/library.md shows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coder.library import agreement, code, evaluate, load_codebook

__all__ = ["agreement", "code", "evaluate", "load_codebook"]

if not TYPE_CHECKING:  # for type checkers the names are those above, and no others

    def __getattr__(name: str) -> object:
        """What the library offers, loaded when first asked for: `import coder` itself loads nothing heavy."""
        if name == "agreement":  # the package of that name can be called: see there
            import coder.agreement as package  # noqa: PLC0415

            return package
        if name in __all__:
            from coder import library  # noqa: PLC0415

            return getattr(library, name)
        raise AttributeError(f"module 'coder' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
