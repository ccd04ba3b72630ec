"""Codebook and document in, messages and response model out. Pure."""

from coder.prompting.build import Calls, build_prompt, build_prompts
from coder.prompting.example import Example
from coder.prompting.interpret import Reading, applicable, interpret
from coder.prompting.labels import Labels
from coder.prompting.prompt import Messages, Prompt, prompts_hash
from coder.prompting.words import Manual, Place

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
