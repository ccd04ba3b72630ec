"""The Textual app around the desk: themes, command palette, remapped keys."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from textual.app import App, SystemCommand
from textual.screen import Screen

from coder.adjudicate.desk import Desk
from coder.errors import InputError
from coder.tui.screen import DeskScreen

PLAIN_THEME = "textual-dark"
"""Where NO_COLOR is set: themes made of terminal colours would draw black on black."""


class DeskApp(App[None]):
    """The second coder's desk in a terminal. `keymap` gives other keys by binding id."""

    TITLE = "intercoder"
    CSS_PATH = Path(__file__).with_name("desk.tcss")

    def __init__(self, desk: Desk, keymap: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._desk = desk
        if self.no_color:
            self._keep_to_plain_themes()
        self._keys = checked_keymap(keymap or {})
        self.set_keymap(self._keys)

    def _keep_to_plain_themes(self) -> None:
        # The theme first: one that is in use cannot be taken away.
        if self.current_theme.ansi:
            self.theme = PLAIN_THEME
        for name, theme in list(self.available_themes.items()):
            if theme.ansi:
                self.unregister_theme(name)

    def get_default_screen(self) -> Screen[None]:
        """The desk itself."""
        return DeskScreen(self._desk, self._keys)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every key of the desk by name, and the theme."""
        if isinstance(screen, DeskScreen):
            for active in screen.active_bindings.values():
                if active.node is screen and active.enabled and active.binding.id:
                    act = partial(screen.run_action, active.binding.action)
                    key = self.get_key_display(active.binding)
                    yield SystemCommand(active.binding.description, f"Key {key}", act)
        yield SystemCommand("Theme", "Choose other colours", self.action_change_theme)


def checked_keymap(keymap: Mapping[str, str]) -> dict[str, str]:
    """The keymap, when no key in it belongs to a category; InputError else."""
    for binding, keys in keymap.items():
        taken = [key for key in keys.split(",") if key.strip().isdigit()]
        if taken:
            raise InputError(f"key '{taken[0]}' for '{binding}': digits mark categories", "Choose another key.")
    return dict(keymap)


def run(desk: Desk, keymap: Mapping[str, str] | None = None) -> None:
    """Open the desk in the terminal; returns when the coder quits."""
    # The queue lives as long as the desk: without this the collector walks all of it now and then, between two keys.
    gc.freeze()
    DeskApp(desk, keymap).run()
