"""The folder of updates: one update at a time, until when each told, and what it wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from coder.cli.alone import alone
from coder.cli.project import Project
from coder.errors import InputError
from coder.export.atomic import write_atomically
from coder.report.html.news import News
from coder.report.html.news_page import build_news
from coder.report.html.page import page

FOLDER = "updates"


@dataclass(frozen=True)
class Told:
    """What updates have told: up to when, and of which documents (by id) that they are merged away.

    `merged` is None where no update kept account of it, `first` says that there was no update yet. `ahead` are records,
    by name, that say to have told up to a moment that is still to come: the clock was wrong then, or is now.
    """

    until: datetime
    merged: frozenset[str] | None = None
    first: bool = False
    ahead: Mapping[str, datetime] = field(default_factory=dict)


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


def last_update(project: Project, began: datetime) -> Told:
    """What updates have told; what came while the newest was looking is told by the next, which `began` now.

    A record that is ahead of the clock would silence every update until its time: it is passed over for the one before
    it, and set aside for good by the update that sees it, since its time will come.
    """
    records = {path.stem: _record(path) for path in sorted((project.folder / FOLDER).glob("*.json"), reverse=True)}
    aside = {name for record in records.values() for name in record.get("set_aside") or ()}
    ahead: dict[str, datetime] = {}
    for name, record in records.items():
        until = _told_until(record)
        if until is None or name in aside:
            continue
        if until > began:
            ahead[name] = until
            continue
        merged = record.get("told_merged")
        return Told(until, None if merged is None else frozenset(merged), ahead=ahead)
    return Told(began, first=True, ahead=ahead)


def clock_warnings(told: Told, moment: datetime) -> Iterator[str]:
    """Which records are ahead of the clock, and what is told instead, from this moment."""
    for name, until in told.ahead.items():
        yield (
            f"{FOLDER}/{name}.json says that it told what was new until {shown(until)}, which is still to come: this "
            "machine's clock was wrong then, or is now. The record is set aside"
        )
    if told.ahead:
        more = "; no other is left: 'intercoder update --since DATE' tells what came before" if told.first else ""
        yield (
            f"told is what came since {shown(moment)}{more}; what was stored while the clock was ahead "
            "bears its time, and is told by each update until then"
        )


def shown(moment: datetime) -> str:
    """A moment to the minute: `2026-11-22 08:00 UTC`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _told_until(record: Mapping[str, Any]) -> datetime | None:
    """Up to when an update told; None where its record does not say."""
    try:
        until = datetime.fromisoformat(record["told_until"])
    except (ValueError, KeyError, TypeError):
        return None
    return until if until.tzinfo else until.replace(tzinfo=UTC)


def _record(path: Path) -> dict[str, Any]:
    """What an update wrote; nothing where it wrote none, or the file is no record."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def write(project: Project, news: News, told: Told, name: str) -> Path:
    """The page and the same as JSON, named by the day and time; returns the page's path."""
    path = project.folder / FOLDER / f"{name}.html"
    text = page(build_news(news)).encode()
    write_atomically(path, lambda handle: handle.write(text))
    _write_record(path.with_suffix(".json"), told, asdict(news))
    return path


def begin(project: Project, began: datetime, name: str) -> None:
    """Keep when a first update began: where it is stopped, the next one tells what it had found."""
    _write_record(project.folder / FOLDER / f"{name}.json", Told(began), {})


def _write_record(path: Path, told: Told, news: dict[str, Any]) -> None:
    state: dict[str, Any] = {"told_until": told.until.isoformat()}
    if told.merged is not None:
        state["told_merged"] = sorted(told.merged)
    if told.ahead:
        state["set_aside"] = sorted(told.ahead)
    record = json.dumps({**state, **news}, ensure_ascii=False, indent=1).encode()
    write_atomically(path, lambda handle: handle.write(record))
