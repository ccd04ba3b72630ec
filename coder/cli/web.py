"""adjudicate --web: the same desk for browsers, each tab a process of its own with the command's other options."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from coder.errors import InputError

OWN = ("coder", "web", "port", "public_url")
"""Options of the server, not of the desk; a tab names its coder itself."""


def serve_desk(context: click.Context, port: int, public_url: str) -> None:
    """Serve until ctrl+c; InputError where textual-serve is not installed or the address is none."""
    try:
        from coder.tui.web import Served, serve
    except ModuleNotFoundError as error:
        raise InputError("the desk in a browser needs textual-serve", 'pip install "intercoder[web]"') from error
    if public_url and not public_url.startswith(("http://", "https://")):
        raise InputError(
            f"--public-url {public_url}: no address", "Give what browsers open, like https://desk.example.org"
        )
    folder = Path(context.obj["project"]).resolve()
    command = [sys.executable, "-m", "coder.cli", "--project", str(folder), "adjudicate", *_options(context)]
    serve(Served(command, folder, port=port, public_url=public_url))


def _options(context: click.Context) -> Iterator[str]:
    """The command's options as they were given, but for the server's own."""
    for option in context.command.params:
        value = context.params.get(str(option.name))
        if option.name in OWN or value == option.default or value is None or value is False:
            continue
        yield option.opts[0] if value is True else f"{option.opts[0]}={value}"
