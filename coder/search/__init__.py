"""Search protocols, the sources that they ask, and results that people saved."""
