"""The words of a prompt: around a text, from the codebook by the templates in `prompts/`, and the text itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from coder.dimensions import First, Form, kind_of
from coder.model import Codebook, Dimension, Segment
from coder.paths import data_dir
from coder.prompting.escape import for_prompt

COMPUTED = ("quantity", "date")
"""Kinds whose categories the model never sees: it writes down what the text says, our code finds the bin."""

TEMPLATES = ("system.jinja", "alone.jinja", "question.jinja", "answer.jinja", "codes.jinja", "document.jinja")
CITED = "numbers of the sentences that answer the question"
Manual = Literal["full", "brief"]
"""How much of the codebook the model reads: all of it, or questions and definitions alone."""
Place = Literal["first", "last"]
"""Where the text stands beside a question asked alone. An endpoint keeps what comes first: many short texts are read
fastest behind the question that they share, a long text before all that is asked of it."""
Frame = tuple[str, str, bool]
"""What stands before a text and after it in the user's turn, and whether its context is shown."""


@dataclass(frozen=True, slots=True)
class Words:
    """What stands around the text."""

    system: str
    before: str
    after: str


def user_content(segments: Sequence[Segment], context: Mapping[str, str], frame: Frame, note: str = "") -> str:
    """A text as it is asked about in the user's turn, made harmless, with its numbers; `note` is a line before it."""
    before, after, surroundings = frame
    safe = {for_prompt(name): for_prompt(value) for name, value in context.items() if value} if surroundings else {}
    numbered = [Segment(number, start, end, for_prompt(text)) for number, start, end, text in segments]
    content = _document().render(context=safe, segments=numbered)
    head = f"{note}\n" if note else ""
    return f"{before}{head}{content}\n{after}"


def together_words(
    codebook: Codebook, dimensions: Sequence[Dimension], form: Form, manual: Manual, first: First
) -> Words:
    """The codebook first, as instructions; the text alone in the user's turn."""
    skeleton = "{" + ",".join(f"{json.dumps(dimension.id)}:..." for dimension in dimensions) + "}"
    items = [_item(dimension, form, first) for dimension in dimensions]
    values = {
        "codebook": codebook,
        "brief": manual == "brief",
        "dimensions": items,
        "skeleton": skeleton,
        "first": first,
    }
    system = _render("system.jinja", **values)
    return Words(system, "", "End of the text. Answer with the JSON.")


def alone_words(
    codebook: Codebook, dimensions: Sequence[Dimension], form: Form, manual: Manual, text: Place, first: First
) -> Words:
    """A short system prompt; the question before the text or after it, and the way to answer at the end."""
    items = [_item(dimension, form, first) for dimension in dimensions]
    shapes = (f"{json.dumps(item['dimension'].id)}: {item['shape']}" for item in items)
    question = _render("question.jinja", brief=manual == "brief", dimensions=items) + "\n\n"
    answer = _render("answer.jinja", shape="{" + ", ".join(shapes).replace("[sentences]", f"[{CITED}]") + "}")
    system = _render("alone.jinja", unit=codebook.unit)
    return Words(system, question, answer) if text == "last" else Words(system, "", f"\n{question}{answer}")


def _item(dimension: Dimension, form: Form, first: First) -> dict[str, Any]:
    return {
        "dimension": dimension,
        "categories": () if dimension.kind in COMPUTED else dimension.codes,
        "silent": "absent" if dimension.kind in ("nominal", "ordinal") else "[]",
        "shape": kind_of(dimension).shape(dimension, compact=form == "compact", first=first),
    }


def _render(name: str, **values: Any) -> str:
    return _environment().get_template(name).render(**values).strip()


@cache
def _document() -> Template:
    """The one template that is filled for every text: looking it up would cost more than filling it."""
    return _environment().get_template("document.jinja")


def source(name: str) -> str:
    """The template as it stands in its file."""
    return (data_dir("prompts") / name).read_text(encoding="utf-8")


def _line(text: str, before: str = "") -> str:
    """One line that ends in a full stop (or its own mark), after `before`; nothing for an empty text."""
    line = " ".join(text.split())
    if not line:
        return ""
    return f"{before}{line}" if line[-1] in ".?!" else f"{before}{line}."


def _listed(notes: Sequence[str], before: str) -> str:
    return _line("; ".join(note.removesuffix(".") for note in notes), before)


@cache
def _environment() -> Environment:
    environment = Environment(  # noqa: S701  # the sink is a prompt, not HTML; for_prompt escapes documents
        loader=FileSystemLoader(data_dir("prompts")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters |= {"line": _line, "listed": _listed}
    return environment
