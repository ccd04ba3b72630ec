"""The second coder's screen."""

from coder.tui.app import run

__all__ = ["run"]
