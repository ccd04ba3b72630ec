"""Results that a person saved from a place that a program may not search."""

from coder.search.saved.reading import read_saved
from coder.search.saved.taken import Taken

__all__ = ["Taken", "read_saved"]
