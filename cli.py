"""Runs the program from a checkout."""

from coder.cli import main

if __name__ == "__main__":
    main()
