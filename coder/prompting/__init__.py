"""Codebook and document in, messages and response model out. Pure."""
