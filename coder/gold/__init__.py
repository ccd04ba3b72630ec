"""Human codings in: wide and long tables and JSON lines become codings, and whatever cannot be read is listed."""

from coder.gold.imported import GoldImport, Problem
from coder.gold.read import read_codings

__all__ = ["GoldImport", "Problem", "read_codings"]
