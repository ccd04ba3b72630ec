"""Find documents and bring their pages in: protocols, the sources they ask, saved results, and polite fetching."""
