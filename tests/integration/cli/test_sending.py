"""No text leaves the machine before somebody agreed to the host that receives it; asked in a real terminal (a pty)."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from coder.cli.sending import RECORD
from coder.model import Document, Version
from tests.integration.cli.scene import make_scene
from tests.integration.cli.test_commands import Endpoint, intercoder

PROXIES = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), "")


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """Reached by 0.0.0.0, which leads to this machine and yet is no loopback address: as good as another host."""
    found = Endpoint("--latency", "0", "--host", "0.0.0.0")
    yield found
    found.process.kill()
    found.process.communicate()


@pytest.fixture
def project(tmp_path: Path, endpoint: Endpoint) -> Path:
    with make_scene(tmp_path / "study", 0).store() as store:
        documents = [Document(name=name) for name in ("a", "b")]
        text = "It is short. It goes on. It ends."
        store.add_documents([(one, Version(document_id=one.id, text=text, hash=one.name)) for one in documents])
    settings = f'[model]\nprovider = "openai"\nbase_url = "{endpoint.url}"\nname = "mock"\n'
    (tmp_path / "study" / "intercoder.toml").write_text(settings, encoding="utf-8")
    return tmp_path / "study"


def host(endpoint: Endpoint) -> str:
    return endpoint.url.removeprefix("http://").removesuffix("/v1")


def in_terminal(project: Path, keys: str, *arguments: str) -> tuple[int, str]:
    """Exit code and all that the terminal showed of a command that finds these keys typed."""
    ours, theirs = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("INTERCODER_", "OPENAI_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "coder.cli", *arguments],
        cwd=project, env=environment | PROXIES, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, keys.encode())
    shown = bytearray()
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    process.communicate(timeout=60)
    os.close(ours)
    return process.returncode, shown.decode(errors="replace")


def asked(endpoint: Endpoint) -> int:
    return endpoint.stats()["requests"]


def test_without_a_terminal_and_a_setting_nothing_is_sent_and_the_remedy_is_said(
    project: Path, endpoint: Endpoint
) -> None:
    for command in (("code",), ("code", "--json"), ("codebook", "test", "--documents", "1")):
        refused = intercoder(*command, cwd=project, **PROXIES)
        assert refused.returncode == 1
        assert f"would go to {host(endpoint)}" in refused.stderr
        assert f'[run] send_to = ["{host(endpoint)}"]' in refused.stderr
    assert asked(endpoint) == 0
    assert not (project / RECORD).exists()


def test_a_yes_is_asked_for_once_and_names_the_host(project: Path, endpoint: Endpoint) -> None:
    code, shown = in_terminal(project, "y\n", "code")
    assert code == 0, shown
    assert f"will go to {host(endpoint)}" in shown
    assert "not encrypted" in shown  # http, not https
    assert asked(endpoint) == 2
    again = intercoder("code", "--fresh", "--json", cwd=project, **PROXIES)  # no terminal, and no question
    assert again.returncode == 0, again.stderr
    assert asked(endpoint) == 4
    record = json.loads((project / RECORD).read_text(encoding="utf-8"))
    assert list(record) == [host(endpoint)]


@pytest.mark.parametrize("keys", ["n\n", "\n"])
def test_a_no_sends_nothing_and_is_asked_again(project: Path, endpoint: Endpoint, keys: str) -> None:
    for _ in range(2):
        code, shown = in_terminal(project, keys, "code")
        assert code == 1
        assert f"nothing was sent to {host(endpoint)}" in shown
    assert asked(endpoint) == 0


def test_the_setting_answers_for_scripts_and_only_for_its_host(project: Path, endpoint: Endpoint) -> None:
    other = intercoder("code", cwd=project, INTERCODER_RUN_SEND_TO="api.example.org", **PROXIES)
    assert (other.returncode, asked(endpoint)) == (1, 0)
    sent = intercoder("code", cwd=project, INTERCODER_RUN_SEND_TO=f"api.example.org, {host(endpoint)}", **PROXIES)
    assert sent.returncode == 0, sent.stderr
    assert asked(endpoint) == 2
    assert not (project / RECORD).exists()


def test_an_answer_holds_for_one_host_only(project: Path, endpoint: Endpoint) -> None:
    assert in_terminal(project, "y\n", "code")[0] == 0
    elsewhere = intercoder("code", "--base-url", "http://192.0.2.1:9/v1", cwd=project, **PROXIES)
    assert elsewhere.returncode == 1
    assert "192.0.2.1:9" in elsewhere.stderr


def test_a_dry_run_and_a_loopback_address_ask_nothing(project: Path, endpoint: Endpoint) -> None:
    dry = intercoder("code", "--dry-run", cwd=project, **PROXIES)
    assert dry.returncode == 0, dry.stderr
    assert (host(endpoint) in dry.stderr, asked(endpoint)) == (True, 0)
    loopback = endpoint.url.replace("0.0.0.0", "127.0.0.1")
    sent = intercoder("code", "--base-url", loopback, cwd=project)
    assert sent.returncode == 0, sent.stderr
    assert asked(endpoint) == 2


def test_doctor_shows_the_host_and_who_agreed(project: Path, endpoint: Endpoint) -> None:
    def line() -> dict[str, object]:
        checks = json.loads(intercoder("doctor", "--json", cwd=project).stdout)
        found: dict[str, object] = next(check for check in checks if check["what"] == "texts go to")
        return found

    before = line()
    assert (before["host"], before["agreed"], before["ok"]) == (host(endpoint), False, False)
    assert in_terminal(project, "y\n", "code")[0] == 0
    after = line()
    assert (after["host"], after["agreed"], after["ok"]) == (host(endpoint), True, True)
    assert "agreed by" in str(after["detail"])


def test_a_broken_record_is_an_error_that_names_the_file(project: Path, endpoint: Endpoint) -> None:
    (project / RECORD).write_text("[1]", encoding="utf-8")
    refused = intercoder("code", cwd=project, **PROXIES)
    assert (refused.returncode, RECORD in refused.stderr, asked(endpoint)) == (1, True, 0)
    assert intercoder("doctor", cwd=project).returncode == 0


@contextmanager
def pointing_to(url: str) -> Iterator[str]:
    """An endpoint that takes every question and points to another host, which would get the text as well."""

    class Pointing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, b'{"data": []}')

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self._answer(307, b"", url + "/chat/completions")

        def _answer(self, status: int, body: bytes, to: str = "") -> None:
            self.send_response(status)
            if to:
                self.send_header("location", to)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Pointing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_no_redirect_carries_a_text_to_another_host(project: Path, endpoint: Endpoint) -> None:
    with pointing_to(endpoint.url) as url:
        stopped = intercoder("code", "--base-url", url, cwd=project)
    assert stopped.returncode == 1
    assert f"it points to {endpoint.url}" in stopped.stderr
    assert asked(endpoint) == 0
