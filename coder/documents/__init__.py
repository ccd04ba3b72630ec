"""Read documents in every format, normalise their text, cut it into segments, find duplicates."""
