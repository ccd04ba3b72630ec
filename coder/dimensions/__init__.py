"""One module a kind of dimension: its response schema, its parsing, its distance."""
