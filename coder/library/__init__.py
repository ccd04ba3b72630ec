"""What `import coder` offers to programs and notebooks: four functions, with pandas in and out."""

from __future__ import annotations

from coder.library.agreeing import agreement, evaluate
from coder.library.codebook import load_codebook
from coder.library.coding import code

__all__ = ["agreement", "code", "evaluate", "load_codebook"]
