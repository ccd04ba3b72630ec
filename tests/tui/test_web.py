"""The desk in a browser: who gets in, what the desk's process is given, and a real run in Chromium."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from coder.store import Store
from coder.tui.web import coder_name, without_secrets
from tests.integration.cli.test_commands import Endpoint, endpoint, project
from tests.tui.browser import CHROMIUM, DRIVER, browser, free_port, until
from tests.tui.test_terminal import queued

__all__ = ["endpoint", "project"]

KEYS = {"INTERCODER_API_KEY": "sk-secret-1", "OPENAI_API_KEY": "sk-secret-2", "HF_TOKEN": "secret-3"}
needs_chromium = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium and chromedriver are not installed")


@dataclass(frozen=True)
class Running:
    """A served desk: its address without and with the token, and what it has printed so far."""

    address: str
    invitation: str
    printed: Path


@pytest.fixture
def served(project: Path, endpoint: Endpoint, tmp_path: Path) -> Iterator[Running]:
    queued(project, endpoint.url, gold="cold")
    port, printed = free_port(), tmp_path / "printed"
    command = [sys.executable, "-m", "coder.cli", "--project", str(project), "adjudicate", "--web", f"--port={port}"]
    with printed.open("wb") as sink:
        process = subprocess.Popen([*command, "--reveal=item"], stdout=sink, stderr=sink, env={**os.environ, **KEYS})
    try:
        (invitation, *_) = until(lambda: invitations(printed))
        until(lambda: "Each address works once" in printed.read_text())
        yield Running(f"http://127.0.0.1:{port}", invitation, printed)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def invitations(printed: Path) -> list[str]:
    return re.findall(r"open at (\S+)", printed.read_text())


async def status(url: str, **headers: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers, allow_redirects=False) as answer:
        return answer.status


async def test_only_the_printed_address_opens_the_desk_and_only_once(served: Running) -> None:
    assert await status(served.address) == 403
    assert await status(f"{served.address}/?token=guess") == 403
    assert await status(f"{served.address}/static/js/textual.js") == 403
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.get(served.invitation) as answer:
            assert (answer.status, "token" in str(answer.url)) == (200, False)
            assert "Your name as a coder" in await answer.text()
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert await status(served.invitation) == 403
        async with session.get(f"{served.address}/?coder=Ann") as answer:
            page = await answer.text()
        # Nothing on the page is another host's.
        assert set(re.findall(r"\w+://([^/\"]+)", page)) == {served.address.removeprefix("http://")}
    # For the next browser there is another address.
    assert len(invitations(served.printed)) == 2


async def test_a_foreign_page_and_a_rebound_name_are_refused_even_with_the_cookie(served: Running) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        await session.get(served.invitation)
        for headers, expected in (
            ({"Origin": served.address}, 200),
            ({"Origin": "http://evil.example"}, 403),
            ({"Host": "evil.example"}, 403),
        ):
            async with session.get(served.address, headers=headers) as answer:
                assert answer.status == expected, headers
        for origin in (None, "http://evil.example", "null"):
            headers = {} if origin is None else {"Origin": origin}
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await session.ws_connect(f"{served.address}/ws/Ann", headers=headers)


async def test_a_tabs_desk_has_its_coders_name_and_no_key(served: Running) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        await session.get(served.invitation)
        origin = {"Origin": served.address}
        async with session.ws_connect(f"{served.address}/ws/Ann%20B.?width=130&height=40", headers=origin) as socket:
            seen = b""
            async with asyncio.timeout(60):
                while b"How does it sound?" not in seen:
                    message = await socket.receive()
                    seen += message.data if isinstance(message.data, bytes) else b""
            assert b"Ann B." in seen
            (desk,) = [one for one in environments() if b"--coder=Ann B." in one[0]]
            assert not any(secret.encode() in desk[1] for secret in KEYS.values())
        for name in ("--help", "a;touch x", "$(id)", "x" * 61, "%00"):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(f"{served.address}/ws/{name}", headers=origin)


def environments() -> list[tuple[bytes, bytes]]:
    """The command line and environment of every process that may be read."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found.append(((folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()))
        except OSError:
            continue
    return found


@needs_chromium
def test_two_coders_in_two_tabs_of_a_real_browser_answer_for_themselves(
    served: Running, project: Path, tmp_path: Path
) -> None:
    with browser(tmp_path) as chromium:
        chromium.open(served.invitation)
        chromium.script("document.querySelector('#coder').value = 'Ann'; document.querySelector('form').submit()")
        first = chromium.tab()
        chromium.into_the_desk()
        chromium.press("1a")
        second = chromium.new_tab()
        chromium.open(f"{served.address}/?coder=Ben")
        chromium.into_the_desk()
        chromium.press("2a")
        store = str(project / "intercoder.db")
        until(lambda: answers(store).keys() == {"Ann", "Ben"})
        assert answers(store) == {"Ann": {"warm"}, "Ben": {"cold"}}
        chromium.turn_to(first)
        assert chromium.script("return document.title") == "Ann · Intercoder"
        if picture := os.environ.get("DESK_PICTURE"):  # how docs/images/desk-browser.png was taken
            Path(picture).write_bytes(chromium.picture())
        assert first != second
        # The page asked nobody else and ran nothing but its own script.
        hosts = chromium.script("return performance.getEntries().map(e => e.name).filter(n => n.includes('://'))")
        assert {url.split("/")[2] for url in hosts} == {served.address.removeprefix("http://")}
        assert [one for one in chromium.complaints() if "Content Security Policy" in one] == []


def answers(url: str) -> dict[str, set[str]]:
    """The codes that each person answered."""
    with Store.open(url) as store:
        names = {coder.id: coder.name for coder in store.coders()}
        given: dict[str, set[str]] = {}
        for act in store.decisions():
            if act.action == "answer" and act.coding_id:
                given.setdefault(names[act.coder_id], set()).update(store.coding(act.coding_id).codes)
        return given


@pytest.mark.parametrize("name", ["Ann", "Ann B.", "O'Hara", "ann@example.org", "王小明", "a-b_1"])
def test_what_people_are_called_is_a_coders_name(name: str) -> None:
    assert coder_name(f" {name} ") == name


@pytest.mark.parametrize("name", ["", "-x", "--open", "a\nb", "a;b", "$(a)", "`a`", "a|b", "\x1b[31m", "a/b", "x" * 61])
def test_what_a_shell_or_an_option_is_made_of_is_no_name(name: str) -> None:
    assert coder_name(name) is None


def test_keys_and_passwords_leave_the_environment_but_for_the_stores() -> None:
    given = {**KEYS, "AWS_SECRET_ACCESS_KEY": "x", "DB_PASSWORD": "x", "PATH": "/bin", "PGPASSWORD": "x"}
    assert without_secrets(given) == {"PATH": "/bin", "PGPASSWORD": "x"}
