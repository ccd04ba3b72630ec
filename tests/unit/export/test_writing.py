"""The registry of formats, and files that are written whole or not at all."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from coder.errors import InputError
from coder.export import export, exporters
from coder.export.atomic import STALE_AFTER_S, write_atomically


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """The system refuses to let any file of this process grow beyond `size` bytes, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


WRITER = """
import sys
from pathlib import Path
from coder.export.atomic import write_atomically

def write(handle):
    handle.write(b"half")
    handle.flush()
    print("writing", flush=True)
    sys.stdin.read()

write_atomically(Path(sys.argv[1]), write)
"""


@contextmanager
def writing(path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process that is in the middle of writing a file, and the part that is there of it, an hour old by its date."""
    asked = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "writing\n"
            (part,) = path.parent.glob(".*.part")
            old = time.time() - STALE_AFTER_S - 1
            os.utime(part, (old, old))
            yield process, part
        finally:
            process.kill()


def test_the_part_that_a_killed_process_left_goes_with_the_next_write_and_that_of_a_living_one_stays(tmp_path):
    path = tmp_path / "x.txt"
    with writing(path) as (process, part):
        write_atomically(path, lambda handle: handle.write(b"other"))
        assert part.exists()  # its writer lives
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        write_atomically(path, lambda handle: handle.write(b"whole"))
    assert list(tmp_path.iterdir()) == [path]


def test_a_part_of_the_last_hour_and_files_that_are_no_parts_of_ours_stay(tmp_path):
    (tmp_path / ".01ARZ3NDEKTSV4RRFFQ69G5FAV.part").write_bytes(b"fresh")
    old = time.time() - STALE_AFTER_S - 1
    for name in ("video.part", ".short.part"):
        (tmp_path / name).write_bytes(b"theirs")
        os.utime(tmp_path / name, (old, old))
    before = set(tmp_path.iterdir())
    write_atomically(tmp_path / "x.txt", lambda handle: handle.write(b"whole"))
    assert set(tmp_path.iterdir()) == before | {tmp_path / "x.txt"}


def test_an_unknown_ending_lists_what_exists(bundle, tmp_path):
    with pytest.raises(InputError, match=r"no export has the ending '\.docx'") as caught:
        export(tmp_path / "x.docx", bundle)
    assert caught.value.hint == "the endings are .csv, .xlsx, .jsonl, .parquet, .sav, .dta, .qdpx, .qdc, .json"
    assert list(tmp_path.iterdir()) == []


def test_endings_are_read_in_any_case(bundle, tmp_path):
    export(tmp_path / "x.CSV", bundle)
    assert (tmp_path / "x.CSV").read_text().startswith("document,")


def test_every_format_can_be_loaded_and_says_what_it_holds():
    for ending, format_ in exporters().items():
        assert format_.ending == ending
        assert callable(format_.write)
        assert format_.holds


@pytest.mark.parametrize("name", ["x.csv", "x.xlsx"])
def test_a_write_that_fails_leaves_the_old_file_whole(bundle, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"what was there before")
    large = replace(bundle, codings=bundle.codings * 5_000)
    with files_limited_to(4_000), pytest.raises(InputError) as caught:
        export(path, large)
    assert "\n" not in str(caught.value)
    assert f"{path}: cannot be written: File too large" in str(caught.value)
    assert path.read_bytes() == b"what was there before"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_write_leaves_the_old_file_whole(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"old")

    def interrupted(handle):
        handle.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, interrupted)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_good_write_replaces_the_file_and_keeps_its_permissions(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_atomically(path, lambda handle: handle.write(b"new"))
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real.csv").write_bytes(b"old")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    write_atomically(tmp_path / "link.csv", lambda handle: handle.write(b"new"))
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_bytes() == b"new"


def test_a_missing_folder_is_named_with_a_remedy(bundle, tmp_path):
    with pytest.raises(InputError, match="No such file or directory") as caught:
        export(tmp_path / "none" / "x.csv", bundle)
    assert caught.value.hint == "make the folder first"
