"""Codebook and document in, messages and response model out. Pure."""

from coder.prompting.example import Example
from coder.prompting.interpret import Reading, applicable, interpret
from coder.prompting.labels import Labels
from coder.prompting.prompt import Calls, Manual, Messages, Place, Prompt, build_prompt, build_prompts, prompts_hash

__all__ = [
    "Calls",
    "Example",
    "Labels",
    "Manual",
    "Messages",
    "Place",
    "Prompt",
    "Reading",
    "applicable",
    "build_prompt",
    "build_prompts",
    "interpret",
    "prompts_hash",
]
