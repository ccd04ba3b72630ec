"""The embedded model: weights from packages, a llama.cpp server on loopback."""
