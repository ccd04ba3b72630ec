"""The folder of updates: one update at a time, until when each told, and what it wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from coder.cli.alone import alone
from coder.cli.project import Project
from coder.export.atomic import write_atomically
from coder.report.html.news import News
from coder.report.html.news_page import build_news
from coder.report.html.page import page

FOLDER = "updates"


@contextmanager
def one_update(project: Project) -> Iterator[None]:
    """Make the folder of updates, and hold it: two updates at once would ask, fetch and pay for everything twice."""
    folder = project.folder / FOLDER
    folder.mkdir(exist_ok=True)
    with alone(folder / ".running", "another update of this project"):
        yield


def last_update(project: Project) -> datetime | None:
    """Up to when the newest update told what was new; what came while it was looking is told by the next."""
    found = sorted((project.folder / FOLDER).glob("*.json"))
    for path in reversed(found):
        try:
            return datetime.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["told_until"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def write(project: Project, news: News, until: datetime, name: str) -> Path:
    """The page and the same as JSON, named by the day and time; returns the page's path."""
    path = project.folder / FOLDER / f"{name}.html"
    text = page(build_news(news)).encode()
    write_atomically(path, lambda handle: handle.write(text))
    _write_record(path.with_suffix(".json"), until, asdict(news))
    return path


def begin(project: Project, began: datetime, name: str) -> None:
    """Keep when a first update began: where it is stopped, the next one tells what it had found."""
    _write_record(project.folder / FOLDER / f"{name}.json", began, {})


def _write_record(path: Path, until: datetime, told: dict[str, Any]) -> None:
    record = json.dumps({"told_until": until.isoformat(), **told}, ensure_ascii=False, indent=1).encode()
    write_atomically(path, lambda handle: handle.write(record))
