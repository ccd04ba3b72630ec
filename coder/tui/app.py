"""The Textual app around the desk: themes, command palette, remapped keys."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from coder.adjudicate.desk import Desk
from coder.errors import InputError
from coder.tui.screen import DeskScreen

PLAIN_THEME = "textual-dark"
"""Where NO_COLOR is set: themes made of terminal colours would draw black on black."""


class DeskApp(App[None]):
    """The second coder's desk in a terminal. `keymap` gives other keys by binding id, `theme` other colours by name."""

    TITLE = "intercoder"
    CSS_PATH = Path(__file__).with_name("desk.tcss")

    def __init__(self, desk: Desk, keymap: Mapping[str, str] | None = None, theme: str = "") -> None:
        super().__init__()
        self._desk = desk
        if theme:
            if theme not in self.available_themes:
                known = ", ".join(sorted(self.available_themes))
                raise InputError(f"no theme '{theme}'", f"Known: {known}.")
            self.theme = theme
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
    """The keymap, when it names acts of the desk and no key does two things or marks a category; InputError else."""
    keys = {one.id: one.key for one in DeskScreen.BINDINGS if isinstance(one, Binding) and one.id}
    unknown = [name for name in keymap if name not in keys]
    if unknown:
        raise InputError(f"no act '{unknown[0]}' at the desk", f"Keys may be given for {', '.join(keys)}.")
    taken: dict[str, str] = {}
    for name, given in {**keys, **keymap}.items():
        for key in map(str.strip, given.split(",")):
            if key.isdigit():
                raise InputError(f"key '{key}' for '{name}': digits mark categories", "Choose another key.")
            if taken.setdefault(key, name) != name:
                raise InputError(f"key '{key}' is for '{taken[key]}' and for '{name}'", "Choose another key for one.")
    return dict(keymap)


def run(desk: Desk, keymap: Mapping[str, str] | None = None, theme: str = "") -> None:
    """Open the desk in the terminal; returns when the coder quits."""
    # The queue lives as long as the desk: without this the collector walks all of it now and then, between two keys.
    gc.freeze()
    DeskApp(desk, keymap, theme).run()
