"""The harness: does a coder agree with people, and at what cost? Run it from a checkout: `python -m eval`."""
