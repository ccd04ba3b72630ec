"""Joining the installed parts of a model: tiny packages, the same road."""

from __future__ import annotations

import base64
import hashlib
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from coder.errors import ProviderError
from coder.providers.local import weights as joining
from coder.providers.local.catalogue import KNOWN, QWEN_1_5B, Weights, known
from coder.providers.local.download import download
from coder.providers.local.weights import WrongContentError, cached, check_gguf, find_parts, installed, join, store

PIECES = [b"GGUF" + b"a" * 100, b"b" * 50, b"c" * 7]
CONTENT = b"".join(PIECES)
TINY = Weights(
    name="tiny",
    file="tiny.gguf",
    size=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    packages=tuple(f"intercoder-tiny-part{number}" for number in (1, 2, 3)),
    version="1.0",
    extra='"intercoder[tiny]"',
)
Install = Callable[..., Path]


class Place(NamedTuple):
    """Where the fake packages are installed and where the joined file goes."""

    site: Path
    cache: Path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    return Place(site, tmp_path / "cache")


def install(place: Place, number: int, content: bytes, version: str = "1.0") -> Path:
    """A package as pip leaves it: a data file, and a RECORD with its hash. Importing it would raise."""
    module, package = f"intercoder_tiny_part{number}", f"intercoder-tiny-part{number}"
    data = place.site / module / "data" / f"part{number:02}.bin"
    data.parent.mkdir(parents=True)
    data.write_bytes(content)
    (place.site / module / "__init__.py").write_text("raise RuntimeError('imported')")
    info = place.site / f"{module}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    name = f"{module}/data/part{number:02}.bin"
    (info / "RECORD").write_text(f"{module}/__init__.py,,\n{name},sha256={digest},{len(content)}\n")
    return data


def install_all(place: Place) -> list[Path]:
    return [install(place, number, piece) for number, piece in enumerate(PIECES, 1)]


def test_parts_are_joined_in_order_and_verified(place: Place) -> None:
    install_all(place)
    assert join(TINY, directory=place.cache).read_bytes() == CONTENT


def test_the_parts_are_never_imported(place: Place) -> None:
    install_all(place)
    join(TINY, directory=place.cache)
    assert not [name for name in sys.modules if name.startswith("intercoder_tiny")]


def test_progress_ends_at_the_whole_size(place: Place) -> None:
    install_all(place)
    seen: list[tuple[int, int]] = []
    join(TINY, lambda done, size: seen.append((done, size)), place.cache)
    assert seen == [(104, 161), (154, 161), (161, 161)]  # 104 + 50 + 7 bytes


def test_a_part_that_is_missing_is_named_with_what_to_install(place: Place) -> None:
    install(place, 1, PIECES[0])
    install(place, 3, PIECES[2])
    with pytest.raises(ProviderError, match="part 2 of 3 of tiny: package intercoder-tiny-part2 is not inst") as caught:
        join(TINY, directory=place.cache)
    assert "pip install" in caught.value.hint
    assert "intercoder-tiny-part2==1.0" in caught.value.hint


def test_where_no_part_is_installed_the_extra_is_named(place: Place) -> None:
    assert not installed(TINY)
    with pytest.raises(ProviderError, match="the weights of tiny are not installed") as caught:
        join(TINY, directory=place.cache)
    assert 'pip install "intercoder[tiny]"' in caught.value.hint


def test_a_part_of_another_version_is_named(place: Place) -> None:
    install(place, 1, PIECES[0], version="2.0")
    with pytest.raises(ProviderError, match=r"part 1 of 3 .* is version 2\.0, not 1\.0"):
        find_parts(TINY)


def test_a_part_whose_file_is_gone_is_named(place: Place) -> None:
    install_all(place)[1].unlink()
    with pytest.raises(ProviderError, match=r"part 2 of 3 .* has lost its file"):
        join(TINY, directory=place.cache)


