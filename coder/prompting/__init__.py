"""Codebook and document in, messages and response model out. Pure."""

from coder.prompting.example import Example
from coder.prompting.interpret import Reading, interpret
from coder.prompting.prompt import Calls, Manual, Messages, Prompt, build_prompt, build_prompts, prompts_hash

__all__ = [
    "Calls",
    "Example",
    "Manual",
    "Messages",
    "Prompt",
    "Reading",
    "build_prompt",
    "build_prompts",
    "interpret",
    "prompts_hash",
]
