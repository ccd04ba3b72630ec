"""A real Chromium, driven through chromedriver's own HTTP interface."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,850",
]


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def until(holds: Callable[[], Any], seconds: float = 60) -> Any:
    """The first true value; fails when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, "not seen in time"
    return found


class Browser:
    """One session of a browser; tabs are its windows."""

    def __init__(self, driver: str, profile: Path) -> None:
        self._driver = driver
        options = {"args": [*FLAGS, f"--user-data-dir={profile}"], "binary": CHROMIUM}
        wanted = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}
        self._session = self._ask("POST", "/session", {"capabilities": wanted})["sessionId"]

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        content = None if method == "GET" else json.dumps(body or {}).encode()
        asked = urllib.request.Request(
            self._driver + path, content, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.load(answer)["value"]

    def _do(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._ask(method, f"/session/{self._session}{path}", body)

    def open(self, url: str) -> None:
        self._do("POST", "/url", {"url": url})

    def script(self, code: str) -> Any:
        return self._do("POST", "/execute/sync", {"script": code, "args": []})

    def new_tab(self) -> str:
        handle = str(self._do("POST", "/window/new", {"type": "tab"})["handle"])
        self.turn_to(handle)
        return handle

    def tab(self) -> str:
        return str(self._do("GET", "/window"))

    def turn_to(self, tab: str) -> None:
        self._do("POST", "/window", {"handle": tab})

    def press(self, keys: str) -> None:
        pressed = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._do("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": pressed}]})

    def into_the_desk(self) -> None:
        """Wait until the desk is painted, and let it have the keys."""
        until(lambda: self.script("return document.body.classList.contains('-first-byte')"))
        self.script("document.querySelector('.xterm-helper-textarea').focus()")

    def picture(self) -> bytes:
        return base64.b64decode(self._do("GET", "/screenshot"))

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self._do("POST", "/se/log", {"type": "browser"})]

    def close(self) -> None:
        self._do("DELETE", "")


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser with a fresh profile, closed at the end."""
    port = free_port()
    driver = subprocess.Popen([str(DRIVER), f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ready() -> bool:
        with (
            suppress(urllib.error.URLError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=5) as said,
        ):
            return bool(json.load(said)["value"]["ready"])
        return False

    try:
        until(ready)
        opened = Browser(f"http://127.0.0.1:{port}", folder / "profile")
        yield opened
        opened.close()
    finally:
        driver.terminate()
        driver.wait(timeout=30)
