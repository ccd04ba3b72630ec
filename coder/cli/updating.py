"""The folder of updates: one update at a time, until when each told, and what it wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from coder.cli.alone import alone
from coder.cli.project import Project
from coder.errors import InputError
from coder.export.atomic import write_atomically
from coder.model import now
from coder.report.html.news import News
from coder.report.html.news_page import build_news
from coder.report.html.page import page

FOLDER = "updates"
_CLOCKS = timedelta(days=1)
"""How far the clocks of machines that update one project may lie apart."""


@contextmanager
def one_update(project: Project) -> Iterator[None]:
    """Make the folder of updates, and hold it: two updates at once would ask, fetch and pay for everything twice."""
    folder = project.folder / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        list(folder.iterdir())
    except OSError as error:
        raise InputError(
            f"{folder}: no folder that can be read and written: {error.strerror or error}",
            "what updates wrote stands there: see to its rights, or move away what has its name",
        ) from None
    with alone(folder / ".running", "another update of this project"):
        yield


def named(project: Project, began: datetime) -> str:
    """An update's name, and that of its files and its sample: when it began (UTC), or the next second that is free."""
    while (project.folder / FOLDER / f"{began:%Y-%m-%dT%H%M%S}.json").exists():
        began += timedelta(seconds=1)
    return f"{began:%Y-%m-%dT%H%M%S}"


def is_update(name: str) -> bool:
    """Whether a sample's name is that of an update."""
    return re.fullmatch(r"\d{4}-\d\d-\d\dT\d{6}", name) is not None


def table_of(project: Project, name: str) -> Path:
    """Where the table of an update's sample lies."""
    return project.folder / FOLDER / f"{name}.csv"


def was_told(project: Project, name: str) -> bool:
    """Whether the update of this name came to its end."""
    return "until" in _record(project.folder / FOLDER / f"{name}.json")


def looks(project: Project) -> int:
    """How many updates tested for drift so far."""
    return sum(bool(_record(path).get("drift")) for path in (project.folder / FOLDER).glob("*.json"))


def last_update(project: Project) -> datetime | None:
    """Up to when the newest update told what was new; what came while it was looking is told by the next.

    A record that says no moment, or one to come (the clock was wrong), is passed over.
    """
    latest = now() + _CLOCKS
    for path in sorted((project.folder / FOLDER).glob("*.json"), reverse=True):
        try:
            told = datetime.fromisoformat(_record(path)["told_until"])
            if told <= latest:
                return told
        except (ValueError, KeyError, TypeError):
            continue
    return None


def _record(path: Path) -> dict[str, Any]:
    """What an update wrote; nothing where it wrote none, or the file is no record."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


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
