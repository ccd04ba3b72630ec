"""Everything that was ever coded, in SQLite or PostgreSQL."""
