"""Write the reference pages from the program itself: commands.md from every --help, api.md from docstrings.

Run it after a change of an option or a docstring: python docs/generate.py. A test holds the pages against it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

import coder.library
from coder.cli import group

HERE = Path(__file__).parent
WIDTH = 100


def commands_page() -> str:
    """Every command's help as the terminal shows it at 100 columns."""
    root = click.Context(group, info_name="intercoder", terminal_width=WIDTH, **group.context_settings)
    parts = ["# Commands", "What every command's `--help` says. `intercoder --help` lists them.", _block(root)]
    for words, context in _each(root):
        parts += [f"{'#' * (1 + len(words))} {' '.join(words)}", _block(context)]
    return "\n\n".join(parts) + "\n"


def _each(context: click.Context, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Context]]:
    command = context.command
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        if child is None:
            raise LookupError(name)
        inner = click.Context(child, context, name, terminal_width=WIDTH, max_content_width=WIDTH)
        yield (*before, name), inner
        yield from _each(inner, (*before, name))


def _block(context: click.Context) -> str:
    return f"```text\n{context.get_help().rstrip()}\n```"


def api_page() -> str:
    """The signature and docstring of each function of the library."""
    parts = [
        "# The library's functions",
        "Generated from their docstrings; [library.md](library.md) shows them at work.",
    ]
    for name in ("load_codebook", "code", "evaluate", "agreement"):
        function = getattr(coder.library, name)
        shown = inspect.signature(function)
        arguments = "".join(f"    {one},\n" for one in _arguments(shown))
        parts += [
            f"## {name}",
            f"```python\ncoder.{name}(\n{arguments}) -> {shown.return_annotation}\n```",
            inspect.getdoc(function) or "",
        ]
    return "\n\n".join(parts) + "\n"


def _arguments(signature: inspect.Signature) -> Iterator[str]:
    starred = False
    for one in signature.parameters.values():
        if one.kind is one.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        default = "" if one.default is one.empty else f" = {one.default!r}"
        yield f"{one.name}: {one.annotation}{default}"


PAGES = {"commands.md": commands_page, "api.md": api_page}


def main() -> None:
    """Write the pages."""
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