@pytest.mark.parametrize("content", [b"B" * 50, b"b" * 49, b"b" * 5000], ids=["changed", "cut short", "too long"])
def test_a_damaged_part_is_named_and_nothing_is_left_behind(place: Place, content: bytes) -> None:
    install_all(place)[1].write_bytes(content)
    with pytest.raises(ProviderError, match=r"part 2 of 3 .* is damaged"):
        join(TINY, directory=place.cache)
    assert [path.name for path in place.cache.iterdir() if path.suffix != ".lock"] == []


def test_whole_parts_of_another_file_are_not_taken(place: Place) -> None:
    for number, piece in enumerate([b"x" * 104, *PIECES[1:]], 1):
        install(place, number, piece)
    with pytest.raises(ProviderError, match="do not make up the published file"):
        join(TINY, directory=place.cache)


def test_a_leftover_of_a_killed_join_is_replaced(place: Place) -> None:
    install_all(place)
    place.cache.mkdir()
    (place.cache / "tiny.partial").write_bytes(b"half")
    join(TINY, directory=place.cache)
    assert not (place.cache / "tiny.partial").exists()
    assert (place.cache / "tiny.gguf").read_bytes() == CONTENT


def test_a_verified_file_is_not_hashed_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    install_all(place)
    path = join(TINY, directory=place.cache)
    monkeypatch.setattr(joining, "_sha256", lambda path: pytest.fail("hashed again"))
    assert cached(TINY, place.cache) == path


def test_a_file_changed_since_is_hashed_again_and_refused(place: Place) -> None:
    install_all(place)
    path = join(TINY, directory=place.cache)
    path.write_bytes(CONTENT.replace(b"b", b"B"))
    assert cached(TINY, place.cache) is None
    assert join(TINY, directory=place.cache).read_bytes() == CONTENT


def test_an_unreadable_seal_only_costs_another_hash(place: Place) -> None:
    install_all(place)
    path = join(TINY, directory=place.cache)
    (place.cache / "tiny.verified.json").write_text("{")
    assert cached(TINY, place.cache) == path


def test_a_full_disk_is_seen_before_anything_is_written(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    install_all(place)
    usage = shutil.disk_usage(place.site)._replace(free=1000)
    monkeypatch.setattr(joining.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(ProviderError, match="no room for the model file"):
        join(TINY, directory=place.cache)
    assert not (place.cache / "tiny.partial").exists()


def test_a_folder_that_cannot_be_made_is_named(place: Place) -> None:
    install_all(place)
    place.cache.write_text("a file where the folder should be")
    with pytest.raises(ProviderError, match="cache: the model file cannot be written"):
        join(TINY, directory=place.cache)


def test_a_break_in_the_middle_leaves_no_partial_file(place: Place) -> None:
    def blocks() -> Iterator[bytes]:
        yield b"GGUF"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store(TINY, blocks, None, place.cache)
    assert [path.name for path in place.cache.iterdir() if path.suffix != ".lock"] == []


def test_more_bytes_than_expected_stop_the_writing_at_once(place: Place) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 1000

    with pytest.raises(WrongContentError, match="more than 161 bytes"):
        store(TINY, endless, None, place.cache)


@pytest.mark.parametrize("url", ["http://127.0.0.1/tiny.gguf", "file:///etc/passwd", "ftp://127.0.0.1/tiny.gguf"])
def test_a_download_knows_no_scheme_but_https(place: Place, url: str) -> None:
    with pytest.raises(ProviderError, match="unknown url type"):
        download(replace(TINY, url=url), directory=place.cache)


def test_a_named_file_that_is_missing_or_no_model_is_refused_before_the_server_starts(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="No such file"):
        check_gguf(tmp_path / "none.gguf")
    text = tmp_path / "text.gguf"
    text.write_text("PK not a model")
    with pytest.raises(ProviderError, match="not a GGUF model file"):
        check_gguf(text)


def test_an_unknown_model_lists_the_known_ones() -> None:
    with pytest.raises(ProviderError) as caught:
        known("gpt-9")
    assert all(name in caught.value.hint for name in KNOWN)


def test_the_publishers_file_is_pinned_to_a_revision() -> None:
    assert "/resolve/38f6bab61d341b23a6c00226f32c0d6148bf9f43/" in QWEN_1_5B.url
    assert len(QWEN_1_5B.packages) == 22
