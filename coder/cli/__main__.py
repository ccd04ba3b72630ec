"""`python -m coder.cli`."""

from coder.cli import main

main()
