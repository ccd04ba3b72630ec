"""The second coder's work, without a screen."""
