"""Load, validate and compare codebooks."""

from coder.codebook.compare import Difference, changed_dimensions, compare
from coder.codebook.load import load_codebook, parse_codebook, validated

__all__ = ["Difference", "changed_dimensions", "compare", "load_codebook", "parse_codebook", "validated"]
