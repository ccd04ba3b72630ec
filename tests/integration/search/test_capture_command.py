"""intercoder capture and import URL: pages in, every attempt kept, what cannot be read listed and never dropped."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from coder.errors import IncompleteError, InputError
from coder.model import Document
from coder.search.capturing import Wanted, captured, in_turns
from coder.search.fetching import Fetcher, FetchRules
from tests.integration.cli.scene import Scene, make_scene
from tests.integration.search.site import Asked, Reply, Site, page

SETTINGS = '[search]\ncontact = "ada@example.org"\nallow_private = ["127.0.0.1"]\ndelay_s = 0.0\ntimeout_s = 5.0\n'


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({"/a": page("The course takes two days.", ETag='"1"'), "/gone": Reply(status=410)}) as running:
        yield running


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = make_scene(tmp_path / "study", 1)
    (made.folder / "intercoder.toml").write_text(SETTINGS, encoding="utf-8")
    return made


def found(scene: Scene, *urls: str) -> None:
    with scene.store() as store:
        store.add_addresses([Document(name=url.rpartition("/")[2], variables={"url": url}) for url in urls])


def test_a_page_is_taken_in_by_its_address_and_not_asked_for_twice(scene: Scene, site: Site) -> None:
    first = json.loads(scene.call("import", site.url("/a"), "--json").stdout)
    assert first["outcomes"] == {"fetched": 1}
    second = scene.call("import", site.url("/a"), "--json")
    assert json.loads(second.stdout)["already"] == 1
    assert site.paths() == ["/a"]
    with scene.store() as store:
        ((document, version),) = [pair for pair in store.current_versions() if pair[0].name.endswith("/a")]
        (capture,) = store.captures([document.id])
        assert (document.name, document.variables["url"]) == (f"127.0.0.1:{site.port}/a", site.url("/a"))
        assert (version.text, version.language, version.context) == (
            "The course takes two days.", "en", {"title": "A page"},
        )  # fmt: skip
        assert (capture.version_id, capture.etag) == (version.id, '"1"')
        assert b"two days" in store.body(capture.body_hash)


def test_what_cannot_be_read_is_listed_kept_and_makes_the_exit_code_2(scene: Scene, site: Site, tmp_path: Path) -> None:
    addresses = tmp_path / "addresses.txt"
    addresses.write_text(f"# mine\n{site.url('/a')}\n{site.url('/gone')}\nhttp://10.0.0.1/x\n", encoding="utf-8")
    result = scene.call("import", str(addresses))
    assert isinstance(result.exception, IncompleteError)
    assert result.exception.exit_code == 2
    assert "gone" in result.exception.message
    assert "blocked" in result.exception.message
    listed = {
        one["document"]: (one["outcome"], one["text"])
        for one in json.loads(scene.call("capture", "--list", "--json").stdout)
    }
    assert listed == {
        f"127.0.0.1:{site.port}/a": ("fetched", True),
        f"127.0.0.1:{site.port}/gone": ("gone", False),
        "10.0.0.1/x": ("blocked", False),
    }
    later = scene.call("capture", "--json")
    assert later.exception is None
    assert json.loads(later.stdout)["asked"] == 0  # gone and blocked are not asked for again
    assert site.paths() == ["/a", "/gone"]


def test_a_changed_page_is_a_new_version_and_an_unchanged_one_is_not(scene: Scene, site: Site) -> None:
    found(scene, site.url("/a"))
    scene.call("capture")

    def conditional(asked: Asked) -> Reply:
        return Reply(status=304) if asked.headers.get("if-none-match") == '"1"' else page("?")

    site.pages["/a"] = conditional
    assert json.loads(scene.call("capture", "--again", "--json").stdout)["outcomes"] == {"unchanged": 1}
    site.pages["/a"] = page("The course takes two days.")  # no 304, the same text
    assert json.loads(scene.call("capture", "--again", "--json").stdout)["outcomes"] == {"unchanged": 1}
    site.pages["/a"] = page("The course takes three days.")
    assert json.loads(scene.call("capture", "--again", "--json").stdout)["pages"][0]["changed"] is True
    with scene.store() as store:
        versions = next(texts for document, texts in store.documents_with_versions() if document.name == "a")
        captures = [one for one in store.captures() if one.version_id]
    assert [one.text for one in versions] == ["The course takes two days.", "The course takes three days."]
    assert [one.version_id for one in captures] == [versions[0].id] * 3 + [versions[1].id]


def test_an_address_with_a_password_is_neither_stored_nor_shown(scene: Scene, site: Site, tmp_path: Path) -> None:
    secret = site.url("/a", host="ada:sesame@127.0.0.1")
    addresses = tmp_path / "addresses.txt"
    addresses.write_text(f"{site.url('/a')}\n{secret}\n", encoding="utf-8")
    for argument, place in ((secret, "an address"), (str(addresses), "addresses.txt, line 2")):
        result = scene.call("import", argument)
        assert isinstance(result.exception, InputError)
        assert result.exception.message.startswith(f"{place}: holds a user name or password")
        assert "sesame" not in result.output + result.exception.message
    with scene.store() as store:
        assert len(store.documents()) == 1  # the scene's own
    assert site.asked == []


def test_a_key_in_an_address_is_neither_stored_nor_shown(scene: Scene, site: Site) -> None:
    refused = scene.call("import", site.url("/a?api_key=sesame"))
    assert isinstance(refused.exception, InputError)
    assert refused.exception.message.startswith("an address: holds a key")
    found(scene, site.url("/start"))
    site.pages["/start"] = Reply(status=302, headers={"Location": site.url("/b?token=sesame")})
    site.pages["/b?token=sesame"] = page("Behind a key.")
    taken = scene.call("capture", "--json")
    with scene.store() as store:
        (capture,) = store.captures()
    assert (capture.outcome, capture.final_url) == ("fetched", site.url("/b"))
    assert "sesame" not in taken.output + refused.output + refused.exception.message


def test_what_failed_for_the_moment_is_asked_for_again(scene: Scene, site: Site) -> None:
    found(scene, site.url("/b"))
    site.pages["/b"] = Reply(status=500)
    assert isinstance(scene.call("capture").exception, IncompleteError)
    site.pages["/b"] = page("Back.")
    assert json.loads(scene.call("capture", "--json").stdout)["outcomes"] == {"fetched": 1}


def test_without_a_contact_address_nothing_is_asked_or_stored(scene: Scene, site: Site) -> None:
    (scene.folder / "intercoder.toml").write_text("", encoding="utf-8")
    result = scene.call("import", site.url("/a"))
    assert isinstance(result.exception, InputError)
    assert "contact" in result.exception.message
    assert site.asked == []
    with scene.store() as store:
        assert len(store.documents()) == 1


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("Prix : 5 €".encode("cp1252"), "text/plain; charset=windows-1252", "Prix : 5 €"),
        ("<meta charset=iso-8859-1><p>Grüße 日本".encode(), "text/html", "Grüße 日本"),  # the claim is wrong
        ('<meta charset="utf-8"><p>Курс'.encode("cp1251"), "text/html; charset=windows-1251", "Курс"),
        (b"\xef\xbb\xbf<p>na\xc3\xafve", "text/html; charset=iso-8859-1", "naïve"),  # the mark outranks the head
        (b"<p>caf\xc3\xa9 \xff now</p>", "text/html; charset=utf-8", "café \ufffd now"),
        (b"<p>one<script>alert(1)</script>\x1b[2J two", "text/html", "one[2J two"),  # no script, no escape
    ],
)
def test_encodings_and_hostile_characters(scene: Scene, site: Site, body: bytes, kind: str, text: str) -> None:
    site.pages["/e"] = Reply(body, kind=kind)
    assert scene.call("import", site.url("/e")).exception is None
    with scene.store() as store:
        assert store.current_versions()[-1][1].text == text


@pytest.mark.parametrize(
    ("body", "kind", "why"),
    [
        (b"", "text/html", "no text"),
        (b"\x89PNG", "image/png", "no kind of text"),
        (b"%PDF-1.4 broken", "application/pdf", "damaged"),
    ],
)
def test_an_unreadable_page_is_kept_with_its_bytes(scene: Scene, site: Site, body: bytes, kind: str, why: str) -> None:
    site.pages["/u"] = Reply(body, kind=kind)
    result = scene.call("import", site.url("/u"))
    assert isinstance(result.exception, IncompleteError)
    assert why in result.exception.message
    with scene.store() as store:
        (capture,) = store.captures()
        assert (capture.outcome, store.body(capture.body_hash) if body else b"") == ("unreadable", body)


def test_ctrl_c_keeps_what_came_and_a_second_run_asks_for_the_rest_only(scene: Scene, site: Site) -> None:
    reached = threading.Event()

    async def silence() -> AsyncIterator[bytes]:
        reached.set()
        await asyncio.sleep(600)  # the test's end takes the site down
        yield b""

    site.pages |= {"/b": Reply(chunks=silence), "/c": page("The third.")}
    found(scene, site.url("/a"), site.url("/b"), site.url("/c"))
    patient = SETTINGS.replace("timeout_s = 5.0", "timeout_s = 300.0") + "hosts_at_once = 1\n"
    (scene.folder / "intercoder.toml").write_text(patient, encoding="utf-8")
    asked = [sys.executable, "-m", "coder.cli", "-p", str(scene.folder), "capture"]
    with subprocess.Popen(asked, stderr=subprocess.PIPE, text=True) as running:
        assert reached.wait(60)
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=60)[1]
    assert running.returncode == 130
    assert f"1/3 fetched: {site.url('/a')}" in said
    assert "Traceback" not in said
    assert site.paths() == ["/a", "/b"]
    site.pages["/b"] = page("The second.")
    rest = json.loads(scene.call("capture", "--json").stdout)
    assert sorted(one["document"] for one in rest["pages"]) == ["b", "c"]
    assert sorted(site.paths()) == ["/a", "/b", "/b", "/c"]
    with scene.store() as store:
        texts = {document.name: version.text for document, version in store.current_versions()}
    assert [texts[name] for name in "abc"] == ["The course takes two days.", "The second.", "The third."]


def test_pages_are_let_go_of_once_they_are_stored(scene: Scene, site: Site) -> None:
    (scene.folder / "intercoder.toml").write_text(SETTINGS + "hosts_at_once = 2\n", encoding="utf-8")
    site.pages |= {f"/{number}": Reply(bytes(3_000_000), kind="image/png") for number in range(20)}
    found(scene, *(site.url(f"/{number}") for number in range(20)))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        told = json.loads(scene.call("capture", "--json").stdout)
        grown = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert told["outcomes"] == {"unreadable": 20}
    # 60 MB in all, two pages at a time; a page is held once as it came, once packed for the reader, once for the store.
    assert 3_000_000 < grown < 30_000_000


async def test_hosts_take_turns() -> None:
    with Site() as other, Site() as many:
        wanted = [Wanted(Document(name=str(n)), many.url(f"/{n}")) for n in range(8)]
        wanted.append(Wanted(Document(name="other"), other.url("/")))
        async with Fetcher(FetchRules("ada@example.org", delay_s=0.05, allow_private=("127.0.0.1",))) as fetcher:
            told = [one.wanted.document.name async for one in captured(in_turns(wanted), fetcher, at_once=2)]
    assert sorted(told) == sorted(one.document.name for one in wanted)
    assert told.index("other") <= 2
