"""Everything that was ever coded, in SQLite or PostgreSQL."""

from coder.store.store import Store

__all__ = ["Store"]
