"""An update killed (kill -9) at any point and run again leaves, and has told, what one leaves that was not killed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coder.store import Store
from tests.integration.cli import killed_command
from tests.integration.cli.living import COOKING, PAID, World, living
from tests.integration.search.site import Reply

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
UPDATE = ("update", "--allow-private", "--json")
AT_THE_END = (".csv", ".html", ".json")
"""The sample's table, the page and the record: where what is kept and what is told could come apart."""


@pytest.fixture(params=["the first update", "a later one"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world before an update that has much to do."""
    with living(tmp_path / "study") as made:
        if request.param == "a later one":
            made.update("--allow-private")
            made.site.pages["/d"] = Reply(status=410)
            made.write(
                a=PAID, b=COOKING.replace("cooking", "cooking and AI"),
                c=PAID.replace("AI", "deep learning and AI in radiology, with a certificate at the end"),
            )  # fmt: skip
        yield made


def killed(world: World, at: str, points: Path) -> None:
    """Update in a process that is killed at a point ('' for none)."""
    done = subprocess.run(
        [sys.executable, killed_command.__file__, "--project", str(world.folder), *UPDATE],
        env={
            **os.environ, "KILL_AT": at, "POINTS": str(points), "INTERCODER_API_KEY": "none",
            "INTERCODER_RUN_SEND_TO": "127.0.0.1", "PYTHONPATH": os.pathsep.join(sys.path),
        },
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == (-signal.SIGKILL if at else 0), done.stderr


def content(world: World) -> dict[str, Any]:
    """What the store holds, without ids, times and the log of what was asked."""
    with Store.open(str(world.folder / "intercoder.db")) as opened:
        store = opened.apart("all")
        names = {document.id: document.name for document in store.documents()}
        texts = {
            version.id: (document.name, version.text)
            for document, versions in store.documents_with_versions()
            for version in versions
        }
        return {
            "documents": Counter((one.name, tuple(sorted(one.variables.items()))) for one in store.documents()),
            "texts": Counter(texts.values()),
            "codes": Counter(
                (texts[one.version_id], one.dimension_id, one.status, one.codes, one.all_evidence)
                for one in store.codings()
            ),
            "queue": Counter((texts[one.version_id], one.dimension_id, one.reason) for one in store.queue_items()),
            "samples": Counter((names[one.document_id], one.probability, one.drawn) for one in store.inclusions()),
            "matches": Counter(
                (frozenset((names[one.document_id], names[one.other_id])), one.verdict) for one in store.matches()
            ),
            "pages": {
                names[one]: page.outcome for one, page in store.newest_captures().items() if page.outcome == "gone"
            },
            "runs": len(store.runs()),
        }


def told(world: World) -> dict[str, Counter[str]]:
    """What all updates told, each thing as often as it was; what a step came to is of that step alone."""
    records = [json.loads(path.read_text(encoding="utf-8")) for path in (world.folder / "updates").glob("*.json")]
    kinds = (
        "arrived", "read", "late", "changed", "moved", "shifted", "screened", "merged", "parted", "vanished", "back",
        "unread",
    )  # fmt: skip
    found = {
        kind: Counter(json.dumps(one, sort_keys=True) for record in records for one in record.get(kind, ()))
        for kind in kinds
    }
    drawn = (name for record in records for audit in record.get("audits", ()) for name in audit["drawn"])
    return found | {"drawn": Counter(drawn)}


def tables(world: World) -> Counter[str]:
    """The samples' tables, whatever they are called."""
    return Counter(path.read_text(encoding="utf-8") for path in (world.folder / "updates").glob("*.csv"))


def test_a_killed_update_that_is_run_again_ends_as_one_that_was_not_killed(world: World, tmp_path: Path) -> None:
    start, points = tmp_path / "start", tmp_path / "points"
    shutil.copytree(world.folder, start)
    killed(world, "", points)
    expected = content(world), told(world), tables(world)
    number = int(points.read_text(encoding="utf-8"))
    early = str(random.Random(number).randint(1, number - len(AT_THE_END) - 1))
    again = replace(world, folder=tmp_path / "killed")
    shutil.copytree(start, again.folder)
    for at in (early, *AT_THE_END):
        killed(again, at, points)
    again.update("--allow-private")
    assert (content(again), told(again), tables(again)) == expected, f"killed at point {early} of {number} first"
    assert again.update("--allow-private")["nothing_new"] is True
    assert (content(again), told(again), tables(again)) == expected
