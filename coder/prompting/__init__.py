"""Codebook and document in, messages and response model out. Pure."""

from coder.prompting.example import Example
from coder.prompting.interpret import Reading, interpret
from coder.prompting.prompt import Manual, Messages, Prompt, build_prompt

__all__ = ["Example", "Manual", "Messages", "Prompt", "Reading", "build_prompt", "interpret"]
