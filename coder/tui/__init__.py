"""The second coder's screen."""
