"""The audit bundle: a ZIP file of records, one JSON object a line, and a manifest with the SHA-256 of every file.

The same content makes the same bytes, but for the manifest's `written`.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

FORMAT = "intercoder-audit-1"
MANIFEST = "manifest.json"
_DAY = (1980, 1, 1, 0, 0, 0)
"""The date of every file within: the first that ZIP knows, so that bytes depend on content alone."""


@dataclass(frozen=True)
class Entry:
    """A file of the bundle as the manifest lists it; `records` where it holds a record a line."""

    sha256: str
    bytes: int
    records: int | None = None


class BundleWriter:
    """Writes a bundle into a binary file, file by file; `finish` adds the manifest and closes."""

    def __init__(self, handle: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED)
        self._entries: dict[str, Entry] = {}

    def add(self, name: str, content: bytes) -> None:
        """One file; ValueError where the bundle has one of this name."""
        self._claim(name)
        self._zip.writestr(_info(name), content)
        self._entries[name] = Entry(hashlib.sha256(content).hexdigest(), len(content))

    def add_records(self, name: str, records: Iterable[Mapping[str, Any]]) -> None:
        """Records as JSON lines, written as they come: memory holds one."""
        self._claim(name)
        digest, size, count = hashlib.sha256(), 0, 0
        with self._zip.open(_info(name), "w", force_zip64=True) as file:
            for record in records:
                line = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
                content = line.encode("utf-8", errors="replace")
                file.write(content)
                digest.update(content)
                size += len(content)
                count += 1
        self._entries[name] = Entry(digest.hexdigest(), size, count)

    def finish(self, facts: Mapping[str, Any]) -> str:
        """Add the manifest, which says `facts` too, and close; returns the manifest's own SHA-256."""
        listed = {
            name: {key: value for key, value in asdict(entry).items() if value is not None}
            for name, entry in self._entries.items()
        }
        content = json.dumps({"format": FORMAT, **facts, "files": listed}, ensure_ascii=False, indent=1).encode()
        self._zip.writestr(_info(MANIFEST), content)
        self._zip.close()
        return hashlib.sha256(content).hexdigest()

    def _claim(self, name: str) -> None:
        if name in self._entries or name == MANIFEST:
            raise ValueError(f"the bundle has a file '{name}' already")


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DAY)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info
