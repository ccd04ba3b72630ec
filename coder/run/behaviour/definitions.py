"""The question that holds a definition without its name and asks which category it defines."""

from __future__ import annotations

import re
from dataclasses import replace

from coder.dimensions import Form, kind_of
from coder.model import Category, Codebook, Dimension, NominalDimension, content_hash
from coder.prompting import Prompt, build_prompt

SEED = 20210215
BLANK = "___"
_LETTER = re.compile(r"[^\W\d_]")
_SYSTEM = """\
A codebook asks: {question}
These are its categories, by code and name:
{options}

The text is the definition of one of them, without its name ({blank} stands for it). Say which one it defines.

Answer with one line of JSON and nothing else, the code as it stands before the colon:
{skeleton}"""


def definition_prompt(codebook: Codebook, dimension: Dimension, form: Form) -> Prompt:
    """The prompt that lists a dimension's categories by label, shuffled by a fixed seed, and takes a definition."""
    shuffled = sorted(dimension.codes, key=lambda category: content_hash([SEED, dimension.id, category.id]))
    asked = NominalDimension(
        id=dimension.id,
        kind="nominal",
        question=dimension.question,
        evidence="none",
        categories=tuple(Category(id=category.id, label=category.label) for category in shuffled),
    )
    system = _SYSTEM.format(
        question=dimension.question.strip(),
        options="\n".join(f"- {category.id}: {category.label}" for category in shuffled),
        blank=BLANK,
        skeleton=f'{{"{dimension.id}":{kind_of(asked).shape(asked, compact=form == "compact")}}}',
    )
    prompt = build_prompt(codebook.model_copy(update={"dimensions": (asked,)}), form)
    return replace(prompt, system=system, hash=content_hash([prompt.hash, system]))


def nameless(category: Category) -> tuple[str, bool]:
    """A category's definition and include notes without its name, and whether they held it.

    The text is '' where nothing but the name is left: then there is no definition to recognise.
    """
    parts = [" ".join(part.split()).removesuffix(".") for part in (category.definition, *category.include)]
    definition, *include = blanked = [_blank(part, category) for part in parts]
    if not any(_LETTER.search(part) for part in blanked):
        return "", False
    said = [definition, *([f"Also: {'; '.join(include)}"] if include else [])]
    return ". ".join(part for part in said if part) + ".", blanked != parts


def _blank(text: str, category: Category) -> str:
    """The text with the label and the id blanked wherever they stand as whole words; names under 3 letters stay."""
    names = {category.label, category.id, category.id.replace("_", " ")}
    long = sorted((name for name in names if len(_LETTER.findall(name)) >= 3), key=len, reverse=True)
    if not long:
        return text
    return re.sub(rf"(?<!\w)(?:{'|'.join(map(re.escape, long))})(?!\w)", BLANK, text, flags=re.IGNORECASE)
