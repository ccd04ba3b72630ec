"""The process that reads pages for another."""

from __future__ import annotations

from pathlib import Path

import pytest

from coder.documents.apart import ReadingApart


def test_the_process_that_reads_hostile_files_knows_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    # A protocol names any variable as its source's key, so that no list of names can hold them all.
    for name in ("NCBI_API_KEY", "SCOPUS_KEY", "INTERCODER_API_KEY", "PGPASSWORD"):
        monkeypatch.setenv(name, "a-secret")
    reader = ReadingApart()
    assert reader.read(b"<p>read</p>", "page.html", media_type="text/html", whole=True).text == "read"
    child = reader._child
    assert child is not None
    known = Path(f"/proc/{child.pid}/environ")
    if not known.exists():
        pytest.skip("this system does not show a process's environment")
    assert b"a-secret" not in known.read_bytes()
    reader.close()
