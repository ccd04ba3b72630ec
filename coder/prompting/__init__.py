"""Codebook and document in, messages and response model out. Pure."""

from coder.prompting.interpret import Reading, interpret
from coder.prompting.prompt import Messages, Prompt, build_prompt

__all__ = ["Messages", "Prompt", "Reading", "build_prompt", "interpret"]
