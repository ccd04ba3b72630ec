"""intercoder update on a broken folder, a full disk, a wrong clock: said in one line, and nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coder.cli.project import Project
from coder.cli.updating import last_update, one_update
from coder.errors import CoderError, InputError
from coder.model import now
from coder.settings import Settings
from tests.integration.cli.living import World, living
from tests.integration.search.site import Asked, Reply

SEARCH_ONLY = ("--allow-private", "--no-capture", "--no-dedupe", "--no-screen", "--no-code")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with living(tmp_path / "study") as made:
        yield made


def refused(world: World, *options: str) -> CoderError:
    """What is told, once it is sure that it is one line with a remedy and that nothing was asked or kept."""
    done = world.call("update", *SEARCH_ONLY, *options)
    assert isinstance(done.exception, CoderError), done.output
    assert (done.exception.exit_code, "\n" in done.exception.message) == (1, False)
    assert done.exception.hint
    assert not world.site.asked
    assert world.rows()["documents"] == 0
    return done.exception


@pytest.mark.parametrize(
    "since", ["yesterday", "", "2020-13-01", "2020-01-01T25:00", "0001-01-01T00:00+14:00", "\x1b[2J"]
)
def test_a_moment_that_is_none_is_refused(world: World, since: str) -> None:
    assert refused(world, "--since", since).message == f"--since '{since}': neither a day nor a time"


def test_a_moment_to_come_is_refused(world: World) -> None:
    assert refused(world, "--since", "9000-01-01").message == "--since 9000-01-01: is still to come"


def break_codebook(folder: Path) -> None:
    (folder / "codebook.yaml").unlink()


def fold_codebook(folder: Path) -> None:
    break_codebook(folder)
    (folder / "codebook.yaml").mkdir()


def file_for_folder(folder: Path) -> None:
    (folder / "updates").write_text("x")


def link_to_nowhere(folder: Path) -> None:
    (folder / "updates").symlink_to("nowhere")


def garbage_for_lock(folder: Path) -> None:
    (folder / "updates").mkdir()
    (folder / "updates" / ".running").write_text("no lock of ours")


@pytest.mark.parametrize(
    ("broken", "place", "remedy"),
    [
        (break_codebook, "codebook.yaml: no such file", "intercoder init"),
        (fold_codebook, "codebook.yaml: a folder, not a codebook", "name the YAML file"),
        (file_for_folder, "updates: no folder that can be read and written", "move away"),
        (link_to_nowhere, "updates: no folder that can be read and written", "move away"),
        (garbage_for_lock, "updates/.running: ", "remove it"),
    ],
)
def test_a_project_that_is_broken_is_told_before_anything_is_done(
    world: World, broken: Callable[[Path], None], place: str, remedy: str
) -> None:
    broken(world.folder)
    before = sorted(world.folder.rglob("*"))
    error = refused(world)
    assert f"{world.folder}/{place}" in error.message
    assert remedy in error.hint
    assert sorted(world.folder.rglob("*")) == before


def test_a_folder_of_updates_that_may_not_be_read_is_told_and_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    project = Project(tmp_path, Settings())
    with one_update(project):
        pass
    (tmp_path / "updates").chmod(0o300)
    root = os.geteuid() == 0
    try:
        if root:
            for path in (tmp_path, tmp_path / "updates", tmp_path / "updates" / ".running"):
                os.chown(path, 65534, 65534)
            tmp_path.parent.chmod(0o711)
            tmp_path.parent.parent.chmod(0o711)
            os.seteuid(65534)
        with pytest.raises(InputError, match="can be read and written: Permission denied"), one_update(project):
            pass
    finally:
        if root:
            os.seteuid(0)
        (tmp_path / "updates").chmod(0o700)


@pytest.mark.parametrize("kind", ["folder", "broken link", "half", "of another kind"])
def test_a_protocol_that_is_none_is_told_and_the_other_steps_are_done(world: World, kind: str) -> None:
    path = world.folder / "search.yaml"
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "broken link":
        path.symlink_to("nowhere")
    else:
        path.write_text("name: [half" if kind == "half" else "name: 5\nsources: 7\n")
    found = world.update("--allow-private", code=2)
    (problem,) = [one for one in found["problems"] if one.startswith("search: ")]
    assert str(path) in problem
    assert "\n" not in problem
    assert Path(found["page"]).exists()


@pytest.mark.parametrize(
    "record",
    [
        b"", b'{"told_until": "2020-', b"[1]", b"\xff\xfe", b'{"told_until": 5}',
        b'{"told_until": "0001-01-01T00:00:00+14:00x"}', b"[" * 100_000,
    ],
    ids=["empty", "half", "a list", "no text", "a number", "no moment", "deep"],
)  # fmt: skip
def test_a_record_that_is_none_is_passed_over_for_the_one_before(world: World, record: bytes) -> None:
    world.update(*SEARCH_ONLY)
    project, began = Project(world.folder, Settings()), now()
    told = last_update(project, began)
    (world.folder / "updates" / "2980-01-01T000000.json").write_bytes(record)
    assert last_update(project, began) == told
    assert world.update(*SEARCH_ONLY)["nothing_new"] is True


def test_a_disk_that_is_full_is_told_and_the_next_update_tells_what_this_one_found(world: World) -> None:
    world.update(*SEARCH_ONLY)
    listed = "".join(f"<url><loc>https://a.example/{number:0200}</loc></url>" for number in range(3_000))
    few = world.site.pages["/sitemap.xml"]
    world.site.pages["/sitemap.xml"] = Reply(f"<urlset>{listed}</urlset>".encode(), kind="application/xml")
    # A limit on file size stands in for the full disk: the system refuses to let the store grow.
    command = f"ulimit -f 1024; trap '' XFSZ; exec {sys.executable} -m coder.cli -p '{world.folder}' update {' '.join(SEARCH_ONLY)}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    error, remedy = done.stderr.splitlines()[-2:]
    assert (error[:7], "intercoder.db: the disk" in error, remedy[:2]) == ("error: ", True, "  ")
    assert world.rows()["documents"] == 2
    world.site.pages["/sitemap.xml"] = few
    world.write(c="The course teaches AI.")
    assert len(world.update(*SEARCH_ONLY)["arrived"]) == 1


def test_two_updates_at_once_are_one_and_ctrl_c_loses_nothing(world: World) -> None:
    reached, gone = threading.Event(), threading.Event()
    listed = world.site.pages["/sitemap.xml"]

    def endless(asked: Asked) -> Reply:
        reached.set()
        gone.wait(60)
        return Reply(status=404)

    world.site.pages["/sitemap.xml"] = endless
    command = [sys.executable, "-m", "coder.cli", "-p", str(world.folder), "update", "--json", *SEARCH_ONLY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as first:
        assert reached.wait(60)
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        first.send_signal(signal.SIGINT)
        gone.set()
        out, said = first.communicate(timeout=60)
    assert (second.returncode, second.stdout) == (1, "")
    assert f"error: {world.folder}/updates: another update of this project is running\n  wait" in second.stderr
    assert (first.returncode, out) == (130, "")
    assert said.splitlines()[-1] == "interrupted; what was done so far is stored"
    world.site.pages["/sitemap.xml"] = listed
    assert len(world.update(*SEARCH_ONLY)["arrived"]) == 2


def test_names_with_escapes_and_markup_move_no_terminal_and_no_page(world: World) -> None:
    protocol = world.folder / "search.yaml"
    text = protocol.read_text("utf-8").replace("name: Society", r'name: "\e[2JSoc\nerror: x<script>alert(1)</script>"')
    protocol.write_text(text, "utf-8")
    world.site.pages["/sitemap.xml"] = Reply(b"<\x1b[31m/>", kind="application/xml")
    done = world.call("update", *SEARCH_ONLY)
    assert isinstance(done.exception, CoderError)
    assert not [line for line in done.stderr.splitlines() if line.startswith("error: x")]
    (page,) = (world.folder / "updates").glob("*.html")
    shown = page.read_text("utf-8")
    assert "Soc" in shown
    assert not {"\x1b", "\x00"} & set(shown + done.output)
    assert "<script>" not in shown
