"""Intercoder: code text documents with a codebook, a language model first and people second."""
