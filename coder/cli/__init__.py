"""The commands, each loaded only when it runs."""
