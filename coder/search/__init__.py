"""Find documents and bring their pages in: the protocol, the sources, what they found, and polite fetching."""
