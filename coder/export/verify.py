"""Check an audit bundle against its manifest: every file there, none beside, each with the content it had."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coder.errors import InputError
from coder.export.audit_bundle import FORMAT, MANIFEST

_CHUNK = 1 << 20
_HINT = "name a bundle that 'intercoder report --audit FILE.zip' wrote"
_MOST = 100 * _CHUNK
"""Bytes that a manifest may have: a bundle is somebody's file until it is checked."""


@dataclass(frozen=True)
class Wrong:
    """A file that is not as the manifest has it, and how."""

    file: str
    problem: str


@dataclass(frozen=True)
class Verification:
    """What a check found: files checked, the wrong ones in the manifest's order, and the manifest with its hash."""

    files: int
    wrong: tuple[Wrong, ...]
    manifest_sha256: str
    manifest: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether every file is as it was."""
        return not self.wrong


def verify(path: Path) -> Verification:
    """Check a bundle. InputError where it is none: no file, no ZIP, no manifest that can be read."""
    try:
        with zipfile.ZipFile(path) as bundle:
            return _checked(path, bundle)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file", _HINT) from error
    except zipfile.BadZipFile as error:
        raise InputError(f"{path}: not a ZIP file, or cut short ({error})", _HINT) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}", _HINT) from error


def _checked(path: Path, bundle: zipfile.ZipFile) -> Verification:
    names = Counter(bundle.namelist())
    content, manifest = _manifest(path, bundle)
    listed: dict[str, Any] = manifest["files"]
    wrong = [
        Wrong(name, problem) for name, entry in listed.items() if (problem := _problem(bundle, names, name, entry))
    ]
    wrong += [Wrong(name, "is not in the manifest") for name in sorted(set(names) - set(listed) - {MANIFEST})]
    if names[MANIFEST] > 1:
        wrong.append(Wrong(MANIFEST, "is there twice"))
    return Verification(len(listed), tuple(wrong), hashlib.sha256(content).hexdigest(), manifest)


def _manifest(path: Path, bundle: zipfile.ZipFile) -> tuple[bytes, dict[str, Any]]:
    try:
        with bundle.open(MANIFEST) as file:
            content = file.read(_MOST)
        manifest = json.loads(content)
        if manifest["format"] != FORMAT or not isinstance(manifest["files"], dict):
            raise ValueError(f"format {manifest['format']!r}")
    except KeyError as error:
        raise InputError(f"{path}: no audit bundle, it has no {MANIFEST} with {error}", _HINT) from error
    except (ValueError, TypeError, RuntimeError, NotImplementedError, zlib.error, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: its {MANIFEST} cannot be read ({error})", _HINT) from error
    return content, manifest


def _problem(bundle: zipfile.ZipFile, names: Counter[str], name: str, entry: Any) -> str | None:
    """What is wrong with a file; None where nothing is."""
    if not isinstance(entry, dict) or not isinstance(entry.get("sha256"), str):
        return "the manifest gives no hash for it"
    if names[name] != 1:
        return "is missing" if not names[name] else "is there twice"
    digest, size, limit = hashlib.sha256(), 0, entry.get("bytes")
    try:
        with bundle.open(name) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                if isinstance(limit, int) and size > limit:
                    return f"is longer than the {limit:,} bytes of the manifest"
    except (RuntimeError, NotImplementedError, zlib.error, zipfile.BadZipFile, EOFError, OSError) as error:
        return f"cannot be read ({error})"
    if digest.hexdigest() == entry["sha256"]:
        return None
    return f"its content was changed: SHA-256 {digest.hexdigest()[:16]}…, the manifest has {entry['sha256'][:16]}…"
