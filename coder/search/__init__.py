<<<<<<< HEAD
"""Search protocols, the sources that they ask, and results that people saved."""
=======
"""Find documents and bring their pages in: the protocol, the sources, what they found, and polite fetching."""
>>>>>>> capture
