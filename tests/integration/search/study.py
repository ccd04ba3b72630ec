"""A project with a protocol of three sources, and the loopback site that they lie at."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from coder.cli import group
from coder.store import Store
from tests.integration.search.sites import Page, Site, eutilities, ok, serving

PROTOCOL = """\
name: small
contact: ada@example.org
terms:
  - {id: what, terms: [ai, ml]}
  - {id: whom, terms: [radiologists]}
queries:
  - {id: grid, groups: [what, whom]}
sources:
  - {name: Google, kind: by_hand, note: Five pages, url: "https://www.google.com/search?q={query}", reported: 38}
  - {name: PubMed, kind: pubmed, url: SITE, reported: 10}
  - {name: News, kind: feed, url: SITE/feed}
"""


FEED = (
    '<rss version="2.0"><channel><title>x</title><item><title>A course</title><link>https://a.example/c</link></item>'
    "</channel></rss>"
)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    made.pages.update(eutilities({"ai radiologists": [1, 2], "ml radiologists": [2, 3]}))
    made.pages["/feed"] = ok(FEED)
    with serving(made):
        yield made


@pytest.fixture
def project(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("NCBI_API_KEY", raising=False)
    folder = tmp_path / "study"
    assert CliRunner().invoke(group, ["init", str(folder)]).exit_code == 0
    (folder / "search.yaml").write_text(PROTOCOL.replace("SITE", site.url))
    return folder


def intercoder(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(group, ["-p", str(folder), *arguments])


def asked_json(folder: Path, *arguments: str) -> Any:
    done = intercoder(folder, "search", *arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def store(folder: Path) -> Store:
    return Store.open(str(folder / "intercoder.db"))


def queries_counted(project: Path) -> dict[str, list[tuple[object, ...]]]:
    """By source what `--counts` says of each query: text, hits, documents, how often asked, why it failed."""
    return {
        one["source"]: [tuple(query.values()) for query in one["queries"]]
        for one in asked_json(project, "--counts")["sources"]
    }


@contextmanager
def hanging(site: Site, project: Path) -> Iterator[subprocess.Popen[str]]:
    """A search that waits for an answer of its last source, the feed, which does not come."""
    reached, gone = threading.Event(), threading.Event()

    def endless(asked: dict[str, str]) -> Page:
        reached.set()
        gone.wait(60)
        return 404, {}, b""

    site.pages["/feed"] = endless
    asked = [sys.executable, "-m", "coder.cli", "-p", str(project), "search", "--allow-private"]
    with subprocess.Popen(asked, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
        try:
            assert reached.wait(60)
            yield running
        finally:
            running.kill()
            running.wait()
            gone.set()
            site.pages["/feed"] = ok(FEED)
            site.asked.clear()
