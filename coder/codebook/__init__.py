"""Load, validate, compare and hash codebooks."""
